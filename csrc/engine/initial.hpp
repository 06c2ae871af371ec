// Where a population starts: the user's draw, or the model's own default.
#pragma once
#include "math/philox.hpp"
#include "network/network.hpp"
#include "neurons/neuron.hpp"

namespace pysnn {

inline double initial_value(const Population& population, const NeuronEntry& model, std::size_t state,
                            std::uint32_t index) {
  const auto given = population.init.find(model.info.states[state].name);
  if (given == population.init.end()) return model.initial(population.params, state);
  return given->second(subkey(population.key, state), index, 0, 0, index);
}

}  // namespace pysnn
