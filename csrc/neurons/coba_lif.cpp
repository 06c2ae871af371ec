// Leaky integrate-and-fire with exponentially decaying synaptic conductances (NEST's iaf_cond_exp):
//
//   c_m dv/dt = -g_l (v - e_l) - g_exc (v - e_rev_exc) - g_inh (v - e_rev_inh) + i_e + i(t),
//   tau_syn dg/dt = -g,   g += w [nS] at each arrival,
//   v >= v_th: spike, v = v_reset and held there for t_ref; the conductances go on.
#include <algorithm>
#include <cmath>

#include "neurons/neuron.hpp"
#include "neurons/parts.hpp"
#include "neurons/runge_kutta_flow.hpp"

namespace pysnn {
namespace {

class CobaLIF {
 public:
  static ParamTable<CobaLIF> table() {
    return {{"c_m", "pF", 200.0, &CobaLIF::c_m},
            {"g_l", "nS", 10.0, &CobaLIF::g_l},
            {"e_l", "mV", -60.0, &CobaLIF::e_l},
            {"v_th", "mV", -50.0, &CobaLIF::v_th},
            {"v_reset", "mV", -60.0, &CobaLIF::v_reset},
            {"t_ref", "ms", 5.0, &CobaLIF::t_ref},
            {"e_rev_exc", "mV", 0.0, &CobaLIF::e_rev_exc},
            {"e_rev_inh", "mV", -80.0, &CobaLIF::e_rev_inh},
            {"tau_syn_exc", "ms", 5.0, &CobaLIF::tau_exc},
            {"tau_syn_inh", "ms", 10.0, &CobaLIF::tau_inh},
            {"i_e", "pA", 0.0, &CobaLIF::i_e},
            {"tolerance", "", 1e-8, &CobaLIF::error}};
  }
  static ModelInfo info() {
    return {.name = "CobaLIF",
            .params = declared(table()),
            .states = {{"v", "mV"}, {"g_exc", "nS"}, {"g_inh", "nS"}},
            .receptors = {"exc", "inh"}};
  }

  explicit CobaLIF(const ParamSet& p) { read(table(), p, *this); }

  double initial(std::size_t state) const { return state == 0 ? e_l : 0.0; }
  double slowest() const { return std::max({c_m / g_l, tau_exc, tau_inh}); }
  double peak() const { return v_th; }
  double refractory() const { return t_ref; }
  double tolerance() const { return error; }

  template <class Real>
  struct Field {
    static constexpr std::size_t n_states = 3, n_receptors = 2;
    static constexpr bool resets = true;
    Real per_c, g_l, e_l, v_reset, e_rev_exc, e_rev_inh, rate_exc, rate_inh, i_e;

    explicit Field(const CobaLIF& m)
        : per_c(static_cast<Real>(1.0 / m.c_m)), g_l(static_cast<Real>(m.g_l)), e_l(static_cast<Real>(m.e_l)),
          v_reset(static_cast<Real>(m.v_reset)), e_rev_exc(static_cast<Real>(m.e_rev_exc)),
          e_rev_inh(static_cast<Real>(m.e_rev_inh)), rate_exc(static_cast<Real>(1.0 / m.tau_exc)),
          rate_inh(static_cast<Real>(1.0 / m.tau_inh)), i_e(static_cast<Real>(m.i_e)) {}

    PYSNN_INLINE void operator()(const Real (&x)[3], Real current, Real (&d)[3]) const {
      const Real v = x[0];
      d[0] = per_c * ((g_l * (e_l - v) + x[1] * (e_rev_exc - v) + x[2] * (e_rev_inh - v)) + (i_e + current));
      d[1] = -rate_exc * x[1];
      d[2] = -rate_inh * x[2];
    }
    PYSNN_INLINE void arrive(Real (&x)[3], const Real (&sum)[2]) const {
      x[1] += sum[0];
      x[2] += sum[1];
    }
    PYSNN_INLINE void reset(Real (&x)[3]) const { x[0] = v_reset; }
  };
  using Flow = RungeKuttaFlow<CobaLIF>;

  // On a fixed step v relaxes as under the mean of each conductance over the step: exact in the decays, of second order
  // in dt (the exponential midpoint rule; Hochbruck & Ostermann 2010), and stable for any dt. What is left of the way
  // to v_inf, e^-x with x = rate dt, is 1/s^8, where s is the series of e^{x/8} up to the fourth power: within 1e-12
  // for x = 0.05 and 2e-6 for x = 1, less than the rule's own error; and one division does for all.
  // Beyond x = 96 nothing is left, and s^8 would leave the range of float.
  template <class Real>
  struct Step {
    static constexpr std::size_t n_states = 4, n_receptors = 2;
    // Over c_m: conductances and currents in 1/ms and mV/ms; mean: of a decaying conductance over the step.
    HoldSteps<Real> hold;
    Real leak, drive, per_c, mean_exc, mean_inh, e_rev_exc, e_rev_inh, decay_exc, decay_inh, eighth, v_th, v_reset;
    double start;

    Step(const CobaLIF& m, const TimeBase& time, const std::string& owner) : hold(m.t_ref, time, owner), start(m.e_l) {
      const double dt = time.unit();
      const auto mean = [&](double tau) { return static_cast<Real>(-std::expm1(-dt / tau) * tau / dt / m.c_m); };
      leak = static_cast<Real>(m.g_l / m.c_m);
      drive = static_cast<Real>((m.g_l * m.e_l + m.i_e) / m.c_m);
      per_c = static_cast<Real>(1.0 / m.c_m);
      mean_exc = mean(m.tau_exc);
      mean_inh = mean(m.tau_inh);
      e_rev_exc = static_cast<Real>(m.e_rev_exc);
      e_rev_inh = static_cast<Real>(m.e_rev_inh);
      decay_exc = static_cast<Real>(std::exp(-dt / m.tau_exc));
      decay_inh = static_cast<Real>(std::exp(-dt / m.tau_inh));
      eighth = static_cast<Real>(dt / 8.0);
      v_th = static_cast<Real>(m.v_th);
      v_reset = static_cast<Real>(m.v_reset);
    }
    double initial(std::size_t state) const { return state == 0 ? start : 0.0; }
    // For kernels/coba_lif.cl.
    Constants constants() const {
      return {{"leak", leak},
              {"drive", drive},
              {"per_c", per_c},
              {"mean_exc", mean_exc},
              {"mean_inh", mean_inh},
              {"e_rev_exc", e_rev_exc},
              {"e_rev_inh", e_rev_inh},
              {"decay_exc", decay_exc},
              {"decay_inh", decay_inh},
              {"eighth", eighth},
              {"v_th", v_th},
              {"v_reset", v_reset},
              {"refractory", hold.steps}};
    }

    // State: as declared, then steps left refractory.
    PYSNN_INLINE bool operator()(Real (&s)[4], const Real (&in)[2], Real current) const {
      const Real exc = mean_exc * s[1], inh = mean_inh * s[2], rate = leak + (exc + inh);
      const Real pull = (drive + per_c * current) + (exc * e_rev_exc + inh * e_rev_inh);
      const Real x = std::min(eighth * rate, Real(12));
      const Real s1 = 1 + x * (1 + x * (Real(1.0 / 2) + x * (Real(1.0 / 6) + x * Real(1.0 / 24))));
      const Real s2 = s1 * s1, s4 = s2 * s2, s8 = s4 * s4;
      const Real moved = (pull * (s8 - 1) + s[0] * rate) / (rate * s8);
      const Real v = hold.free(s[3]) ? moved : s[0];
      const bool fires = hold.fires(s[3], std::max(v, s[0]), v_th);
      s[0] = fires ? v_reset : v;
      s[1] = s[1] * decay_exc + in[0];
      s[2] = s[2] * decay_inh + in[1];
      s[3] = hold.next(s[3], fires);
      return fires;
    }
  };
  PYSNN_DECLARE_NEURON_LOOPS
  PYSNN_DECLARE_PAIRED_LOOPS

 private:
  double c_m, g_l, e_l, v_th, v_reset, t_ref, e_rev_exc, e_rev_inh, tau_exc, tau_inh, i_e, error;
};

PYSNN_NEURON(CobaLIF)
PYSNN_PAIRED_LOOPS(CobaLIF)

}  // namespace
}  // namespace pysnn
