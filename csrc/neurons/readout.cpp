// A leaky neuron that never fires, to read a network's answer from: the membrane of delta synapses, and its mean.
//
//   tau_m dv/dt = -(v - e_l) + tau_m/c_m (i_e + i(t)),   v += w [mV] at each arrival,
//   mean = 1/span int v dt   over the last `span` ms.
//
// Without a leak, tau_m infinite, c_m dv/dt = i_e + i(t): v adds up what arrives.
#include <algorithm>
#include <cmath>
#include <limits>

#include "math/exp_minus.hpp"
#include "neurons/neuron.hpp"
#include "neurons/parts.hpp"

namespace pysnn {
namespace {

class Readout {
 public:
  static ParamTable<Readout> table() {
    return {{"tau_m", "ms", 20.0, &Readout::tau_m},
            {"c_m", "pF", 250.0, &Readout::c_m},
            {"e_l", "mV", 0.0, &Readout::e_l},
            {"i_e", "pA", 0.0, &Readout::i_e}};
  }
  static ModelInfo info() {
    return {.name = "Readout",
            .params = declared(table()),
            .states = {{"v", "mV"}, {"mean", "mV"}, {"span", "ms"}},
            .receptors = {"delta"}};
  }

  explicit Readout(const ParamSet& p) { read(table(), p, *this); }

  double initial(std::size_t state) const { return state == 2 ? 0.0 : e_l; }
  // Single precision would lose what a step adds to a long mean, so that such steps always go in pairs.
  double slowest() const { return std::numeric_limits<double>::infinity(); }

  // The mean over h ms of what decays from 1 with tau.
  static double mean_decay(double h, double tau) { return h > 0.0 ? -std::expm1(-h / tau) * (tau / h) : 1.0; }

  // State: v, its mean, and over how long that is.
  template <class Real>
  struct Step {
    static constexpr std::size_t n_states = 3, n_receptors = 1;
    LeakStep<Real> leak;
    Real dt, of_v, of_current, i_e;  // what v at its begin and 1 pA add to the mean of a step
    double start;

    Step(const Readout& m, const TimeBase& time, const std::string&)
        : leak(m, time.unit()), dt(static_cast<Real>(time.unit())), i_e(static_cast<Real>(m.i_e)), start(m.e_l) {
      const double h = time.unit(), x = h / m.tau_m;
      // (1 - mean_decay) tau, without its cancellation where a step is short.
      const double lag = x < 1e-3 ? h * (1.0 / 2 - x * (1.0 / 6 - x * (1.0 / 24 - x / 120)))
                                  : m.tau_m * (1.0 - mean_decay(h, m.tau_m));
      of_v = static_cast<Real>(std::isinf(m.tau_m) ? 1.0 : mean_decay(h, m.tau_m));
      of_current = static_cast<Real>(lag / m.c_m);
    }
    double initial(std::size_t state) const { return state == 2 ? 0.0 : start; }
    // For kernels/readout.cl.
    Constants constants() const {
      return leak.constants() + Constants{{"dt", dt}, {"of_v", of_v}, {"of_current", of_current}, {"i_e", i_e}};
    }

    PYSNN_INLINE bool operator()(Real (&s)[3], const Real (&in)[1], Real current) const {
      const Real average = leak.e_l + (s[0] - leak.e_l) * of_v + (i_e + current) * of_current;
      s[2] += dt;
      s[1] += (average - s[1]) * (dt / s[2]);
      s[0] = leak(s[0], current, in[0]);
      return false;
    }
  };
  PYSNN_DECLARE_NEURON_LOOPS
  PYSNN_DECLARE_PAIRED_LOOPS

  // Between events y = v - v_inf decays to 0, or climbs by `inf` a ms where nothing leaks; see Leak.
  struct Flow {
    static constexpr std::size_t n_receptors = 1;
    struct State {
      double y, inf, mean, span;  // mV, mV, mV, ms
      Tick last, wake = never;

      template <class Self, class See>
      static constexpr void fields(Self& s, See&& see) {
        see("y", s.y);
        see("inf", s.inf);
        see("mean", s.mean);
        see("span", s.span);
        see("last", s.last);
        see("wake", s.wake);
      }
    };
    Leak leak;
    double tau, rate, unit;  // ms; 1/rate in ticks, of so many ms

    Flow(const Readout& m, const TimeBase& time, const std::string&)
        : leak(m), tau(m.tau_m), rate(time.unit() / m.tau_m), unit(time.unit()) {}

    State rest() const { return {leak.rest(), leak.drive, leak.e_l, 0.0, 0}; }
    double get(const State& s, std::size_t state, Tick now) const {
      State there = s;
      advance(there, now);
      return state == 0 ? leak.v(there) : state == 1 ? there.mean : there.span;
    }
    void set(State& s, std::size_t state, double value) const {
      if (state == 0)
        leak.set_v(s, value);
      else
        (state == 1 ? s.mean : s.span) = value;
    }
    void inject(State& s, double pA) const { leak.inject(s, pA); }
    void advance(State& s, Tick t) const {
      if (t > s.last) move(s, t, decays(t - s.last));
    }

    Tick crossing(const State&, Tick) const { return never; }
    Tick bound(const State&) const { return never; }

    using Decays = double;
    struct DecayTable {
      double y[arrivals_at_once];
    };
    void decays(const double* ticks, std::size_t n, DecayTable& all) const { exp_minus(rate, ticks, all.y, n); }
    Decays decays(const DecayTable& all, std::size_t k) const { return all.y[k]; }
    Decays decays(Tick ticks) const { return exp_minus(rate * static_cast<double>(ticks)); }

    bool arrive(State& s, Tick t, const double (&sum)[1], bool, Decays decay) const {
      if (t > s.last) move(s, t, decay);
      s.y += sum[0];
      return false;
    }
    void fire(State&, Tick) const {}

    void rebase(State&, Tick) const {}
    Tick refractory() const { return never; }
    bool finite(const State& s) const { return std::isfinite(s.y) && std::isfinite(s.mean); }

   private:
    void move(State& s, Tick t, Decays decay) const {
      const double h = static_cast<double>(t - s.last) * unit;
      const bool leaks = leak.leaks != 0.0;
      const double average = leak.e_l + (leaks ? s.inf + s.y * mean_decay(h, tau) : s.y + s.inf * (h / 2));
      s.span += h;
      s.mean += (average - s.mean) * (h / s.span);
      s.y = leaks ? s.y * decay : s.y + s.inf * h;
      s.last = t;
    }
  };

  double tau_m, c_m, e_l, i_e;
};

PYSNN_NEURON(Readout)
PYSNN_PAIRED_LOOPS(Readout)

}  // namespace
}  // namespace pysnn
