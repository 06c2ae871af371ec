// An engine: the window loop over shards of one kind, and all that is asked of them between two calls of advance().
// Where an error ends the loop the engine is broken at the end of the last whole window.
#include <algorithm>
#include <exception>
#include <map>

#include "engine/changed_parameters.hpp"
#include "engine/clock/shard.hpp"
#include "engine/engine.hpp"
#include "engine/event/shard.hpp"
#include "engine/flowing_currents.hpp"
#include "engine/rearranged_synapses.hpp"
#include "engine/shards.hpp"
#include "engine/signals.hpp"
#include "engine/spike_history.hpp"
#include "engine/window_loop.hpp"
#include "plasticity/outlasting.hpp"

namespace pysnn {
namespace {

template <class Shard>
class EngineOf final : public Engine {
 public:
  EngineOf(std::shared_ptr<CompiledNetwork> network, const std::atomic<bool>& stop, std::uint32_t threads)
      : network_(std::move(network)), time_(network_->description.time), shards_(*network_, threads),
        parameters_(*network_, shards_), currents_(network_->description, shards_),
        signals_(*network_, shards_, ranks_), recorder_(network_->description.populations.size()),
        history_(*network_, Shard::slack(*network_)),
        rearranged_(*network_, shards_, ranks_, history_,
                    [this](const std::exception& error) { standing().breaks(time(), error); }),
        loop_(*network_, shards_, ranks_), delivered_before_(network_->description.projections.size(), 0) {
    shards_.make(
        [&](ShardId s) { return std::make_unique<Shard>(*network_, s, parameters_.inputs(), currents_.all(), stop); });
  }

  LongTick ticks() const override { return epoch_start_ + now_; }
  double time() const override { return ms(now_); }

  void join(Ranks ranks) override { ranks_ = std::move(ranks); }
  Ranks& ranks() override { return ranks_; }

  LongTick advance(LongTick until, double wall_budget) override {
    const auto start = WallClock::now();
    try {
      if (until > ticks()) prepare();
      for (LoopEnd why = LoopEnd::done; until > ticks() && why != LoopEnd::stopped;) {
        why = run_windows(in_this_epoch(until), start, wall_budget);
        if (now_ == Shard::epoch_length) rebase();
      }
      // Sources may have emitted ahead: the call ends where they are, so that what changes then finds them there.
      while (shards_.front().horizon() > now_) run_windows(shards_.front().horizon(), start, 0.0);
      ranks_.agreed([&] { shards_.each([&](ShardId s) { shards_[s]->check_finite(); }); });
    } catch (const std::exception& error) {
      standing().breaks(time(), error);
      throw;
    }
    return ticks();
  }

  void finish() override {
    if (finished_) return;
    shards_.each_plastic([this](auto& plastic) { plastic.finish(now_); });
    finished_ = true;
  }

  bool restart(const Restart& how) override {
    finish();
    if (how.from_zero && how.noise != noise_) {
      currents_.draw(how.noise);
      noise_ = how.noise;
    }
    shards_.each([&](ShardId s) { shards_[s]->restart(how, now_, epoch_start_, currents_.all()); });
    const bool reordered = rearranged_.forget(now_);
    history_.clear();
    if (!how.from_zero) return reordered;
    now_ = 0;
    epoch_start_ = 0;
    rearranged_.begin_again();
    parameters_.begin_again();
    recorder_.begin_again();
    for (StateProbe& probe : probes_) probe.begin_again();
    return reordered;
  }

  void record_spikes(PopulationId population) override {
    recorder_.record(population);
    for (auto& shard : shards_) shard->emit_always(population);
  }
  SpikeRecord take_spikes(PopulationId population) override { return recorder_.take(population); }

  std::uint32_t add_state_probe(PopulationId population, std::size_t state, std::vector<std::uint32_t> indices,
                                double every) override {
    if (!time_.grid() && !(every > 0.0))
      throw ParameterError("probe: the event engine has no steps to sample at: expected every > 0 ms (got " +
                           show(every) + " ms)");
    const LongTick ticks = every == 0.0 ? 1 : time_.long_delay(every, "probe: every");
    probes_.emplace_back(population, state, std::move(indices), ticks, network_->shards);
    probes_.back().start(now_, epoch_start_);
    return static_cast<std::uint32_t>(probes_.size() - 1);
  }
  StateRecord take_states(std::uint32_t probe) override { return probes_[probe].take(time_); }

  void record_changes(ProjectionId projection) override {
    for (auto& shard : shards_)
      if (auto* plastic = shard->plastic(projection)) plastic->record_changes(true);
  }
  ChangeRecord take_changes(ProjectionId projection) override {
    ById<ShardId, std::vector<WeightChange>> changes;
    for (auto& shard : shards_) {
      auto* plastic = shard->plastic(projection);
      changes.push_back(plastic ? plastic->take_changes() : std::vector<WeightChange>{});
    }
    return collect_changes(changes, time_, epoch_start_);
  }
  void weights_replaced(ProjectionId projection) override {
    for (auto& shard : shards_)
      if (auto* plastic = shard->plastic(projection)) plastic->replaced(now_);
  }

  void inject(std::uint32_t number, const InjectedCurrent& described) override {
    currents_.inject(number, described, now_, epoch_start_);
  }
  void replace_current(std::uint32_t number, const InjectedCurrent& another) override {
    currents_.replace(number, another, now_, epoch_start_);
  }
  void stop_current(std::uint32_t number) override { currents_.stop(number, now_); }

  Tick least_delay(ProjectionId projection) const override { return shards_.front().least_delay(projection); }
  void check_delays(ProjectionId q, const std::vector<Tick>& delays) const override {
    rearranged_.check_delays(q, delays);
  }
  void set_delays(ProjectionId q, const std::vector<Tick>& delays) override {
    prepare();
    rearranged_.set_delays(q, delays, now_);
  }
  void check_sources(ProjectionId q, const std::vector<std::uint32_t>& sources) const override {
    rearranged_.check_sources(q, sources);
  }
  std::vector<std::uint64_t> rewire(ProjectionId q, const std::vector<std::uint32_t>& sources) override {
    prepare();
    return rearranged_.rewire(q, sources, now_);
  }
  std::uint64_t rewirings(ProjectionId q) const override { return rearranged_.rewirings(q); }
  std::vector<std::uint64_t> built_order(ProjectionId q) const override { return rearranged_.built_order(q); }

  void set_learning(ProjectionId projection, std::optional<bool> on, std::optional<double> rate) override {
    for (auto& shard : shards_)
      if (auto* plastic = shard->plastic(projection)) plastic->learn(on, rate, now_);
  }
  Learning learning(ProjectionId projection) override {
    for (const auto& shard : shards_)
      if (auto* plastic = shard->plastic(projection)) return plastic->learning();
    return {false};  // it has no synapses
  }

  std::vector<double> teach(std::uint32_t number, std::span<const double> wanted, double gain) override {
    const ReadoutError& error = network_->description.errors.at(number);
    std::vector<double> y = state(error.readout, error.state);
    for (double& value : y) value *= error.scale;
    const auto t = static_cast<std::uint64_t>(ticks());
    const Word4 words = philox(with_noise(error.noise_key, noise_), static_cast<std::uint32_t>(t),
                               static_cast<std::uint32_t>(t >> 32), 0, 0);
    std::vector<double> missed = error_of(error.loss, y, wanted, unit_interval(words[0], words[1]));
    for (double& value : missed) value *= gain;
    modulate(error.modulator, missed);
    return missed;
  }
  void modulate(ModulatorId modulator, const std::vector<double>& values) override {
    prepare();  // what follows is not in weights that were brought to the present
    signals_.modulate(modulator, values, now_);
  }

  bool takes_spikes(PopulationId source) const override { return shards_.front().source(source).takes_spikes(); }
  void feed(PopulationId population, std::span<const FedSpike> spikes) override {
    for (auto& shard : shards_) shard->source(population).feed(spikes);
  }
  void feed(PopulationId population, const Population& source) override {
    // All are made before any is played: an error leaves nothing half done.
    ById<ShardId, std::unique_ptr<Source>> made;
    for (const auto& shard : network_->shards)
      made.push_back(make_source(source, shard.owned[population], time_, ticks()));
    for (const ShardId s : shards_.ids()) shards_[s]->source(population).feed(std::move(made[s]));
  }

  std::vector<double> state(PopulationId population, std::size_t state) override {
    std::vector<double> values;
    for (auto& shard : shards_) shard->read_state(population, state, now_, values);
    return ranks_.gather(values);
  }
  void set_state(PopulationId population, std::size_t state, const std::vector<double>& values) override {
    const double* next = values.data() + network_->owned(population).begin;
    for (auto& shard : shards_) next = shard->write_state(population, state, now_, next);
  }

  std::vector<double> parameter(PopulationId group, const std::string& name) const override {
    return parameters_.of_each(group, name);
  }
  void set_parameters(PopulationId group, const std::map<std::string, std::vector<double>>& values,
                      const std::vector<std::uint32_t>& indices) override {
    parameters_.set(group, values, indices, present());
  }
  double part(PopulationId p, const std::string& name) const override { return parameters_.part(p, name); }
  void set_part(PopulationId p, const std::string& name, double value) override {
    parameters_.set_part(p, name, value, present());
  }
  void take_parameters_of(const Engine& other) override {
    parameters_.take_over(static_cast<const EngineOf&>(other).parameters_, present());
  }
  void take_learning_of(const Engine& other) override {
    const auto& from = static_cast<const EngineOf&>(other);
    signals_.take_over(from.signals_);
    shards_.each([&](ShardId s) {
      for (const ProjectionId q : network_->description.projections.ids())
        if (auto* mine = dynamic_cast<Outlasting*>(shards_[s]->plastic(q)))
          mine->take_over(*dynamic_cast<const Outlasting*>(from.shards_[s]->plastic(q)));
    });
  }

  std::size_t state_bytes() const override {
    std::size_t sum = 0;
    for (const ProjectionId q : network_->description.projections.ids())
      for (const auto& shard : shards_)
        if (const auto* plastic = shard->plastic(q)) sum += plastic->state_bytes();
    return sum;
  }

  ById<ProjectionId, std::uint64_t> delivered() const override {
    ById<ProjectionId, std::uint64_t> total = delivered_before_;
    for (const auto& shard : shards_) shard->count_delivered(total);
    return total;
  }

  void save(Archive::Arrays& to) override { io(Archive(to, true)); }
  void restore(Archive::Arrays& from) override {
    try {
      prepare();  // somebody may have looked at the weights that were drawn: they are not to come back
      io(Archive(from, false));
    } catch (const std::exception& error) {
      standing().breaks(time(), error);
      throw;
    }
  }

  void set_profile(bool on) override {
    for (auto& shard : shards_) shard->timer().set(on);
  }
  std::vector<std::pair<std::string, double>> profile() const override {
    std::vector<std::pair<std::string, double>> seconds;
    for (std::size_t phase = 0; phase < Shard::phase_names.size(); ++phase) {
      double sum = 0.0;
      for (const auto& shard : shards_) sum += shard->timer().seconds(phase);
      seconds.emplace_back(Shard::phase_names[phase], sum);
    }
    return seconds;
  }
  std::uint32_t active_threads() const override { return loop_.active_threads(); }

 private:
  EngineMoment present() const { return {now_, epoch_start_, noise_}; }
  double ms(Tick t) const { return time_.ms(epoch_start_ + t); }

  Tick in_this_epoch(LongTick t) const {
    return t - epoch_start_ < Shard::epoch_length ? static_cast<Tick>(t - epoch_start_) : Shard::epoch_length;
  }

  void prepare() {
    if (!finished_) return;
    shards_.each_plastic([](auto& plastic) { plastic.prepare(); });
    finished_ = false;
  }

  // Run up to `end` in this epoch.
  LoopEnd run_windows(Tick end, WallClock::time_point start, double wall_budget) {
    return loop_.run(now_, end, epoch_start_, start, wall_budget, probes_, [this](Tick to, SpikeBoard::Reader& reader) {
      record(to, reader);
      return recorder_.held() > most_spikes_held;
    });
  }

  void io(const Archive& archive) {
    archive.value("now", now_);
    archive.value("epoch", epoch_start_);
    if (now_ < 0 || now_ > Shard::epoch_length || epoch_start_ < 0) archive.wrong("now", "no time");
    parameters_.io(archive.in("parameters"), present());
    rearranged_.io(archive.in("delays"), now_);
    // One after the other, as each adds its part to the arrays.
    for (auto& shard : shards_) shard->io(archive, now_, epoch_start_);
    rearranged_.stragglers_io(archive.in("delays"));
    signals_.io(archive.in("feedback"));
    if (archive.saving()) finished_ = false;
    history_.io(archive, network_->description.populations);
    recorder_.io(archive.in("recorder"));
    for (std::size_t probe = 0; probe < probes_.size(); ++probe)
      probes_[probe].io(archive.in("state probe").in(probe), epoch_start_);
    ById<ProjectionId, std::uint64_t> total = delivered();
    if (archive.saving()) return archive.list("delivered", total);
    shards_.each([&](ShardId s) { shards_[s]->resume(history_, now_); });
    // What is counted from here on, under way included, is to add up to it.
    archive.list("delivered", total);
    if (total.size() != delivered_before_.size()) archive.wrong("delivered", "another number of projections");
    if (ranks_.rank() > 0) std::fill(total.begin(), total.end(), 0u);  // the first rank has all that was before
    const ById<ProjectionId, std::uint64_t> counted = delivered();
    for (const ProjectionId q : total.ids()) delivered_before_[q] = total[q] - counted[q];
  }

  void record(Tick to, SpikeBoard::Reader& reader) {
    history_.add(to, reader);
    recorder_.add(to, [&](PopulationId p) { return reader.of(p); }, [&](Tick t) { return ms(t); });
  }

  void rebase() {
    shards_.each([&](ShardId s) { shards_[s]->rebase(now_); });
    for (StateProbe& probe : probes_) probe.rebase(Shard::epoch_length);
    history_.rebase(Shard::epoch_length);
    rearranged_.rebase(Shard::epoch_length);
    now_ -= Shard::epoch_length;
    epoch_start_ += Shard::epoch_length;
  }

  std::shared_ptr<CompiledNetwork> network_;
  const TimeBase& time_;
  Ranks ranks_;
  Shards<Shard> shards_;
  ChangedParameters<Shard> parameters_;
  FlowingCurrents<Shard> currents_;
  Signals<Shard> signals_;
  std::vector<StateProbe> probes_;
  SpikeRecorder recorder_;
  SpikeHistory history_;
  RearrangedSynapses<Shard> rearranged_;
  WindowLoop<Shard> loop_;
  ById<ProjectionId, std::uint64_t> delivered_before_;  // by another engine
  Tick now_ = 0;                                        // in the present epoch
  LongTick epoch_start_ = 0;                            // ticks since the start
  std::uint64_t noise_ = 0;                             // that currents draw by
  bool finished_ = false;
};

// States of either precision, on the shards of one kind.
template <template <class> class Shard>
std::unique_ptr<Engine> make_engine(std::shared_ptr<CompiledNetwork> network, const std::atomic<bool>& stop,
                                    std::uint32_t threads) {
  if (network->description.single_precision)
    return std::make_unique<EngineOf<Shard<float>>>(std::move(network), stop, threads);
  return std::make_unique<EngineOf<Shard<double>>>(std::move(network), stop, threads);
}

}  // namespace

std::unique_ptr<Engine> make_clock_engine(std::shared_ptr<CompiledNetwork> network, const std::atomic<bool>& stop,
                                          std::uint32_t threads) {
  if (!network->description.time.grid()) throw ParameterError("the clock engine needs a network compiled on a grid");
  return make_engine<ClockShard>(std::move(network), stop, threads);
}

std::unique_ptr<Engine> make_event_engine(std::shared_ptr<CompiledNetwork> network, const std::atomic<bool>& stop,
                                          std::uint32_t threads) {
  if (network->description.time.grid())
    throw ParameterError("the event engine needs a network compiled in continuous time");
  return make_engine<EventShard>(std::move(network), stop, threads);
}

}  // namespace pysnn
