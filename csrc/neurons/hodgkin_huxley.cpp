// Hodgkin-Huxley neuron with the channels of Traub & Miles (1991), as in the benchmarks of Brette et al. (2007, J.
// Comput. Neurosci. 23:349; NEST's hh_cond_exp_traub):
//
//   c_m dv/dt = -g_l (v - e_l) - g_na m^3 h (v - e_na) - g_k n^4 (v - e_k)
//               - g_exc (v - e_rev_exc) - g_inh (v - e_rev_inh) + i_e + i(t),
//   dx/dt = alpha_x(v) (1 - x) - beta_x(v) x for x = m, h, n,   tau_syn dg/dt = -g,   g += w [nS] at each arrival.
//
// A spike is when v rises through v_th; nothing is reset.
#include <algorithm>

#include "math/exp.hpp"
#include "neurons/neuron.hpp"
#include "neurons/parts.hpp"
#include "neurons/runge_kutta_flow.hpp"
#include "neurons/runge_kutta_step.hpp"

namespace pysnn {
namespace {

class HodgkinHuxley {
 public:
  static ParamTable<HodgkinHuxley> table() {
    return {{"c_m", "pF", 200.0, &HodgkinHuxley::c_m},
            {"g_l", "nS", 10.0, &HodgkinHuxley::g_l},
            {"g_na", "nS", 20000.0, &HodgkinHuxley::g_na},
            {"g_k", "nS", 6000.0, &HodgkinHuxley::g_k},
            {"e_l", "mV", -60.0, &HodgkinHuxley::e_l},
            {"e_na", "mV", 50.0, &HodgkinHuxley::e_na},
            {"e_k", "mV", -90.0, &HodgkinHuxley::e_k},
            {"v_t", "mV", -63.0, &HodgkinHuxley::v_t},
            {"v_th", "mV", -20.0, &HodgkinHuxley::v_th},
            {"e_rev_exc", "mV", 0.0, &HodgkinHuxley::e_rev_exc},
            {"e_rev_inh", "mV", -80.0, &HodgkinHuxley::e_rev_inh},
            {"tau_syn_exc", "ms", 5.0, &HodgkinHuxley::tau_exc},
            {"tau_syn_inh", "ms", 10.0, &HodgkinHuxley::tau_inh},
            {"i_e", "pA", 0.0, &HodgkinHuxley::i_e},
            {"tolerance", "", 1e-8, &HodgkinHuxley::error}};
  }
  static ModelInfo info() {
    return {.name = "HodgkinHuxley",
            .params = declared(table()),
            .states = {{"v", "mV"}, {"m", ""}, {"h", ""}, {"n", ""}, {"g_exc", "nS"}, {"g_inh", "nS"}},
            .receptors = {"exc", "inh"}};
  }

  explicit HodgkinHuxley(const ParamSet& p) { read(table(), p, *this); }

  // At rest: v = e_l and the gates where they settle there.
  double initial(std::size_t state) const {
    const Rates<double> at(e_l - v_t);
    const double start[] = {e_l, at.m.settled(), at.h.settled(), at.n.settled(), 0.0, 0.0};
    return start[state];
  }
  double peak() const { return v_th; }
  double refractory() const { return 0.0; }
  double tolerance() const { return error; }
  double longest_step() const { return std::min({0.05, tau_exc, tau_inh}); }

  // alpha and beta of the three gates in 1/ms at u = v - v_t, in mV.
  template <class Real>
  struct Rates {
    struct Gate {
      Real alpha, beta;
      PYSNN_INLINE Real settled() const { return alpha / (alpha + beta); }
      PYSNN_INLINE Real slope(Real x) const { return alpha - (alpha + beta) * x; }
    };
    Gate m, h, n;

    PYSNN_INLINE explicit Rates(Real u)
        : m{Real(0.32 * 4) * opening((Real(13) - u) / 4), Real(0.28 * 5) * opening((u - Real(40)) / 5)},
          h{Real(0.128) * exp_of((Real(17) - u) / 18), 4 / (1 + exp_of((Real(40) - u) / 5))},
          n{Real(0.032 * 5) * opening((Real(15) - u) / 5), Real(0.5) * exp_of((Real(10) - u) / 40)} {}

    // x/(e^x - 1), by its series where both vanish.
    PYSNN_INLINE static Real opening(Real x) {
      constexpr Real near = sizeof(Real) == 4 ? Real(0.05) : Real(1e-4);
      const bool small = x < near && x > -near;
      const Real away = small ? Real(1) : x;
      return small ? 1 - x / 2 + x * x / 12 : away / (exp_of(away) - 1);
    }
  };

  template <class Real>
  struct Field {
    static constexpr std::size_t n_states = 6, n_receptors = 2;
    static constexpr bool resets = false;
    static constexpr double longest_explicit = 2.7;  // of steps, over what v takes to relax
    Real per_c, g_l, g_na, g_k, e_l, e_na, e_k, v_t, e_rev_exc, e_rev_inh, rate_exc, rate_inh, i_e;

    explicit Field(const HodgkinHuxley& m)
        : per_c(static_cast<Real>(1.0 / m.c_m)), g_l(static_cast<Real>(m.g_l)), g_na(static_cast<Real>(m.g_na)),
          g_k(static_cast<Real>(m.g_k)), e_l(static_cast<Real>(m.e_l)), e_na(static_cast<Real>(m.e_na)),
          e_k(static_cast<Real>(m.e_k)), v_t(static_cast<Real>(m.v_t)), e_rev_exc(static_cast<Real>(m.e_rev_exc)),
          e_rev_inh(static_cast<Real>(m.e_rev_inh)), rate_exc(static_cast<Real>(1.0 / m.tau_exc)),
          rate_inh(static_cast<Real>(1.0 / m.tau_inh)), i_e(static_cast<Real>(m.i_e)) {}

    Constants constants() const {
      return {{"per_c", per_c},
              {"g_l", g_l},
              {"g_na", g_na},
              {"g_k", g_k},
              {"e_l", e_l},
              {"e_na", e_na},
              {"e_k", e_k},
              {"v_t", v_t},
              {"e_rev_exc", e_rev_exc},
              {"e_rev_inh", e_rev_inh},
              {"rate_exc", rate_exc},
              {"rate_inh", rate_inh},
              {"i_e", i_e}};
    }
    PYSNN_INLINE void operator()(const Real (&x)[6], Real current, Real (&d)[6]) const {
      const Real v = x[0], n2 = x[3] * x[3];
      const Rates<Real> at(v - v_t);
      d[0] =
          per_c * ((g_l * (e_l - v) + g_na * (x[1] * x[1] * x[1] * x[2]) * (e_na - v) + g_k * (n2 * n2) * (e_k - v)) +
                   (x[4] * (e_rev_exc - v) + x[5] * (e_rev_inh - v)) + (i_e + current));
      d[1] = at.m.slope(x[1]);
      d[2] = at.h.slope(x[2]);
      d[3] = at.n.slope(x[3]);
      d[4] = -rate_exc * x[4];
      d[5] = -rate_inh * x[5];
    }
    PYSNN_INLINE void arrive(Real (&x)[6], const Real (&sum)[2]) const {
      x[4] += sum[0];
      x[5] += sum[1];
    }
    // The channels' rates are those of a membrane, 80 mV below v_t to 115 mV above it.
    PYSNN_INLINE bool strays(const Real (&before)[6], const Real (&after)[6], Real, Real h, Real) const {
      const Real lowest = std::min(before[0], after[0]) - v_t, highest = std::max(before[0], after[0]) - v_t;
      const Real outside = std::max(Real(-80) - lowest, highest - Real(115));
      return !(std::max(h * rate_v(before) - Real(longest_explicit), outside) <= Real(0));
    }
    void rates(const Real (&x)[6], Real (&r)[6]) const {
      const Rates<Real> at(x[0] - v_t);
      r[0] = std::max(rate_v(x), Real(0));
      r[1] = at.m.alpha + at.m.beta;
      r[2] = at.h.alpha + at.h.beta;
      r[3] = at.n.alpha + at.n.beta;
      r[4] = rate_exc;
      r[5] = rate_inh;
    }
    PYSNN_INLINE Real rate_v(const Real (&x)[6]) const {
      const Real n2 = x[3] * x[3];
      return per_c * ((g_l + g_na * (x[1] * x[1] * x[1] * x[2])) + (g_k * (n2 * n2) + (x[4] + x[5])));
    }
    PYSNN_INLINE void reset(Real (&)[6]) const {}
  };
  using Flow = RungeKuttaFlow<HodgkinHuxley>;

  // In two parts: the sodium gates take 0.03 ms at the height of a spike.
  template <class Real>
  using Step = RungeKuttaStep<HodgkinHuxley, Real, 2>;
  PYSNN_DECLARE_NEURON_LOOPS

 private:
  double c_m, g_l, g_na, g_k, e_l, e_na, e_k, v_t, v_th, e_rev_exc, e_rev_inh, tau_exc, tau_inh, i_e, error;
};

PYSNN_NEURON(HodgkinHuxley)

}  // namespace
}  // namespace pysnn
