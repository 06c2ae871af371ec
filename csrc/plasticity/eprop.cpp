// E-prop (Bellec, Scherr, Subramoney, Hajek, Salaj, Legenstein & Maass 2020, Nat. Commun. 11:3625) onto neurons of a
// leaky membrane with delta synapses, with an adaptive threshold or without: see plasticity/eprop_rows.hpp, and the
// maps of math/eprop_maps.hpp. In step t, with A the threshold and d = v_th - e_l,
//
//   psi = gamma/d max(0, 1 - |v - A|/(width d)), 0 while refractory,
//   e = psi (z - beta eps),   eps <- rho eps + e,   bar <- kappa bar + (1 - kappa) e,
//   dw = -eta sum_t (L + c_reg (f - f_target)) bar.
#include <limits>

#include "plasticity/eprop_rows.hpp"

namespace pysnn {
namespace {

ModelInfo info() {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  ModelInfo info{.name = "EProp",
                 .params = {{"eta", "", 1e-3},
                            {"tau_out", "ms", 0.0},
                            {"gamma", "", 0.3},
                            {"width", "", 1.0},
                            {"read", "", 0.0},
                            {"c_reg", "", 0.0},
                            {"f_target", "Hz", 10.0},
                            {"tau_rate", "ms", 1000.0},
                            {"w_min", "", -infinity},
                            {"w_max", "", infinity}}};
  add_optimiser_params(info.params);
  return info;
}

const Registration<PlasticityEntry> registered(
    info().name,
    PlasticityEntry{info(), [](const PlasticConfig& c) { return std::make_unique<EpropRows<float>>(c); },
                    [](const PlasticConfig& c) { return std::make_unique<EpropRows<double>>(c); }, nullptr});

}  // namespace
}  // namespace pysnn
