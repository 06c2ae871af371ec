// Parts of a description as Python gives them.
#pragma once
#include <string>
#include <utility>

#include "bindings/numpy.hpp"
#include "core/params.hpp"
#include "network/network.hpp"

namespace pysnn {

// Numbers and arrays of numbers; what is neither is left to the caller.
ParamSet to_params(const py::dict& dict);

// Neurons of a population of n: a pair begin, end, or an array of scattered ones.
std::pair<Range, NeuronList> to_neurons(const py::object& given, std::uint32_t n, const std::string& what);

// Which of the states of a population's model has that name.
std::size_t state_index(const Population& population, const std::string& name);

}  // namespace pysnn
