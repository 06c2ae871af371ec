// A population's share in one thread on a fixed step: state in flat arrays, one vectorised loop a step
// for every model, made from the model's own step of one neuron.
#pragma once
#include <algorithm>
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
#include "core/compiler.hpp"
#include "core/dispatch.hpp"
#include "math/philox.hpp"
#include "neurons/config.hpp"
#include "neurons/moved_thresholds.hpp"
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
  // Whether the model tells rules what they ask of a step; and what there will be to see of the step that step() with
  // the same inputs is about to take.
  virtual bool can_be_watched() const { return false; }
  virtual void watch(Real* const*, const Real*, WatchedStates<Real>&) const {}
  // State variable by its position in the model's declared states.
  virtual Array<Real>& state(std::size_t index) = 0;
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

// What a Step derives from that draws. Draws are a pure function of (population, neuron, step), so that neither threads
// nor strips nor where runs end change one; the words of one block serve two neighbours.
struct DrawsEachStep {
  std::uint64_t key = 0;
  std::uint32_t first = 0;  // index of neuron 0 in the population
  Tick now = 0;

  static constexpr std::uint32_t strip = strip_length;
  using Uniforms = double[strip];

  // Uniform in (0, 1), for neurons begin..begin + n.
  PYSNN_INLINE void fill(std::uint32_t begin, std::uint32_t n, Uniforms& out) const {
    constexpr std::uint32_t most = strip / 2 + 1;
    alignas(64) double pair[2 * most];
    const auto low = static_cast<std::uint32_t>(now), high = static_cast<std::uint32_t>(now >> 32);
    const std::uint32_t block = (first + begin) / 2, odd = (first + begin) % 2, blocks = (odd + n + 1) / 2;
    for (std::uint32_t b = 0; b < blocks; ++b) {
      const Word4 w = philox(key, low, high, block + b, 0);
      pair[2 * b] = unit_interval(w[0], w[1]);
      pair[2 * b + 1] = unit_interval(w[2], w[3]);
    }
    for (std::uint32_t k = 0; k < n; ++k) out[k] = pair[odd + k];
  }
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
    for (std::size_t s = 0; s < n_states; ++s) state_.emplace_back(n_, static_cast<Real>(steps_.one.initial(s)));
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
    std::uint32_t count = 0;
    bool done = false;
    if constexpr (pairs) {
      if (paired_) {
        count = advance(*paired_, now, input, current, std::make_index_sequence<2 * n_states>());
        done = true;
      }
    }
    if (!done) count = advance(steps_, now, input, current, std::make_index_sequence<n_states>());
    fired.insert(fired.end(), fired_.begin(), fired_.begin() + count);
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

  Array<Real>& state(std::size_t index) override { return state_[index]; }

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
    for (std::size_t s = 0; s < n_states; ++s) state_.emplace_back(n_, Real(0));
  }

  // Steps shorter than this, over the slowest time constant, lose in single precision what they add: v would be off by
  // 0.01 mV, at 1e-6 by 2 mV.
  static constexpr double shortest_single = 1.0 / 4096.0;

  template <class Chosen, std::size_t... S>
  std::uint32_t advance(Steps<Chosen>& steps, Tick now, Real* const* input, const Real* current,
                        std::index_sequence<S...> states) {
    if constexpr (draws) steps.one.now = now;
    return steps.each ? loop(EachStep<Chosen>{steps.one, *steps.each}, input, current, states)
                      : loop(steps.one, input, current, states);
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

  template <class Chosen, std::size_t... S>
  std::uint32_t loop(const Chosen& chosen, Real* const* input, const Real* current, std::index_sequence<S...>) {
    Real* const state[] = {state_[S].data()...};
    return current ? Model::loop(chosen, n_, state, input, current, fired_.data())
                   : Model::loop(chosen, n_, state, input, fired_.data());
  }

  TimeBase time_;
  std::string owner_;
  std::uint64_t key_;
  std::uint32_t first_, n_;  // index of neuron 0 in the population; how many there are
  Steps<Step> steps_;
  [[no_unique_address]] std::conditional_t<pairs, std::optional<Steps<Paired>>, Nothing> paired_;
  std::vector<Array<Real>> state_;  // of pairs, then what is left of each
  std::optional<MovedThresholds> thresholds_;
  Array<std::uint32_t> fired_;
};

// A strip of neurons, without branches; whether any fires. Flags are as wide as Real: narrower ones would have to be
// packed.
template <class Real>
using Flag = std::conditional_t<sizeof(Real) == 4, std::int32_t, std::int64_t>;

template <class StepOf, class Real, class Current, std::size_t... S, std::size_t... R>
PYSNN_INLINE bool advance_strip(const StepOf& of, std::uint32_t begin, std::uint32_t n, Real* const* state,
                                Real* const* input, const Current& current, Flag<Real>* __restrict flag,
                                std::index_sequence<S...>, std::index_sequence<R...>) {
  constexpr bool draws = std::is_base_of_v<DrawsEachStep, typename StepOf::Step>;
  alignas(64) std::conditional_t<draws, DrawsEachStep::Uniforms, char> uniform;
  if constexpr (draws) of.one.fill(begin, n, uniform);
  Real* __restrict const x[] = {(state[S] + begin)...};
  Real* __restrict const in[] = {(input[R] + begin)...};
  Flag<Real> any = 0;
  PYSNN_INDEPENDENT_TURNS
  for (std::uint32_t k = 0; k < n; ++k) {
    Real s[sizeof...(S)] = {x[S][k]...};
    const Real w[sizeof...(R)] = {in[R][k]...};
    const auto& step = of(k);
    Flag<Real> fires;
    if constexpr (draws)
      fires = step(s, w, current(begin + k), uniform[k]);
    else
      fires = step(s, w, current(begin + k));
    ((x[S][k] = s[S]), ...);
    ((in[R][k] = Real(0)), ...);
    flag[k] = fires;
    any |= fires;
  }
  return any != 0;
}

// A strip before its step, for those neurons that have to take it again.
template <class Step, class Real>
struct StripBefore {
  Real state[Step::n_states][strip_length], input[Step::n_receptors][strip_length];

  PYSNN_INLINE StripBefore(std::uint32_t begin, std::uint32_t n, Real* const* states, Real* const* inputs) {
    for (std::size_t s = 0; s < Step::n_states; ++s) std::copy_n(states[s] + begin, n, state[s]);
    for (std::size_t r = 0; r < Step::n_receptors; ++r) std::copy_n(inputs[r] + begin, n, input[r]);
  }
};

// Whether any neuron of a strip strays, and which.
template <class StepOf, class Real, class Current, std::size_t... S>
PYSNN_INLINE bool look_for_strays(const StepOf& of, std::uint32_t begin, std::uint32_t n,
                                  const StripBefore<typename StepOf::Step, Real>& before, Real* const* state,
                                  const Current& current, Flag<Real>* __restrict astray, std::index_sequence<S...>) {
  const Real* __restrict const x[] = {(state[S] + begin)...};
  Flag<Real> any = 0;
  PYSNN_INDEPENDENT_TURNS
  for (std::uint32_t k = 0; k < n; ++k) {
    const Real from[sizeof...(S)] = {before.state[S][k]...};
    const Real to[sizeof...(S)] = {x[S][k]...};
    const Flag<Real> strays = of(k).strays(from, to, current(begin + k));
    astray[k] = strays;
    any |= strays;
  }
  return any != 0;
}

// Take the steps of those that strayed again; whether any neuron of the strip fires.
template <class StepOf, class Real, class Current, std::size_t... S, std::size_t... R>
[[gnu::noinline]] bool take_again(const StepOf& of, std::uint32_t begin, std::uint32_t n,
                                  const StripBefore<typename StepOf::Step, Real>& before, Real* const* state,
                                  const Current& current, const Flag<Real>* astray, Flag<Real>* flag,
                                  std::index_sequence<S...>, std::index_sequence<R...>) {
  Flag<Real> any = 0;
  for (std::uint32_t k = 0; k < n; ++k) {
    if (astray[k]) {
      Real s[sizeof...(S)] = {before.state[S][k]...};
      const Real w[sizeof...(R)] = {before.input[R][k]...};
      flag[k] = of(k).in_pieces(s, w, current(begin + k));
      ((state[S][begin + k] = s[S]), ...);
    }
    any |= flag[k];
  }
  return any != 0;
}

// Writes the indices of those that fire to `fired` and returns their number. Few strips hold a neuron that fires.
template <class Steps, class Real, class Current>
PYSNN_INLINE std::uint32_t strip_loop(const Steps& steps, std::uint32_t n, Real* const* state, Real* const* input,
                                      const Current& current, std::uint32_t* fired) {
  using Step = typename Steps::Step;
  constexpr std::make_index_sequence<Step::n_states> states;
  constexpr std::make_index_sequence<Step::n_receptors> receptors;
  constexpr std::uint32_t strip = strip_length;
  alignas(64) Flag<Real> flag[strip];
  std::uint32_t count = 0;
  for (std::uint32_t begin = 0; begin < n; begin += strip) {
    const std::uint32_t size = n - begin < strip ? n - begin : strip;
    const auto of = steps.strip(begin);
    bool any;
    if constexpr (requires { &Step::in_pieces; }) {
      const StripBefore<Step, Real> before(begin, size, state, input);
      alignas(64) Flag<Real> astray[strip];
      any = advance_strip(of, begin, size, state, input, current, flag, states, receptors);
      if (look_for_strays(of, begin, size, before, state, current, astray, states)) [[unlikely]]
        any = take_again(of, begin, size, before, state, current, astray, flag, states, receptors);
    } else {
      any = advance_strip(of, begin, size, state, input, current, flag, states, receptors);
    }
    if (!any) continue;
    for (std::uint32_t k = 0; k < size; ++k) {
      fired[count] = begin + k;
      count += flag[k] != 0 ? 1 : 0;
    }
  }
  return count;
}

// f of a step whose kind of reset, if there are two, is known when f is compiled: a choice neuron by neuron would cost
// those that have none to make.
template <class Step, class F>
PYSNN_INLINE std::uint32_t with_one_reset(Step step, F&& f) {
  if constexpr (requires { step.reset.subtracts(); }) {
    if (step.reset.subtracts()) {
      step.reset.subtract(true);
      return f(step);
    }
    step.reset.subtract(false);
  }
  return f(step);
}

// The loop over neurons, for PYSNN_NEURON_LOOPS to instantiate in the model's own file. A Step that is one of several
// schemes says which, `variant(f)` calling f with it, so that the choice is made outside the loop.
template <class Step, class Real, class Current>
PYSNN_INLINE std::uint32_t neuron_loop(const Step& step, std::uint32_t n, Real* const* state, Real* const* input,
                                       const Current& current, std::uint32_t* fired) {
  if constexpr (requires { step.variant([](const auto&) { return 0u; }); })
    return step.variant([&](const auto& chosen) __attribute__((always_inline)) {
      return strip_loop(SameSteps{chosen}, n, state, input, current, fired);
    });
  else
    return with_one_reset(step, [&](const Step& chosen) __attribute__((always_inline)) {
      return strip_loop(SameSteps{chosen}, n, state, input, current, fired);
    });
}

// The same of neurons whose steps differ; all are of one scheme, and of one kind of reset.
template <class Step, class Real, class Current>
PYSNN_INLINE std::uint32_t neuron_loop(const EachStep<Step>& steps, std::uint32_t n, Real* const* state,
                                       Real* const* input, const Current& current, std::uint32_t* fired) {
  if constexpr (requires { steps.one.variant([](const auto&) { return 0u; }); })
    return steps.one.variant([&](const auto& chosen) __attribute__((always_inline)) {
      return strip_loop(steps.part(chosen), n, state, input, current, fired);
    });
  else
    return with_one_reset(steps.one, [&](const Step& chosen) __attribute__((always_inline)) {
      if constexpr (requires { drive_of(steps.one); }) {
        const std::size_t drive = steps.word_of(drive_of(steps.one));
        if (steps.columns.differ_only_in(drive))
          return strip_loop(StepsByDrive<Step>{chosen, steps.columns, drive}, n, state, input, current, fired);
      }
      return strip_loop(PartOfSteps<Step, Step>{chosen, steps.columns, 0}, n, state, input, current, fired);
    });
}

// Compiles the loops of a model for every instruction set: a clone must be a plain function.
#define PYSNN_NEURON_LOOPS(Model)              \
  PYSNN_NEURON_LOOP(Model, Step<float>, float) \
  PYSNN_NEURON_LOOP(Model, Step<double>, double)
#define PYSNN_PAIRED_LOOPS(Model) PYSNN_NEURON_LOOP(Model, PairedStep<Model::Step<double>>, float)

#define PYSNN_NEURON_LOOP(Model, OneStep, Real) \
  PYSNN_NEURON_LOOP_OF(Model, OneStep, Real)    \
  PYSNN_NEURON_LOOP_OF(Model, EachStep<OneStep>, Real)

#define PYSNN_NEURON_LOOP_OF(Model, Steps, Real)                                                                      \
  PYSNN_CLONES std::uint32_t Model::loop(const Steps& steps, std::uint32_t n, Real* const* state, Real* const* input, \
                                         std::uint32_t* fired) {                                                      \
    return neuron_loop(steps, n, state, input, [](std::uint32_t) { return Real(0); }, fired);                         \
  }                                                                                                                   \
  PYSNN_CLONES std::uint32_t Model::loop(const Steps& steps, std::uint32_t n, Real* const* state, Real* const* input, \
                                         const Real* current, std::uint32_t* fired) {                                 \
    return neuron_loop(steps, n, state, input, [current](std::uint32_t k) { return current[k]; }, fired);             \
  }

// Declares them inside the model.
#define PYSNN_DECLARE_NEURON_LOOPS              \
  PYSNN_DECLARE_NEURON_LOOP(Step<float>, float) \
  PYSNN_DECLARE_NEURON_LOOP(Step<double>, double)
#define PYSNN_DECLARE_PAIRED_LOOPS PYSNN_DECLARE_NEURON_LOOP(PairedStep<Step<double>>, float)

#define PYSNN_DECLARE_NEURON_LOOP(OneStep, Real) \
  PYSNN_DECLARE_NEURON_LOOP_OF(OneStep, Real)    \
  PYSNN_DECLARE_NEURON_LOOP_OF(EachStep<OneStep>, Real)

#define PYSNN_DECLARE_NEURON_LOOP_OF(Steps, Real)                                                          \
  PYSNN_DECLARES_CLONES static std::uint32_t loop(const Steps&, std::uint32_t, Real* const*, Real* const*, \
                                                  std::uint32_t*);                                         \
  PYSNN_DECLARES_CLONES static std::uint32_t loop(const Steps&, std::uint32_t, Real* const*, Real* const*, \
                                                  const Real*, std::uint32_t*);

}  // namespace pysnn
