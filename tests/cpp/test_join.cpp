// A network that was compiled in parts and put together is, array by array, the one that was compiled whole.
#include <algorithm>
#include <cstring>
#include <initializer_list>
#include <memory>
#include <utility>
#include <vector>

#include "build/compile.hpp"
#include "build/join.hpp"
#include "check.hpp"
#include "math/philox.hpp"

using namespace pysnn;

namespace {

constexpr std::size_t any_size = std::size_t{1} << 40;

ParamSet with(std::initializer_list<std::pair<const char*, double>> values) {
  ParamSet params;
  for (const auto& [name, value] : values) params.set(name, {value});
  return params;
}

Distribution uniform(double low, double high) {
  return Distribution::make("uniform", with({{"low", low}, {"high", high}, {"step", 0.1}}), "test");
}

// Three populations of which none is cut at a multiple of a vector, and 40 sources.
NetworkDescription populations(TimeBase time, std::uint32_t threads) {
  NetworkDescription d;
  d.time = time;
  d.threads = threads;
  d.packs_rows = time.grid();
  for (const auto& [name, n] : {std::pair{"a", 100u}, {"b", 37u}, {"c", 250u}})
    d.populations.push_back({.name = name, .model = "LIF", .n = n, .params = {}, .init = {}});
  d.populations.push_back({.name = "sources", .model = "Input", .n = 40, .params = {}, .init = {}, .is_source = true});
  return d;
}

void connect(NetworkDescription& d, PopulationId source, PopulationId target, Distribution weight, Distribution delay,
             double p, bool learns = false) {
  Projection& made = d.projections.emplace_back();
  made.name = std::string("p");  // (g++ 12 warns of what it makes of the literal itself)
  made.source = source;
  made.target = target;
  made.source_range = {0, d.populations[source].n};
  made.target_range = {3, d.populations[target].n};
  made.key = subkey(99, d.projections.size());
  made.rule = "fixed_probability";
  made.rule_params = with({{"p", p}, {"autapses", 1.0}});
  made.synapses_per_pair = 2;
  made.weight = {std::move(weight)};
  made.delay = {std::move(delay)};
  if (learns) made.plasticity = "PairSTDP";
}

NetworkDescription everything(TimeBase time, std::uint32_t threads, WeightType weights) {
  constexpr PopulationId a(0), b(1), c(2), sources(3);
  NetworkDescription d = populations(time, threads);
  d.static_weights = weights;
  for (const PopulationId target : {a, b, c}) connect(d, sources, target, uniform(0.1, 1.0), uniform(0.5, 5.0), 0.3);
  for (const PopulationId target : {c, a}) connect(d, a, target, Distribution(0.5), Distribution(1.5), 0.9);
  connect(d, b, c, Distribution(0.25), uniform(0.5, 2.0), 0.05);
  connect(d, c, b, uniform(0.1, 1.0), uniform(0.5, 5.0), 0.2, true);
  connect(d, c, c, Distribution(0.25), Distribution(0.5), 0.0);
  return d;
}

template <class T>
bool same(const Array<T>& a, const Array<T>& b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.nbytes()) == 0);
}

bool same(const RunDelays& a, const RunDelays& b) {
  if (a.size() != b.size() || a.nbytes() != b.nbytes()) return false;
  for (std::size_t run = 0; run < a.size(); ++run)
    if (a[run] != b[run]) return false;
  return true;
}

bool same(const std::vector<Member>& a, const std::vector<Member>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Member& x, const Member& y) {
    return x.projection == y.projection && x.first == y.first && x.end == y.end && x.synapses == y.synapses;
  });
}

bool same(const Block& a, const Block& b) {
  return same(a.members, b.members) && a.row_base == b.row_base && a.row_run.listed() == b.row_run.listed() &&
         same(a.run_begin, b.run_begin) && same(a.run_delay, b.run_delay) && same(a.run_dendrite, b.run_dendrite) &&
         same(a.target, b.target) && a.weight_type == b.weight_type && same(a.weight16, b.weight16) &&
         same(a.weight32, b.weight32) && same(a.weight64, b.weight64) && same(a.packed, b.packed) &&
         same(a.bits, b.bits) && same(a.extra, b.extra) && a.words == b.words &&
         a.constant_weight == b.constant_weight && a.min_delay == b.min_delay && a.max_delay == b.max_delay;
}

const TimeBase grid(0.1, true, false), continuous(1e-12, false, false);

}  // namespace

TEST(parts_put_together_are_the_network_compiled_whole) {
  for (const TimeBase& time : {grid, continuous})
    for (const WeightType weights : {WeightType::half, WeightType::single, WeightType::full}) {
      const CompiledNetwork whole = compile(everything(time, 1, weights));
      for (const std::uint32_t threads : {2u, 3u, 7u}) {
        const auto together = joined(compile(everything(time, threads, weights)), any_size);
        CHECK(together.has_value());
        CHECK_EQ(together->shards.size(), std::size_t{1});
        CHECK_EQ(together->min_delay, whole.min_delay);
        CHECK_EQ(together->max_delay, whole.max_delay);
        const auto& blocks = whole.shards.front().blocks;
        CHECK_EQ(together->shards.front().blocks.size(), blocks.size());
        CHECK(std::any_of(blocks.begin(), blocks.end(), [](const Block& b) { return b.is_bitmap(); }) == time.grid());
        for (std::size_t b = 0; b < blocks.size(); ++b) CHECK(same(together->shards.front().blocks[b], blocks[b]));
      }
    }
}

TEST(parts_that_keep_only_rows_with_synapses_make_the_same_whole) {
  for (const TimeBase& time : {grid, continuous}) {
    const auto present = [&](std::uint32_t threads) {
      NetworkDescription d = everything(time, threads, WeightType::single);
      d.kept_rows = NetworkDescription::KeptRows::present;
      return compile(std::move(d));
    };
    const CompiledNetwork whole = present(1);
    for (const std::uint32_t threads : {2u, 7u}) {
      const auto together = joined(present(threads), any_size);
      CHECK(together.has_value());
      const auto& blocks = whole.shards.front().blocks;
      CHECK(std::none_of(blocks.begin(), blocks.end(), [](const Block& b) { return b.row_run.is_list(); }));
      for (std::size_t b = 0; b < blocks.size(); ++b) CHECK(same(together->shards.front().blocks[b], blocks[b]));
    }
  }
}

TEST(what_is_whole_or_too_large_stays_as_it_is) {
  CHECK(!joined(compile(everything(grid, 1, WeightType::full)), any_size));
  CHECK(!joined(compile(everything(grid, 2, WeightType::full)), 1000));
}

// Together they have more targets than 16 bits can number, so that one shard would deliver them by other blocks.
TEST(parts_whose_rows_one_shard_could_not_hold_stay_apart) {
  NetworkDescription d;
  d.time = grid;
  d.packs_rows = true;
  d.threads = 2;
  for (const char* name : {"a", "b"})
    d.populations.push_back({.name = name, .model = "LIF", .n = 40000, .params = {}, .init = {}});
  for (const PopulationId target : d.populations.ids())
    connect(d, PopulationId(0), target, uniform(0.1, 1.0), Distribution(1.0), 1e-5);
  CHECK(!joined(compile(std::move(d)), any_size));
}
