// What e-prop goes by: its parameters, and what it takes from the model of its targets.
#pragma once
#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "plasticity/plastic_synapses.hpp"

namespace pysnn {

// Parameters as declared in eprop.cpp.
struct EpropRule {
  enum class Read { last, sum, mean, held };

  double eta, tau_out, gamma, width, c_reg, f_target, tau_rate, w_min, w_max;
  Read read;

  explicit EpropRule(const ParamSet& p)
      : eta(p["eta"]), tau_out(p["tau_out"]), gamma(p["gamma"]), width(p["width"]), c_reg(p["c_reg"]),
        f_target(p["f_target"]), tau_rate(p["tau_rate"]), w_min(p["w_min"]), w_max(p["w_max"]),
        read(static_cast<Read>(static_cast<int>(p["read"]))) {}

  // Whether all of bar is summed up, for a value that comes later.
  bool sums() const { return read == Read::sum || read == Read::mean; }
  double kappa(double dt) const { return tau_out > 0.0 ? std::exp(-dt / tau_out) : 0.0; }
};

// What the rule takes from its targets' model, of those that the shard owns.
struct EpropTargets {
  double alpha = 0.0;                   // of z, after a step
  std::vector<double> rho, beta, span;  // of the adaptation, empty without; v_th - e_l in mV

  explicit EpropTargets(const PlasticConfig& config) {
    const Population& population = *config.population;
    for (const char* needed : {"tau_m", "v_th", "e_l"})
      if (!population.params.has(needed))
        throw UnsupportedError(config.what() + ": EProp needs targets with a leaky membrane, of tau_m, v_th and e_l (" +
                               population.model + " has no " + needed + ")");
    if (population.columns.count("tau_m") != 0)
      throw UnsupportedError(config.what() + ": EProp needs one tau_m for all targets, as presynaptic traces decay " +
                             "with it (that of population '" + population.name + "' differs from neuron to neuron)");
    alpha = std::exp(-config.dt / population.params["tau_m"]);
    ParamsOfEach each(population.params, population.columns);
    bool adapts = false;
    for (std::uint32_t j = config.first_target; j < config.first_target + config.targets; ++j) {
      const ParamSet& p = each(j);
      span.push_back(p["v_th"] - p["e_l"]);
      if (!(span.back() > 0.0) || std::isinf(span.back()))
        throw ParameterError(config.what() + ": EProp needs targets with a finite v_th > e_l (got v_th - e_l = " +
                             show(span.back()) + " mV of neuron " + std::to_string(j) + ")");
      const bool has = p.has("tau_adapt") && p.has("beta");
      rho.push_back(has ? std::exp(-config.dt / p["tau_adapt"]) : 0.0);
      // What a spike adds to the threshold has decayed for a step before it is first compared with.
      beta.push_back(has ? p["beta"] * rho.back() : 0.0);
      adapts = adapts || beta.back() != 0.0;
    }
    // All shards have the same shape.
    for (const auto& [name, values] : population.columns)
      if (name == "beta") adapts = std::any_of(values.begin(), values.end(), [](double b) { return b != 0.0; });
    if (adapts) return;
    rho.clear();
    beta.clear();
  }
};

}  // namespace pysnn
