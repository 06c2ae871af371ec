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
  template <class Neurons>
  using Make = std::function<std::unique_ptr<Neurons>(const NeuronConfig&)>;

  ModelInfo info;
  Make<ClockNeurons<float>> clock32;
  Make<ClockNeurons<double>> clock64;
  Make<EventNeurons> event;  // empty where the model cannot run in continuous time
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
  entry.clock32 = [](const NeuronConfig& c) { return std::make_unique<ClockNeuronsOf<Model, float>>(c); };
  entry.clock64 = [](const NeuronConfig& c) { return std::make_unique<ClockNeuronsOf<Model, double>>(c); };
  entry.info.engines = {"clock"};
  if constexpr (requires { typename Model::Flow; }) {
    entry.info.engines.push_back("event");
    entry.event = [](const NeuronConfig& c) { return std::make_unique<EventNeuronsOf<Model>>(c); };
  }
  entry.initial = [](const ParamSet& params, std::size_t state) { return Model(params).initial(state); };
  return entry;
}

#define PYSNN_NEURON(Model) \
  PYSNN_NEURON_LOOPS(Model) \
  const Registration<NeuronEntry> registered_##Model(Model::info().name, neuron_entry<Model>());

}  // namespace pysnn
