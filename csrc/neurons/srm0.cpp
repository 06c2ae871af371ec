// Spike response model with stochastic escape (Gerstner 2000; Gerstner & Kistler 2002): v is the sum of
//
//   * the potential h that input makes, tau_m dh/dt = -(h - e_l) + tau_m/c_m (i_e + i(t)), h += w [mV] at each arrival,
//   * and the kernel of the latest own spike, eta(s) = -eta_0 e^{-s/tau_eta} at s after it; former ones are forgotten.
//
// It fires with the rate rho_0 e^{(v - v_th)/delta_u}, but not for t_ref after a spike. No spike resets h, and arrivals
// count at any time.
#include <algorithm>
#include <cmath>
#include <limits>

#include "math/exp.hpp"
#include "math/exp_minus.hpp"
#include "math/philox.hpp"
#include "neurons/neuron.hpp"
#include "neurons/parts.hpp"

namespace pysnn {
namespace {

// Exponents beyond this make rates that are as good as none, or as a spike at once.
constexpr double largest_exponent = 700.0;

class SRM0 {
 public:
  static ParamTable<SRM0> table() {
    return {{"tau_m", "ms", 10.0, &SRM0::tau_m},    {"c_m", "pF", 250.0, &SRM0::c_m},
            {"e_l", "mV", -70.0, &SRM0::e_l},       {"v_th", "mV", -55.0, &SRM0::v_th},
            {"delta_u", "mV", 2.0, &SRM0::delta_u}, {"rho_0", "Hz", 100.0, &SRM0::rho_0},
            {"eta_0", "mV", 15.0, &SRM0::eta_0},    {"tau_eta", "ms", 10.0, &SRM0::tau_eta},
            {"t_ref", "ms", 2.0, &SRM0::t_ref},     {"i_e", "pA", 0.0, &SRM0::i_e}};
  }
  static ModelInfo info() {
    return {
        .name = "SRM0", .params = declared(table()), .states = {{"v", "mV"}, {"eta", "mV"}}, .receptors = {"delta"}};
  }

  explicit SRM0(const ParamSet& p) { read(table(), p, *this); }

  double initial(std::size_t state) const { return state == 0 ? e_l : 0.0; }
  double slowest() const { return std::max(tau_m, tau_eta); }

  // ln of the expected number of spikes in one unit of time at v_th.
  double log_rate(const TimeBase& time) const { return std::log(rho_0 * 1e-3 * time.unit()); }

  // State: v, eta, steps left refractory. The rate of a step is that at its end, and what is drawn is whether there is
  // any spike: with probability 1 - e^{-rate dt}.
  template <class Real>
  struct Step : DrawsEachStep {
    static constexpr std::size_t n_states = 3, n_receptors = 1;
    LeakStep<Real> leak;
    HoldSteps<Real> hold;
    Real decay_eta, eta_0;
    double v_th, per_mv, log_rate, start;

    Step(const SRM0& m, const TimeBase& time, const std::string& owner)
        : leak(m, time.unit()), hold(m.t_ref, time, owner),
          decay_eta(static_cast<Real>(std::exp(-time.unit() / m.tau_eta))), eta_0(static_cast<Real>(m.eta_0)),
          v_th(m.v_th), per_mv(1.0 / m.delta_u), log_rate(m.log_rate(time)), start(m.e_l) {}
    double initial(std::size_t state) const { return state == 0 ? start : 0.0; }
    // For kernels/srm0.cl.
    Constants constants() const {
      return leak.constants() + Constants{{"refractory", hold.steps}, {"decay_eta", decay_eta},
                                          {"eta_0", eta_0},           {"v_th", v_th},
                                          {"per_mv", per_mv},         {"log_rate", log_rate}};
    }

    PYSNN_INLINE bool operator()(Real (&s)[3], const Real (&in)[1], Real current, double uniform) const {
      const Real eta = s[1] * decay_eta;
      const Real h = leak(s[0] - s[1], current, in[0]);
      const Real v = h + eta;
      const double expected = Exponential(within((static_cast<double>(v) - v_th) * per_mv + log_rate)).value();
      const bool fires = hold.free(s[2]) & (uniform <= -Exponential(within(-expected)).minus_one());
      s[1] = fires ? -eta_0 : eta;
      s[0] = fires ? h - eta_0 : v;
      s[2] = hold.next(s[2], fires);
      return fires;
    }

   private:
    PYSNN_INLINE static double within(double x) {
      const double above = x > -largest_exponent ? x : -largest_exponent;
      return above < largest_exponent ? above : largest_exponent;
    }
  };
  PYSNN_DECLARE_NEURON_LOOPS
  PYSNN_DECLARE_PAIRED_LOOPS

  // Between events y = h - v_inf and eta both decay to 0, v_inf = e_l + tau_m/c_m i. Spikes are drawn by thinning
  // (Lewis & Shedler 1979; Ogata 1981): from a knot, v is below a bound for a time ahead, so that candidates come with
  // the bound's rate; the first one becomes the next knot and fires with the ratio of the rate there to that of the
  // bound. A knot without a candidate stands where the bound's time ends. What comes after a knot is drawn anew, so an
  // event discards the knot ahead and goes on from itself: the waiting times of a Poisson process forget. The draws
  // are numbered by the neuron's events and by the knots since the last one; v at a knot comes from the state at that
  // event. So neither is touched by where one stops to look.
  struct Flow {
    static constexpr std::size_t n_receptors = 1;
    struct State {
      double y, eta, inf;             // mV; inf = v_inf - e_l
      double least = 0.0;             // at the knot it fires if its rate is no less; 0 once that is certain
      Tick last, free, wake = never;  // no spike up to `free`
      Tick knot = unknown;            // no spike before it, if nothing arrives
      std::uint64_t events = 0;
      std::uint32_t index, knots = 0;  // in the population; drawn since the last event

      template <class Self, class See>
      static constexpr void fields(Self& s, See&& see) {
        see("y", s.y);
        see("eta", s.eta);
        see("inf", s.inf);
        see("least", s.least);
        see("last", s.last);
        see("free", s.free);
        see("wake", s.wake);
        see("knot", s.knot);
        see("events", s.events);
        see("index", s.index);
        see("knots", s.knots);
      }
    };

    Flow(const SRM0& m, const NeuronConfig& config)
        : leak_(m), hold_(m.t_ref, config.time, config.owner), eta_0_(m.eta_0), delta_u_(m.delta_u),
          log_rate_(m.log_rate(config.time) + (m.e_l - reckoned(m.v_th)) / m.delta_u),
          rate_m_(config.time.unit() / m.tau_m), rate_eta_(config.time.unit() / m.tau_eta),
          key_(subkey(config.key, spikes_purpose)) {}

    void rekey(std::uint64_t key) { key_ = subkey(key, spikes_purpose); }

    State rest(std::uint32_t index) const {
      return {.y = -leak_.drive, .eta = 0.0, .inf = leak_.drive, .last = 0, .free = 0, .index = index};
    }

    double get(const State& s, std::size_t state, Tick now) const {
      const Decays decays = this->decays(now - s.last);
      return state == 0 ? leak_.e_l + (s.inf + (s.y * decays.m + s.eta * decays.eta)) : s.eta * decays.eta;
    }

    // v and eta are what they were set to, whatever the order.
    void set(State& s, std::size_t state, double value) const {
      if (state == 0) {
        leak_.set_v(s, value);
        s.y -= s.eta;
      } else {
        s.y += s.eta - value;
        s.eta = value;
      }
      renew(s);
    }

    void inject(State& s, double pA) const {
      leak_.inject(s, pA);
      renew(s);
    }

    void advance(State& s, Tick t) const {
      if (t <= s.last) return;
      move(s, t, decays(t - s.last));
    }

    Tick crossing(State& s, Tick limit) const {
      if (limit <= s.last || limit <= s.free) return never;
      if (s.knot == unknown) draw_knot(s, std::max(s.last, s.free));
      while (s.knot <= limit && s.knot != never) {
        if (s.least <= rate(potential(s, s.knot))) {
          s.least = 0.0;
          return s.knot;
        }
        draw_knot(s, s.knot);
      }
      return never;
    }

    Tick bound(const State& s) const { return s.knot == unknown ? std::max(s.last, s.free) + 1 : s.knot; }

    struct Decays {
      double m, eta;
    };
    struct DecayTable {
      double m[arrivals_at_once], eta[arrivals_at_once];
    };
    void decays(const double* ticks, std::size_t n, DecayTable& all) const {
      exp_minus(rate_m_, ticks, all.m, n);
      exp_minus(rate_eta_, ticks, all.eta, n);
    }
    Decays decays(const DecayTable& all, std::size_t k) const { return {all.m[k], all.eta[k]}; }
    Decays decays(Tick ticks) const {
      const auto h = static_cast<double>(ticks);
      return {exp_minus(rate_m_ * h), exp_minus(rate_eta_ * h)};
    }

    bool arrive(State& s, Tick t, const double (&sum)[1], bool crosses, const Decays& decays) const {
      move(s, t, decays);
      s.y += sum[0];
      return crosses;
    }

    void fire(State& s, Tick t) const {
      advance(s, t);
      s.eta = -eta_0_;
      hold_.begin(s, t);
      renew(s);
    }

    void rebase(State& s, Tick ticks) const {
      hold_.rebase(s, ticks);
      if (s.knot != unknown && s.knot != never) s.knot -= ticks;
    }
    Tick refractory() const { return hold_.length; }
    bool finite(const State& s) const { return std::isfinite(s.y) && std::isfinite(s.eta); }

   private:
    static constexpr Tick unknown = std::numeric_limits<Tick>::min();
    static constexpr double silent =
        -80.0;  // ln of a rate, in spikes a tick, at which none comes in the age of the world

    static constexpr double loose = 1000.0;  // ticks

    static void renew(State& s) {
      ++s.events;
      s.knots = 0;
      s.knot = unknown;
    }

    void move(State& s, Tick t, const Decays& decays) const {
      s.y *= decays.m;
      s.eta *= decays.eta;
      s.last = t;
      renew(s);
    }

    // From e_l.
    double potential(const State& s, Tick t) const {
      const Decays decays = this->decays(t - s.last);
      return s.inf + (s.y * decays.m + s.eta * decays.eta);
    }

    // Expected spikes a tick.
    double rate(double v) const { return std::exp(std::min(log_rate_ + v / delta_u_, largest_exponent)); }

    // Of a e^{-of_a t} + b e^{-of_b t} over all t >= 0, with a and b of opposite sign.
    static double highest(double a, double of_a, double b, double of_b) {
      const double ends = std::max(a + b, 0.0), level = std::log(-(a * of_a) / (b * of_b)) / (of_a - of_b);
      return level > 0.0 ? std::max(ends, a * std::exp(-of_a * level) + b * std::exp(-of_b * level)) : ends;
    }

    // What is below 0 rises, what is above it falls: v stays below what it is now and the rise of the former. A bound
    // that a rate may stay e times below costs few candidates in vain: where it would be higher, it is given a shorter
    // time, in which the tangent rises by delta_u, or to where the rate is still as good as none: from far below that
    // would be no time at all.
    void draw_knot(State& s, Tick from) const {
      const Decays decays = this->decays(from - s.last);
      const double y = s.y * decays.m, eta = s.eta * decays.eta, of_y = std::max(-y, 0.0), of_eta = std::max(-eta, 0.0);
      const double v = s.inf + (y + eta), quiet = (silent - log_rate_) * delta_u_;
      const double most_rise = std::max(delta_u_, quiet - v);
      double rise = std::min(of_y + of_eta, most_rise);
      double span = rise < most_rise ? HUGE_VAL : most_rise / (of_y * rate_m_ + of_eta * rate_eta_);
      // What rises and what falls may be huge beside their sum, and that bound then no further than the next tick.
      if (span < loose && (y < 0.0) != (eta < 0.0)) {
        rise = std::min(highest(y, rate_m_, eta, rate_eta_) - (y + eta), most_rise);
        span = rise < most_rise ? HUGE_VAL : most_rise / highest(-rate_m_ * y, rate_m_, -rate_eta_ * eta, rate_eta_);
      }
      // (From very far below, v + rise would be anything; and the rate where it is quiet, where delta_u is tiny.)
      const double most = rise < most_rise || quiet < v + delta_u_ ? rate(v + rise) : std::exp(silent);
      const Word4 w = philox(key_, s.index, static_cast<std::uint32_t>(s.events),
                             static_cast<std::uint32_t>(s.events >> 32), s.knots++);
      const double wait = -std::log(unit_interval(w[0], w[1])) / most;
      s.knot = after(from, std::min(wait, span));
      s.least = wait <= span ? unit_interval(w[2], w[3]) * most : HUGE_VAL;
    }

    Leak leak_;
    HoldTime hold_;
    double eta_0_, delta_u_, log_rate_, rate_m_, rate_eta_;  // rates per tick
    std::uint64_t key_;
  };

  double tau_m, c_m, e_l, v_th, delta_u, rho_0, eta_0, tau_eta, t_ref, i_e;
};

PYSNN_NEURON(SRM0)
PYSNN_PAIRED_LOOPS(SRM0)

}  // namespace
}  // namespace pysnn
