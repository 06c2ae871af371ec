// Neuron models by name. A model's file defines its class, with a Step for fixed steps and, where the model
// has a closed form, a Flow for continuous time, and ends with PYSNN_NEURON(Model).
#pragma once
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

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
  // Of the step, in either precision, and whether states in single precision go by PairedStep.
  std::function<Constants(const NeuronConfig&)> constants32, constants64;
  std::function<bool(const NeuronConfig&)> pairs;
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

// Those of this library are there from the start; models from equations are added while engines look others up, and
// stay where they are.
struct NeuronModels : Registry<NeuronEntry> {
  static const NeuronEntry& get(const std::string& kind, const std::string& name) {
    const std::lock_guard lock(mutex());
    return Registry::get(kind, name);
  }
  // A second one of the same name leaves the first.
  static void add(const std::string& name, NeuronEntry entry) {
    const std::lock_guard lock(mutex());
    all().emplace(name, std::move(entry));
  }

 private:
  static std::mutex& mutex() {
    static std::mutex one;
    return one;
  }
};

template <class Model, class Real>
Constants step_constants(const NeuronConfig& config) {
  return typename Model::template Step<Real>(Model(config.params), config.time, config.owner).constants();
}

template <class Model>
NeuronEntry neuron_entry() {
  NeuronEntry entry;
  entry.info = Model::info();
  entry.clock32 = [](const NeuronConfig& c) { return std::make_unique<ClockNeuronsOf<Model, float>>(c); };
  entry.clock64 = [](const NeuronConfig& c) { return std::make_unique<ClockNeuronsOf<Model, double>>(c); };
  using Step = typename Model::template Step<double>;
  entry.info.engines = {"clock"};
  entry.info.hidden_states = Step::n_states - entry.info.states.size();
  entry.constants32 = &step_constants<Model, float>;
  entry.constants64 = &step_constants<Model, double>;
  entry.pairs = [](const NeuronConfig& c) { return ClockNeuronsOf<Model, float>::too_short(Model(c.params), c.time); };
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
