// Parameters by name, and the table that declares them.
#pragma once
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/error.hpp"

namespace pysnn {

struct ParamInfo {
  std::string name;
  std::string unit;
  double default_value;
  bool each = false;  // of a source: may be an array of one value for each
};

struct StateInfo {
  std::string name;
  std::string unit;
};

// What a model declares of itself; the Python declaration is held against it by a test.
struct ModelInfo {
  std::string name;
  std::vector<ParamInfo> params;
  std::vector<StateInfo> states{};
  std::vector<std::string> receptors{};
  std::vector<std::string> engines{};
  std::size_t hidden_states = 0;  // that a step keeps beside these, 0 at first
};

// What a device needs to do as this code does: numbers by name, in the order in which its kernel takes them.
using Constants = std::vector<std::pair<std::string, double>>;

// Values by name: a scalar is a vector of one.
class ParamSet {
 public:
  void set(const std::string& name, std::vector<double> values) { values_[name] = std::move(values); }
  void set_number(const std::string& name, double value) { values_[name].assign(1, value); }
  bool has(const std::string& name) const { return values_.count(name) != 0; }

  const std::vector<double>& array(const std::string& name) const {
    const auto found = values_.find(name);
    if (found == values_.end()) throw ParameterError("parameter '" + name + "' is missing");
    return found->second;
  }

  double operator[](const std::string& name) const {
    const auto& values = array(name);
    if (values.size() != 1)
      throw ParameterError("parameter '" + name + "': expected one number (got " + std::to_string(values.size()) + ")");
    return values[0];
  }

  const std::map<std::string, std::vector<double>>& all() const { return values_; }

 private:
  std::map<std::string, std::vector<double>> values_;
};

}  // namespace pysnn
