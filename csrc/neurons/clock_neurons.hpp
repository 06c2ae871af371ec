// A population's share in one thread on a fixed step: state in flat arrays, one vectorised loop a step
// for every model, made from the model's own step of one neuron.
#pragma once
#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "core/array.hpp"
#include "core/dispatch.hpp"
#include "core/params.hpp"
#include "core/time.hpp"

namespace pysnn {

template <class Real>
class ClockNeurons {
 public:
  virtual ~ClockNeurons() = default;
  // Advance all neurons by one step. input[r][k]: sum of the weights that arrive at its end at receptor r of
  // neuron k, set to zero for the next. current: pA by neuron, or null. Indices of neurons that fire are
  // appended to `fired`, ascending.
  virtual void step(Real* const* input, const Real* current, std::vector<std::uint32_t>& fired) = 0;
  // State variable by its position in the model's declared states.
  virtual Array<Real>& state(std::size_t index) = 0;
};

// Model::Step<Real> is the model's step of one neuron,
//   bool operator()(Real (&state)[n_states], const Real (&input)[n_receptors], Real current) const
// without branches, so that the loop over neurons vectorises; it returns whether the neuron fires.
template <class Model, class Real>
class ClockNeuronsOf final : public ClockNeurons<Real> {
  using Step = typename Model::template Step<Real>;
  static constexpr std::size_t n_states = Step::n_states, n_receptors = Step::n_receptors;

 public:
  ClockNeuronsOf(const Model& model, const TimeBase& time, std::uint32_t n, const std::string& owner)
      : step_(model, time, owner), n_(n), fired_(n) {
    for (std::size_t s = 0; s < n_states; ++s) state_[s] = Array<Real>(n, static_cast<Real>(step_.initial(s)));
  }

  void step(Real* const* input, const Real* current, std::vector<std::uint32_t>& fired) override {
    std::array<Real*, n_states> state;
    for (std::size_t s = 0; s < n_states; ++s) state[s] = state_[s].data();
    const bool any = current ? Model::loop(step_, n_, state.data(), input, current, fired_.data())
                             : Model::loop(step_, n_, state.data(), input, fired_.data());
    if (!any) return;
    // Eight flags at a look: few neurons fire in a step.
    std::uint32_t k = 0;
    for (; k + 8 <= n_; k += 8) {
      std::uint64_t eight;
      std::memcpy(&eight, fired_.data() + k, 8);
      if (eight == 0) continue;
      for (std::uint32_t b = k; b < k + 8; ++b)
        if (fired_[b]) fired.push_back(b);
    }
    for (; k < n_; ++k)
      if (fired_[k]) fired.push_back(k);
  }

  Array<Real>& state(std::size_t index) override { return state_[index]; }

 private:
  Step step_;
  std::uint32_t n_;
  std::array<Array<Real>, n_states> state_;
  Array<std::uint8_t> fired_;
};

// The loop over neurons, for PYSNN_NEURON_LOOPS to instantiate in the model's own file.
template <class Step, class Real, class Current>
PYSNN_INLINE bool neuron_loop(const Step& step, std::uint32_t n, Real* const* state, Real* const* input,
                              Current&& current, std::uint8_t* __restrict fired) {
  constexpr std::size_t n_states = Step::n_states, n_receptors = Step::n_receptors;
  return [&]<std::size_t... S, std::size_t... R>(std::index_sequence<S...>, std::index_sequence<R...>) {
    Real* __restrict const x[] = {state[S]...};
    Real* __restrict const in[] = {input[R]...};
    unsigned any = 0;
#pragma GCC ivdep
    for (std::uint32_t k = 0; k < n; ++k) {
      Real s[n_states] = {x[S][k]...};
      const Real w[n_receptors] = {in[R][k]...};
      const bool fires = step(s, w, current(k));
      ((x[S][k] = s[S]), ...);
      ((in[R][k] = Real(0)), ...);
      fired[k] = fires;
      any |= fires;
    }
    return any != 0;
  }(std::make_index_sequence<n_states>(), std::make_index_sequence<n_receptors>());
}

// Compiles the loops of a model for every instruction set: a clone must be a plain function.
#define PYSNN_NEURON_LOOPS(Model) \
  PYSNN_NEURON_LOOP(Model, float) \
  PYSNN_NEURON_LOOP(Model, double)

#define PYSNN_NEURON_LOOP(Model, Real)                                                                           \
  PYSNN_CLONES bool Model::loop(const Step<Real>& step, std::uint32_t n, Real* const* state, Real* const* input, \
                                std::uint8_t* fired) {                                                           \
    return neuron_loop(step, n, state, input, [](std::uint32_t) { return Real(0); }, fired);                     \
  }                                                                                                              \
  PYSNN_CLONES bool Model::loop(const Step<Real>& step, std::uint32_t n, Real* const* state, Real* const* input, \
                                const Real* current, std::uint8_t* fired) {                                      \
    return neuron_loop(step, n, state, input, [current](std::uint32_t k) { return current[k]; }, fired);         \
  }

// Declares them inside the model.
#define PYSNN_DECLARE_NEURON_LOOPS \
  PYSNN_DECLARE_NEURON_LOOP(float) \
  PYSNN_DECLARE_NEURON_LOOP(double)

#define PYSNN_DECLARE_NEURON_LOOP(Real)                                                          \
  static bool loop(const Step<Real>&, std::uint32_t, Real* const*, Real* const*, std::uint8_t*); \
  static bool loop(const Step<Real>&, std::uint32_t, Real* const*, Real* const*, const Real*, std::uint8_t*);

}  // namespace pysnn
