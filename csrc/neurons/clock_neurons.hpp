// A population's share in one thread on a fixed step: state in flat arrays, one vectorised loop a step
// for every model, made from the model's own step of one neuron.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

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

// Model::Step<Real> is the model's step of one neuron,
//   bool operator()(Real (&state)[n_states], const Real (&input)[n_receptors], Real current) const
// without branches, so that the loop over neurons vectorises; it returns whether the neuron fires. One that derives
// from DrawsEachStep has a further argument, a uniform draw.
template <class Model, class Real>
class ClockNeuronsOf final : public ClockNeurons<Real> {
  using Step = typename Model::template Step<Real>;
  static constexpr std::size_t n_states = Step::n_states, n_receptors = Step::n_receptors;
  static constexpr bool draws = std::is_base_of_v<DrawsEachStep, Step>;

 public:
  explicit ClockNeuronsOf(const NeuronConfig& config)
      : step_(Model(config.params), config.time, config.owner), n_(config.n), fired_(config.n + 1) {
    if constexpr (draws) {
      step_.key = subkey(config.key, spikes_purpose);
      step_.first = config.first;
    }
    for (std::size_t s = 0; s < n_states; ++s) state_[s] = Array<Real>(n_, static_cast<Real>(step_.initial(s)));
  }

  void step(Tick now, Real* const* input, const Real* current, std::vector<std::uint32_t>& fired) override {
    if constexpr (draws) step_.now = now;
    std::array<Real*, n_states> state;
    for (std::size_t s = 0; s < n_states; ++s) state[s] = state_[s].data();
    const std::uint32_t count = current ? Model::loop(step_, n_, state.data(), input, current, fired_.data())
                                        : Model::loop(step_, n_, state.data(), input, fired_.data());
    fired.insert(fired.end(), fired_.begin(), fired_.begin() + count);
  }

  Array<Real>& state(std::size_t index) override { return state_[index]; }

 private:
  Step step_;
  std::uint32_t n_;
  std::array<Array<Real>, n_states> state_;
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
    if (!advance_strip(step, begin, size, state, input, current, flag, states, receptors)) continue;
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
#define PYSNN_NEURON_LOOPS(Model) \
  PYSNN_NEURON_LOOP(Model, float) \
  PYSNN_NEURON_LOOP(Model, double)

#define PYSNN_NEURON_LOOP(Model, Real)                                                                    \
  PYSNN_CLONES std::uint32_t Model::loop(const Step<Real>& step, std::uint32_t n, Real* const* state,     \
                                         Real* const* input, std::uint32_t* fired) {                      \
    return neuron_loop(step, n, state, input, [](std::uint32_t) { return Real(0); }, fired);              \
  }                                                                                                       \
  PYSNN_CLONES std::uint32_t Model::loop(const Step<Real>& step, std::uint32_t n, Real* const* state,     \
                                         Real* const* input, const Real* current, std::uint32_t* fired) { \
    return neuron_loop(step, n, state, input, [current](std::uint32_t k) { return current[k]; }, fired);  \
  }

// Declares them inside the model.
#define PYSNN_DECLARE_NEURON_LOOPS \
  PYSNN_DECLARE_NEURON_LOOP(float) \
  PYSNN_DECLARE_NEURON_LOOP(double)

#define PYSNN_DECLARE_NEURON_LOOP(Real)                                                                    \
  static std::uint32_t loop(const Step<Real>&, std::uint32_t, Real* const*, Real* const*, std::uint32_t*); \
  static std::uint32_t loop(const Step<Real>&, std::uint32_t, Real* const*, Real* const*, const Real*, std::uint32_t*);

}  // namespace pysnn
