// A step that is too long for a neuron's equations ends in infinity or no number at all, and such a neuron would be
// silent from then on: it is looked for whenever the engine stops.
#pragma once
#include <cmath>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/dispatch.hpp"
#include "core/error.hpp"
#include "core/params.hpp"
#include "neurons/clock_neurons.hpp"

namespace pysnn {

PYSNN_DECLARES_CLONES bool all_finite(const float* values, std::size_t n);
PYSNN_DECLARES_CLONES bool all_finite(const double* values, std::size_t n);

// A state of neurons `first`, ... of a population.
template <class Real>
void check_finite(std::span<const Real> values, const StateInfo& state, const std::string& owner, std::uint32_t first,
                  double dt) {
  if (all_finite(values.data(), values.size())) return;
  std::size_t k = 0;
  while (std::isfinite(values[k])) ++k;
  throw ParameterError(owner + ": " + state.name + " of neuron " + std::to_string(first + k) +
                       " is no finite number any more: its equations cannot be followed in steps of dt = " + show(dt) +
                       " ms (check its parameters, weights and currents, or choose a smaller dt)");
}

// All states that a model declares.
template <class Real>
void check_finite(ClockNeurons<Real>& neurons, const std::vector<StateInfo>& states, const std::string& owner,
                  std::uint32_t first, double dt) {
  for (std::size_t s = 0; s < states.size(); ++s) check_finite<Real>(neurons.state(s), states[s], owner, first, dt);
}

}  // namespace pysnn
