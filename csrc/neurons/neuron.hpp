// Neuron models by name. A model's file defines its class, with a Step for fixed steps and, where the model
// has a closed form, a Flow for continuous time, and ends with PYSNN_NEURON(Model).
#pragma once
#include <functional>
#include <memory>
#include <string>

#include "core/registry.hpp"
#include "neurons/clock_neurons.hpp"
#include "neurons/event_neurons.hpp"

namespace pysnn {

struct NeuronEntry {
  ModelInfo info;
  std::function<std::unique_ptr<ClockNeurons<float>>(const ParamSet&, const TimeBase&, std::uint32_t n,
                                                     const std::string& owner)>
      clock32;
  std::function<std::unique_ptr<ClockNeurons<double>>(const ParamSet&, const TimeBase&, std::uint32_t n,
                                                      const std::string& owner)>
      clock64;
  std::function<std::unique_ptr<EventNeurons>(const ParamSet&, const TimeBase&, std::uint32_t n,
                                              const std::string& owner)>
      event;
  // Value a state starts from where the user gives none.
  std::function<double(const ParamSet&, std::size_t state)> initial;

  template <class Real>
  const auto& clock() const {
    if constexpr (sizeof(Real) == 4)
      return clock32;
    else
      return clock64;
  }
};
using NeuronModels = Registry<NeuronEntry>;

template <class Model>
NeuronEntry neuron_entry() {
  NeuronEntry entry;
  entry.info = Model::info();
  entry.clock32 = [](const ParamSet& params, const TimeBase& time, std::uint32_t n, const std::string& owner) {
    return std::make_unique<ClockNeuronsOf<Model, float>>(Model(params), time, n, owner);
  };
  entry.clock64 = [](const ParamSet& params, const TimeBase& time, std::uint32_t n, const std::string& owner) {
    return std::make_unique<ClockNeuronsOf<Model, double>>(Model(params), time, n, owner);
  };
  entry.info.engines = {"clock"};
  if constexpr (requires { typename Model::Flow; }) {
    entry.info.engines.push_back("event");
    entry.event = [](const ParamSet& params, const TimeBase& time, std::uint32_t n, const std::string& owner) {
      return std::make_unique<EventNeuronsOf<Model>>(Model(params), time, n, owner);
    };
  }
  entry.initial = [](const ParamSet& params, std::size_t state) { return Model(params).initial(state); };
  return entry;
}

#define PYSNN_NEURON(Model) \
  PYSNN_NEURON_LOOPS(Model) \
  const Registration<NeuronEntry> registered_##Model(Model::info().name, neuron_entry<Model>());

}  // namespace pysnn
