// Parameters that differ between the neurons of a population, beside those that all of them share.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/params.hpp"

namespace pysnn {

// By name, the value of every neuron of the whole population, whoever owns it.
using Columns = std::map<std::string, std::vector<double>>;
inline const Columns no_columns;

// The parameters of one neuron after another.
class ParamsOfEach {
 public:
  ParamsOfEach(ParamSet shared, const Columns& columns) : params_(std::move(shared)), columns_(columns) {}

  const ParamSet& operator()(std::uint32_t neuron) {
    for (const auto& [name, values] : columns_) params_.set_number(name, values[neuron]);
    return params_;
  }

 private:
  ParamSet params_;
  const Columns& columns_;
};

}  // namespace pysnn
