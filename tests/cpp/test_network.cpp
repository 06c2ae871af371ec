// A small recurrent, plastic network from description to spikes, without Python: the same bits for any number
// of shards and however the run is cut. Under ThreadSanitizer this is the test of the engines' threads.
#include <algorithm>
#include <atomic>
#include <memory>
#include <tuple>
#include <vector>

#include "build/compile.hpp"
#include "build/plan.hpp"
#include "check.hpp"
#include "engine/engine.hpp"
#include "math/philox.hpp"
#include "network/synapse_order.hpp"
#include "neurons/neuron.hpp"
#include "plasticity/plastic_synapses.hpp"

using namespace pysnn;

namespace {

template <class Table>
ParamSet defaults(const std::string& kind, const std::string& name) {
  ParamSet params;
  for (const auto& p : Table::get(kind, name).info.params) params.set(p.name, {p.default_value});
  return params;
}

Distribution uniform(double low, double high) {
  ParamSet params;
  params.set("low", {low});
  params.set("high", {high});
  params.set("step", {0.1});
  return Distribution::make("uniform", params, "test");
}

ParamSet with(std::initializer_list<std::pair<const char*, double>> values) {
  ParamSet params;
  for (const auto& [name, value] : values) params.set(name, {value});
  return params;
}

constexpr PopulationId neurons_group(0);
constexpr ProjectionId plastic_projection(0);

Projection projection(const char* name, PopulationId source, Range from, PopulationId target, Range to) {
  Projection p;
  p.name = name;
  p.source = source;
  p.target = target;
  p.source_range = from;
  p.target_range = to;
  p.key = subkey(1234, source.index() * 16 + target.index());
  return p;
}

// 100 LIF neurons, driven above threshold, recurrently connected by two plastic synapses a pair with drawn
// delays and inhibited from their first half.
NetworkDescription network(TimeBase time, std::uint32_t threads, bool single_precision = false) {
  NetworkDescription d;
  d.time = time;
  d.threads = threads;
  d.single_precision = single_precision;
  Population neurons{.name = "neurons", .model = "LIF", .n = 100, .params = {}, .init = {}, .key = 77};
  neurons.params = defaults<NeuronModels>("neuron model", "LIF");
  neurons.init.emplace("v", uniform(-70.0, -55.0));
  neurons.params.set("i_e", {400.0});
  d.populations = {neurons};

  Projection plastic = projection("plastic", neurons_group, {0, 100}, neurons_group, {0, 100});
  plastic.rule = "fixed_indegree";
  plastic.rule_n = std::make_shared<const std::vector<std::uint32_t>>(1, 20u);
  plastic.rule_params = with({{"autapses", 0.0}, {"multapses", 1.0}});
  plastic.synapses_per_pair = 2;
  plastic.weight = {uniform(0.1, 1.0)};
  plastic.delay = {uniform(0.5, 5.0)};
  plastic.plasticity = "PairSTDP";
  plastic.plasticity_params = defaults<PlasticityRules>("plasticity rule", "PairSTDP");
  plastic.plasticity_params.set("w_max", {2.0});

  Projection inhibition = projection("inhibition", neurons_group, {0, 50}, neurons_group, {30, 100});
  inhibition.rule = "fixed_probability";
  inhibition.rule_params = with({{"p", 0.2}, {"autapses", 1.0}});
  inhibition.weight = {Distribution(-1.5)};
  inhibition.delay = {Distribution(0.8)};
  inhibition.key = 4321;
  d.projections = {plastic, inhibition};
  return d;
}

struct Outcome {
  std::vector<std::pair<double, std::uint32_t>> spikes;
  std::vector<std::tuple<std::uint32_t, std::uint32_t, double, double>> synapses;  // i, j, delay, weight
  std::vector<double> v;
  bool operator==(const Outcome&) const = default;
};

using Maker = std::unique_ptr<Engine> (*)(std::shared_ptr<CompiledNetwork>, const std::atomic<bool>& stop,
                                          std::uint32_t threads);

Outcome run(Maker make, NetworkDescription description, const std::vector<double>& stops) {
  const auto compiled = std::make_shared<CompiledNetwork>(compile(std::move(description)));
  const auto engine = make(compiled, never_stops, 0);
  engine->record_spikes(neurons_group);
  Outcome out;
  for (const double stop : stops) {
    const LongTick until = compiled->description.time.tick(stop, "test");
    while (engine->ticks() < until) engine->advance(until, 1e9);
    const auto spikes = engine->take_spikes(neurons_group);
    for (std::size_t k = 0; k < spikes.times.size(); ++k) out.spikes.emplace_back(spikes.times[k], spikes.indices[k]);
  }
  engine->finish();
  std::sort(out.spikes.begin(), out.spikes.end());
  out.v = engine->state(neurons_group, 0);
  const auto list = list_synapses(*compiled, plastic_projection);
  std::vector<double> weights(list.i.size());
  SynapseOrder(*compiled, plastic_projection)
      .each([&](ShardId shard, std::uint32_t run, std::uint32_t first, std::uint32_t n, auto&& position) {
        const Block& block = compiled->block(shard, plastic_projection);
        for (std::uint32_t k = 0; k < n; ++k) {
          const std::uint32_t q = block.run_begin[run] + first + k;
          weights.at(position(k)) = compiled->description.single_precision ? block.weight32[q] : block.weight64[q];
        }
      });
  for (std::size_t k = 0; k < weights.size(); ++k)
    out.synapses.emplace_back(list.i[k], list.j[k], list.delay[k], weights[k]);
  return out;
}

const TimeBase grid(0.1, true, false), continuous(1e-12, false, false);

void check_independent_of_threads(Maker make, TimeBase time, bool single_precision) {
  const auto one = run(make, network(time, 1, single_precision), {200.0});
  CHECK(one.spikes.size() > 500);
  CHECK_EQ(one.synapses.size(), std::size_t{100 * 20 * 2});
  for (const std::uint32_t threads : {2u, 3u, 7u})
    CHECK(run(make, network(time, threads, single_precision), {200.0}) == one);
}

}  // namespace

TEST(compiled_synapses_do_not_depend_on_the_number_of_shards) {
  const auto one = compile(network(grid, 1));
  for (const ProjectionId q : one.places.ids()) {
    const auto expected = list_synapses(one, q);
    CHECK(!expected.i.empty());
    CHECK(std::is_sorted(expected.i.begin(), expected.i.end()));
    for (const std::uint32_t threads : {2u, 5u, 16u}) {
      const auto got = list_synapses(compile(network(grid, threads)), q);
      CHECK(got.i == expected.i && got.j == expected.j && got.delay == expected.delay);
    }
  }
}

TEST(rows_are_cut_into_runs_of_one_delay_with_ascending_targets) {
  for (const auto& shard : compile(network(grid, 3)).shards) {
    for (const auto& block : shard.blocks) {
      CHECK_EQ(block.run_begin[block.runs()], block.size());
      for (std::uint32_t row = 0; row < block.rows(); ++row) {
        for (std::uint32_t r = block.row_run[row]; r < block.row_run[row + 1]; ++r) {
          CHECK(r == block.row_run[row] || block.run_delay[r - 1] < block.run_delay[r]);
          CHECK(
              std::is_sorted(block.target.begin() + block.run_begin[r], block.target.begin() + block.run_begin[r + 1]));
        }
      }
    }
  }
}

TEST(clock_results_are_the_same_bits_for_any_number_of_threads) {
  check_independent_of_threads(make_clock_engine, grid, false);
}

TEST(clock_results_in_single_precision_are_the_same_bits_for_any_number_of_threads) {
  check_independent_of_threads(make_clock_engine, grid, true);
}

TEST(clock_results_do_not_depend_on_where_a_run_is_cut) {
  CHECK(run(make_clock_engine, network(grid, 2), {0.1, 33.3, 34.0, 200.0}) ==
        run(make_clock_engine, network(grid, 2), {200.0}));
}

TEST(event_results_are_the_same_bits_for_any_number_of_threads) {
  check_independent_of_threads(make_event_engine, continuous, false);
}

TEST(event_results_do_not_depend_on_where_a_run_is_cut) {
  CHECK(run(make_event_engine, network(continuous, 2), {0.05, 33.337, 34.0, 200.0}) ==
        run(make_event_engine, network(continuous, 2), {200.0}));
}

// Two populations of 40,000 fit the 16 bits of a block's targets together only where two threads share them.
TEST(an_engine_that_nobody_waits_for_any_more_is_not_made) {
  const std::atomic<bool> stop{true};
  const auto called_off = [&](Maker make, TimeBase time) {
    NetworkDescription description = network(time, 3);
    description.projections.clear();
    description.populations[neurons_group].n = 10000;
    try {
      make(std::make_shared<CompiledNetwork>(compile(std::move(description))), stop, 0);
    } catch (const Interrupted&) {
      return true;
    }
    return false;
  };
  CHECK(called_off(make_clock_engine, grid));
  CHECK(called_off(make_event_engine, continuous));
}

TEST(the_order_of_delivery_does_not_depend_on_the_number_of_threads) {
  NetworkDescription d;
  d.packs_rows = true;
  for (const char* name : {"a", "b", "c"})
    d.populations.push_back({.name = name, .model = "LIF", .n = 40000, .params = {}, .init = {}});
  // a -> a, b -> b, a -> b: a's two share rows, before b's or around them.
  for (const auto& [source, target] : {std::pair{0u, 0u}, {1u, 1u}, {0u, 1u}}) {
    d.projections.push_back(projection("p", PopulationId(source), {0, 40000}, PopulationId(target), {0, 40000}));
    d.projections.back().weight = {Distribution(1.0)};
  }
  std::vector<std::size_t> blocks;
  for (const std::uint32_t threads : {1u, 2u, 7u}) {
    d.threads = threads;
    std::vector<ProjectionId> order;
    const auto plan = plan_blocks(d, plan_shards(d));
    for (const auto& block : plan) order.insert(order.end(), block.begin(), block.end());
    CHECK(order == (std::vector<ProjectionId>{ProjectionId(0), ProjectionId(2), ProjectionId(1)}));
    blocks.push_back(plan.size());
  }
  CHECK(blocks == (std::vector<std::size_t>{3, 2, 2}));
}

TEST(projections_onto_populations_of_several_levels_share_no_rows) {
  NetworkDescription d;
  d.packs_rows = true;
  for (const std::uint32_t level : {0u, 1u, 2u, 1u})
    d.populations.push_back({.name = "p", .model = "LIF", .n = 10, .params = {}, .init = {}, .level = level});
  for (const std::uint32_t target : {1u, 2u, 3u}) {
    d.projections.push_back(projection("p", PopulationId(0u), {0, 10}, PopulationId(target), {0, 10}));
    d.projections.back().weight = {Distribution(1.0)};
  }
  CHECK_EQ(d.levels(), 3u);
  using Blocks = std::vector<std::vector<ProjectionId>>;
  CHECK(plan_blocks(d, plan_shards(d)) == (Blocks{{ProjectionId(0), ProjectionId(2)}, {ProjectionId(1)}}));
}

// The network with others above it, which its neurons hear again; plastic synapses are onto those of level 0.
NetworkDescription heard_at_once(TimeBase time, std::uint32_t threads, std::uint32_t level, double delay) {
  NetworkDescription d = network(time, threads);
  d.packs_rows = time.grid();
  Population above = d.populations.front();
  above.name = "above";
  above.key = 78;
  above.level = level;
  d.populations.push_back(above);
  Projection up = projection("up", neurons_group, {0, 100}, PopulationId(1u), {0, 100});
  up.rule = "fixed_probability";
  up.rule_params = with({{"p", 0.2}, {"autapses", 1.0}});
  up.weight = {Distribution(1.5), Distribution(0.5)};
  up.delay = {Distribution(delay), Distribution(delay + 1.0)};
  Projection down = up;
  std::swap(down.source, down.target);
  down.name = "down";
  down.weight = {Distribution(-0.05)};
  down.delay = {Distribution(0.6)};
  d.projections.push_back(up);
  d.projections.push_back(down);
  return d;
}

TEST(levels_give_the_same_bits_for_any_number_of_threads) {
  const auto one = run(make_clock_engine, heard_at_once(grid, 1, 1, 0.0), {200.0});
  CHECK(one.spikes.size() > 300);
  for (const std::uint32_t threads : {2u, 3u, 7u})
    CHECK(run(make_clock_engine, heard_at_once(grid, threads, 1, 0.0), {0.1, 33.3, 200.0}) == one);
  CHECK(!(run(make_clock_engine, heard_at_once(grid, 1, 1, 0.1), {200.0}) == one));
  const auto jumps = run(make_event_engine, heard_at_once(continuous, 1, 1, 0.0), {200.0});
  CHECK(jumps.spikes.size() > 300);
  for (const std::uint32_t threads : {2u, 3u, 7u})
    CHECK(run(make_event_engine, heard_at_once(continuous, threads, 1, 0.0), {0.05, 33.337, 200.0}) == jumps);
}

TEST(a_delay_of_0_leads_upwards_or_is_refused) {
  const auto refused = [&](TimeBase time, std::uint32_t level, bool down) {
    NetworkDescription d = heard_at_once(time, 1, level, 0.0);
    if (down) d.projections.back().delay = {Distribution(0.0)};
    try {
      CHECK_EQ(compile(std::move(d)).min_delay, 0);
    } catch (const ParameterError&) {
      return true;
    }
    return false;
  };
  CHECK(!refused(grid, 1, false));
  CHECK(!refused(grid, 3, false));
  CHECK(refused(grid, 0, false));
  CHECK(refused(grid, 1, true));
  CHECK(!refused(continuous, 1, false));
  CHECK(refused(continuous, 1, true));
}
