// Leaky integrate-and-fire with exponential synaptic currents of two time constants (Tsodyks, Uziel & Markram
// 2000; NEST's iaf_psc_exp), propagated exactly (Rotter & Diesmann 1999):
//
//   tau_m dv/dt = -(v - e_l) + tau_m/c_m (i_exc + i_inh + i_e + i(t)),
//   tau_syn di/dt = -i,   i += w [pA] at each arrival,
//   v >= v_th: spike, v = v_reset and held there for t_ref; the currents go on.
#include <cmath>

#include "neurons/neuron.hpp"

namespace pysnn {
namespace {

class CubaLIF {
 public:
  static ModelInfo info() {
    return {.name = "CubaLIF",
            .params = {{"tau_m", "ms", 10.0},
                       {"tau_syn_exc", "ms", 2.0},
                       {"tau_syn_inh", "ms", 2.0},
                       {"c_m", "pF", 250.0},
                       {"e_l", "mV", -70.0},
                       {"v_th", "mV", -55.0},
                       {"v_reset", "mV", -70.0},
                       {"t_ref", "ms", 2.0},
                       {"i_e", "pA", 0.0}},
            .states = {{"v", "mV"}, {"i_exc", "pA"}, {"i_inh", "pA"}},
            .receptors = {"exc", "inh"}};
  }

  explicit CubaLIF(const ParamSet& p)
      : tau_m(p["tau_m"]), tau_exc(p["tau_syn_exc"]), tau_inh(p["tau_syn_inh"]), c_m(p["c_m"]), e_l(p["e_l"]),
        v_th(p["v_th"]), v_reset(p["v_reset"]), t_ref(p["t_ref"]), i_e(p["i_e"]) {}

  double initial(std::size_t state) const { return state == 0 ? e_l : 0.0; }

  // mV at the membrane after t ms for each pA at its begin that decays with tau: the off-diagonal element of
  // the matrix exponential, (tau tau_m / (c_m (tau - tau_m))) (e^{-t/tau} - e^{-t/tau_m}), without its
  // cancellation where tau is near tau_m.
  double transfer(double tau, double t) const {
    const double rate = 1.0 / tau_m - 1.0 / tau;
    const double x = rate * t;
    const double ratio = std::abs(x) < 1e-8 ? 1.0 + 0.5 * x : std::expm1(x) / x;
    return std::exp(-t / tau_m) * ratio * t / c_m;
  }

  // State: v, currents, steps left refractory.
  template <class Real>
  struct Step {
    static constexpr std::size_t n_states = 4, n_receptors = 2;
    Real decay_v, decay_exc, decay_inh, from_exc, from_inh, gain, drive, e_l, v_th, v_reset, refractory;
    double start;

    Step(const CubaLIF& m, const TimeBase& time, const std::string& owner) : start(m.e_l) {
      const double dt = time.unit();
      const double per_pa = m.tau_m / m.c_m * -std::expm1(-dt / m.tau_m);
      decay_v = static_cast<Real>(std::exp(-dt / m.tau_m));
      decay_exc = static_cast<Real>(std::exp(-dt / m.tau_exc));
      decay_inh = static_cast<Real>(std::exp(-dt / m.tau_inh));
      from_exc = static_cast<Real>(m.transfer(m.tau_exc, dt));
      from_inh = static_cast<Real>(m.transfer(m.tau_inh, dt));
      gain = static_cast<Real>(per_pa);
      drive = static_cast<Real>(m.i_e * per_pa);
      e_l = static_cast<Real>(m.e_l);
      v_th = static_cast<Real>(m.v_th);
      v_reset = static_cast<Real>(m.v_reset);
      refractory = static_cast<Real>(time.tick(m.t_ref, owner + ": t_ref"));
    }
    double initial(std::size_t state) const { return state == 0 ? start : 0.0; }

    PYSNN_INLINE bool operator()(Real (&s)[4], const Real (&in)[2], Real current) const {
      const bool free = s[3] <= Real(0);
      const Real moved =
          e_l + (s[0] - e_l) * decay_v + s[1] * from_exc + s[2] * from_inh + (drive + gain * current);
      const Real v = free ? moved : s[0];
      const bool fires = v >= v_th;
      s[0] = fires ? v_reset : v;
      s[1] = s[1] * decay_exc + in[0];
      s[2] = s[2] * decay_inh + in[1];
      s[3] = fires ? refractory : (free ? Real(0) : s[3] - Real(1));
      return fires;
    }
  };
  PYSNN_DECLARE_NEURON_LOOPS

  double tau_m, tau_exc, tau_inh, c_m, e_l, v_th, v_reset, t_ref, i_e;
};

PYSNN_NEURON(CubaLIF)

}  // namespace
}  // namespace pysnn
