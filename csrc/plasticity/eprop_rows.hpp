// Rows that learn by e-prop (Bellec et al. 2020), taken from arrival to arrival through composites of their targets'
// maps (math/eprop_maps.hpp).
//
// A run of a row shares its presynaptic trace z, so state is z and the step it is of by run, eps, bar and what is
// summed up by synapse. All counts of steps are of those that the targets have ended since the rows began anew: what
// arrives within a step counts at its end. When the history of the targets is full, every EpropHistory::length steps,
// all runs catch up with it.
//
// A moment of the modulator belongs to the end of the step that is over then. What its value L does (`Read`):
//
//   last   the gradient grows by L bar of that step alone,
//   sum    ... by L times the sum of bar since the last moment; mean: by L times its mean,
//   held   ... by L bar in every step after it, until the next moment.
//
// The regulariser c_reg (f - f_target), f the target's rate, adds to L, but for `last` and `held` in every step. A
// gradient moves the weight at once, as the row is brought up to date, or is gathered by the optimiser until a batch of
// trials is over.
#pragma once
#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "math/eprop_maps.hpp"
#include "plasticity/eprop_rule.hpp"
#include "plasticity/learning_times.hpp"
#include "plasticity/optimiser.hpp"
#include "plasticity/outlasting.hpp"
#include "plasticity/plastic_synapses.hpp"
#include "plasticity/pre_log.hpp"

namespace pysnn {

template <class Real>
class EpropRows final : public PlasticSynapses<Real>, public Outlasting {
  using History = EpropHistory<Real>;
  struct NoTrace {};

 public:
  explicit EpropRows(const PlasticConfig& config)
      : EpropRows(config, EpropRule(config.projection.plasticity_params), EpropTargets(config)) {}

  std::uint64_t pre_spike(std::uint32_t row, Tick t) override {
    return sources_.add_to_row(strands_, row, {t, {}}, [](const auto&, const auto&) { return NoTrace{}; });
  }

  void deliver(std::span<const PlasticEntry> entries, Tick now, Real* sum) override {
    const Real* const weight = weights();
    for (const PlasticEntry& entry : entries) {
      arrive_at(entry.run, now);
      const std::uint32_t begin = block_.run_begin[entry.run], n = block_.run_begin[entry.run + 1] - begin;
      const Real* const w = weight + begin;
      if (side_by_side_[entry.run])
        for (std::uint32_t k = 0; k < n; ++k) sum[target_[begin] + k] += w[k];
      else
        for (std::uint32_t k = 0; k < n; ++k) sum[target_[begin + k]] += w[k];
    }
  }

  // Synapses of a run are asked for one after the other.
  double arrive(std::uint32_t run, std::uint32_t synapse, std::uint64_t, Tick now) override {
    if (synapse == block_.run_begin[run]) arrive_at(run, now);
    return static_cast<double>(weights()[synapse]);
  }
  void post_spike(std::uint32_t j, Tick) override { fired_.push_back(j); }

  Sees sees() const override { return Sees::thresholds; }
  void post_states(Tick now, std::span<const Real> v, std::span<const Real> threshold,
                   std::span<const char> held) override {
    if (history_.full()) catch_up();
    if (rule_.c_reg > 0.0) {
      for (double& f : rate_) f *= rate_decay_;
      for (const std::uint32_t j : fired_) rate_[j] += rate_jump_;
    }
    fired_.clear();
    const typename History::Step step = history_.add();
    ++steps_;
    last_ = now;
    written_ = false;
    const Real rate = rate_of(now);
    pseudo_derivative(targets_, v.data(), threshold.data(), held.data(), per_width_.data(), height_.data(), step.psi);
    if (rule_.sums()) {
      std::fill_n(step.signal, targets_, Real(1));
    } else {
      std::copy(held_.begin(), held_.end(), step.signal);
      if (std::exchange(is_pending_, false))
        for (std::uint32_t j = 0; j < targets_; ++j) step.signal[j] += std::exchange(pending_[j], Real(0));
      if (rule_.c_reg > 0.0)
        for (std::uint32_t j = 0; j < targets_; ++j) step.signal[j] += static_cast<Real>(regulation(j));
      if (rate != Real(1))
        for (std::uint32_t j = 0; j < targets_; ++j) step.signal[j] *= rate;
    }
  }

  void modulate(std::span<const double> values, Tick now) override {
    if (values.size() == targets_)
      std::copy(values.begin(), values.end(), value_.begin());
    else
      std::fill(value_.begin(), value_.end(), static_cast<Real>(values[0]));
    if (rule_.read == EpropRule::Read::held) {
      held_ = value_;
    } else if (steps_ == 0) {
      return;  // nothing has been that could be learnt from
    } else if (rule_.sums()) {
      add_moment(now);
    } else if (now != last_ || written_) {
      // Within a step it counts at its end.
      for (std::uint32_t j = 0; j < targets_; ++j) pending_[j] += value_[j];
      is_pending_ = true;
    } else {
      const typename History::Step step = history_.step(history_.steps() - 1);
      for (std::uint32_t j = 0; j < targets_; ++j) step.signal[j] += rate_of(now) * value_[j];
    }
  }

  void settle(Tick now) override {
    sources_.forget_before(now - block_.max_delay);
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
    written_ = true;
  }

  void learn(std::optional<bool> on, std::optional<double> rate, Tick now) override {
    learning_.set(on, rate, now);
    if (sources_.silent()) learning_.forget();
  }
  Learning learning() const override { return {learning_.on(), learning_.factor()}; }
  bool silent() const override { return steps_ == 0 && touched_.empty() && sources_.silent(); }
  bool remembers(std::uint32_t row, std::uint32_t run, Tick) const override {
    return sources_.newest(strands_.of(row, run)).t != long_ago;
  }
  void stored_anew(const PlasticConfig& config, const Redelayed& made) override;
  std::vector<RunSent> under_way(Tick now) const override { return sources_.under_way(block_, strands_, now); }
  void move(const std::vector<std::uint32_t>& moved) override {
    if (!moved.empty()) optimiser_.move(moved);
  }

  // A trial is over, if there was one: its gradient is gathered.
  void forget() override {
    // After finish() all are at the present.
    if (!finished_)
      for (const std::uint32_t run : touched_) bring(run);
    drop_backup();
    if (steps_ > 0 && learning_.on() && optimiser_.trial_over())
      beyond_ |= !optimiser_.step(rule_.eta * learning_.rate(), bounds_, weights());
    for (const std::uint32_t run : touched_) {
      const std::uint32_t begin = block_.run_begin[run], n = block_.run_begin[run + 1] - begin;
      for (Array<Real>* array : {&eps_, &bar_, &sum_})
        if (!array->empty()) std::fill_n(array->data() + begin, n, Real(0));
      runs_[run] = {};
    }
    touched_.clear();
    moments_.clear();
    history_.clear();
    std::fill(held_.begin(), held_.end(), Real(0));
    std::fill(pending_.begin(), pending_.end(), Real(0));
    is_pending_ = false;
    sources_.clear({});
    learning_.forget();
    steps_ = since_moment_ = 0;
    last_ = long_ago;
    written_ = false;
  }

  void take_over(const Outlasting& other) override {
    const auto& from = static_cast<const EpropRows&>(other);
    optimiser_.take_over(from.optimiser_);
    rate_ = from.rate_;
  }

  void record_changes(bool on) override { recording_ = on; }
  std::vector<WeightChange> take_changes() override { return std::exchange(changes_, {}); }

  void io(const Archive& archive, Tick, std::uint32_t n, std::uint32_t first) override;

  void rebase(Tick ticks) override {
    sources_.rebase(ticks);
    learning_.rebase(ticks);
    for (auto& change : changes_) change.time = rebased(change.time, ticks);
    last_ = rebased(last_, ticks);
  }

  std::size_t nbytes() const override {
    std::size_t bytes = state_bytes() + sources_.nbytes() + strands_.nbytes() + history_.nbytes() +
                        runs_.size() * sizeof(Run) + touched_.capacity() * sizeof(std::uint32_t) +
                        kept_.capacity() * sizeof(Real) + targets_ * (sizeof(double) + 5 * sizeof(Real));
    for (const Moment& moment : moments_) bytes += moment.value.size() * sizeof(Real);
    return bytes;
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
  // What is to be made of what was summed up by step `at` of the history.
  struct Moment {
    std::uint32_t at;
    std::vector<Real> value;  // by target
  };
  static constexpr std::size_t most_moments = 64;

  EpropRows(const PlasticConfig& config, const EpropRule& rule, const EpropTargets& of)
      : rule_(rule), bounds_{static_cast<Real>(rule.w_min), static_cast<Real>(rule.w_max)}, block_(config.block),
        target_(block_.target.data()), targets_(config.targets), time_(config.time), what_(config.what()),
        history_(targets_, {!of.rho.empty(), rule.tau_out > 0.0}, of.alpha, rule.kappa(config.dt), of.rho, of.beta),
        optimiser_(config.projection.plasticity_params, block_.size()), strands_(block_),
        all_strands_(config.all_strands()), sources_(strands_.size(), {}), held_(targets_, Real(0)), pending_(held_),
        value_(held_), rate_(targets_, rule.f_target), rate_decay_(std::exp(-config.dt / rule.tau_rate)),
        rate_jump_(1000.0 / config.dt * (1.0 - rate_decay_)) {
    for (const double span : of.span) {
      per_width_.push_back(static_cast<Real>(1.0 / (rule.width * span)));
      height_.push_back(static_cast<Real>(rule.gamma / span));
    }
    const std::size_t n = block_.size();
    if (history_.shape().adapts) eps_ = Array<Real>(n, Real(0));
    if (history_.shape().filters) bar_ = Array<Real>(n, Real(0));
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
    side_by_side_.clear();
    std::uint32_t longest = 0;
    for (std::uint32_t run = 0; run < block_.runs(); ++run) {
      const std::uint32_t begin = block_.run_begin[run], size = block_.run_begin[run + 1] - begin;
      longest = std::max(longest, size);
      bool beside = true;
      for (std::uint32_t k = 1; k < size && beside; ++k) beside = target_[begin + k] == target_[begin] + k;
      side_by_side_.push_back(beside);
    }
    gradient_.resize(rule_.sums() ? 0 : longest);
  }

  Real* weights() { return block_.template weight<Real>().data(); }
  // What a signal at `now` is multiplied by: a gathered gradient counts at the rate at which it is taken in the end.
  Real rate_of(Tick now) const {
    const double rate = learning_.at(now);
    return static_cast<Real>(optimiser_.gathers() && rate != 0.0 ? 1.0 : rate);
  }
  double regulation(std::uint32_t j) const { return rule_.c_reg * (rate_[j] - rule_.f_target); }

  // With the value at hand.
  void add_moment(Tick now) {
    if (moments_.size() == most_moments) catch_up();
    const auto steps = static_cast<double>(std::max<std::uint64_t>(steps_ - since_moment_, 1));
    const double share = rule_.read == EpropRule::Read::mean ? 1.0 / steps : 1.0;
    Moment moment{history_.steps(), std::vector<Real>(targets_, Real(0))};
    const double rate = static_cast<double>(rate_of(now));
    if (rate != 0.0)
      for (std::uint32_t j = 0; j < targets_; ++j)
        moment.value[j] = static_cast<Real>((static_cast<double>(value_[j]) + regulation(j)) * share * rate);
    moments_.push_back(std::move(moment));
    since_moment_ = steps_;
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

  bool is_present(std::uint32_t run) const {
    return runs_[run].at == history_.steps() && runs_[run].moments == moments_.size();
  }

  // Take a run through all steps and moments up to now.
  void bring(std::uint32_t run) {
    Run& state = runs_[run];
    if (state.touched != 0) {
      for (; state.moments < moments_.size(); ++state.moments) {
        pass(run, moments_[state.moments].at);
        settle_moment(run, moments_[state.moments]);
      }
      pass(run, history_.steps());
    }
    state.at = history_.steps();
    state.moments = static_cast<std::uint32_t>(moments_.size());
  }

  void pass(std::uint32_t run, std::uint32_t to) {
    Run& state = runs_[run];
    if (state.at >= to) return;
    const std::uint32_t begin = block_.run_begin[run], n = block_.run_begin[run + 1] - begin;
    const auto of = [begin](Array<Real>& array) { return array.empty() ? nullptr : array.data() + begin; };
    const bool at_once = !rule_.sums() && !optimiser_.gathers();
    Real* const g = rule_.sums() ? of(sum_) : at_once ? gradient_.data() : of(optimiser_.gradients());
    if (at_once) std::fill_n(g, n, Real(0));
    history_.pass(state.at, to, state.z, {n, target_ + begin, side_by_side_[run] != 0, of(eps_), of(bar_), g});
    if (at_once) descend(begin, n, g);
    state.z *= history_.decay(to - state.at);
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
    moments_.clear();
    const bool full = history_.full();
    if (full) history_.clear();
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
  void history_io(const Archive& archive, std::uint32_t n, std::uint32_t first);

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
  History history_;
  Optimiser<Real> optimiser_;
  Strands strands_;
  std::size_t all_strands_;  // of all shards
  PreLog<NoTrace> sources_;  // that may be under way
  LearningTimes learning_;
  std::vector<Run> runs_;
  std::vector<char> side_by_side_;      // by run: are its targets neighbours, each once?
  std::vector<std::uint32_t> touched_;  // runs
  Array<Real> eps_, bar_, sum_;         // by synapse; empty where the shape has none
  std::vector<Array<Real>*> arrays_;    // the weights, and what else of a synapse changes with them
  std::vector<Real> held_, pending_;    // by target: L, and what of it came within the step at hand
  bool is_pending_ = false;
  std::vector<Real> value_;           // of the modulator, by target: the one at hand
  std::vector<double> rate_;          // Hz, by target
  std::vector<std::uint32_t> fired_;  // targets, in the step at hand
  double rate_decay_, rate_jump_;
  std::vector<Real> per_width_, height_;  // of psi, by target
  std::vector<Moment> moments_;
  std::uint64_t steps_ = 0, since_moment_ = 0;
  Tick last_ = long_ago;  // end of the last step
  bool written_ = false;  // were weights written from outside since?
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
  for (WeightChange& change : changes_) change.synapse = made.moved[change.synapse];
}

// State of synapses is saved by target, in the order of rows and runs, which no cut into shards changes; that of a run
// with each of its synapses.
template <class Real>
void EpropRows<Real>::io(const Archive& archive, Tick, std::uint32_t n, std::uint32_t first) {
  if (archive.saving()) prepare();
  archive.value("steps", steps_);
  archive.value("steps at moment", since_moment_);
  archive.value("last step", last_);
  archive.value("written", written_);
  learning_.io(archive);
  archive.value("pending in step", is_pending_);
  archive.part("rate", n, first, targets_, [&](std::size_t j) -> double& { return rate_[j]; });
  archive.part("held", n, first, targets_, [&](std::size_t j) -> Real& { return held_[j]; });
  archive.part("pending", n, first, targets_, [&](std::size_t j) -> Real& { return pending_[j]; });

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
  history_io(archive, n, first);

  sources_.io(archive.in("sources"), strands_, all_strands_);
  if (archive.saving()) return;
  touched_.clear();
  for (std::uint32_t run = 0; run < block_.runs(); ++run)
    if (runs_[run].touched != 0) touched_.push_back(run);
}

// The targets' steps and moments since all runs caught up.
template <class Real>
void EpropRows<Real>::history_io(const Archive& archive, std::uint32_t n, std::uint32_t first) {
  std::uint32_t steps = history_.steps();
  std::vector<std::uint32_t> at;
  for (const Moment& moment : moments_) at.push_back(moment.at);
  archive.value("steps kept", steps);
  archive.list("moments at", at);
  if (steps > History::length) archive.wrong("steps kept", "too many");
  std::vector<std::vector<Real>> psi(targets_), signal(targets_), value(targets_);
  if (archive.saving()) {
    for (std::uint32_t k = 0; k < steps; ++k)
      for (std::uint32_t j = 0; j < targets_; ++j) {
        psi[j].push_back(history_.step(k).psi[j]);
        signal[j].push_back(history_.step(k).signal[j]);
      }
    for (const Moment& moment : moments_)
      for (std::uint32_t j = 0; j < targets_; ++j) value[j].push_back(moment.value[j]);
  }
  archive.lists("psi", n, first, psi);
  archive.lists("signal", n, first, signal);
  archive.lists("values", n, first, value);
  if (archive.saving()) return;
  // (Of targets without a synapse nobody has kept any.)
  const auto number = [](const std::vector<Real>& list, std::size_t k) { return k < list.size() ? list[k] : Real(0); };
  for (std::uint32_t k = 0; k < steps; ++k) {
    const typename History::Step step = history_.add();
    for (std::uint32_t j = 0; j < targets_; ++j) {
      step.psi[j] = number(psi[j], k);
      step.signal[j] = number(signal[j], k);
    }
  }
  for (std::size_t m = 0; m < at.size(); ++m) {
    moments_.push_back({at[m], std::vector<Real>(targets_)});
    for (std::uint32_t j = 0; j < targets_; ++j) moments_[m].value[j] = number(value[j], m);
  }
}

}  // namespace pysnn
