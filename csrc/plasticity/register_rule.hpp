// A rule whose rows are brought up to date lazily, under its name.
#pragma once
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
                                     constants_of<Rule>()}) {}
  Registration<PlasticityEntry> registration;
};

}  // namespace pysnn
