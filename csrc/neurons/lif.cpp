// Leaky integrate-and-fire with delta synapses (Tuckwell 1988; NEST's iaf_psc_delta):
//
//   tau_m dv/dt = -(v - e_l) + tau_m/c_m (i_e + i(t)),   v += w [mV] at each arrival,
//   v >= v_th: spike, v = v_reset, and for t_ref nothing moves it: arrivals are lost.
#include <cmath>

#include "neurons/neuron.hpp"

namespace pysnn {
namespace {

class LIF {
 public:
  static ModelInfo info() {
    return {.name = "LIF",
            .params = {{"tau_m", "ms", 10.0},
                       {"c_m", "pF", 250.0},
                       {"e_l", "mV", -70.0},
                       {"v_th", "mV", -55.0},
                       {"v_reset", "mV", -70.0},
                       {"t_ref", "ms", 2.0},
                       {"i_e", "pA", 0.0}},
            .states = {{"v", "mV"}},
            .receptors = {"delta"}};
  }

  explicit LIF(const ParamSet& p)
      : tau_m(p["tau_m"]), c_m(p["c_m"]), e_l(p["e_l"]), v_th(p["v_th"]), v_reset(p["v_reset"]), t_ref(p["t_ref"]),
        i_e(p["i_e"]) {}

  double initial(std::size_t) const { return e_l; }

  // State: v relative to e_l, steps left refractory.
  template <class Real>
  struct Step {
    static constexpr std::size_t n_states = 2, n_receptors = 1;
    Real decay, gain, drive, e_l, v_th, v_reset, refractory;
    double start;

    Step(const LIF& m, const TimeBase& time, const std::string& owner) : start(m.e_l) {
      const double dt = time.unit();
      const double per_pa = m.tau_m / m.c_m * -std::expm1(-dt / m.tau_m);
      decay = static_cast<Real>(std::exp(-dt / m.tau_m));
      gain = static_cast<Real>(per_pa);
      drive = static_cast<Real>(m.i_e * per_pa);
      e_l = static_cast<Real>(m.e_l);
      v_th = static_cast<Real>(m.v_th);
      v_reset = static_cast<Real>(m.v_reset);
      refractory = static_cast<Real>(time.tick(m.t_ref, owner + ": t_ref"));
    }
    double initial(std::size_t state) const { return state == 0 ? start : 0.0; }

    PYSNN_INLINE bool operator()(Real (&s)[2], const Real (&in)[1], Real current) const {
      const bool free = s[1] <= Real(0);
      const Real moved = e_l + (s[0] - e_l) * decay + (drive + gain * current) + in[0];
      const Real v = free ? moved : s[0];
      const bool fires = v >= v_th;
      s[0] = fires ? v_reset : v;
      s[1] = fires ? refractory : (free ? Real(0) : s[1] - Real(1));
      return fires;
    }
  };
  PYSNN_DECLARE_NEURON_LOOPS

  double tau_m, c_m, e_l, v_th, v_reset, t_ref, i_e;
};

PYSNN_NEURON(LIF)

}  // namespace
}  // namespace pysnn
