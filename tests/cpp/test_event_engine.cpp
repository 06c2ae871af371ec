// The event engine's order of events, boundaries of time, skipping and long runs, on networks of a few neurons.
#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

#include "build/compile.hpp"
#include "check.hpp"
#include "engine/engine.hpp"
#include "math/philox.hpp"
#include "neurons/neuron.hpp"
#include "sources/source.hpp"

using namespace pysnn;

namespace {

using Spikes = std::vector<std::pair<double, std::uint32_t>>;

// Silent until source 63, wherever it is, fails after 3 ms.
class Failing final : public Source {
 public:
  static ModelInfo info() { return {.name = "Failing", .params = {}}; }
  static std::unique_ptr<Source> make(const SourceConfig& config) { return std::make_unique<Failing>(config); }
  explicit Failing(const SourceConfig& config)
      : fails_(config.owned.begin <= 63 && 63 < config.owned.end), due_(config.time.tick(3.0, "test")) {}

  void emit(Tick, Tick to, std::vector<TimedSpike>&) override {
    if (fails_ && to >= due_) throw UnsupportedError("source 63 fails");
  }
  Tick next(Tick) const override { return fails_ ? due_ : never; }
  void io(const Archive&, const Emitted&) override {}
  void rebase(Tick ticks) override { due_ -= ticks; }

 private:
  bool fails_;
  Tick due_;
};
const RegisterSource<Failing> registered;

// To a time in ms, or for about so many seconds.
void advance(Engine& engine, double until, double wall_budget) {
  const double epochs = std::floor(until / 2e6);  // whole ones, so that ticks are exact
  engine.advance(static_cast<LongTick>(epochs) * 2'000'000'000'000'000'000 +
                     TimeBase(1e-12, false, false).tick(until - epochs * 2e6, "test"),
                 wall_budget);
}

// The groups of a Net.
constexpr PopulationId source_group(0), neurons_group(1);

// A network from one source population onto one neuron population, by explicit synapses.
class Net {
 public:
  Net(const std::string& model, std::uint32_t n, std::initializer_list<std::pair<const char*, double>> params = {}) {
    description_.time = TimeBase(1e-12, false, false);
    description_.populations.resize(2);
    description_.populations[source_group] = {
        .name = "source", .model = "SpikeArray", .n = 1, .params = {}, .init = {}, .key = 1, .is_source = true};
    Population& neurons = description_.populations[neurons_group];
    neurons = {.name = "neurons", .model = model, .n = n, .params = {}, .init = {}, .key = 2};
    for (const auto& p : NeuronModels::get("neuron model", model).info.params)
      neurons.params.set(p.name, {p.default_value});
    for (const auto& [name, value] : params) neurons.params.set(name, {value});
    fire({{}});
  }

  Net& fire(const std::vector<std::vector<double>>& trains) {
    std::vector<double> times, offsets{0.0};
    for (const auto& train : trains) {
      times.insert(times.end(), train.begin(), train.end());
      offsets.push_back(static_cast<double>(times.size()));
    }
    description_.populations[source_group].n = static_cast<std::uint32_t>(trains.size());
    description_.populations[source_group].params.set("times", times);
    description_.populations[source_group].params.set("offsets", offsets);
    return *this;
  }

  struct Synapse {
    std::uint32_t i, j;
    double weight, delay;
  };
  Net& connect(PopulationId source, const std::vector<Synapse>& synapses, std::uint32_t receptor = 0) {
    Projection p;
    p.name = "p" + std::to_string(description_.projections.size());
    p.source = source;
    p.target = neurons_group;
    p.source_range = {0, description_.populations[source].n};
    p.target_range = {0, description_.populations[neurons_group].n};
    p.receptor = receptor;
    p.rule = "arrays";
    std::vector<std::uint32_t> i, j;
    std::vector<double> weight, delay;
    for (const Synapse& s : synapses) {
      i.push_back(s.i);
      j.push_back(s.j);
      weight.push_back(s.weight);
      delay.push_back(s.delay);
    }
    p.rule_i = std::make_shared<const std::vector<std::uint32_t>>(i);
    p.rule_j = std::make_shared<const std::vector<std::uint32_t>>(j);
    p.weight = {values(weight)};
    p.delay = {values(delay)};
    p.key = 100 + description_.projections.size();
    description_.projections.push_back(p);
    return *this;
  }
  Net& inject(Range neurons, const std::vector<double>& times, const std::vector<double>& amplitudes) {
    ParamSet params;
    params.set("times", times);
    params.set("amplitudes", amplitudes);
    description_.currents.push_back({neurons_group, neurons, "StepCurrent", params, 0});
    return *this;
  }
  Net& source(const std::string& model) {
    description_.populations[source_group].model = model;
    return *this;
  }
  Net& threads(std::uint32_t n) {
    description_.threads = n;
    return *this;
  }
  Net& start(const std::vector<double>& v) {
    description_.populations[neurons_group].init.emplace("v", values(v));
    return *this;
  }

  std::unique_ptr<Engine> engine() const {
    auto engine = make_event_engine(std::make_shared<CompiledNetwork>(compile(description_)));
    engine->record_spikes(neurons_group);
    return engine;
  }
  Spikes run(double until) const { return run(std::vector<double>{until}); }
  Spikes run(const std::vector<double>& stops) const {
    const auto made = engine();
    for (const double stop : stops) advance(*made, stop, 1e9);
    return spikes(*made);
  }
  static Spikes spikes(Engine& engine) {
    const auto record = engine.take_spikes(neurons_group);
    Spikes all;
    for (std::size_t k = 0; k < record.times.size(); ++k) all.emplace_back(record.times[k], record.indices[k]);
    return all;
  }

 private:
  static Distribution values(const std::vector<double>& entries) {
    ParamSet params;
    params.set("values", entries);
    return Distribution::make("array", params, "test");
  }
  NetworkDescription description_;
};

}  // namespace

TEST(inputs_of_one_instant_are_summed_before_the_threshold_test) {
  // 20 mV and -10 mV at the same tick do not reach 15 mV, in whichever order and projection they come.
  CHECK(Net("LIF", 1)
            .fire({{1.0}, {0.7}})
            .connect(source_group, {{0, 0, 20.0, 1.0}, {1, 0, -10.0, 1.3}})
            .run(5.0)
            .empty());
  CHECK(Net("LIF", 1)
            .fire({{1.0}, {0.7}})
            .connect(source_group, {{0, 0, 20.0, 1.0}})
            .connect(source_group, {{1, 0, -10.0, 1.3}})
            .run(5.0)
            .empty());
  // A tick apart, the excitation fires alone.
  CHECK_EQ(Net("LIF", 1)
               .fire({{1.0}, {0.7}})
               .connect(source_group, {{0, 0, 20.0, 1.0}, {1, 0, -10.0, 1.300000000001}})
               .run(5.0)
               .size(),
           1u);
}

TEST(decimal_delays_meet_exactly) {
  // 0.1 + 0.2 = 0.3 in ticks, though not in binary fractions; 7.5 + 7.5 mV reach 15 mV exactly.
  const Spikes spikes =
      Net("LIF", 1).fire({{0.1}, {0.2}}).connect(source_group, {{0, 0, 7.5, 0.2}, {1, 0, 7.5, 0.1}}).run(5.0);
  CHECK_EQ(spikes.size(), 1u);
  CHECK_EQ(spikes[0].first, 0.3);
}

TEST(an_input_that_reaches_the_threshold_exactly_fires) {
  CHECK_EQ(Net("LIF", 1).fire({{1.0}}).connect(source_group, {{0, 0, 15.0, 1.0}}).run(5.0).size(), 1u);
  CHECK(Net("LIF", 1).fire({{1.0}}).connect(source_group, {{0, 0, 15.0 - 1e-12, 1.0}}).run(5.0).empty());
}

TEST(arrivals_up_to_and_including_the_end_of_refractoriness_are_lost) {
  // The first spike comes at 2 ms, t_ref = 2 ms: at 4 ms lost, a tick later not.
  const auto fires = [](double second) {
    return Net("LIF", 1).fire({{1.0, second}}).connect(source_group, {{0, 0, 15.0, 1.0}}).run(10.0).size();
  };
  CHECK_EQ(fires(2.5), 1u);
  CHECK_EQ(fires(3.0), 1u);
  CHECK_EQ(fires(3.000000000001), 2u);
  // Without a refractory time the next tick counts.
  CHECK_EQ(Net("LIF", 1, {{"t_ref", 0.0}})
               .fire({{1.0, 1.000000000001}})
               .connect(source_group, {{0, 0, 15.0, 1.0}})
               .run(10.0)
               .size(),
           2u);
}

TEST(currents_of_a_refractory_cuba_lif_go_on) {
  // v is held until 3 ms and then starts from v_reset with what is left of the current: the second spike is at
  // 3 ms + the first crossing of y = i F(h) with i = w e^{-t_ref/tau_syn}.
  const double w = 60000.0, tau = 2.0, tau_m = 10.0;
  const auto rise = [&](double i) {
    const auto v = [&](double h) {
      return i * tau * tau_m / (250.0 * (tau - tau_m)) * (std::exp(-h / tau) - std::exp(-h / tau_m));
    };
    double low = 0.0, high = 2.0;
    for (int k = 0; k < 200; ++k) (v(0.5 * (low + high)) < 15.0 ? low : high) = 0.5 * (low + high);
    return high;
  };
  const Spikes spikes = Net("CubaLIF", 1).fire({{1.0}}).connect(source_group, {{0, 0, w, 1.0}}).run(8.0);
  CHECK(spikes.size() >= 2);
  const double first = 2.0 + rise(w);
  CHECK_NEAR(spikes[0].first, first, 1e-9);
  CHECK_NEAR(spikes[1].first, first + 2.0 + rise(w * std::exp(-(rise(w) + 2.0) / tau)), 1e-9);
}

TEST(spikes_are_ordered_by_time_then_index_for_any_number_of_shards) {
  std::vector<Net::Synapse> synapses;
  for (std::uint32_t j = 0; j < 100; ++j) synapses.push_back({0, 99 - j, 20.0, j < 50 ? 1.0 : 1.5});
  Net net("LIF", 100);
  net.fire({{1.0}}).connect(source_group, synapses);
  const Spikes one = net.run(10.0);
  CHECK_EQ(one.size(), 100u);
  CHECK(std::is_sorted(one.begin(), one.end()));
  for (const std::uint32_t threads : {2u, 3u, 7u}) CHECK(net.threads(threads).run(10.0) == one);
}

TEST(a_chain_with_delays_of_very_different_lengths_keeps_time) {
  // 0 -> 1 -> 2 -> 3 with delays of a tick, 700 ms (beyond the ring of buckets) and 0.3 ms.
  Net net("LIF", 4);
  net.fire({{1.0}})
      .connect(source_group, {{0, 0, 15.0, 0.5}})
      .connect(neurons_group, {{0, 1, 15.0, 1e-12}, {1, 2, 15.0, 700.0}, {2, 3, 15.0, 0.3}});
  const Spikes expected{{1.5, 0}, {1.500000000001, 1}, {701.500000000001, 2}, {701.800000000001, 3}};
  for (const std::uint32_t threads : {1u, 2u}) {
    const Spikes got = net.threads(threads).run(1000.0);
    CHECK_EQ(got.size(), expected.size());
    for (std::size_t k = 0; k < got.size(); ++k) {
      CHECK_NEAR(got[k].first, expected[k].first, 1e-12);
      CHECK_EQ(got[k].second, expected[k].second);
    }
  }
}

TEST(step_currents_fire_at_the_closed_form_and_sum) {
  // 250 pA and 250 pA from 10 ms on: v_inf = -50 mV, crossing after tau ln(20/5); nothing once they end.
  Net net("LIF", 2, {{"t_ref", 1000.0}});
  net.inject({0, 2}, {10.0, 40.0}, {250.0, 0.0}).inject({1, 2}, {10.0, 40.0}, {250.0, 0.0});
  const Spikes spikes = net.run(100.0);
  CHECK_EQ(spikes.size(), 1u);
  CHECK_EQ(spikes[0].second, 1u);
  CHECK_NEAR(spikes[0].first, 10.0 + 10.0 * std::log(4.0), 1e-9);
}

TEST(cutting_a_run_changes_no_bit) {
  for (const char* model : {"LIF", "CubaLIF"}) {
    const double w = std::string(model) == "LIF" ? 1.7 : 800.0;
    Net net(model, 20, {{"i_e", 410.0}});
    std::vector<Net::Synapse> in, recurrent;
    for (std::uint32_t j = 0; j < 20; ++j) {
      in.push_back({j % 3, j, w, 0.3 + 0.01 * j});
      for (std::uint32_t i = 0; i < 20; i += 3) recurrent.push_back({i, j, i % 2 ? -w : w, 0.2 + 0.37 * ((i + j) % 7)});
    }
    net.fire({{1.0, 7.0, 30.0}, {2.0, 2.3, 41.0}, {5.0, 50.0, 60.0}})
        .connect(source_group, in)
        .connect(neurons_group, recurrent);
    net.inject({3, 9}, {12.345, 77.7}, {55.5, -20.0});
    const Spikes whole = net.run(150.0);
    CHECK(whole.size() > 60);
    std::vector<double> cuts;
    for (int k = 1; k < 400; ++k) cuts.push_back(150.0 * k / 400.0 + 0.001 * std::sin(k));
    cuts.push_back(150.0);
    CHECK(net.run(cuts) == whole);
    // States sampled on the way cut its windows, and leave no trace.
    const auto probed = net.threads(2).engine();
    const std::uint32_t probe = probed->add_state_probe(neurons_group, 0, {0, 7, 19}, 0.77);
    advance(*probed, 150.0, 1e9);
    CHECK(Net::spikes(*probed) == whole);
    CHECK_EQ(probed->take_states(probe).times.size(), 195u);
  }
}

TEST(samples_are_taken_after_all_events_of_their_instant) {
  Net net("LIF", 1);
  net.fire({{1.0, 3.0}}).connect(source_group, {{0, 0, 10.0, 1.0}});
  const auto engine = net.engine();
  const std::uint32_t probe = engine->add_state_probe(neurons_group, 0, {0}, 2.0);
  advance(*engine, 2.0, 1e9);
  advance(*engine, 6.0, 1e9);
  const auto record = engine->take_states(probe);
  CHECK(record.times == std::vector<double>({0.0, 2.0, 4.0, 6.0}));
  CHECK_EQ(record.values[0], -70.0);
  CHECK_EQ(record.values[1], -60.0);
  CHECK_EQ(record.values[2], -70.0);  // 10 e^{-0.2} + 10 mV fired
  CHECK_EQ(record.values[3], -70.0);
  CHECK_NEAR(engine->state(neurons_group, 0)[0], -70.0, 0.0);
}

TEST(a_state_set_from_outside_counts_from_then_on) {
  const auto engine = Net("LIF", 2, {{"i_e", 200.0}}).engine();  // v_inf = -62 mV
  advance(*engine, 5.0, 1e9);
  engine->set_state(neurons_group, 0, {-62.0, -55.0});
  advance(*engine, 6.0, 1e9);
  const Spikes spikes = Net::spikes(*engine);
  CHECK_EQ(spikes.size(), 1u);
  CHECK_EQ(spikes[0].second, 1u);
  CHECK_NEAR(spikes[0].first, 5.0, 2e-12);
  CHECK_EQ(engine->state(neurons_group, 0)[0], -62.0);
}

TEST(long_runs_move_the_epoch_and_keep_the_closed_form) {
  // Two hours of model time: past 2^63 ticks of 1e-12 ms. One spike each t_ref + tau ln 4 of 1000 s, and an input
  // far in the second epoch.
  const double t_ref = 1e6, interval = t_ref + 10.0 * std::log(4.0), longest = 1.2e7;
  Net net("LIF", 2, {{"t_ref", t_ref}});
  net.fire({{2.5e6}}).connect(source_group, {{0, 1, 15.0, 1.0}}).inject({0, 1}, {0.0}, {500.0});
  for (const std::uint32_t threads : {1u, 2u}) {
    const Spikes spikes = net.threads(threads).run({1e6, 2e6, 2.1e6, longest});
    CHECK_EQ(spikes.size(), 13u);
    int k = 0;
    for (const auto& [t, index] : spikes) {
      if (index == 1)
        CHECK_EQ(t, 2500001.0);
      else
        CHECK_NEAR(t, 10.0 * std::log(4.0) + interval * k++, 4e-9);  // two last bits of 1.2e7
    }
    CHECK(net.run(longest) == spikes);
  }
}

TEST(an_error_in_one_shard_ends_the_run_of_all) {
  // One shard's source fails at 3 ms: the error comes out, and no other shard waits for ever.
  Net net("LIF", 64);
  net.fire(std::vector<std::vector<double>>(64)).source("Failing").connect(source_group, {{0, 63, 15.0, 1.0}});
  for (const std::uint32_t threads : {1u, 4u}) {
    const auto engine = net.threads(threads).engine();
    advance(*engine, 2.0, 1e9);
    CHECK_THROWS(advance(*engine, 5.0, 1e9), UnsupportedError, "source 63 fails");
  }
}

TEST(a_neuron_that_fires_without_end_is_an_error) {
  const auto engine = Net("LIF", 1, {{"i_e", 1e12}, {"t_ref", 0.0}}).engine();
  CHECK_THROWS(advance(*engine, 5.0, 1e9), ParameterError, "population 'neurons'");
}

TEST(a_state_probe_without_interval_is_refused) {
  const auto engine = Net("LIF", 1).engine();
  CHECK_THROWS(engine->add_state_probe(neurons_group, 0, {0}, 0.0), ParameterError, "expected every > 0 ms");
}

TEST(a_wall_budget_of_nothing_still_moves_on) {
  Net net("LIF", 1, {{"i_e", 500.0}});
  net.fire({{1.0}}).connect(source_group, {{0, 0, 1.0, 0.1}}).connect(neurons_group, {{0, 0, 0.5, 0.1}});
  const auto engine = net.engine();
  int calls = 0;
  for (; engine->time() < 100.0 && calls < 100000; ++calls) advance(*engine, 100.0, 0.0);
  CHECK(calls > 1);
  CHECK_EQ(engine->time(), 100.0);
  CHECK(Net::spikes(*engine) == net.run(100.0));
}
