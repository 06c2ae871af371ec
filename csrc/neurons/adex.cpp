// Adaptive exponential integrate-and-fire (Brette & Gerstner 2005; NEST's aeif_cond_exp):
//
//   c_m dv/dt = -g_l (v - e_l) + g_l delta_t e^{(v - v_th)/delta_t} - w
//               - g_exc (v - e_rev_exc) - g_inh (v - e_rev_inh) + i_e + i(t),
//   tau_w dw/dt = a (v - e_l) - w,   tau_syn dg/dt = -g,   g += w [nS] at each arrival,
//   v >= v_peak: spike, v = v_reset, w += b; v is held for t_ref while the rest goes on.
#include <algorithm>
#include <cmath>

#include "math/exp.hpp"
#include "neurons/neuron.hpp"
#include "neurons/parts.hpp"
#include "neurons/runge_kutta_flow.hpp"
#include "neurons/runge_kutta_step.hpp"

namespace pysnn {
namespace {

class AdEx {
 public:
  static ParamTable<AdEx> table() {
    return {{"c_m", "pF", 281.0, &AdEx::c_m},
            {"g_l", "nS", 30.0, &AdEx::g_l},
            {"e_l", "mV", -70.6, &AdEx::e_l},
            {"v_th", "mV", -50.4, &AdEx::v_th},
            {"delta_t", "mV", 2.0, &AdEx::delta_t},
            {"v_peak", "mV", 0.0, &AdEx::v_peak},
            {"v_reset", "mV", -70.6, &AdEx::v_reset},
            {"t_ref", "ms", 0.0, &AdEx::t_ref},
            {"a", "nS", 4.0, &AdEx::a},
            {"b", "pA", 80.5, &AdEx::b},
            {"tau_w", "ms", 144.0, &AdEx::tau_w},
            {"e_rev_exc", "mV", 0.0, &AdEx::e_rev_exc},
            {"e_rev_inh", "mV", -85.0, &AdEx::e_rev_inh},
            {"tau_syn_exc", "ms", 5.0, &AdEx::tau_exc},
            {"tau_syn_inh", "ms", 10.0, &AdEx::tau_inh},
            {"i_e", "pA", 0.0, &AdEx::i_e},
            {"tolerance", "", 1e-8, &AdEx::error}};
  }
  static ModelInfo info() {
    return {.name = "AdEx",
            .params = declared(table()),
            .states = {{"v", "mV"}, {"w", "pA"}, {"g_exc", "nS"}, {"g_inh", "nS"}},
            .receptors = {"exc", "inh"}};
  }

  explicit AdEx(const ParamSet& p) { read(table(), p, *this); }

  double initial(std::size_t state) const { return state == 0 ? e_l : 0.0; }
  double peak() const { return v_peak; }
  double refractory() const { return t_ref; }
  double tolerance() const { return error; }
  // The last one: v and w swing about each other.
  double longest_step() const {
    return std::min({c_m / g_l, tau_w, tau_exc, tau_inh, 2.0 * std::sqrt(c_m * tau_w / std::abs(a))});
  }

  template <class Real>
  struct Field {
    static constexpr std::size_t n_states = 4, n_receptors = 2;
    static constexpr bool resets = true;
    Real per_c, g_l, e_l, v_th, delta_t, per_delta, v_reset, a, b, rate_w, e_rev_exc, e_rev_inh, rate_exc, rate_inh,
        i_e;

    explicit Field(const AdEx& m)
        : per_c(static_cast<Real>(1.0 / m.c_m)), g_l(static_cast<Real>(m.g_l)), e_l(static_cast<Real>(m.e_l)),
          v_th(static_cast<Real>(m.v_th)), delta_t(static_cast<Real>(m.delta_t)),
          per_delta(static_cast<Real>(1.0 / m.delta_t)), v_reset(static_cast<Real>(m.v_reset)),
          a(static_cast<Real>(m.a)), b(static_cast<Real>(m.b)), rate_w(static_cast<Real>(1.0 / m.tau_w)),
          e_rev_exc(static_cast<Real>(m.e_rev_exc)), e_rev_inh(static_cast<Real>(m.e_rev_inh)),
          rate_exc(static_cast<Real>(1.0 / m.tau_exc)), rate_inh(static_cast<Real>(1.0 / m.tau_inh)),
          i_e(static_cast<Real>(m.i_e)) {}

    Constants constants() const {
      return {{"per_c", per_c},
              {"g_l", g_l},
              {"e_l", e_l},
              {"v_th", v_th},
              {"delta_t", delta_t},
              {"per_delta", per_delta},
              {"v_reset", v_reset},
              {"a", a},
              {"b", b},
              {"rate_w", rate_w},
              {"e_rev_exc", e_rev_exc},
              {"e_rev_inh", e_rev_inh},
              {"rate_exc", rate_exc},
              {"rate_inh", rate_inh},
              {"i_e", i_e}};
    }
    PYSNN_INLINE void operator()(const Real (&x)[4], Real current, Real (&d)[4]) const {
      const Real v = x[0], leak = v - e_l;
      d[0] = per_c * ((g_l * (delta_t * exp_of((v - v_th) * per_delta) - leak) - x[1]) +
                      (x[2] * (e_rev_exc - v) + x[3] * (e_rev_inh - v)) + (i_e + current));
      d[1] = rate_w * (a * leak - x[1]);
      d[2] = -rate_exc * x[2];
      d[3] = -rate_inh * x[3];
    }
    PYSNN_INLINE void arrive(Real (&x)[4], const Real (&sum)[2]) const {
      x[2] += sum[0];
      x[3] += sum[1];
    }
    PYSNN_INLINE bool strays(const Real (&before)[4], const Real (&)[4], Real, Real h, Real) const {
      return !(h * per_c * (g_l + (before[2] + before[3])) <= Real(1));
    }
    // The upswing is left to the field: frozen, it moves v where it would go, if not as fast.
    void rates(const Real (&x)[4], Real (&r)[4]) const {
      r[0] = std::max(per_c * (g_l + (x[2] + x[3])), Real(0));
      r[1] = rate_w;
      r[2] = rate_exc;
      r[3] = rate_inh;
    }
    PYSNN_INLINE void reset(Real (&x)[4]) const {
      x[0] = v_reset;
      x[1] += b;
    }
  };

  template <class Real>
  using Step = RungeKuttaStep<AdEx, Real>;
  using Flow = RungeKuttaFlow<AdEx>;
  PYSNN_DECLARE_NEURON_LOOPS

 private:
  double c_m, g_l, e_l, v_th, delta_t, v_peak, v_reset, t_ref, a, b, tau_w, e_rev_exc, e_rev_inh, tau_exc, tau_inh, i_e,
      error;
};

PYSNN_NEURON(AdEx)

}  // namespace
}  // namespace pysnn
