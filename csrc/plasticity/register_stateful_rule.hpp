// A rule whose synapses have a state beside the weight, under its name.
#pragma once
#include <memory>

#include "plasticity/stateful_rows.hpp"

namespace pysnn {

// A rule in two forms, of which one moves weights at once and the other in batches of trials.
template <class AtOnce, class InBatches>
struct RegisterInBatches {
  RegisterInBatches()
      : registration(AtOnce::info().name,
                     PlasticityEntry{AtOnce::info(), &make<float>, &make<double>, constants_of<AtOnce>()}) {}
  template <class Real>
  static std::unique_ptr<PlasticSynapses<Real>> make(const PlasticConfig& config) {
    if (config.projection.plasticity_params["batch"] > 0.0)
      return std::make_unique<StatefulRows<InBatches, Real>>(config);
    return std::make_unique<StatefulRows<AtOnce, Real>>(config);
  }
  Registration<PlasticityEntry> registration;
};

template <class Rule>
struct RegisterStatefulRows {
  RegisterStatefulRows()
      : registration(
            Rule::info().name,
            PlasticityEntry{Rule::info(),
                            [](const PlasticConfig& c) { return std::make_unique<StatefulRows<Rule, float>>(c); },
                            [](const PlasticConfig& c) { return std::make_unique<StatefulRows<Rule, double>>(c); },
                            constants_of<Rule>()}) {}
  Registration<PlasticityEntry> registration;
};

}  // namespace pysnn
