// A population's share in one thread on a fixed step: state in flat arrays, one vectorised loop a step
// for every model, made from the model's own step of one neuron.
#pragma once
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "core/archive.hpp"
#include "core/array.hpp"
#include "core/dispatch.hpp"
#include "math/philox.hpp"
#include "neurons/config.hpp"

namespace pysnn {

template <class Real>
class ClockNeurons {
 public:
  virtual ~ClockNeurons() = default;
  // Advance all neurons by one step, which ends at `now`. input[r][k]: sum of the weights that arrive then at receptor
  // r of neuron k, set to zero for the next. current: pA by neuron, or null. Indices of neurons that fire are
  // appended to `fired`, ascending.
  virtual void step(Tick now, Real* const* input, const Real* current, std::vector<std::uint32_t>& fired) = 0;
  // State variable by its position in the model's declared states.
  virtual Array<Real>& state(std::size_t index) = 0;
  // Save or restore the neurons, of `n` in the population.
  virtual void io(const Archive& archive, std::uint32_t n) = 0;
  // Take over every state of `first`, the same neurons as they began, but those kept[index] of the declared ones.
  virtual void restart(const ClockNeurons& first, const std::vector<char>& kept) = 0;
  // Draw by the key of another population from now on.
  virtual void rekey(std::uint64_t key) = 0;
};

// What a Step derives from that draws. Draws are a pure function of (population, neuron, step), so that neither threads
// nor strips nor where runs end change one; the words of one block serve two neighbours.
struct DrawsEachStep {
  std::uint64_t key = 0;
  std::uint32_t first = 0;  // index of neuron 0 in the population
  Tick now = 0;

  static constexpr std::uint32_t strip = 128;
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
};

// Model::Step<Real> is the model's step of one neuron,
//   bool operator()(Real (&state)[n_states], const Real (&input)[n_receptors], Real current) const
// without branches, so that the loop over neurons vectorises; it returns whether the neuron fires. One that derives
// from DrawsEachStep has a further argument, a uniform draw. A model that says what its slowest() time constant is, in
// ms, goes by PairedStep where steps are too short for single precision.
template <class Model, class Real>
class ClockNeuronsOf final : public ClockNeurons<Real> {
  using Step = typename Model::template Step<Real>;
  static constexpr std::size_t n_states = Step::n_states, n_receptors = Step::n_receptors;
  static constexpr bool draws = std::is_base_of_v<DrawsEachStep, Step>;
  static constexpr bool pairs = sizeof(Real) == 4 && requires(const Model& m) { m.slowest(); };
  struct Nothing {};
  using Paired = std::conditional_t<pairs, std::optional<PairedStep<typename Model::template Step<double>>>, Nothing>;

 public:
  explicit ClockNeuronsOf(const NeuronConfig& config)
      : step_(Model(config.params), config.time, config.owner), n_(config.n), first_(config.first),
        fired_(config.n + 1) {
    const Model model(config.params);
    std::size_t kept = n_states;
    if constexpr (pairs) {
      if (too_short(model, config.time)) {
        paired_.emplace(model, config.time, config.owner);
        kept *= 2;
        if constexpr (draws) begin_draws(*paired_, config);
      }
    }
    if constexpr (draws) begin_draws(step_, config);
    for (std::size_t s = 0; s < kept; ++s)
      state_.emplace_back(n_, s < n_states ? static_cast<Real>(step_.initial(s)) : Real(0));
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
        if constexpr (draws) paired_->now = now;
        count = loop(*paired_, input, current, std::make_index_sequence<2 * n_states>());
        done = true;
      }
    }
    if (!done) {
      if constexpr (draws) step_.now = now;
      count = loop(step_, input, current, std::make_index_sequence<n_states>());
    }
    fired.insert(fired.end(), fired_.begin(), fired_.begin() + count);
  }

  Array<Real>& state(std::size_t index) override { return state_[index]; }

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
      if (declared >= kept.size() || !kept[declared]) std::copy(from[s].begin(), from[s].end(), state_[s].begin());
    }
  }

  void rekey([[maybe_unused]] std::uint64_t key) override {
    if constexpr (draws) {
      step_.key = subkey(key, spikes_purpose);
      if constexpr (pairs) {
        if (paired_) paired_->key = step_.key;
      }
    }
  }

 private:
  static void begin_draws(DrawsEachStep& step, const NeuronConfig& config) {
    step.key = subkey(config.key, spikes_purpose);
    step.first = config.first;
  }

  // Steps shorter than this, over the slowest time constant, lose in single precision what they add: v would be off by
  // 0.01 mV, at 1e-6 by 2 mV.
  static constexpr double shortest_single = 1.0 / 4096.0;

  template <class Chosen, std::size_t... S>
  std::uint32_t loop(const Chosen& chosen, Real* const* input, const Real* current, std::index_sequence<S...>) {
    Real* const state[] = {state_[S].data()...};
    return current ? Model::loop(chosen, n_, state, input, current, fired_.data())
                   : Model::loop(chosen, n_, state, input, fired_.data());
  }

  Step step_;
  [[no_unique_address]] Paired paired_;
  std::uint32_t n_, first_;
  std::vector<Array<Real>> state_;  // of pairs, then what is left of each
  Array<std::uint32_t> fired_;
};

// A strip of neurons, without branches; whether any fires. Flags are as wide as Real: narrower ones would have to be
// packed.
template <class Real>
using Flag = std::conditional_t<sizeof(Real) == 4, std::int32_t, std::int64_t>;

template <class Step, class Real, class Current, std::size_t... S, std::size_t... R>
PYSNN_INLINE bool advance_strip(const Step& step, std::uint32_t begin, std::uint32_t n, Real* const* state,
                                Real* const* input, const Current& current, Flag<Real>* __restrict flag,
                                std::index_sequence<S...>, std::index_sequence<R...>) {
  constexpr bool draws = std::is_base_of_v<DrawsEachStep, Step>;
  alignas(64) std::conditional_t<draws, DrawsEachStep::Uniforms, char> uniform;
  if constexpr (draws) step.fill(begin, n, uniform);
  Real* __restrict const x[] = {(state[S] + begin)...};
  Real* __restrict const in[] = {(input[R] + begin)...};
  Flag<Real> any = 0;
#pragma GCC ivdep
  for (std::uint32_t k = 0; k < n; ++k) {
    Real s[sizeof...(S)] = {x[S][k]...};
    const Real w[sizeof...(R)] = {in[R][k]...};
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
  Real state[Step::n_states][DrawsEachStep::strip], input[Step::n_receptors][DrawsEachStep::strip];

  PYSNN_INLINE StripBefore(std::uint32_t begin, std::uint32_t n, Real* const* states, Real* const* inputs) {
    for (std::size_t s = 0; s < Step::n_states; ++s) std::copy_n(states[s] + begin, n, state[s]);
    for (std::size_t r = 0; r < Step::n_receptors; ++r) std::copy_n(inputs[r] + begin, n, input[r]);
  }
};

// Whether any neuron of a strip strays, and which.
template <class Step, class Real, class Current, std::size_t... S>
PYSNN_INLINE bool look_for_strays(const Step& step, std::uint32_t begin, std::uint32_t n,
                                  const StripBefore<Step, Real>& before, Real* const* state, const Current& current,
                                  Flag<Real>* __restrict astray, std::index_sequence<S...>) {
  const Real* __restrict const x[] = {(state[S] + begin)...};
  Flag<Real> any = 0;
#pragma GCC ivdep
  for (std::uint32_t k = 0; k < n; ++k) {
    const Real from[sizeof...(S)] = {before.state[S][k]...};
    const Real to[sizeof...(S)] = {x[S][k]...};
    const Flag<Real> strays = step.strays(from, to, current(begin + k));
    astray[k] = strays;
    any |= strays;
  }
  return any != 0;
}

// Take the steps of those that strayed again; whether any neuron of the strip fires.
template <class Step, class Real, class Current, std::size_t... S, std::size_t... R>
[[gnu::noinline]] bool take_again(const Step& step, std::uint32_t begin, std::uint32_t n,
                                  const StripBefore<Step, Real>& before, Real* const* state, const Current& current,
                                  const Flag<Real>* astray, Flag<Real>* flag, std::index_sequence<S...>,
                                  std::index_sequence<R...>) {
  Flag<Real> any = 0;
  for (std::uint32_t k = 0; k < n; ++k) {
    if (astray[k]) {
      Real s[sizeof...(S)] = {before.state[S][k]...};
      const Real w[sizeof...(R)] = {before.input[R][k]...};
      flag[k] = step.in_pieces(s, w, current(begin + k));
      ((state[S][begin + k] = s[S]), ...);
    }
    any |= flag[k];
  }
  return any != 0;
}

// Writes the indices of those that fire to `fired` and returns their number. Few strips hold a neuron that fires.
template <class Step, class Real, class Current>
PYSNN_INLINE std::uint32_t strip_loop(const Step& given, std::uint32_t n, Real* const* state, Real* const* input,
                                      const Current& current, std::uint32_t* fired) {
  const Step step = given;  // of our own: no state that is written can be one of its constants, which stay in registers
  constexpr std::make_index_sequence<Step::n_states> states;
  constexpr std::make_index_sequence<Step::n_receptors> receptors;
  constexpr std::uint32_t strip = DrawsEachStep::strip;
  alignas(64) Flag<Real> flag[strip];
  std::uint32_t count = 0;
  for (std::uint32_t begin = 0; begin < n; begin += strip) {
    const std::uint32_t size = n - begin < strip ? n - begin : strip;
    bool any;
    if constexpr (requires { &Step::in_pieces; }) {
      const StripBefore<Step, Real> before(begin, size, state, input);
      alignas(64) Flag<Real> astray[strip];
      any = advance_strip(step, begin, size, state, input, current, flag, states, receptors);
      if (look_for_strays(step, begin, size, before, state, current, astray, states)) [[unlikely]]
        any = take_again(step, begin, size, before, state, current, astray, flag, states, receptors);
    } else {
      any = advance_strip(step, begin, size, state, input, current, flag, states, receptors);
    }
    if (!any) continue;
    for (std::uint32_t k = 0; k < size; ++k) {
      fired[count] = begin + k;
      count += flag[k] != 0 ? 1 : 0;
    }
  }
  return count;
}

// The loop over neurons, for PYSNN_NEURON_LOOPS to instantiate in the model's own file. A Step that is one of several
// schemes says which, `variant(f)` calling f with it, so that the choice is made outside the loop.
template <class Step, class Real, class Current>
PYSNN_INLINE std::uint32_t neuron_loop(const Step& step, std::uint32_t n, Real* const* state, Real* const* input,
                                       const Current& current, std::uint32_t* fired) {
  if constexpr (requires { step.variant([](const auto&) { return 0u; }); })
    return step.variant([&](const auto& chosen) __attribute__((always_inline)) {
      return strip_loop(chosen, n, state, input, current, fired);
    });
  else
    return strip_loop(step, n, state, input, current, fired);
}

// Compiles the loops of a model for every instruction set: a clone must be a plain function.
#define PYSNN_NEURON_LOOPS(Model)              \
  PYSNN_NEURON_LOOP(Model, Step<float>, float) \
  PYSNN_NEURON_LOOP(Model, Step<double>, double)
#define PYSNN_PAIRED_LOOPS(Model) PYSNN_NEURON_LOOP(Model, PairedStep<Model::Step<double>>, float)

#define PYSNN_NEURON_LOOP(Model, OneStep, Real)                                                                        \
  PYSNN_CLONES std::uint32_t Model::loop(const OneStep& step, std::uint32_t n, Real* const* state, Real* const* input, \
                                         std::uint32_t* fired) {                                                       \
    return neuron_loop(step, n, state, input, [](std::uint32_t) { return Real(0); }, fired);                           \
  }                                                                                                                    \
  PYSNN_CLONES std::uint32_t Model::loop(const OneStep& step, std::uint32_t n, Real* const* state, Real* const* input, \
                                         const Real* current, std::uint32_t* fired) {                                  \
    return neuron_loop(step, n, state, input, [current](std::uint32_t k) { return current[k]; }, fired);               \
  }

// Declares them inside the model.
#define PYSNN_DECLARE_NEURON_LOOPS              \
  PYSNN_DECLARE_NEURON_LOOP(Step<float>, float) \
  PYSNN_DECLARE_NEURON_LOOP(Step<double>, double)
#define PYSNN_DECLARE_PAIRED_LOOPS PYSNN_DECLARE_NEURON_LOOP(PairedStep<Step<double>>, float)

#define PYSNN_DECLARE_NEURON_LOOP(OneStep, Real)                                                        \
  static std::uint32_t loop(const OneStep&, std::uint32_t, Real* const*, Real* const*, std::uint32_t*); \
  static std::uint32_t loop(const OneStep&, std::uint32_t, Real* const*, Real* const*, const Real*, std::uint32_t*);

}  // namespace pysnn
