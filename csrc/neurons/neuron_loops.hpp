// The loop over neurons on a fixed step, made from a model's own step of one neuron: strip by strip, vectorised, and
// compiled for every instruction set.
#pragma once
#include <algorithm>
#include <cstdint>
#include <type_traits>
#include <utility>

#include "core/compiler.hpp"
#include "core/dispatch.hpp"
#include "core/time.hpp"
#include "math/philox.hpp"
#include "neurons/step_columns.hpp"

namespace pysnn {

// Bytes of the first cache, of 32 KiB, that neurons may take which go through several steps before the next do.
inline constexpr std::size_t first_cache = 24 * 1024;

// What a Step derives from that draws. Draws are a pure function of (population, neuron, step), so that neither threads
// nor strips nor where runs end change one; the words of one block serve two neighbours.
struct DrawsEachStep {
  std::uint64_t key = 0;
  std::uint32_t first = 0;  // index of neuron 0 in the population
  Tick now = 0;

  static constexpr std::uint32_t strip = strip_length;
  using Uniforms = double[strip];

  // Uniform in (0, 1), for neurons begin..begin + n; the `which`-th of those that each draws in a step.
  PYSNN_INLINE void fill(std::uint32_t begin, std::uint32_t n, Uniforms& out, std::uint32_t which = 0) const {
    constexpr std::uint32_t most = strip / 2 + 1;
    alignas(64) double pair[2 * most];
    const auto low = static_cast<std::uint32_t>(now), high = static_cast<std::uint32_t>(now >> 32);
    const std::uint32_t block = (first + begin) / 2, odd = (first + begin) % 2, blocks = (odd + n + 1) / 2;
    for (std::uint32_t b = 0; b < blocks; ++b) {
      const Word4 w = philox(key, low, high, block + b, which);
      pair[2 * b] = unit_interval(w[0], w[1]);
      pair[2 * b + 1] = unit_interval(w[2], w[3]);
    }
    for (std::uint32_t k = 0; k < n; ++k) out[k] = pair[odd + k];
  }
};

// Into neurons that no current flows into.
template <class Real>
struct NoCurrent {
  PYSNN_INLINE Real operator()(std::uint32_t) const { return Real(0); }
};
template <class Current>
inline constexpr bool flows = true;
template <class Real>
inline constexpr bool flows<NoCurrent<Real>> = false;

// The Step of a strip's neuron k. What a current is multiplied by need not be read where none flows.
template <class Current, class StepOf>
PYSNN_INLINE decltype(auto) step_of(const StepOf& of, std::uint32_t k) {
  if constexpr (!flows<Current> && requires(typename StepOf::Step& step) { gain_of(step); }) {
    typename StepOf::Step step = of(k);
    gain_of(step) = 0;
    return step;
  } else {
    return of(k);
  }
}

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
    const auto& step = step_of<Current>(of, k);
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
struct alignas(page_part) StripBefore {
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
  alignas(page_part) Flag<Real> flag[strip];
  std::uint32_t count = 0;
  for (std::uint32_t begin = 0; begin < n; begin += strip) {
    const std::uint32_t size = n - begin < strip ? n - begin : strip;
    const auto of = steps.strip(begin);
    bool any;
    if constexpr (requires { &Step::in_pieces; }) {
      const StripBefore<Step, Real> before(begin, size, state, input);
      alignas(page_part) Flag<Real> astray[strip];
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
        if (steps.columns.differ_only_in(steps.word_of(drive_of(steps.one))))
          return strip_loop(StepsByDrive<Step>{chosen, steps.columns, steps.origin}, n, state, input, current, fired);
      }
      return strip_loop(PartOfSteps<Step, Step>{chosen, steps.columns, steps.origin, 0}, n, state, input, current,
                        fired);
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
    return neuron_loop(steps, n, state, input, NoCurrent<Real>(), fired);                                             \
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
