// Models from equations in continuous time: the compiled field of one neuron for the steps of runge_kutta_flow.hpp.
//
// How far a neuron is above its threshold is the first of the numbers that are integrated, so that a threshold may be
// any smooth function of the states.
#pragma once
#include <functional>
#include <memory>

#include "neurons/event_neurons.hpp"

namespace pysnn {

struct EquationModel;

std::function<std::unique_ptr<EventNeurons>(const NeuronConfig&)> equation_flows(
    const std::shared_ptr<const EquationModel>& model);

}  // namespace pysnn
