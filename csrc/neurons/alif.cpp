// Leaky integrate-and-fire with delta synapses and an adaptive threshold (Bellec, Salaj, Subramoney, Legenstein &
// Maass 2018; Bellec et al. 2020):
//
//   tau_m dv/dt = -(v - e_l) + tau_m/c_m (i_e + i(t)),   v += w [mV] at each arrival,
//   tau_adapt db/dt = -b,
//   v >= v_th + b: spike, b += beta, v = v_reset (or v -= v_th - v_reset), and for t_ref nothing moves v: arrivals are
//   lost. b decays always.
#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "math/crossing.hpp"
#include "math/exp_minus.hpp"
#include "neurons/neuron.hpp"
#include "neurons/parts.hpp"

namespace pysnn {
namespace {

class ALIF {
 public:
  static ParamTable<ALIF> table() {
    return {{"tau_m", "ms", 10.0, &ALIF::tau_m},
            {"c_m", "pF", 250.0, &ALIF::c_m},
            {"e_l", "mV", -70.0, &ALIF::e_l},
            {"v_th", "mV", -55.0, &ALIF::v_th},
            {"v_reset", "mV", -70.0, &ALIF::v_reset},
            {"t_ref", "ms", 2.0, &ALIF::t_ref},
            {"tau_adapt", "ms", 200.0, &ALIF::tau_adapt},
            {"beta", "mV", 2.0, &ALIF::beta},
            {"i_e", "pA", 0.0, &ALIF::i_e},
            {"reset", "", 0.0, &ALIF::reset}};
  }
  static ModelInfo info() {
    return {.name = "ALIF", .params = declared(table()), .states = {{"v", "mV"}, {"b", "mV"}}, .receptors = {"delta"}};
  }

  explicit ALIF(const ParamSet& p) { read(table(), p, *this); }

  double initial(std::size_t state) const { return state == 0 ? e_l : 0.0; }
  double slowest() const { return std::max(tau_m, tau_adapt); }

  // State: v, b, steps left refractory.
  template <class Real>
  struct Step {
    static constexpr std::size_t n_states = 3, n_receptors = 1;
    LeakStep<Real> leak;
    HoldSteps<Real> hold;
    Real decay_b, v_th, beta;
    Reset<Real> reset;
    double start;

    Step(const ALIF& m, const TimeBase& time, const std::string& owner)
        : leak(m, time.unit()), hold(m.t_ref, time, owner),
          decay_b(static_cast<Real>(std::exp(-time.unit() / m.tau_adapt))), v_th(static_cast<Real>(m.v_th)),
          beta(static_cast<Real>(m.beta)), reset(m), start(m.e_l) {}
    double initial(std::size_t state) const { return state == 0 ? start : 0.0; }
    // For kernels/alif.cl.
    Constants constants() const {
      return leak.constants() + reset.constants() +
             Constants{{"v_th", v_th}, {"refractory", hold.steps}, {"decay_b", decay_b}, {"beta", beta}};
    }

    PYSNN_INLINE bool operator()(Real (&s)[3], const Real (&in)[1], Real current) const {
      const bool free = hold.free(s[2]);
      const Real moved = leak(s[0], current, in[0]);
      const Real v = free ? moved : s[0], b = s[1] * decay_b;
      // (One comparison: of two, the loop over neurons would not vectorise.)
      const Real above = std::max(v - (v_th + b), s[0] - (v_th + s[1]));
      const bool fires = above >= (free ? Real(0) : std::numeric_limits<Real>::infinity());
      s[0] = fires ? reset(v) : v;
      s[1] = fires ? b + beta : b;
      s[2] = hold.next(s[2], fires);
      return fires;
    }

    Watched<Real> watched(const Real (&s)[3], const Real (&in)[1], Real current) const {
      const bool free = hold.free(s[2]);
      return {free ? leak(s[0], current, in[0]) : s[0], v_th + s[1] * decay_b, !free};
    }
  };
  PYSNN_DECLARE_NEURON_LOOPS
  PYSNN_DECLARE_PAIRED_LOOPS

  // Between events y = v - v_inf and b both decay to 0, v_inf = e_l + tau_m/c_m i; with theta = v_th - v_inf and h the
  // time since the last event the neuron fires where
  //
  //   g(h) = y e^{-h/tau_m} - b e^{-h/tau_adapt} - theta
  //
  // comes up to 0 from below: by its rise or by the fall of its threshold. g goes to -theta and turns once at most, at
  // a time in closed form. So if theta < 0 there is one crossing, and else one on the way to a maximum or none: it is
  // bracketed whatever the constants and the signs of y, b and beta, and one that only just touches is not missed.
  struct Flow {
    static constexpr std::size_t n_receptors = 1;
    struct alignas(64) State {        // a cache line
      double y, b, inf;               // mV; inf = v_inf - e_l
      Tick last, free, wake = never;  // v is held at v_reset up to `free`
      Tick next = unknown;            // crossing from this state, once it was looked for

      template <class Self, class See>
      static constexpr void fields(Self& s, See&& see) {
        see("y", s.y);
        see("b", s.b);
        see("inf", s.inf);
        see("last", s.last);
        see("free", s.free);
        see("wake", s.wake);
        see("next", s.next);
      }
    };

    Flow(const ALIF& m, const TimeBase& time, const std::string& owner)
        : leak_(m), hold_(m.t_ref, time, owner), threshold_(reckoned(m.v_th) - m.e_l), v_reset_(m.v_reset - m.e_l),
          reset_(m), beta_(m.beta), rate_m_(time.unit() / m.tau_m), rate_b_(time.unit() / m.tau_adapt),
          alike_(m.tau_m == m.tau_adapt) {}

    State rest() const { return {-leak_.drive, 0.0, leak_.drive, 0, 0}; }

    double get(const State& s, std::size_t state, Tick now) const {
      State there = s;
      advance(there, now);
      return state == 0 ? leak_.v(there) : there.b;
    }

    void set(State& s, std::size_t state, double value) const {
      s.next = unknown;
      if (state == 0)
        leak_.set_v(s, value);
      else
        s.b = value;
    }

    void inject(State& s, double pA) const {
      leak_.inject(s, pA);
      s.next = unknown;
    }

    void advance(State& s, Tick t) const {
      s.next = unknown;
      if (hold_.holds(s) && t > s.last) [[unlikely]] {
        const Tick held = std::min(t, s.free);
        s.b *= exp_minus(rate_b_ * static_cast<double>(held - s.last));
        s.last = held;
      }
      if (t > s.last) move(s, t, decays(t - s.last));
    }

    Tick crossing(State& s, Tick limit) const {
      if (limit <= s.last || limit <= s.free) return never;
      if (s.next == unknown) {
        State freed = s;
        if (hold_.holds(s)) advance(freed, s.free);
        const Reach reach(*this, freed);
        if (reach.gap > 0.0 && limit != never && static_cast<double>(limit - freed.last) < reach.earliest())
          return never;
        s.next = reach.gap <= 0.0 ? freed.last + 1 : after(freed.last, first_crossing(freed));
      }
      return s.next <= limit ? s.next : never;
    }

    // Where y alone and a negative b alone do not come up to the threshold, nothing does, in refractoriness neither.
    Tick bound(const State& s) const {
      const double theta = threshold_ - s.inf, y_size = std::abs(s.y), b_size = std::abs(s.b);
      // Twice as much on both sides: x + |x| is twice the positive part, without a branch.
      const double most = (s.y + y_size) + (b_size - s.b);
      const double margin = 2e-10 * (std::abs(theta) + y_size + b_size);
      return most + margin < 2.0 * theta ? never : bound_by_rise(s);
    }

    struct Decays {
      double v, b;
    };
    struct DecayTable {
      double v[arrivals_at_once], b[arrivals_at_once];
    };
    void decays(const double* ticks, std::size_t n, DecayTable& all) const {
      exp_minus(rate_m_, ticks, all.v, n);
      if (!alike_) exp_minus(rate_b_, ticks, all.b, n);
    }
    Decays decays(const DecayTable& all, std::size_t k) const { return {all.v[k], alike_ ? all.v[k] : all.b[k]}; }
    Decays decays(Tick ticks) const {
      const auto h = static_cast<double>(ticks);
      return {exp_minus(rate_m_ * h), exp_minus(rate_b_ * h)};
    }

    bool arrive(State& s, Tick t, const double (&sum)[1], bool crosses, const Decays& decays) const {
      if (t <= s.free) return false;
      if (hold_.holds(s)) [[unlikely]]
        advance(s, t);
      else if (t > s.last)
        move(s, t, decays);
      const double theta = threshold_ - s.inf;
      s.y = (crosses ? theta + s.b : s.y) + sum[0];
      s.next = unknown;
      return s.y >= theta + s.b;
    }

    void fire(State& s, Tick t) const {
      advance(s, t);
      s.y = reset_.subtracts() ? s.y - reset_.fall : v_reset_ - s.inf;
      s.b += beta_;
      hold_.begin(s, t);
    }

    void rebase(State& s, Tick ticks) const {
      hold_.rebase(s, ticks);
      s.next = unknown;
    }
    Tick refractory() const { return hold_.length; }
    bool finite(const State& s) const { return std::isfinite(s.y) && std::isfinite(s.b); }

   private:
    static constexpr Tick unknown = std::numeric_limits<Tick>::min();

    // O(1) bounds on how far g can rise: as y < 0 and b > 0 decay, each by its rate, less what the other one falls
    // meanwhile if that falls as fast or faster. A mean of 1 - e^{-rate h} over rates is at most that of the mean rate.
    // The margin lets no rounding of the bounds contradict the search, whatever the limit it is asked for.
    struct Reach {
      double gap, margin, rise, slope;  // slope: the greatest, in mV a tick

      Reach(const Flow& f, const State& s) {
        const double theta = f.threshold_ - s.inf;
        double of_y = std::max(-s.y, 0.0), of_b = std::max(s.b, 0.0);
        if (s.y > 0.0 && f.rate_m_ >= f.rate_b_)
          of_b = std::max(s.b - s.y, 0.0);
        else if (s.b < 0.0 && f.rate_b_ >= f.rate_m_)
          of_y = std::max(s.b - s.y, 0.0);
        gap = theta + s.b - s.y;
        margin = 1e-10 * (std::abs(theta) + std::abs(s.y) + std::abs(s.b));
        rise = of_y + of_b;
        slope = of_y * f.rate_m_ + of_b * f.rate_b_;
      }
      // The h with rise (1 - e^{-h slope/rise}) = gap, or a little less: -ln(1 - x) >= 2 x/(2 - x).
      double earliest() const {
        const double way = gap - margin;
        if (way > rise) return HUGE_VAL;
        return way > 0.0 ? 2.0 * way / (slope * (2.0 - way / rise)) : 0.0;
      }
    };

    [[gnu::noinline]] Tick bound_by_rise(const State& s) const {
      if (hold_.holds(s)) {
        State freed = s;
        advance(freed, s.free);
        return bound_by_rise(freed);
      }
      const Reach reach(*this, s);
      if (reach.gap <= 0.0) return s.last + 1;
      const double earliest = reach.earliest();
      return earliest == HUGE_VAL ? never : s.last + whole_ticks(earliest);
    }

    // In ticks from s.last on, infinite if there is none; g(0) < 0.
    double first_crossing(const State& s) const {
      const double theta = threshold_ - s.inf;
      const auto g = [&](double h) {
        const double y = s.y * exp_minus(rate_m_ * h), b = s.b * exp_minus(rate_b_ * h);
        return std::pair{(y - b) - theta, b * rate_b_ - y * rate_m_};
      };
      if (theta < 0.0) {
        // Here what holds g down has decayed below -theta, even all of it by the smaller rate.
        const double down = std::max(-s.y, 0.0) + std::max(s.b, 0.0);
        const double end = std::log(down / -theta) / std::min(rate_m_, rate_b_);
        return upward_root(g, 0.0, end * (1.0 + 1e-9) + 1.0, 0.1);
      }
      const double rise = s.b * rate_b_, fall = s.y * rate_m_;
      if (!(rise > fall) || (rise > 0.0) != (fall > 0.0) || rate_m_ == rate_b_) return HUGE_VAL;
      // g' = rise e^{-h/tau_adapt} - fall e^{-h/tau_m}.
      const double turn = std::log1p((fall - rise) / rise) / (rate_m_ - rate_b_);
      return turn > 0.0 && g(turn).first >= 0.0 ? upward_root(g, 0.0, turn, 0.1) : HUGE_VAL;
    }

    void move(State& s, Tick t, const Decays& decays) const {
      s.y *= decays.v;
      s.b *= decays.b;
      s.last = t;
    }

    Leak leak_;
    HoldTime hold_;
    double threshold_, v_reset_;  // from e_l
    Reset<double> reset_;
    double beta_, rate_m_, rate_b_;  // rates per tick
    bool alike_;                     // both decay alike
  };

  double tau_m, c_m, e_l, v_th, v_reset, t_ref, tau_adapt, beta, i_e, reset;
};

PYSNN_NEURON(ALIF)
PYSNN_PAIRED_LOOPS(ALIF)

}  // namespace
}  // namespace pysnn
