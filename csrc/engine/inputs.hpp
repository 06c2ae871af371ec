// What an engine may change of what its network was described with: the parameters of groups. They belong to the
// engine, so that the compiled network may be that of others too.
#pragma once
#include <algorithm>
#include <cstdint>
#include <map>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "core/error.hpp"
#include "network/network.hpp"
#include "neurons/neuron.hpp"
#include "sources/source.hpp"

namespace pysnn {

class Inputs {
 public:
  explicit Inputs(const NetworkDescription& description) : description_(description) {}

  const Population& group(PopulationId number) const {
    const auto found = replaced_.find(number);
    return found == replaced_.end() ? description_.populations.at(number) : found->second;
  }
  bool replaced(PopulationId group) const { return replaced_.count(group) != 0; }
  void replace(PopulationId group, Population population) { replaced_.insert_or_assign(group, std::move(population)); }

 private:
  const NetworkDescription& description_;
  std::map<PopulationId, Population> replaced_;
};

inline const ModelInfo& model_info(const Population& population) {
  return population.is_source ? Sources::get("source", population.model).info
                              : NeuronModels::get("neuron model", population.model).info;
}

// What a group's model declares of a parameter.
inline const ParamInfo& parameter_info(const Population& population, const std::string& name) {
  for (const ParamInfo& declared : model_info(population).params)
    if (declared.name == name) return declared;
  throw ParameterError("'" + population.name + "': " + population.model + " has no parameter '" + name + "'");
}

inline std::vector<double> value_of_each(const Population& population, const std::string& name) {
  const ParamInfo& info = parameter_info(population, name);
  if (const auto own = population.columns.find(name); own != population.columns.end()) return own->second;
  const std::vector<double>& values = population.params.array(name);
  if (values.size() == population.n && info.each) return values;
  return std::vector<double>(population.n, population.params[name]);
}

// The group with other values, and which of its neurons or sources then differ from before. What a model takes by
// source goes there as an array, anything else into columns; what is the same in all is a number again.
inline std::pair<Population, std::vector<std::uint32_t>> with_values(
    Population population, const std::map<std::string, std::vector<double>>& values,
    const std::vector<std::uint32_t>& indices) {
  std::vector<bool> differs(population.n, false);
  for (const auto& [name, given] : values) {
    if (given.size() != 1 && given.size() != indices.size())
      throw ParameterError("'" + population.name + "': " + name + ": expected one number or " +
                           std::to_string(indices.size()) + " (got " + std::to_string(given.size()) + ")");
    std::vector<double> column = value_of_each(population, name);
    for (std::size_t j = 0; j < indices.size(); ++j) {
      const std::uint32_t k = indices[j];
      if (k >= population.n)
        throw ParameterError("'" + population.name + "': there is no " + std::to_string(k) + " among " +
                             std::to_string(population.n));
      const double value = given[given.size() == 1 ? 0 : j];
      if (column[k] != value) differs[k] = true;
      column[k] = value;
    }
    const bool alike = std::all_of(column.begin(), column.end(), [&](double v) { return v == column[0]; });
    population.columns.erase(name);
    if (!alike && parameter_info(population, name).each) {
      population.params.set(name, std::move(column));
      continue;
    }
    population.params.set_number(name, column[0]);
    if (!alike) population.columns[name] = std::move(column);
  }
  std::vector<std::uint32_t> changed;
  for (std::uint32_t k = 0; k < population.n; ++k)
    if (differs[k]) changed.push_back(k);
  return {std::move(population), std::move(changed)};
}

}  // namespace pysnn
