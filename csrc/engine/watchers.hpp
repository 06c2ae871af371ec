// Rules that see more of a population than its spikes, and what they see of it at each of its steps.
#pragma once
#include <string>
#include <vector>

#include "core/error.hpp"
#include "network/network.hpp"
#include "neurons/clock_neurons.hpp"
#include "plasticity/plastic_synapses.hpp"

namespace pysnn {

template <class Real>
class Watchers {
 public:
  explicit operator bool() const { return !rules_.empty(); }

  // The rule of a projection onto this population, which steps; one that sees spikes alone is left out.
  void add(PlasticSynapses<Real>& rule, const Projection& projection, const NetworkDescription& network,
           const ClockNeurons<Real>& neurons) {
    if (!rule.watches_states()) return;
    const Population& population = network.populations[projection.target];
    if (!neurons.can_be_watched())
      throw UnsupportedError("projection '" + projection.name + "': " + projection.plasticity +
                             " needs v and the threshold of its targets' steps, which " + population.model +
                             " does not tell");
    rules_.push_back(&rule);
    by_ = "projection '" + projection.name + "' learns by " + projection.plasticity;
  }

  // Before the step that step() with these inputs takes, and after it and all of its spikes.
  void look(const ClockNeurons<Real>& neurons, Real* const* input, const Real* current) {
    neurons.watch(input, current, seen_);
  }
  void tell(Tick now) {
    for (PlasticSynapses<Real>* rule : rules_) rule->post_states(now, seen_.v, seen_.threshold, seen_.held);
  }

  // Rules hold what they derived of the neurons' parameters.
  void refuse_parameters(const Population& population) const {
    if (rules_.empty()) return;
    throw UnsupportedError("population '" + population.name + "': its parameters cannot be changed while " + by_ +
                           ", whose eligibilities follow from them");
  }

 private:
  std::vector<PlasticSynapses<Real>*> rules_;
  std::string by_;
  WatchedStates<Real> seen_;
};

}  // namespace pysnn
