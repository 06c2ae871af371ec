#include "plasticity/equation_rows.hpp"

namespace pysnn {
namespace {

template <std::size_t N, class Real>
std::unique_ptr<PlasticSynapses<Real>> rows(const std::shared_ptr<const RuleEquations>& equations,
                                            const PlasticConfig& config) {
  return std::make_unique<EquationRows<N, Real>>(
      config, EquationRule<N>(equations, config.projection.plasticity_params, config.time));
}

template <class Real>
auto maker(const std::shared_ptr<const RuleEquations>& equations) {
  return [equations](const PlasticConfig& config) {
    const std::size_t traces = std::max(equations->pre_taus.size(), equations->post_taus.size());
    if (traces <= 1) return rows<1, Real>(equations, config);
    if (traces <= 2) return rows<2, Real>(equations, config);
    return rows<RuleEquations::most_traces, Real>(equations, config);
  };
}

}  // namespace

void register_rule_equations(const std::shared_ptr<const RuleEquations>& equations, bool single_precision) {
  PlasticityEntry entry;
  entry.info = equations->info;
  entry.constants = [equations](const ParamSet& params, const TimeBase& time) {
    return EquationRule<RuleEquations::most_traces>(equations, params, time).constants();
  };
  if (single_precision)
    entry.make32 = maker<float>(equations);
  else
    entry.make64 = maker<double>(equations);
  PlasticityRules::all().insert_or_assign(equations->info.name, std::move(entry));
}

}  // namespace pysnn
