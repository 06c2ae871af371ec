// Where a population starts: the user's draw, or the model's own default; and whether it can be made at all.
#pragma once
#include <cmath>
#include <span>
#include <string>

#include "core/error.hpp"
#include "core/poll.hpp"
#include "math/philox.hpp"
#include "network/network.hpp"
#include "neurons/neuron.hpp"

namespace pysnn {

inline double drawn_or_own(const Population& population, const NeuronEntry& model, std::size_t state,
                           std::uint32_t index) {
  const auto given = population.init.find(model.info.states[state].name);
  if (given == population.init.end()) {
    if (population.columns.empty()) return model.initial(population.params, state);
    return model.initial(ParamsOfEach(population.params, population.columns)(index), state);
  }
  return given->second(subkey(population.key, state), index, 0, 0, index);
}

// A finite number as it is kept: else the neuron would show none until the engine looks for such at the end of a run.
template <class Real>
double initial_value(const Population& population, const NeuronEntry& model, std::size_t state, std::uint32_t index) {
  const double value = drawn_or_own(population, model, state, index);
  if (std::isfinite(static_cast<Real>(value))) return value;
  throw ParameterError("population '" + population.name + "': " + model.info.states[state].name + " of neuron " +
                       std::to_string(index) + " begins with " + show(value) + ", which is no finite number" +
                       (std::isfinite(value) ? " in float32" : "") + " (check its parameters and init)");
}

// Call set(state, k, value) for every state of the neurons `owned`, of which k counts from the first.
template <class Real, class Set>
void start_states(const Population& population, const NeuronEntry& model, Range owned, Poll& poll, Set&& set) {
  constexpr std::uint64_t work = 64;  // of one value
  for (std::size_t s = 0; s < model.info.states.size(); ++s)
    for (std::uint32_t k = 0; k < owned.size(); ++k) {
      poll(work);
      set(s, k, initial_value<Real>(population, model, s, owned.begin + k));
    }
}

// Throws what making those of `neurons` that are `owned` would throw.
template <class Make>
void check_neurons(const Make& make, const Population& population, std::span<const std::uint32_t> neurons, Range owned,
                   const TimeBase& time) {
  ParamsOfEach each(population.params, population.columns);
  for (const std::uint32_t k : neurons) {
    if (k < owned.begin || k >= owned.end) continue;
    make({each(k), time, 0, k, "population '" + population.name + "', neuron " + std::to_string(k),
          population.noise_key});
    if (population.columns.empty()) return;
  }
}

}  // namespace pysnn
