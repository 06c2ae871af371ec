// Leaky integrate-and-fire with delta synapses (Tuckwell 1988; NEST's iaf_psc_delta):
//
//   tau_m dv/dt = -(v - e_l) + tau_m/c_m (i_e + i(t)),   v += w [mV] at each arrival,
//   v >= v_th: spike, v = v_reset (or v -= v_th - v_reset), and for t_ref nothing moves it: arrivals are lost.
//
// Without a leak, tau_m infinite, c_m dv/dt = i_e + i(t).
#include <algorithm>
#include <cmath>

#include "math/exp_minus.hpp"
#include "neurons/neuron.hpp"
#include "neurons/parts.hpp"

namespace pysnn {
namespace {

class LIF {
 public:
  static ParamTable<LIF> table() {
    return {{"tau_m", "ms", 10.0, &LIF::tau_m},      {"c_m", "pF", 250.0, &LIF::c_m},
            {"e_l", "mV", -70.0, &LIF::e_l},         {"v_th", "mV", -55.0, &LIF::v_th},
            {"v_reset", "mV", -70.0, &LIF::v_reset}, {"t_ref", "ms", 2.0, &LIF::t_ref},
            {"i_e", "pA", 0.0, &LIF::i_e},           {"reset", "", 0.0, &LIF::reset}};
  }
  static ModelInfo info() {
    return {.name = "LIF", .params = declared(table()), .states = {{"v", "mV"}}, .receptors = {"delta"}};
  }

  explicit LIF(const ParamSet& p) { read(table(), p, *this); }

  double initial(std::size_t) const { return e_l; }
  double slowest() const { return tau_m; }

  // State: v relative to e_l, steps left refractory.
  template <class Real>
  struct Step {
    static constexpr std::size_t n_states = 2, n_receptors = 1;
    LeakStep<Real> leak;
    HoldSteps<Real> hold;
    Reset<Real> reset;
    Real v_th;
    double start;

    Step(const LIF& m, const TimeBase& time, const std::string& owner)
        : leak(m, time.unit()), hold(m.t_ref, time, owner), reset(m), v_th(static_cast<Real>(m.v_th)), start(m.e_l) {}
    double initial(std::size_t state) const { return state == 0 ? start : 0.0; }
    // For kernels/lif.cl.
    Constants constants() const {
      return leak.constants() + reset.constants() + Constants{{"v_th", v_th}, {"refractory", hold.steps}};
    }

    PYSNN_INLINE bool operator()(Real (&s)[2], const Real (&in)[1], Real current) const {
      const Real moved = leak(s[0], current, in[0]);
      const Real v = hold.free(s[1]) ? moved : s[0];
      const bool fires = hold.fires(s[1], std::max(v, s[0]), v_th);
      s[0] = fires ? reset(v) : v;
      s[1] = hold.next(s[1], fires);
      return fires;
    }

    Watched<Real> watched(const Real (&s)[2], const Real (&in)[1], Real current) const {
      const bool free = hold.free(s[1]);
      return {free ? leak(s[0], current, in[0]) : s[0], v_th, !free};
    }
  };
  PYSNN_DECLARE_NEURON_LOOPS
  PYSNN_DECLARE_PAIRED_LOOPS

  // Between events y = v - v_inf decays to 0, v_inf = e_l + tau_m/c_m i. It crosses theta = v_th - v_inf by itself
  // only if theta < 0, after tau_m ln(y/theta); without a leak y climbs by inf a ms. `last` lies ahead while
  // refractory: y is held until then.
  struct Flow {
    static constexpr std::size_t n_receptors = 1;
    struct State {
      double y, inf;  // mV; inf = v_inf - e_l
      Tick last, wake = never;

      template <class Self, class See>
      static constexpr void fields(Self& s, See&& see) {
        see("y", s.y);
        see("inf", s.inf);
        see("last", s.last);
        see("wake", s.wake);
      }
    };
    Leak leak;
    double threshold, tau, rate, unit;  // the first from e_l; tau and 1/rate in ticks, of so many ms
    Reset<double> reset;
    double v_reset;  // from e_l
    HoldTime hold;

    Flow(const LIF& m, const TimeBase& time, const std::string& owner)
        : leak(m), threshold(reckoned(m.v_th) - m.e_l), tau(m.tau_m / time.unit()), rate(time.unit() / m.tau_m),
          unit(time.unit()), reset(m), v_reset(m.v_reset - m.e_l), hold(m.t_ref, time, owner) {}

    State rest() const { return {leak.rest(), leak.drive, 0}; }
    double get(const State& s, std::size_t, Tick now) const {
      State there = s;
      advance(there, now);
      return leak.v(there);
    }
    void set(State& s, std::size_t, double v) const { leak.set_v(s, v); }
    void inject(State& s, double pA) const { leak.inject(s, pA); }

    void advance(State& s, Tick t) const {
      if (t <= s.last) return;
      s.y = moved(s, t, decay(s, t));
      s.last = t;
    }

    Tick crossing(const State& s, Tick limit) const {
      const double theta = leak.from_inf(s, threshold);
      if (s.y >= theta) return s.last < limit ? s.last + 1 : never;
      if (leak.leaks == 0.0) {
        const Tick t = s.inf > 0.0 ? after(s.last, (theta - s.y) / s.inf / unit) : never;
        return t <= limit ? t : never;
      }
      if (theta >= 0.0 || limit <= s.last) return never;
      // ln(y/theta) >= 1 - theta/y spares most logarithms; the margin is far above what rounding can do to both.
      if (limit != never && ticks(s, limit) * -s.y < tau * ((theta - s.y) + 1e-9 * s.y)) return never;
      const Tick t = after(s.last, tau * std::log(s.y / theta));
      return t <= limit ? t : never;
    }

    Tick bound(const State& s) const {
      const double theta = leak.from_inf(s, threshold);
      if (s.y >= theta) return s.last + 1;
      if (leak.leaks == 0.0)
        return s.inf > 0.0 ? s.last + whole_ticks((1.0 - 1e-9) * (theta - s.y) / s.inf / unit) : never;
      if (theta >= 0.0) return never;
      return s.last + whole_ticks(tau * (1.0 - 1e-9 - theta / s.y));
    }

    using Decays = double;
    struct DecayTable {
      double y[arrivals_at_once];
    };
    void decays(const double* ticks, std::size_t n, DecayTable& all) const { exp_minus(rate, ticks, all.y, n); }
    Decays decays(const DecayTable& all, std::size_t k) const { return all.y[k]; }
    Decays decays(Tick ticks) const { return exp_minus(rate * static_cast<double>(ticks)); }

    bool arrive(State& s, Tick t, const double (&sum)[1], bool crosses, Decays decays) const {
      if (t <= s.last) return false;
      const double theta = leak.from_inf(s, threshold);
      s.y = (crosses ? theta : moved(s, t, decays)) + sum[0];
      s.last = t;
      return s.y >= theta;
    }

    void fire(State& s, Tick t) const {
      if (reset.subtracts()) {
        advance(s, t);
        s.y -= reset.fall;
      } else {
        s.y = leak.from_inf(s, v_reset);
      }
      s.last = t + hold.length;
    }

    void rebase(State&, Tick) const {}
    Tick refractory() const { return hold.length; }
    bool finite(const State& s) const { return std::isfinite(s.y); }

   private:
    static double ticks(const State& s, Tick t) { return static_cast<double>(t - s.last); }
    double decay(const State& s, Tick t) const { return decays(t - s.last); }
    double moved(const State& s, Tick t, double decay) const {
      return leak.leaks == 0.0 ? s.y + s.inf * (ticks(s, t) * unit) : s.y * decay;
    }
  };

  double tau_m, c_m, e_l, v_th, v_reset, t_ref, i_e, reset;
};

PYSNN_NEURON(LIF)
PYSNN_PAIRED_LOOPS(LIF)

}  // namespace
}  // namespace pysnn
