// An engine with what names and orders its results: itself what Python asks an engine for (backends/base.py). The GIL
// is released wherever it works.
#pragma once
#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "bindings/archived.hpp"
#include "bindings/bound_ranks.hpp"
#include "bindings/bound_synapses.hpp"
#include "bindings/bound_trials.hpp"
#include "bindings/described.hpp"
#include "bindings/interruptible.hpp"
#include "bindings/numpy.hpp"
#include "bindings/stored.hpp"
#include "engine/engine.hpp"
#include "neurons/neuron.hpp"

namespace pysnn {

class BoundEngine {
  using Doubles = BoundSynapses::Doubles;
  using Words = py::array_t<std::uint32_t, py::array::c_style | py::array::forcecast>;

 public:
  BoundEngine(std::shared_ptr<CompiledNetwork> network, BoundTrials::Make make)
      : network_(std::move(network)), make_(make), synapses_(network_) {
    engine_ = interruptible([&](const std::atomic<bool>& stop) { return make(network_, stop, 0); });
  }

  // Go on together with other ranks, of which `allgather(mine, all)` brings the words.
  void join(std::uint32_t rank, std::uint32_t size, const py::function& allgather) {
    engine_->join(ranks_of(rank, size, allgather));
  }
  // What of a group is on this rank: [begin, end).
  std::pair<std::uint32_t, std::uint32_t> owned(PopulationId group) const {
    const Range here = network_->owned(check_group(group));
    return {here.begin, here.end};
  }
  // How often ranks have told each other something, and the words of the last message.
  std::pair<std::uint64_t, std::size_t> exchanges() const {
    return {engine_->ranks().exchanges(), engine_->ranks().words()};
  }

  // As of the last call of advance that has returned: another thread may be in one.
  double time() const { return time_; }
  py::int_ ticks() const { return to_python(ticks_); }
  void advance(const py::int_& until, double wall_budget) {
    const LongTick end = from_python(until);
    const auto use = engine_->standing().use("run");
    const Look look(*this);
    const py::gil_scoped_release release;
    engine_->advance(end, wall_budget);
  }
  void finish() {
    const auto use = engine_->standing().use("finish");
    const py::gil_scoped_release release;
    engine_->finish();
  }

  void record_spikes(PopulationId group) {
    const auto use = engine_->standing().use("record spikes");
    engine_->record_spikes(check_group(group));
  }
  py::tuple take_spikes(PopulationId group) {
    const auto use = engine_->standing().read("data");
    SpikeRecord record = engine_->take_spikes(check_group(group));
    return py::make_tuple(to_numpy(std::move(record.times)), to_numpy(std::move(record.indices)));
  }

  std::uint32_t add_state_probe(PopulationId population, const std::string& state, const Words& indices, double every) {
    const auto use = engine_->standing().use("probe");
    std::vector<std::uint32_t> chosen = from_numpy<std::uint32_t>(indices);
    const std::size_t index = state_index(population, state);
    for (const std::uint32_t i : chosen)
      if (i >= network_->description.populations[population].n)
        throw ParameterError("probe: index " + std::to_string(i) + " is outside '" +
                             network_->description.populations[population].name + "'");
    return engine_->add_state_probe(population, index, std::move(chosen), every);
  }
  py::tuple take_states(std::uint32_t probe) {
    const auto use = engine_->standing().read("data");
    StateRecord record = engine_->take_states(probe);
    const auto rows = static_cast<py::ssize_t>(record.times.size());
    return py::make_tuple(to_numpy(std::move(record.times)),
                          to_numpy(std::move(record.values), {rows, static_cast<py::ssize_t>(record.width)}));
  }

  ProjectionId add_change_probe(ProjectionId projection) {
    const auto use = engine_->standing().use("probe");
    check_plastic(projection);
    engine_->record_changes(projection);
    return projection;
  }
  py::tuple take_changes(ProjectionId projection) {
    const auto use = engine_->standing().read("data");
    return synapses_.in_order(projection, engine_->take_changes(projection));
  }

  // How many and how large they are never changes, and may be asked at any time.
  std::uint64_t synapse_count(ProjectionId projection) const {
    return network_->synapses(check_projection(projection));
  }
  std::size_t nbytes() const { return stored_bytes(*network_) + engine_->state_bytes(); }
  py::tuple synapses(ProjectionId projection) const {
    const auto use = engine_->standing().read("synapses");
    return synapse_arrays(*network_, check_projection(projection));
  }
  py::list blocks(ProjectionId projection) const {
    const auto use = engine_->standing().use("weights_view");
    py::list blocks;
    for (const ShardId s : network_->shards.ids())
      blocks.append(block_arrays(network_, check_projection(projection), s));
    return blocks;
  }

  py::array weights(ProjectionId projection) {
    const auto use = engine_->standing().use("weights");
    return synapses_.with_weight_type(check_projection(projection),
                                      [&]<class Weight>(Weight) { return weights_of<Weight>(projection); });
  }

  void check_weights(ProjectionId projection, const Doubles& weights, const std::string& call) {
    const auto use = engine_->standing().use(call.c_str());
    synapses_.check(check_projection(projection), weights, call);
  }
  void set_weights(ProjectionId projection, const Doubles& weights) {
    const auto use = engine_->standing().use("set_weights");
    synapses_.check(check_projection(projection), weights, "set_weights");
    engine_->finish();
    synapses_.set(projection, weights);
    engine_->weights_replaced(projection);
  }

  py::array state(PopulationId population, const std::string& name) {
    const auto use = engine_->standing().use("state");
    return to_numpy(engine_->state(population, state_index(population, name)));
  }
  void set_state(PopulationId population, const std::string& name, const Doubles& values) {
    const auto use = engine_->standing().use("set_state");
    const std::size_t index = state_index(population, name);
    if (values.size() != network_->description.populations[population].n)
      throw ParameterError("set_state: expected " + std::to_string(network_->description.populations[population].n) +
                           " values (got " + std::to_string(values.size()) + ")");
    engine_->set_state(population, index, from_numpy<double>(values));
  }

  py::array parameter(PopulationId group, const std::string& name) const {
    const auto use = engine_->standing().read("parameter");
    return to_numpy(engine_->parameter(check_group(group), name));
  }
  void set_parameters(PopulationId group, const std::map<std::string, Doubles>& values, const Words& indices) {
    const auto use = engine_->standing().use("set_parameters");
    std::map<std::string, std::vector<double>> given;
    for (const auto& [name, column] : values) given[name] = from_numpy<double>(column);
    engine_->set_parameters(check_group(group), given, from_numpy<std::uint32_t>(indices));
  }

  void inject(std::uint32_t number, PopulationId population, const py::object& neurons, const std::string& model,
              const py::dict& params, std::uint64_t noise_key, const std::vector<py::dict>& own) {
    const auto use = engine_->standing().use("inject");
    const Population& target = network_->description.populations[check_group(population)];
    const auto [range, list] = to_neurons(neurons, target.n, "current into '" + target.name + "'");
    engine_->inject(number, {population, range, model, to_params(params), noise_key, list, to_params_of_each(own)});
  }
  void replace_current(std::uint32_t number, const std::string& model, const py::dict& params, std::uint64_t noise_key,
                       const std::vector<py::dict>& own) {
    const auto use = engine_->standing().use("replace");
    engine_->replace_current(number, {.population = {},
                                      .neurons = {},
                                      .model = model,
                                      .params = to_params(params),
                                      .noise_key = noise_key,
                                      .own = to_params_of_each(own)});
  }
  void stop_current(std::uint32_t number) {
    const auto use = engine_->standing().use("stop");
    engine_->stop_current(number);
  }

  double part(PopulationId population, const std::string& name) const {
    const auto use = engine_->standing().read("part");
    return engine_->part(check_group(population), name);
  }
  void set_part(PopulationId population, const std::string& name, double value) {
    const auto use = engine_->standing().use("set_part");
    engine_->set_part(check_group(population), name, value);
  }
  double least_delay(ProjectionId projection) const {
    return network_->description.time.ms(engine_->least_delay(check_projection(projection)));
  }
  void check_delays(ProjectionId projection, const Doubles& delays) const {
    const auto use = engine_->standing().use("set_delays");
    engine_->check_delays(projection, to_ticks(projection, delays));
  }
  void set_delays(ProjectionId projection, const Doubles& delays) {
    const auto use = engine_->standing().use("set_delays");
    engine_->set_delays(projection, to_ticks(projection, delays));
    synapses_.reordered();
  }
  void check_sources(ProjectionId projection, const Words& sources) const {
    const auto use = engine_->standing().use("rewire");
    engine_->check_sources(check_projection(projection), from_numpy<std::uint32_t>(sources));
  }
  std::vector<std::uint64_t> rewire(ProjectionId projection, const Words& sources) {
    const auto use = engine_->standing().use("rewire");
    std::vector<std::uint64_t> from = engine_->rewire(check_projection(projection), from_numpy<std::uint32_t>(sources));
    synapses_.reordered();
    return from;
  }
  std::uint64_t rewirings(ProjectionId projection) const {
    const auto use = engine_->standing().use("rewire");
    return engine_->rewirings(check_projection(projection));
  }
  std::vector<std::uint64_t> built_order(ProjectionId projection) const {
    const auto use = engine_->standing().use("weights");
    return engine_->built_order(check_projection(projection));
  }

  void set_learning(ProjectionId projection, std::optional<bool> on, std::optional<double> rate) {
    const auto use = engine_->standing().use("set_learning");
    check_plastic(projection);
    engine_->set_learning(projection, on, rate);
  }
  bool learns(ProjectionId projection) {
    const auto use = engine_->standing().use("learning");
    check_plastic(projection);
    return engine_->learning(projection).on;
  }

  void modulate(ModulatorId modulator, const Doubles& values) {
    const auto use = engine_->standing().use("modulate");
    const NetworkDescription& network = network_->description;
    if (!network.modulators.has(modulator)) throw ParameterError("no modulator " + std::to_string(modulator.index()));
    const auto population = network.modulators[modulator].population;
    const std::uint32_t n = population ? network.populations[*population].n : 1;
    if (values.size() != n)
      throw ParameterError("modulate: '" + network.modulators[modulator].name + "': expected " + std::to_string(n) +
                           " values (got " + std::to_string(values.size()) + ")");
    const std::vector<double> given = from_numpy<double>(values);
    const py::gil_scoped_release release;
    engine_->modulate(modulator, given);
  }

  py::array teach(std::uint32_t error, const Doubles& wanted, double gain) {
    const auto use = engine_->standing().use("teach");
    if (error >= network_->description.errors.size()) throw ParameterError("no error " + std::to_string(error));
    const std::vector<double> given = from_numpy<double>(wanted);
    std::vector<double> missed;
    {
      const py::gil_scoped_release release;
      missed = engine_->teach(error, given, gain);
    }
    return to_numpy(std::move(missed));
  }

  void restart(const std::vector<std::pair<PopulationId, std::string>>& kept, bool from_zero, std::uint64_t noise) {
    const auto use = engine_->standing().use("reset");
    Restart how{.from_zero = from_zero, .noise = noise, .kept = to_kept(kept)};
    const Look look(*this);
    const py::gil_scoped_release release;
    if (engine_->restart(how)) synapses_.reordered();
  }

  void feed(PopulationId source, const Doubles& times, const Words& indices) {
    const auto use = engine_->standing().use("feed");
    const Population& fed = check_fed(source);
    if (times.size() != indices.size())
      throw ParameterError("feed: expected as many indices as times (got " + std::to_string(times.size()) +
                           " times and " + std::to_string(indices.size()) + " indices)");
    const TimeBase& time = network_->description.time;
    const std::string what = "feed: '" + fed.name + "'";
    std::vector<FedSpike> spikes(static_cast<std::size_t>(times.size()));
    for (std::size_t k = 0; k < spikes.size(); ++k) {
      const double ms = times.data()[k];
      spikes[k] = {time.long_tick(ms, what), indices.data()[k]};
      if (spikes[k].time <= ticks_)
        throw ParameterError(what + ": times must be > " + show(time_) + " ms, which is past (got " + show(ms) +
                             " ms)");
      if (spikes[k].time == long_never) throw ParameterError(what + ": times must be finite (got " + show(ms) + " ms)");
      if (spikes[k].index >= fed.n)
        throw ParameterError(what + ": index " + std::to_string(spikes[k].index) + " is out of range: there are " +
                             std::to_string(fed.n) + " sources");
    }
    engine_->feed(source, spikes);
  }
  void feed_source(PopulationId source, const std::string& model, const py::dict& params, std::uint64_t noise_key) {
    const auto use = engine_->standing().use("feed");
    const Population& fed = check_fed(source);
    Sources::get("source", model);
    engine_->feed(source, Population{.name = fed.name,
                                     .model = model,
                                     .n = fed.n,
                                     .params = to_params(params),
                                     .init = {},
                                     .noise_key = noise_key,
                                     .is_source = true});
  }

  // Of the network as it stands now, beside this engine; states of (population, name, values, carried).
  std::unique_ptr<BoundTrials> trials(std::uint32_t threads, bool in_order,
                                      const std::vector<std::tuple<PopulationId, std::string, Doubles, bool>>& states) {
    const auto use = engine_->standing().use("run_trials");
    std::vector<TrialState> begin;
    for (const auto& [population, name, values, carried] : states)
      begin.push_back({population, state_index(population, name), from_numpy<double>(values), carried});
    engine_->finish();
    std::map<ProjectionId, Learning> changed;
    const auto& projections = network_->description.projections;
    for (const ProjectionId q : projections.ids()) {
      if (projections[q].plasticity.empty()) continue;
      if (const Learning learning = engine_->learning(q); learning != Learning{}) changed.emplace(q, learning);
    }
    const auto make = [this, in_order, changed = std::move(changed)](std::shared_ptr<CompiledNetwork> network,
                                                                     const std::atomic<bool>& stop, std::uint32_t n) {
      auto engine = make_(std::move(network), stop, n);
      engine->join(engine_->ranks());
      engine->take_parameters_of(*engine_);
      if (in_order) engine->take_learning_of(*engine_);
      for (const auto& [q, learning] : changed) engine->set_learning(q, learning.on, learning.rate);
      return engine;
    };
    return std::make_unique<BoundTrials>(network_, make, threads, in_order, std::move(begin));
  }
  // What trials in order have learnt counts here from now on, and states that they carried.
  void take_over(BoundTrials& trials, const std::vector<std::pair<PopulationId, std::string>>& carried) {
    const auto use = engine_->standing().use("run_trials");
    trials.trials().end(*engine_);
    for (const ProjectionId q : network_->description.projections.ids())
      if (!network_->description.projections[q].plasticity.empty()) engine_->weights_replaced(q);
    for (const auto& [population, name] : carried) {
      const std::size_t state = state_index(population, name);
      engine_->set_state(population, state, trials.trials().state(population, state));
    }
  }

  std::vector<std::uint64_t> delivered() const {
    const auto use = engine_->standing().read("delivered");
    return engine_->delivered();
  }
  py::dict save(const std::optional<std::map<std::string, py::array>>& before) {
    const auto use = engine_->standing().use("save");
    Archive::Arrays arrays;
    if (before)
      for (const auto& [name, array] : *before) arrays.emplace(name, as_stored(array));
    {
      const py::gil_scoped_release release;
      engine_->save(arrays);
    }
    py::dict saved;
    for (const auto& [name, stored] : arrays) saved[py::str(name)] = stored_array(stored);
    synapses_.save(saved);
    return saved;
  }
  void restore(std::map<std::string, py::array> from) {
    const auto use = engine_->standing().use("resume");
    Archive::Arrays arrays;
    for (const auto& [name, array] : from)
      if (!BoundSynapses::is_saved(name)) arrays.emplace(name, as_stored(array));
    const Look look(*this);
    {
      const py::gil_scoped_release release;
      engine_->restore(arrays);
    }
    // In the order that the synapses have by then.
    synapses_.reordered();
    synapses_.restore(from);
  }

  void set_profile(bool on) {
    const auto use = engine_->standing().use("profile");
    engine_->set_profile(on);
  }
  std::uint32_t active_threads() const {
    const auto use = engine_->standing().read("active_threads");
    return engine_->active_threads();
  }
  py::dict profile() const {
    const auto use = engine_->standing().read("profile");
    py::dict phases;
    for (const auto& [phase, seconds] : engine_->profile()) phases[py::str(phase)] = seconds;
    return phases;
  }

 private:
  // Looks where the engine has come to when a run ends, be it by an error.
  class Look {
   public:
    explicit Look(BoundEngine& bound) : bound_(bound) {}
    ~Look() {
      bound_.time_ = bound_.engine_->time();
      bound_.ticks_ = bound_.engine_->ticks();
    }
    Look(const Look&) = delete;
    Look& operator=(const Look&) = delete;

   private:
    BoundEngine& bound_;
  };

  // Of a population or a source: both are numbered together.
  PopulationId check_group(PopulationId group) const {
    if (!network_->description.populations.has(group))
      throw ParameterError("no population " + std::to_string(group.index()));
    return group;
  }

  const Population& check_fed(PopulationId group) const {
    const Population& p = network_->description.populations[check_group(group)];
    if (!p.is_source || !engine_->takes_spikes(group))
      throw ParameterError("feed: '" + p.name + "' is a " + p.model + " and plays nothing that is fed");
    return p;
  }

  ProjectionId check_projection(ProjectionId projection) const {
    if (!network_->description.projections.has(projection))
      throw ParameterError("no projection " + std::to_string(projection.index()));
    return projection;
  }

  void check_plastic(ProjectionId projection) const {
    if (!network_->description.projections.has(projection) ||
        network_->description.projections[projection].plasticity.empty())
      throw ParameterError("only a plastic projection changes its weights");
  }

  // By population and state, as Restart has them.
  ById<PopulationId, std::vector<char>> to_kept(const std::vector<std::pair<PopulationId, std::string>>& states) const {
    ById<PopulationId, std::vector<char>> kept(network_->description.populations.size());
    for (const auto& [population, name] : states) {
      const std::size_t index = state_index(population, name);
      kept[population].resize(std::max(kept[population].size(), index + 1));
      kept[population][index] = true;
    }
    return kept;
  }

  std::size_t state_index(PopulationId population, const std::string& name) const {
    return pysnn::state_index(network_->description.populations[check_group(population)], name);
  }

  static std::vector<ParamSet> to_params_of_each(const std::vector<py::dict>& own) {
    std::vector<ParamSet> params;
    for (const py::dict& one : own) params.push_back(to_params(one));
    return params;
  }

  std::vector<Tick> to_ticks(ProjectionId projection, const Doubles& delays) const {
    const std::string what =
        "set_delays: '" + network_->description.projections[check_projection(projection)].name + "'";
    std::vector<Tick> ticks(static_cast<std::size_t>(delays.size()));
    for (std::size_t k = 0; k < ticks.size(); ++k)
      ticks[k] = network_->description.time.delay_or_none(delays.data()[k], what);
    return ticks;
  }

  template <class Weight>
  py::array weights_of(ProjectionId projection) {
    std::vector<Weight> values;
    {
      const py::gil_scoped_release release;
      engine_->finish();
      values = synapses_.finite_weights<Weight>(projection);
    }
    return to_numpy(std::move(values));
  }

  std::shared_ptr<CompiledNetwork> network_;
  BoundTrials::Make make_;
  BoundSynapses synapses_;
  std::unique_ptr<Engine> engine_;
  double time_ = 0.0;
  LongTick ticks_ = 0;
};

}  // namespace pysnn
