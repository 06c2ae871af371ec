// Rules that see more of a population than its spikes, and what they see of it at each of its steps: v as it is after
// the step, or what the model tells of the step itself.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "engine/inputs.hpp"
#include "network/network.hpp"
#include "neurons/clock_neurons.hpp"
#include "plasticity/plastic_synapses.hpp"

namespace pysnn {

template <class Real>
class Watchers {
 public:
  explicit operator bool() const { return !rules_.empty() || !of_potentials_.empty(); }

  // The rule of a projection onto this population, which steps; one that sees spikes alone is left out.
  void add(PlasticSynapses<Real>& rule, const Projection& projection, const NetworkDescription& network,
           ClockNeurons<Real>& neurons) {
    if (rule.sees() == Sees::spikes) return;
    const Population& population = network.populations[projection.target];
    if (rule.sees() == Sees::potential) {
      potential_ = neurons.state(potential_of(population, projection));
      of_potentials_.push_back(&rule);
      return;
    }
    if (!neurons.can_be_watched())
      throw UnsupportedError("projection '" + projection.name + "': " + projection.plasticity +
                             " needs v and the threshold of its targets' steps, which " + population.model +
                             " does not tell");
    rules_.push_back(&rule);
    by_ = "projection '" + projection.name + "' learns by " + projection.plasticity;
  }

  // Before the step that step() with these inputs takes, and after it and all of its spikes.
  void look(const ClockNeurons<Real>& neurons, Real* const* input, const Real* current) {
    if (!rules_.empty()) neurons.watch(input, current, seen_);
  }
  void tell(Tick now) {
    for (PlasticSynapses<Real>* rule : of_potentials_) rule->post_potentials(now, potential_);
    for (PlasticSynapses<Real>* rule : rules_) rule->post_states(now, seen_.v, seen_.threshold, seen_.held);
  }

  // Rules hold what they derived of the neurons' parameters.
  void refuse_parameters(const Population& population) const {
    if (rules_.empty()) return;
    throw UnsupportedError("population '" + population.name + "': its parameters cannot be changed while " + by_ +
                           ", whose eligibilities follow from them");
  }

 private:
  // Which of its states is v.
  static std::size_t potential_of(const Population& population, const Projection& projection) {
    const auto& states = model_info(population).states;
    for (std::size_t s = 0; s < states.size(); ++s)
      if (states[s].name == "v") return s;
    throw UnsupportedError("projection '" + projection.name + "': " + projection.plasticity +
                           " needs the membrane potential of its targets, a state v, which " + population.model +
                           " has not");
  }

  std::vector<PlasticSynapses<Real>*> rules_, of_potentials_;
  std::span<const Real> potential_;  // of its neurons, for the latter
  std::string by_;
  WatchedStates<Real> seen_;
};

}  // namespace pysnn
