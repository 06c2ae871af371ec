#include "bindings/described.hpp"

#include <algorithm>
#include <memory>
#include <vector>

#include "engine/homeostasis.hpp"
#include "neurons/neuron.hpp"

namespace pysnn {
namespace {

using Doubles = py::array_t<double, py::array::c_style | py::array::forcecast>;
using Words = py::array_t<std::uint32_t, py::array::c_style | py::array::forcecast>;

Range to_range(std::pair<std::uint32_t, std::uint32_t> range, std::uint32_t n, const std::string& what) {
  if (range.first > range.second || range.second > n)
    throw ParameterError(what + ": " + std::to_string(range.first) + ":" + std::to_string(range.second) +
                         " is not inside 0:" + std::to_string(n));
  return {range.first, range.second};
}

}  // namespace

ParamSet to_params(const py::dict& dict) {
  ParamSet params;
  for (const auto& [key, value] : dict) {
    const auto name = py::cast<std::string>(key);
    if (py::isinstance<py::str>(value)) continue;
    if (py::isinstance<py::array>(value))
      params.set(name, from_numpy<double>(py::cast<Doubles>(value)));
    else
      params.set(name, {py::cast<double>(value)});
  }
  return params;
}

std::size_t state_index(const Population& population, const std::string& name) {
  if (population.is_source) throw ParameterError("'" + population.name + "' is a source and has no state");
  const auto& states = NeuronModels::get("neuron model", population.model).info.states;
  for (std::size_t s = 0; s < states.size(); ++s)
    if (states[s].name == name) return s;
  if (Homeostasis::in(population) && name == Homeostasis::state_name) return states.size();
  throw ParameterError(population.model + " has no state '" + name + "'");
}

std::pair<Range, NeuronList> to_neurons(const py::object& given, std::uint32_t n, const std::string& what) {
  if (!py::isinstance<py::array>(given))
    return {to_range(py::cast<std::pair<std::uint32_t, std::uint32_t>>(given), n, what), nullptr};
  auto list = from_numpy<std::uint32_t>(py::cast<Words>(given));
  if (list.empty()) throw ParameterError(what + ": there is none");
  const auto [low, high] = std::minmax_element(list.begin(), list.end());
  if (*high >= n) throw ParameterError(what + ": there is no " + std::to_string(*high) + " among " + std::to_string(n));
  const Range hull{*low, *high + 1};
  std::vector<bool> met(hull.size());
  for (const std::uint32_t neuron : list) {
    if (met[neuron - hull.begin]) throw ParameterError(what + ": " + std::to_string(neuron) + " is there twice");
    met[neuron - hull.begin] = true;
  }
  return {hull, std::make_shared<const std::vector<std::uint32_t>>(std::move(list))};
}

}  // namespace pysnn
