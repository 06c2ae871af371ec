// Laws of short-term plasticity by name, and the rows of a projection that learns, has such dynamics, or both.
#pragma once
#include <functional>
#include <memory>

#include "core/registry.hpp"
#include "dynamics/dynamic_rows.hpp"
#include "plasticity/plastic_synapses.hpp"

namespace pysnn {

struct DynamicsEntry {
  template <class Real>
  using Make = std::function<std::unique_ptr<PlasticSynapses<Real>>(const PlasticConfig&,
                                                                    std::unique_ptr<PlasticSynapses<Real>> learning)>;
  ModelInfo info;
  Make<float> make32;
  Make<double> make64;
  std::function<Constants(const ParamSet&, const TimeBase&)> constants;  // empty where the law tells none

  template <class Real>
  const Make<Real>& make() const {
    if constexpr (sizeof(Real) == 4)
      return make32;
    else
      return make64;
  }
};
using DynamicsLaws = Registry<DynamicsEntry>;

template <class Law>
struct RegisterDynamics {
  RegisterDynamics()
      : registration(Law::info().name, {Law::info(), maker<float>(), maker<double>(), constants_of<Law>()}) {}

  template <class Real>
  static DynamicsEntry::Make<Real> maker() {
    return [](const PlasticConfig& config, std::unique_ptr<PlasticSynapses<Real>> learning) {
      return std::make_unique<DynamicRows<Law, Real>>(config, std::move(learning));
    };
  }
  Registration<DynamicsEntry> registration;
};

// The part of a projection onto a shard; `is_stateful()` holds for it.
template <class Real>
std::unique_ptr<PlasticSynapses<Real>> make_stateful_rows(CompiledNetwork& network, ShardId shard, ProjectionId q) {
  const Projection& projection = network.description.projections[q];
  const PlasticConfig config = plastic_config(network, shard, q);
  std::unique_ptr<PlasticSynapses<Real>> rows;
  if (!projection.plasticity.empty())
    rows = PlasticityRules::get("plasticity rule", projection.plasticity).template make<Real>()(config);
  if (projection.dynamics.empty()) return rows;
  return DynamicsLaws::get("dynamics", projection.dynamics).template make<Real>()(config, std::move(rows));
}

}  // namespace pysnn
