// Rows that learn by e-prop (Bellec et al. 2020), taken from arrival to arrival through composites of their targets'
// maps (math/eprop_maps.hpp).
//
// A run of a row shares its presynaptic trace z, so state is z and the step it is of by run, eps, bar and what is
// summed up by synapse. All counts of steps are of those that the targets have ended since the rows began anew: what
// arrives within a step counts at its end. When the history of the targets is full, every EpropHistory::length steps,
// all runs catch up with it.
//
// A run goes through the steps and moments of its targets (eprop_signals.hpp). A gradient moves the weight at once, as
// the row is brought up to date, or is gathered by the optimiser until a batch of trials is over.
#pragma once
#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "plasticity/eprop_rule.hpp"
#include "plasticity/eprop_signals.hpp"
#include "plasticity/learning_times.hpp"
#include "plasticity/neighbours.hpp"
#include "plasticity/optimiser.hpp"
#include "plasticity/outlasting.hpp"
#include "plasticity/plastic_synapses.hpp"
#include "plasticity/pre_log.hpp"

namespace pysnn {

template <class Real>
class EpropRows final : public PlasticSynapses<Real>, public Outlasting {
  using Moment = typename EpropSignals<Real>::Moment;
  struct NoTrace {};

 public:
  explicit EpropRows(const PlasticConfig& config)
      : EpropRows(config, EpropRule(config.projection.plasticity_params), EpropTargets(config)) {}

  std::uint64_t pre_spike(std::uint32_t row, Tick t) override {
    return sources_.add_to_row(strands_, row, {t, {}}, [](const auto&, const auto&) { return NoTrace{}; });
  }

  void deliver(std::span<const PlasticEntry> entries, Tick now, Real* sum) override {
    const Real* const weight = weights();
    for (std::size_t i = 0; i < entries.size(); ++i) {
      const PlasticEntry& entry = entries[i];
      look_ahead(i + 1 < entries.size() ? &entries[i + 1] : nullptr);
      arrive_at(entry.run, now);
      const std::uint32_t begin = block_.run_begin[entry.run], end = block_.run_begin[entry.run + 1];
      if (neighbours_.scattered()) {
        for (std::uint32_t q = begin; q < end; ++q) sum[target_[q]] += weight[q];
      } else {
        const std::uint32_t* stop = neighbours_.ends(entry.run);
        for (std::uint32_t q = begin; q < end; q = *stop++) send(*stop - q, weight + q, sum + target_[q]);
      }
    }
  }

  // Synapses of a run are asked for one after the other.
  double arrive(std::uint32_t run, std::uint32_t synapse, std::uint64_t, Tick now) override {
    if (synapse == block_.run_begin[run]) arrive_at(run, now);
    return static_cast<double>(weights()[synapse]);
  }
  void post_spike(std::uint32_t j, Tick) override { signals_.fired(j); }

  Sees sees() const override { return Sees::thresholds; }
  void post_states(Tick now, std::span<const Real> v, std::span<const Real> threshold,
                   std::span<const char> held) override {
    if (signals_.full_of_steps()) catch_up();
    signals_.step(now, v, threshold, held, rate_of(now));
  }

  void modulate(std::span<const double> values, Tick now) override {
    if (signals_.full_of_moments()) catch_up();
    signals_.moment(values, now, rate_of(now));
  }

  void settle(Tick now) override {
    sources_.forget_before(now - longest_delay_);
    if (beyond_)
      throw ParameterError(what_ + ": a weight was no finite number any more, or too large, by t = " +
                           show(time_.ms(now)) + " ms: learning diverged (check eta, w_min, w_max and the signal)");
  }

  void finish(Tick) override {
    if (learning_.never()) return;
    finished_ = true;
    for (const std::uint32_t run : touched_) {
      if (is_present(run)) continue;
      keep(run);
      bring(run);
    }
  }

  void prepare() override {
    if (!finished_) return;
    const Real* from = kept_.data();
    for (const Backup& backup : backup_) {
      runs_[backup.run] = backup.state;
      const std::uint32_t begin = block_.run_begin[backup.run], n = block_.run_begin[backup.run + 1] - begin;
      for (Array<Real>* array : arrays_) {
        std::copy_n(from, n, array->data() + begin);
        from += n;
      }
    }
    drop_backup();
  }
  // What had been gathered for the weights that were there is in those that were read, before these came.
  void replaced(Tick) override {
    drop_backup();
    signals_.written();
  }

  void learn(std::optional<bool> on, std::optional<double> rate, Tick now) override {
    learning_.set(on, rate, now);
    if (sources_.silent()) learning_.forget();
  }
  Learning learning() const override { return {learning_.on(), learning_.factor()}; }
  bool silent() const override { return !signals_.any_step() && touched_.empty() && sources_.silent(); }
  bool remembers(std::uint32_t row, std::uint32_t run, Tick) const override {
    return sources_.newest(strands_.of(row, run)).t != long_ago;
  }
  void stored_anew(const PlasticConfig& config, const Redelayed& made) override;
  std::vector<RunSent> under_way(Tick now) const override { return sources_.under_way(block_, strands_, now); }
  void move(const std::vector<std::uint32_t>& moved) override {
    if (!moved.empty()) optimiser_.move(moved);
  }

  // A trial is over, if there was one: its gradient is gathered.
  void forget(Tick) override {
    // After finish() all are at the present.
    if (!finished_)
      for (const std::uint32_t run : touched_) bring(run);
    drop_backup();
    if (signals_.any_step() && learning_.on() && optimiser_.trial_over())
      beyond_ |= !optimiser_.step(rule_.eta * learning_.rate(), bounds_, weights());
    for (const std::uint32_t run : touched_) {
      const std::uint32_t begin = block_.run_begin[run], n = block_.run_begin[run + 1] - begin;
      for (Array<Real>* array : {&eps_, &bar_, &sum_})
        if (!array->empty()) std::fill_n(array->data() + begin, n, Real(0));
      runs_[run] = {};
    }
    touched_.clear();
    signals_.clear();
    sources_.clear({});
    learning_.forget();
  }

  void take_over(const Outlasting& other) override {
    const auto& from = static_cast<const EpropRows&>(other);
    optimiser_.take_over(from.optimiser_);
    signals_.take_over(from.signals_);
  }

  void record_changes(bool on) override { recording_ = on; }
  std::vector<WeightChange> take_changes() override { return std::exchange(changes_, {}); }

  void io(const Archive& archive, Tick, std::uint32_t n, std::uint32_t first) override;

  void rebase(Tick ticks) override {
    sources_.rebase(ticks);
    learning_.rebase(ticks);
    for (auto& change : changes_) change.time = rebased(change.time, ticks);
    signals_.rebase(ticks);
  }

  std::size_t nbytes() const override {
    return state_bytes() + sources_.nbytes() + strands_.nbytes() + neighbours_.nbytes() + signals_.nbytes() +
           runs_.size() * sizeof(Run) + touched_.capacity() * sizeof(std::uint32_t) + kept_.capacity() * sizeof(Real);
  }
  std::size_t state_bytes() const override {
    return eps_.nbytes() + bar_.nbytes() + sum_.nbytes() + optimiser_.nbytes();
  }

 private:
  // Where a run is: its presynaptic trace as of step `at` of the history, after so many moments of those kept.
  struct Run {
    double z = 0.0;
    std::uint32_t at = 0, moments = 0;
    std::uint32_t touched = 0;  // 1 where anything has come
  };
  struct Backup {
    std::uint32_t run;
    Run state;
  };

  EpropRows(const PlasticConfig& config, const EpropRule& rule, const EpropTargets& of)
      : rule_(rule), bounds_{static_cast<Real>(rule.w_min), static_cast<Real>(rule.w_max)}, block_(config.block),
        target_(block_.target.data()), targets_(config.targets), time_(config.time), what_(config.what()),
        neighbours_(block_), signals_(rule, of, targets_, config.dt, neighbours_.scattered()),
        optimiser_(config.projection.plasticity_params, block_.size()), strands_(block_),
        all_strands_(config.all_strands()), longest_delay_(config.longest_delay), sources_(strands_.size(), {}) {
    const std::size_t n = block_.size();
    if (signals_.history().shape().adapts) eps_ = Array<Real>(n, Real(0));
    if (signals_.history().shape().filters) bar_ = Array<Real>(n, Real(0));
    if (rule_.sums()) sum_ = Array<Real>(n, Real(0));
    divide_runs();
    arrays_ = {&block_.template weight<Real>()};
    for (Array<Real>* array : {&eps_, &bar_, &sum_})
      if (!array->empty()) arrays_.push_back(array);
    if (optimiser_.gathers()) arrays_.push_back(&optimiser_.gradients());
  }

  // What is by run, of which none has been touched.
  void divide_runs() {
    runs_.assign(block_.runs(), {});
    std::uint32_t longest = 0;
    for (std::uint32_t run = 0; run < block_.runs(); ++run)
      longest = std::max(longest, block_.run_begin[run + 1] - block_.run_begin[run]);
    gradient_.resize(rule_.sums() ? 0 : longest);
  }

  Real* weights() { return block_.template weight<Real>().data(); }
  // What a signal at `now` is multiplied by: a gathered gradient counts at the rate at which it is taken in the end.
  Real rate_of(Tick now) const {
    const double rate = learning_.at(now);
    return static_cast<Real>(optimiser_.gathers() && rate != 0.0 ? 1.0 : rate);
  }

  // A presynaptic spike arrives at a run, in the step at hand.
  void arrive_at(std::uint32_t run, Tick now) {
    if (!recording_) {
      bring(run);
    } else {
      const std::uint32_t begin = block_.run_begin[run], end = block_.run_begin[run + 1];
      before_.assign(weights() + begin, weights() + end);
      bring(run);
      for (std::uint32_t q = begin; q < end; ++q)
        if (weights()[q] != before_[q - begin]) changes_.push_back({now, q, static_cast<double>(weights()[q])});
    }
    runs_[run].z += 1.0;
    if (std::exchange(runs_[run].touched, 1) == 0) touched_.push_back(run);
  }

  // What will be asked for of the run to which a spike comes after the one at hand: memory is far from the processor.
  void look_ahead(const PlasticEntry* next) {
    ahead_ = {};
    if (next == nullptr) return;
    const std::uint32_t begin = block_.run_begin[next->run];
    for (const Array<Real>* array : arrays_) ahead_.state[ahead_.n_state++] = array->data() + begin;
    ahead_.map = signals_.history().onward_from(runs_[next->run].at);
    ahead_.target = target_ + begin;
    if (ahead_.map != nullptr) ahead_.n = block_.run_begin[next->run + 1] - begin;
  }

  bool is_present(std::uint32_t run) const {
    return runs_[run].at == signals_.history().steps() && runs_[run].moments == signals_.moments().size();
  }

  // Take a run through all steps and moments up to now.
  void bring(std::uint32_t run) {
    const std::vector<Moment>& moments = signals_.moments();
    Run& state = runs_[run];
    if (state.touched != 0) {
      for (; state.moments < moments.size(); ++state.moments) {
        pass(run, moments[state.moments].at);
        settle_moment(run, moments[state.moments]);
      }
      pass(run, signals_.history().steps());
    }
    state.at = signals_.history().steps();
    state.moments = static_cast<std::uint32_t>(moments.size());
  }

  void pass(std::uint32_t run, std::uint32_t to) {
    Run& state = runs_[run];
    if (state.at >= to) return;
    const std::uint32_t begin = block_.run_begin[run], n = block_.run_begin[run + 1] - begin;
    const auto of = [begin](Array<Real>& array) { return array.empty() ? nullptr : array.data() + begin; };
    const bool at_once = !rule_.sums() && !optimiser_.gathers();
    Real* const g = rule_.sums() ? of(sum_) : at_once ? gradient_.data() : of(optimiser_.gradients());
    if (at_once) std::fill_n(g, n, Real(0));
    const std::uint32_t* const stretch_ends = neighbours_.scattered() ? nullptr : neighbours_.ends(run);
    signals_.history().pass(state.at, to, state.z, {n, target_ + begin, of(eps_), of(bar_), g, stretch_ends, begin},
                            ahead_);
    if (at_once) descend(begin, n, g);
    state.z *= signals_.history().decay(to - state.at);
    if (state.z < 1e-30) state.z = 0.0;
    state.at = to;
  }

  void settle_moment(std::uint32_t run, const Moment& moment) {
    const std::uint32_t begin = block_.run_begin[run], n = block_.run_begin[run + 1] - begin;
    Real* const sum = sum_.data() + begin;
    for (std::uint32_t k = 0; k < n; ++k) sum[k] *= moment.value[target_[begin + k]];
    if (optimiser_.gathers())
      for (std::uint32_t k = 0; k < n; ++k) optimiser_.gradients()[begin + k] += sum[k];
    else
      descend(begin, n, sum);
    std::fill_n(sum, n, Real(0));
  }

  void descend(std::uint32_t begin, std::uint32_t n, const Real* g) {
    if (learning_.never()) return;  // engines side by side may read the same weights
    beyond_ |= !pysnn::descend(n, g, static_cast<Real>(rule_.eta), bounds_, weights() + begin);
  }

  // All runs come to the present, and the history begins anew where it is full.
  void catch_up() {
    for (const std::uint32_t run : touched_) bring(run);
    const bool full = signals_.caught_up();
    for (const std::uint32_t run : touched_) {
      runs_[run].moments = 0;
      if (!full) continue;
      runs_[run].at = 0;
      // Arithmetic on numbers without a leading digit is slow: what has died away is nothing.
      if (runs_[run].z > 1e-12) continue;
      const std::uint32_t begin = block_.run_begin[run], n = block_.run_begin[run + 1] - begin;
      for (Array<Real>* array : {&eps_, &bar_})
        if (!array->empty())
          for (Real& x : std::span(array->data() + begin, n)) x = std::abs(x) < Real(1e-30) ? Real(0) : x;
    }
  }

  template <class Visit>
  void each_synapse(Visit&& visit) {
    for (std::uint32_t run = 0; run < block_.runs(); ++run)
      for (std::uint32_t q = block_.run_begin[run]; q < block_.run_begin[run + 1]; ++q) visit(run, q);
  }

  void keep(std::uint32_t run) {
    backup_.push_back({run, runs_[run]});
    const std::uint32_t begin = block_.run_begin[run], n = block_.run_begin[run + 1] - begin;
    for (Array<Real>* array : arrays_) kept_.insert(kept_.end(), array->data() + begin, array->data() + begin + n);
  }
  void drop_backup() {
    backup_.clear();
    kept_.clear();
    finished_ = false;
  }
  const EpropRule rule_;
  const Bounds<Real> bounds_;
  Block& block_;
  const std::uint16_t* target_;
  const std::uint32_t targets_;
  const TimeBase time_;
  const std::string what_;
  Neighbours neighbours_;
  EpropSignals<Real> signals_;
  Optimiser<Real> optimiser_;
  Strands strands_;
  std::size_t all_strands_;  // of all shards,
  Tick longest_delay_;       // as this is
  PreLog<NoTrace> sources_;  // that may be under way
  LearningTimes learning_;
  std::vector<Run> runs_;
  std::vector<std::uint32_t> touched_;  // runs
  Array<Real> eps_, bar_, sum_;         // by synapse; empty where the shape has none
  std::vector<Array<Real>*> arrays_;    // the weights, and what else of a synapse changes with them
  EpropAhead<Real> ahead_;
  bool recording_ = false, beyond_ = false, finished_ = false;
  std::vector<WeightChange> changes_;
  std::vector<Real> gradient_, before_;  // of the run at hand
  std::vector<Backup> backup_;           // of runs that were brought to the present to be read
  std::vector<Real> kept_;               // of each of them in turn: array by array
};

// Runs that have been touched are only ever cut: each goes on from where that was of which it is a part.
template <class Real>
void EpropRows<Real>::stored_anew(const PlasticConfig& config, const Redelayed& made) {
  target_ = block_.target.data();
  const std::vector<Run> before = std::move(runs_);
  divide_runs();
  neighbours_ = Neighbours(block_);
  signals_.lay_out(neighbours_.scattered());
  touched_.clear();
  for (std::uint32_t run = 0; run < block_.runs(); ++run) {
    const Run& of = before[made.from_run[run]];
    if (of.touched == 0) continue;
    runs_[run] = of;
    touched_.push_back(run);
  }
  for (Array<Real>* array : {&eps_, &bar_, &sum_})
    if (!array->empty()) carry(*array, made.moved);
  Strands strands(block_);
  sources_.divide(strands, came_from(strands_, strands, made.strands), {});
  strands_ = std::move(strands);
  all_strands_ = config.all_strands();
  longest_delay_ = config.longest_delay;
  for (WeightChange& change : changes_) change.synapse = made.moved[change.synapse];
}

// State of synapses is saved by target, in the order of rows and runs, which no cut into shards changes; that of a run
// with each of its synapses.
template <class Real>
void EpropRows<Real>::io(const Archive& archive, Tick now, std::uint32_t n, std::uint32_t first) {
  if (archive.saving()) prepare();
  signals_.marks_io(archive);
  learning_.io(archive);
  signals_.targets_io(archive, n, first);

  const auto by_synapse = [&]<class T>(const std::string& name, T, auto&& at) {
    std::vector<std::vector<T>> lists(targets_);
    if (archive.saving())
      each_synapse([&](std::uint32_t run, std::uint32_t q) { lists[target_[q]].push_back(at(run, q)); });
    archive.lists(name, n, first, lists);
    if (archive.saving()) return;
    std::vector<std::size_t> next(targets_, 0);
    each_synapse([&](std::uint32_t run, std::uint32_t q) {
      const auto& list = lists[target_[q]];
      if (next[target_[q]] == list.size()) archive.wrong(name, "another number of synapses");
      at(run, q) = list[next[target_[q]]++];
    });
  };
  by_synapse("trace", double(), [&](std::uint32_t run, std::uint32_t) -> auto& { return runs_[run].z; });
  by_synapse("at", std::uint32_t(), [&](std::uint32_t run, std::uint32_t) -> auto& { return runs_[run].at; });
  by_synapse("moments", std::uint32_t(), [&](std::uint32_t run, std::uint32_t) -> auto& { return runs_[run].moments; });
  by_synapse("touched", std::uint32_t(), [&](std::uint32_t run, std::uint32_t) -> auto& { return runs_[run].touched; });
  const auto by_array = [&](const std::string& name, Array<Real>& array) {
    by_synapse(name, Real(), [&](std::uint32_t, std::uint32_t q) -> auto& { return array[q]; });
  };
  for (auto [name, array] : {std::pair{"eps", &eps_}, std::pair{"bar", &bar_}, std::pair{"sum", &sum_}})
    if (!array->empty()) by_array(name, *array);
  optimiser_.io(archive, by_array);
  signals_.history_io(archive, n, first);

  sources_.io(archive.in("sources"), strands_, all_strands_, {}, now - longest_delay_);
  if (archive.saving()) return;
  touched_.clear();
  for (std::uint32_t run = 0; run < block_.runs(); ++run)
    if (runs_[run].touched != 0) touched_.push_back(run);
}

}  // namespace pysnn
