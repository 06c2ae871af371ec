// A population's share in one thread on a fixed step: state in flat arrays, one vectorised loop a step
// for every model (neuron_loops.hpp), made from the model's own step of one neuron.
#pragma once
#include <algorithm>
#include <array>
#include <cstdint>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "core/archive.hpp"
#include "core/array.hpp"
#include "neurons/config.hpp"
#include "neurons/moved_thresholds.hpp"
#include "neurons/neuron_loops.hpp"
#include "neurons/state_arrays.hpp"
#include "neurons/step_columns.hpp"

namespace pysnn {

// What rules see of a neuron at the end of a step: v before a spike resets it, the threshold that it is held against,
// and whether it is refractory.
template <class Real>
struct Watched {
  Real v, threshold;
  bool held;
};

// The same of many, by neuron.
template <class Real>
struct WatchedStates {
  std::vector<Real> v, threshold;
  std::vector<char> held;
};

template <class Real>
class ClockNeurons {
 public:
  virtual ~ClockNeurons() = default;
  // Advance all neurons by one step, which ends at `now`. input[r][k]: sum of the weights that arrive then at receptor
  // r of neuron k, set to zero for the next. current: pA by neuron, or null. Indices of neurons that fire are
  // appended to `fired`, ascending.
  virtual void step(Tick now, Real* const* input, const Real* current, std::vector<std::uint32_t>& fired) = 0;
  // The same through several steps, which end at first, first + 1, ...: inputs[s] and fired[s] are those of step s.
  virtual void steps(Tick first, std::span<const std::vector<Real*>> inputs, const Real* current,
                     std::span<std::vector<std::uint32_t>> fired) {
    for (std::size_t s = 0; s < inputs.size(); ++s)
      step(first + static_cast<Tick>(s), inputs[s].data(), current, fired[s]);
  }
  // Whether the model tells rules what they ask of a step; and what there will be to see of the step that step() with
  // the same inputs is about to take.
  virtual bool can_be_watched() const { return false; }
  virtual void watch(Real* const*, const Real*, WatchedStates<Real>&) const {}
  // State variable by its position in the model's declared states.
  virtual std::span<Real> state(std::size_t index) = 0;
  // Go on with these parameters, which differ from the ones before in the neurons `changed` alone (as numbered in the
  // population; those of other parts among them). States stay as they are.
  virtual void set_parameters(const ParamSet& params, const Columns& columns,
                              std::span<const std::uint32_t> changed) = 0;
  // Save or restore the neurons, of `n` in the population.
  virtual void io(const Archive& archive, std::uint32_t n) = 0;
  // Take over every state of `first`, the same neurons as they began, but those kept[index] of the declared ones.
  virtual void restart(const ClockNeurons& first, const std::vector<char>& kept) = 0;
  // Draw by the key of another population from now on.
  virtual void rekey(std::uint64_t key) = 0;
  // Let neurons begin, ... fire at so many mV above their v_th; where the configuration said that thresholds move.
  virtual void offset_thresholds(std::uint32_t begin, std::span<const double> mV) = 0;
};

// A step in double precision of states in single precision, each of which is kept as the nearest float and what is
// left: what a step adds is not lost however little it is.
template <class Step64>
struct PairedStep : Step64 {
  static constexpr std::size_t n = Step64::n_states, n_states = 2 * n, n_receptors = Step64::n_receptors;
  using Step64::Step64;

  template <class... Uniform>
  PYSNN_INLINE bool operator()(float (&s)[n_states], const float (&in)[n_receptors], float current,
                               Uniform... uniform) const {
    double x[n], arrived[n_receptors];
    for (std::size_t k = 0; k < n; ++k) x[k] = static_cast<double>(s[k]) + static_cast<double>(s[n + k]);
    for (std::size_t r = 0; r < n_receptors; ++r) arrived[r] = static_cast<double>(in[r]);
    const bool fires = Step64::operator()(x, arrived, static_cast<double>(current), uniform...);
    for (std::size_t k = 0; k < n; ++k) {
      s[k] = static_cast<float>(x[k]);
      s[n + k] = static_cast<float>(x[k] - static_cast<double>(s[k]));
    }
    return fires;
  }

  Watched<float> watched(const float (&s)[n_states], const float (&in)[n_receptors], float current) const
    requires requires { &Step64::watched; }
  {
    double x[n], arrived[n_receptors];
    for (std::size_t k = 0; k < n; ++k) x[k] = static_cast<double>(s[k]) + static_cast<double>(s[n + k]);
    for (std::size_t r = 0; r < n_receptors; ++r) arrived[r] = static_cast<double>(in[r]);
    const Watched<double> seen = Step64::watched(x, arrived, static_cast<double>(current));
    return {static_cast<float>(seen.v), static_cast<float>(seen.threshold), seen.held};
  }
};

// Model::Step<Real> is the model's step of one neuron,
//   bool operator()(Real (&state)[n_states], const Real (&input)[n_receptors], Real current) const
// without branches, so that the loop over neurons vectorises; it returns whether the neuron fires. One that derives
// from DrawsEachStep has a further argument, a uniform draw. One with
//   Watched<Real> watched(const Real (&state)[n_states], const Real (&input)[n_receptors], Real current) const
// tells rules what they see of the step that operator() would take. A model that says what its slowest() time constant
// is, in ms, goes by PairedStep where steps are too short for single precision of any of its neurons.
template <class Model, class Real>
class ClockNeuronsOf final : public ClockNeurons<Real> {
  using Step = typename Model::template Step<Real>;
  static constexpr std::size_t n_states = Step::n_states, n_receptors = Step::n_receptors;
  static constexpr bool draws = std::is_base_of_v<DrawsEachStep, Step>;
  static constexpr bool watched = requires { &Step::watched; };
  static constexpr bool pairs = sizeof(Real) == 4 && requires(const Model& m) { m.slowest(); };
  struct Nothing {};
  using Paired = std::conditional_t<pairs, PairedStep<typename Model::template Step<double>>, Nothing>;

  // The steps of all neurons: one for all, or where parameters differ one for each.
  template <class Chosen>
  struct Steps {
    Chosen one;
    std::optional<StepColumns<Chosen>> each = std::nullopt;
  };

 public:
  explicit ClockNeuronsOf(const NeuronConfig& config)
      : time_(config.time), owner_(config.owner), key_(config.key), first_(config.first), n_(config.n),
        steps_(make_steps<Step>(config.params, config.columns)), fired_(config.n + 1) {
    state_.add(n_states, n_);
    for (std::size_t s = 0; s < n_states; ++s) std::ranges::fill(state_[s], static_cast<Real>(steps_.one.initial(s)));
    if constexpr (pairs) {
      const Columns& columns = config.columns;
      std::vector<std::uint32_t> all(columns.empty() ? 0 : columns.begin()->second.size());
      std::iota(all.begin(), all.end(), 0u);
      pair_up(config.params, columns, all);
    }
    if (!config.moves_thresholds) return;
    thresholds_.emplace(config, Model::info().name, has_threshold<Step>);
    set_thresholds(0, n_);
  }

  // Whether steps would lose in single precision what they add.
  static bool too_short(const Model& model, const TimeBase& time) {
    if constexpr (pairs)
      return time.unit() < shortest_single * model.slowest();
    else
      return false;
  }

  void step(Tick now, Real* const* input, const Real* current, std::vector<std::uint32_t>& fired) override {
    advance(now, 0, n_, input, current, fired);
  }

  // So many neurons as the first cache holds with all that is theirs go through all steps before the next do.
  void steps(Tick first, std::span<const std::vector<Real*>> inputs, const Real* current,
             std::span<std::vector<std::uint32_t>> fired) override {
    const std::uint32_t at_once = inputs.size() > 1 ? neurons_at_once() : n_;
    std::array<Real*, n_receptors> input;
    for (std::uint32_t begin = 0; begin < n_; begin += at_once)
      for (std::size_t s = 0; s < inputs.size(); ++s) {
        for (std::size_t r = 0; r < n_receptors; ++r) input[r] = inputs[s][r] + begin;
        advance(first + static_cast<Tick>(s), begin, std::min(at_once, n_ - begin), input.data(),
                current ? current + begin : nullptr, fired[s]);
      }
  }

  bool can_be_watched() const override { return watched; }

  void watch([[maybe_unused]] Real* const* input, [[maybe_unused]] const Real* current,
             [[maybe_unused]] WatchedStates<Real>& seen) const override {
    if constexpr (watched) {
      if constexpr (pairs) {
        if (paired_) return watch(*paired_, input, current, seen, std::make_index_sequence<2 * n_states>());
      }
      watch(steps_, input, current, seen, std::make_index_sequence<n_states>());
    }
  }

  std::span<Real> state(std::size_t index) override { return state_[index]; }

  void set_parameters(const ParamSet& params, const Columns& columns, std::span<const std::uint32_t> changed) override {
    change(steps_, params, columns, changed);
    if constexpr (pairs) {
      if (paired_)
        change(*paired_, params, columns, changed);
      else
        pair_up(params, columns, changed);
    }
    if (!thresholds_) return;
    thresholds_->read(params, columns);
    set_thresholds(0, n_);
  }

  void offset_thresholds(std::uint32_t begin, std::span<const double> mV) override {
    const auto n = static_cast<std::uint32_t>(mV.size());
    for (std::uint32_t k = 0; k < n; ++k) thresholds_->move(begin + k, mV[k]);
    set_thresholds(begin, n);
  }

  void io(const Archive& archive, std::uint32_t n) override {
    const auto declared = Model::info().states;
    for (std::size_t s = 0; s < state_.size(); ++s)
      archive.part(s < declared.size() ? declared[s].name : "hidden " + std::to_string(s), n, first_, n_,
                   [&](std::size_t k) -> Real& { return state_[s][k]; });
  }

  void restart(const ClockNeurons<Real>& first, const std::vector<char>& kept) override {
    const auto& from = static_cast<const ClockNeuronsOf&>(first).state_;
    for (std::size_t s = 0; s < state_.size(); ++s) {
      const std::size_t declared = s % n_states;  // of pairs, what is left goes with its state
      if (declared < kept.size() && kept[declared]) continue;
      if (s < from.size())
        std::copy(from[s].begin(), from[s].end(), state_[s].begin());
      else  // they were paired for parameters that have gone
        std::fill(state_[s].begin(), state_[s].end(), Real(0));
    }
  }

  void rekey(std::uint64_t key) override {
    key_ = key;
    if constexpr (draws) {
      steps_.one.key = subkey(key, spikes_purpose);
      if constexpr (pairs) {
        if (paired_) paired_->one.key = steps_.one.key;
      }
    }
  }

 private:
  template <class Chosen>
  Chosen make_step(const ParamSet& params, const std::string& owner) const {
    Chosen step(Model(params), time_, owner);
    if constexpr (draws) {
      step.key = subkey(key_, spikes_purpose);
      step.first = first_;
    }
    return step;
  }
  template <class Chosen>
  Chosen make_step_of(std::uint32_t k, ParamsOfEach& each) const {
    const std::uint32_t neuron = first_ + k;
    return make_step<Chosen>(each(neuron), owner_ + ", neuron " + std::to_string(neuron));
  }

  template <class Chosen>
  Steps<Chosen> make_steps(const ParamSet& params, const Columns& columns) const {
    if (columns.empty() || n_ == 0) return {make_step<Chosen>(params, owner_)};
    ParamsOfEach each(params, columns);
    const Chosen first = make_step_of<Chosen>(0, each);
    Steps<Chosen> steps{first, StepColumns<Chosen>(first, n_)};
    for (std::uint32_t k = 1; k < n_; ++k) steps.each->set(k, make_step_of<Chosen>(k, each));
    return steps;
  }

  template <class Chosen>
  void change(Steps<Chosen>& steps, const ParamSet& params, const Columns& columns,
              std::span<const std::uint32_t> changed) const {
    if (columns.empty()) {
      steps = make_steps<Chosen>(params, columns);
      return;
    }
    if (!steps.each) steps.each.emplace(steps.one, n_);
    ParamsOfEach each(params, columns);
    for (const std::uint32_t neuron : changed)
      if (const std::uint32_t k = neuron - first_; k < n_) steps.each->set(k, make_step_of<Chosen>(k, each));
  }

  void set_thresholds(std::uint32_t begin, std::uint32_t n) {
    set_thresholds(steps_, begin, n);
    if constexpr (pairs) {
      if (paired_) set_thresholds(*paired_, begin, n);
    }
  }
  template <class Chosen>
  void set_thresholds(Steps<Chosen>& steps, std::uint32_t begin, std::uint32_t n) {
    if constexpr (has_threshold<Chosen>) {
      if (!steps.each) steps.each.emplace(steps.one, n_);
      for (std::uint32_t k = begin; k < begin + n; ++k) {
        Chosen step = steps.each->get(k);
        set_threshold(step, thresholds_->v_th(k), thresholds_->v_reset(k));
        steps.each->set(k, step);
      }
    }
  }

  // Keep what is left of each state too, if a step is too short for any of these neurons: those of the whole population
  // are asked, so that all of its parts decide alike.
  void pair_up(const ParamSet& params, const Columns& columns, std::span<const std::uint32_t> neurons) {
    ParamsOfEach each(params, columns);
    const auto loses = [&](std::uint32_t neuron) { return too_short(Model(each(neuron)), time_); };
    if (columns.empty() ? !too_short(Model(params), time_) : std::none_of(neurons.begin(), neurons.end(), loses))
      return;
    paired_.emplace(make_steps<Paired>(params, columns));
    state_.add(n_states, n_);
  }

  // Steps shorter than this, over the slowest time constant, lose in single precision what they add: v would be off by
  // 0.01 mV, at 1e-6 by 2 mV.
  static constexpr double shortest_single = 1.0 / 4096.0;

  // Whole strips of them.
  std::uint32_t neurons_at_once() const {
    std::size_t each = (state_.size() + n_receptors) * sizeof(Real);
    const auto add = [&](const auto& steps) { each += steps.each ? steps.each->read() : 0; };
    if constexpr (pairs) {
      if (paired_) add(*paired_);
    }
    add(steps_);
    return std::max(static_cast<std::uint32_t>(first_cache / each) / strip_length, 1u) * strip_length;
  }

  // Take n neurons from `begin` on, which begins a strip, through a step; input and current are theirs.
  void advance(Tick now, std::uint32_t begin, std::uint32_t n, Real* const* input, const Real* current,
               std::vector<std::uint32_t>& fired) {
    std::uint32_t count = 0;
    bool done = false;
    if constexpr (pairs) {
      if (paired_) {
        count = advance(*paired_, now, begin, n, input, current, std::make_index_sequence<2 * n_states>());
        done = true;
      }
    }
    if (!done) count = advance(steps_, now, begin, n, input, current, std::make_index_sequence<n_states>());
    for (std::uint32_t f = 0; f < count; ++f) fired.push_back(begin + fired_[f]);
  }

  template <class Chosen, std::size_t... S>
  std::uint32_t advance(Steps<Chosen>& steps, Tick now, std::uint32_t begin, std::uint32_t n, Real* const* input,
                        const Real* current, std::index_sequence<S...>) {
    if constexpr (draws) {
      steps.one.now = now;
      steps.one.first = first_ + begin;
    }
    Real* const state[] = {(state_[S].data() + begin)...};
    return steps.each ? loop(EachStep<Chosen>{steps.one, *steps.each, begin}, n, state, input, current)
                      : loop(steps.one, n, state, input, current);
  }

  template <class Chosen>
  std::uint32_t loop(const Chosen& chosen, std::uint32_t n, Real* const* state, Real* const* input,
                     const Real* current) {
    return current ? Model::loop(chosen, n, state, input, current, fired_.data())
                   : Model::loop(chosen, n, state, input, fired_.data());
  }

  template <class Chosen, std::size_t... S>
  void watch(const Steps<Chosen>& steps, Real* const* input, const Real* current, WatchedStates<Real>& seen,
             std::index_sequence<S...>) const {
    seen.v.resize(n_);
    seen.threshold.resize(n_);
    seen.held.resize(n_);
    const auto each = [&](std::uint32_t begin, std::uint32_t n, const auto& of) {
      for (std::uint32_t k = 0; k < n; ++k) {
        const std::uint32_t at = begin + k;
        const Real s[sizeof...(S)] = {state_[S][at]...};
        Real in[n_receptors];
        for (std::size_t r = 0; r < n_receptors; ++r) in[r] = input[r][at];
        const Watched<Real> one = of(k).watched(s, in, current ? current[at] : Real(0));
        seen.v[at] = one.v;
        seen.threshold[at] = one.threshold;
        seen.held[at] = one.held;
      }
    };
    const auto in_strips = [&](const auto& all) {
      for (std::uint32_t begin = 0; begin < n_; begin += strip_length)
        each(begin, std::min<std::uint32_t>(strip_length, n_ - begin), all.strip(begin));
    };
    if (steps.each)
      in_strips(EachStep<Chosen>{steps.one, *steps.each}.part(steps.one));
    else
      in_strips(SameSteps{steps.one});
  }

  TimeBase time_;
  std::string owner_;
  std::uint64_t key_;
  std::uint32_t first_, n_;  // index of neuron 0 in the population; how many there are
  Steps<Step> steps_;
  [[no_unique_address]] std::conditional_t<pairs, std::optional<Steps<Paired>>, Nothing> paired_;
  StateArrays<Real> state_;  // of pairs, then what is left of each
  std::optional<MovedThresholds> thresholds_;
  Array<std::uint32_t> fired_;
};

}  // namespace pysnn
