// Izhikevich's two-variable neuron (2003, IEEE Trans. Neural Netw. 14:1569; 2004, 15:1063):
//
//   dv/dt = k2 v^2 + k1 v + k0 - u + i_e + i(t),   du/dt = a (b (v - v_r) - u),   v += w [mV] at each arrival,
//   v >= v_peak: spike, v = c, u += d.
//
// The capacitance is 1 pF: pA are mV/ms.
#include <algorithm>
#include <cmath>

#include "neurons/neuron.hpp"
#include "neurons/parts.hpp"
#include "neurons/runge_kutta_flow.hpp"
#include "neurons/runge_kutta_step.hpp"

namespace pysnn {
namespace {

class Izhikevich {
 public:
  static ParamTable<Izhikevich> table() {
    return {{"a", "1/ms", 0.02, &Izhikevich::a},         {"b", "1/ms", 0.2, &Izhikevich::b},
            {"c", "mV", -65.0, &Izhikevich::c},          {"d", "mV/ms", 8.0, &Izhikevich::d},
            {"v_peak", "mV", 30.0, &Izhikevich::v_peak}, {"v_r", "mV", 0.0, &Izhikevich::v_r},
            {"k2", "1/(mV ms)", 0.04, &Izhikevich::k2},  {"k1", "1/ms", 5.0, &Izhikevich::k1},
            {"k0", "mV/ms", 140.0, &Izhikevich::k0},     {"i_e", "pA", 0.0, &Izhikevich::i_e},
            {"scheme", "", 0.0, &Izhikevich::scheme},    {"tolerance", "", 1e-8, &Izhikevich::error}};
  }
  static ModelInfo info() {
    return {.name = "Izhikevich",
            .params = declared(table()),
            .states = {{"v", "mV"}, {"u", "mV/ms"}},
            .receptors = {"delta"}};
  }

  explicit Izhikevich(const ParamSet& p) { read(table(), p, *this); }

  // v = -65 mV and u at its nullcline, as in the published programs.
  double initial(std::size_t state) const { return state == 0 ? -65.0 : b * (-65.0 - v_r); }
  double peak() const { return v_peak; }
  double refractory() const { return 0.0; }
  double tolerance() const { return error; }
  double longest_step() const { return 0.25; }
  void check_continuous(const std::string& owner) const {
    if (published())
      throw UnsupportedError(owner +
                             ": the event engine cannot run Izhikevich(scheme=\"published\"), a scheme of fixed "
                             "steps (scheme=\"converged\" can, or backend=\"clock\")");
  }

  template <class Real>
  struct Field {
    static constexpr std::size_t n_states = 2, n_receptors = 1;
    static constexpr bool resets = true;
    Real a, b, c, d, v_r, k2, k1, k0;

    explicit Field(const Izhikevich& m)
        : a(static_cast<Real>(m.a)), b(static_cast<Real>(m.b)), c(static_cast<Real>(m.c)), d(static_cast<Real>(m.d)),
          v_r(static_cast<Real>(m.v_r)), k2(static_cast<Real>(m.k2)), k1(static_cast<Real>(m.k1)),
          k0(static_cast<Real>(m.k0 + m.i_e)) {}

    Constants constants() const {
      return {{"a", a}, {"b", b}, {"c", c}, {"d", d}, {"v_r", v_r}, {"k2", k2}, {"k1", k1}, {"k0", k0}};
    }
    PYSNN_INLINE void operator()(const Real (&x)[2], Real current, Real (&dx)[2]) const {
      dx[0] = (k2 * x[0] + k1) * x[0] + (k0 + current - x[1]);
      dx[1] = a * (b * (x[0] - v_r) - x[1]);
    }
    PYSNN_INLINE void arrive(Real (&x)[2], const Real (&sum)[1]) const { x[0] += sum[0]; }
    // At the lowest that v may come to.
    PYSNN_INLINE bool strays(const Real (&before)[2], const Real (&)[2], Real current, Real h, Real dt) const {
      Real d[2];
      (*this)(before, current, d);
      const Real lowest = before[0] + std::min(dt * d[0], Real(0));
      return !(h * -(2 * k2 * lowest + k1) <= Real(1)) | !(h * a <= Real(1));
    }
    // Linear about where v is: from below, v comes up to its rest and not beyond.
    void rates(const Real (&x)[2], Real (&r)[2]) const {
      r[0] = std::max(-(2 * k2 * x[0] + k1), Real(0));
      r[1] = std::max(a, Real(0));
    }
    // While v is far from its rest, so short that its rate hardly changes.
    Real longest_piece(const Real (&x)[2], Real current) const {
      Real d[2], r[2];
      (*this)(x, current, d);
      rates(x, r);
      return std::abs(d[0]) > r[0] ? Real(0.25) / std::max(r[0], Real(1e-6)) : Real(1);
    }
    PYSNN_INLINE void reset(Real (&x)[2]) const {
      x[0] = c;
      x[1] += d;
    }
  };

  template <class Real>
  using Converged = RungeKuttaStep<Izhikevich, Real, 4>;

  // What the published programs do: v in two Euler steps, into which an arrival goes as a current of one step, then u
  // in one.
  template <class Real>
  struct Published {
    static constexpr std::size_t n_states = Converged<Real>::n_states, n_receptors = 1;
    Field<Real> field;
    Real dt, peak;

    Published(const Izhikevich& m, const TimeBase& time)
        : field(m), dt(static_cast<Real>(time.unit())), peak(static_cast<Real>(m.v_peak)) {}

    PYSNN_INLINE bool operator()(Real (&s)[n_states], const Real (&in)[1], Real current) const {
      Real x[2] = {s[0], s[1]}, d[2];
#pragma GCC unroll 2
      for (int half = 0; half < 2; ++half) {
        field(x, current, d);
        x[0] += dt / 2 * d[0] + in[0] / 2;
      }
      field(x, current, d);
      x[1] += dt * d[1];
      const bool fires = x[0] >= peak;
      s[0] = fires ? field.c : x[0];
      s[1] = fires ? x[1] + field.d : x[1];
      return fires;
    }
  };

  template <class Real>
  struct Step {
    static constexpr std::size_t n_states = Converged<Real>::n_states, n_receptors = 1;
    Converged<Real> converged;
    Published<Real> published;
    bool as_published;

    Step(const Izhikevich& m, const TimeBase& time, const std::string& owner)
        : converged(m, time, owner), published(m, time), as_published(m.published()) {}
    double initial(std::size_t state) const { return converged.initial(state); }
    // For kernels/izhikevich.cl.
    Constants constants() const {
      return converged.constants() + Constants{{"as_published", as_published ? 1.0 : 0.0}};
    }

    template <class F>
    PYSNN_INLINE auto variant(F&& f) const {
      return as_published ? f(published) : f(converged);
    }
  };

  using Flow = RungeKuttaFlow<Izhikevich>;
  PYSNN_DECLARE_NEURON_LOOPS

 private:
  bool published() const { return scheme == 1.0; }

  double a, b, c, d, v_peak, v_r, k2, k1, k0, i_e, scheme, error;
};

PYSNN_NEURON(Izhikevich)

}  // namespace
}  // namespace pysnn
