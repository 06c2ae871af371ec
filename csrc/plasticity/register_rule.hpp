// A rule whose rows are brought up to date lazily, under its name.
#pragma once
#include <functional>
#include <memory>

#include "plasticity/lazy_rows.hpp"

namespace pysnn {

template <class Rule>
struct RegisterPlasticity {
  RegisterPlasticity()
      : registration(Rule::info().name,
                     PlasticityEntry{Rule::info(),
                                     [](const PlasticConfig& c) { return std::make_unique<LazyRows<Rule, float>>(c); },
                                     [](const PlasticConfig& c) { return std::make_unique<LazyRows<Rule, double>>(c); },
                                     constants()}) {}
  static std::function<Constants(const ParamSet&, const TimeBase&)> constants() {
    if constexpr (requires(const Rule& rule) { rule.constants(); })
      return [](const ParamSet& params, const TimeBase& time) { return Rule(params, time).constants(); };
    else
      return nullptr;
  }
  Registration<PlasticityEntry> registration;
};

}  // namespace pysnn
