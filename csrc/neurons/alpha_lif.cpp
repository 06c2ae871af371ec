// Leaky integrate-and-fire with alpha-shaped synaptic currents of two time constants (NEST's iaf_psc_alpha),
// propagated exactly (Rotter & Diesmann 1999):
//
//   tau_m dv/dt = -(v - e_l) + tau_m/c_m (i_exc + i_inh + i_e + i(t)),
//   tau_syn di/dt = -i + r,   tau_syn dr/dt = -r,   r += e w [pA] at each arrival,
//   v >= v_th: spike, v = v_reset (or v -= v_th - v_reset) and held there for t_ref; the currents go on.
//
// h after an arrival i is w (h/tau) e^{1 - h/tau}: w at its peak. r is the state called rise.
#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <tuple>
#include <utility>

#include "math/crossing.hpp"
#include "math/propagator.hpp"
#include "neurons/neuron.hpp"
#include "neurons/parts.hpp"

namespace pysnn {
namespace {

class AlphaLIF {
 public:
  static ParamTable<AlphaLIF> table() {
    return {{"tau_m", "ms", 10.0, &AlphaLIF::tau_m},
            {"tau_syn_exc", "ms", 2.0, &AlphaLIF::tau_exc},
            {"tau_syn_inh", "ms", 2.0, &AlphaLIF::tau_inh},
            {"c_m", "pF", 250.0, &AlphaLIF::c_m},
            {"e_l", "mV", -70.0, &AlphaLIF::e_l},
            {"v_th", "mV", -55.0, &AlphaLIF::v_th},
            {"v_reset", "mV", -70.0, &AlphaLIF::v_reset},
            {"t_ref", "ms", 2.0, &AlphaLIF::t_ref},
            {"i_e", "pA", 0.0, &AlphaLIF::i_e},
            {"reset", "", 0.0, &AlphaLIF::reset}};
  }
  static ModelInfo info() {
    return {.name = "AlphaLIF",
            .params = declared(table()),
            .states = {{"v", "mV"}, {"i_exc", "pA"}, {"i_inh", "pA"}, {"rise_exc", "pA"}, {"rise_inh", "pA"}},
            .receptors = {"exc", "inh"}};
  }

  explicit AlphaLIF(const ParamSet& p) { read(table(), p, *this); }

  double initial(std::size_t state) const { return state == 0 ? e_l : 0.0; }
  double slowest() const { return std::max({tau_m, tau_exc, tau_inh}); }

  // State: as declared, then steps left refractory.
  template <class Real>
  struct Step {
    static constexpr std::size_t n_states = 6, n_receptors = 2;
    static constexpr Real jump = std::numbers::e_v<Real>;  // of a rise, for each pA that arrives
    // What a current and its rise pass on to v, to themselves and from the rise to the current.
    struct Synapse {
      Real i_to_v, rise_to_v, decay, rise_to_i;
    };
    Synapse exc, inh;
    HoldSteps<Real> hold;
    Real decay_v, gain, drive, e_l, v_th;
    Reset<Real> reset;
    double start;

    Step(const AlphaLIF& m, const TimeBase& time, const std::string& owner)
        : hold(m.t_ref, time, owner), reset(m), start(m.e_l) {
      // Columns: v - e_l, i_exc, rise_exc, i_inh, rise_inh, constant current.
      Eigen::MatrixXd system = Eigen::MatrixXd::Zero(6, 6);
      system(0, 0) = -1.0 / m.tau_m;
      system(0, 1) = system(0, 3) = system(0, 5) = 1.0 / m.c_m;
      for (const auto& [at, tau] : {std::pair{1, m.tau_exc}, std::pair{3, m.tau_inh}}) {
        system(at, at) = system(at + 1, at + 1) = -1.0 / tau;
        system(at, at + 1) = 1.0 / tau;
      }
      const Eigen::MatrixXd p = propagator(system, time.unit());
      const auto synapse = [&p](int at) {
        return Synapse{static_cast<Real>(p(0, at)), static_cast<Real>(p(0, at + 1)), static_cast<Real>(p(at, at)),
                       static_cast<Real>(p(at, at + 1))};
      };
      exc = synapse(1);
      inh = synapse(3);
      decay_v = static_cast<Real>(p(0, 0));
      gain = static_cast<Real>(p(0, 5));
      drive = static_cast<Real>(m.i_e * p(0, 5));
      e_l = static_cast<Real>(m.e_l);
      v_th = static_cast<Real>(m.v_th);
    }
    double initial(std::size_t state) const { return state == 0 ? start : 0.0; }
    // For kernels/alpha_lif.cl.
    Constants constants() const {
      return reset.constants() + Constants{{"exc_to_v", exc.i_to_v},
                                           {"rise_exc_to_v", exc.rise_to_v},
                                           {"decay_exc", exc.decay},
                                           {"rise_to_exc", exc.rise_to_i},
                                           {"inh_to_v", inh.i_to_v},
                                           {"rise_inh_to_v", inh.rise_to_v},
                                           {"decay_inh", inh.decay},
                                           {"rise_to_inh", inh.rise_to_i},
                                           {"decay_v", decay_v},
                                           {"gain", gain},
                                           {"drive", drive},
                                           {"e_l", e_l},
                                           {"v_th", v_th},
                                           {"jump", jump},
                                           {"refractory", hold.steps}};
    }

    PYSNN_INLINE bool operator()(Real (&s)[6], const Real (&in)[2], Real current) const {
      const Real moved = e_l + (s[0] - e_l) * decay_v + (s[1] * exc.i_to_v + s[3] * exc.rise_to_v) +
                         (s[2] * inh.i_to_v + s[4] * inh.rise_to_v) + (drive + gain * current);
      const Real v = hold.free(s[5]) ? moved : s[0];
      const bool fires = hold.fires(s[5], std::max(v, s[0]), v_th);
      s[0] = fires ? reset(v) : v;
      s[1] = s[1] * exc.decay + s[3] * exc.rise_to_i;
      s[2] = s[2] * inh.decay + s[4] * inh.rise_to_i;
      s[3] = s[3] * exc.decay + jump * in[0];
      s[4] = s[4] * inh.decay + jump * in[1];
      s[5] = hold.next(s[5], fires);
      return fires;
    }
  };
  PYSNN_DECLARE_NEURON_LOOPS
  PYSNN_DECLARE_PAIRED_LOOPS

  // Between events, with y = v - v_inf, v_inf = e_l + tau_m/c_m i and h the time since the last event,
  //
  //   y(h) = y e^{-h/tau_m} + sum over exc and inh of (i F(h) + r G(h)),   F, G = Synapse::response() >= 0,
  //   D(h) = y' = -y(h)/tau_m + I(h)/c_m,   I(h) = sum of (i + r h/tau) e^{-h/tau},
  //   (D e^{h/tau_m})' = I' e^{h/tau_m}/c_m.
  //
  // So y has one extremum at most between two extrema of I, and those are the roots of a sum of two straight
  // lines with different decays, of which Rolle's theorem isolates all three that there may be (struct Drift).
  // The first crossing is thus bracketed whatever the time constants, and one that only just touches is not missed.
  struct Flow {
    static constexpr std::size_t n_receptors = 2;
    struct Current {
      double i = 0.0, rise = 0.0;  // pA
    };
    struct State {
      double y, inf;  // mV; inf = v_inf - e_l
      Current exc, inh;
      Tick last, free, wake = never;  // v is held at v_reset up to `free`

      template <class Self, class See>
      static constexpr void fields(Self& s, See&& see) {
        see("y", s.y);
        see("inf", s.inf);
        see("exc i", s.exc.i);
        see("exc rise", s.exc.rise);
        see("inh i", s.inh.i);
        see("inh rise", s.inh.rise);
        see("last", s.last);
        see("free", s.free);
        see("wake", s.wake);
      }
    };

    Flow(const AlphaLIF& m, const TimeBase& time, const std::string& owner)
        : leak_(m), hold_(m.t_ref, time, owner), tau_m_(m.tau_m), c_m_(m.c_m), unit_(time.unit()),
          threshold_(reckoned(m.v_th) - m.e_l), v_reset_(m.v_reset - m.e_l), reset_(m), gain_(leak_.gain),
          rate_m_(1.0 / m.tau_m), exc_(m, m.tau_exc), inh_(m, m.tau_inh) {}

    State rest() const { return {-leak_.drive, leak_.drive, {}, {}, 0, 0}; }

    double get(const State& s, std::size_t state, Tick now) const {
      State there = s;
      if (now > s.last) advance(there, now);
      return state == 0 ? leak_.v(there) : current(there, state);
    }

    void set(State& s, std::size_t state, double value) const {
      if (state == 0)
        leak_.set_v(s, value);
      else
        current(s, state) = value;
    }

    void inject(State& s, double pA) const { leak_.inject(s, pA); }

    void advance(State& s, Tick t) const {
      if (hold_.holds(s)) {
        const Tick held = std::min(t, s.free);
        const double h = ms(held - s.last);
        s.exc = exc_.after(s.exc, h, std::exp(-exc_.rate * h));
        s.inh = inh_.after(s.inh, h, std::exp(-inh_.rate * h));
        s.last = held;
      }
      if (t > s.last) {
        const Point p = at(s, ms(t - s.last));
        s.y = p.y;
        s.exc = p.exc;
        s.inh = p.inh;
        s.last = t;
      }
    }

    Tick crossing(const State& s, Tick limit) const {
      if (limit <= s.last || limit <= s.free) return never;
      if (hold_.holds(s)) {
        State freed = s;
        advance(freed, s.free);
        return crossing(freed, limit);
      }
      const Reach reach(*this, s);
      if (reach.gap <= 0.0) return s.last + 1;
      if (reach.never_crosses()) return never;
      if (reach.cannot_cross_within(limit == never ? HUGE_VAL : ms(limit - s.last))) return never;
      const Tick t = pysnn::after(s.last, first_crossing(s, reach.gap + s.y) / unit_);
      return t <= limit ? t : never;
    }

    Tick bound(const State& s) const {
      if (hold_.holds(s)) {
        State freed = s;
        advance(freed, s.free);
        return bound(freed);
      }
      const Reach reach(*this, s);
      if (reach.gap <= 0.0) return s.last + 1;
      if (reach.never_crosses() || reach.ceiling <= s.y) return never;
      return s.last + whole_ticks(reach.earliest() / unit_);
    }

    // Its responses are more than products of decays: they are found at the arrival itself.
    struct Decays {};
    struct DecayTable {};
    void decays(const double*, std::size_t, DecayTable&) const {}
    Decays decays(const DecayTable&, std::size_t) const { return {}; }
    Decays decays(Tick) const { return {}; }

    bool arrive(State& s, Tick t, const double (&sum)[2], bool crosses, const Decays&) const {
      advance(s, t);
      s.exc.rise += std::numbers::e * sum[0];
      s.inh.rise += std::numbers::e * sum[1];
      return t > s.free && (crosses || s.y >= threshold_ - s.inf);
    }

    void fire(State& s, Tick t) const {
      advance(s, t);
      s.y = reset_.subtracts() ? s.y - reset_.fall : v_reset_ - s.inf;
      hold_.begin(s, t);
    }

    void rebase(State& s, Tick ticks) const { hold_.rebase(s, ticks); }
    Tick refractory() const { return hold_.length; }
    bool finite(const State& s) const {
      return std::isfinite(s.y) && std::isfinite(s.exc.i) && std::isfinite(s.exc.rise) && std::isfinite(s.inh.i) &&
             std::isfinite(s.inh.rise);
    }

   private:
    struct Synapse {
      double tau, rate, rate_m, c_m, apart;  // apart: |1/tau - 1/tau_m|
      bool slower;                           // than the membrane
      double peak_i, peak_rise;              // greatest responses, over that to a constant current

      Synapse(const AlphaLIF& m, double t)
          : tau(t), rate(1.0 / t), rate_m(1.0 / m.tau_m), c_m(m.c_m), apart(std::abs(rate - rate_m)),
            slower(t > m.tau_m), peak_i(peak({1.0, 0.0}, 1.0)), peak_rise(peak({0.0, 1.0}, 1.0 / std::numbers::e)) {}

      Current after(Current x, double h, double decay) const {
        return {(x.i + x.rise * (rate * h)) * decay, x.rise * decay};
      }

      // mV at the membrane after h ms for each pA of i and of r at its begin, from both decays over h: with z =
      // |1/tau - 1/tau_m| h and the slower decay in front, the convolutions are integrals over u in [0, 1],
      //
      //   F = h/c_m m(z),   m = int e^{-z u},     G = h^2/(c_m tau) times q = int (1 - u) e^{-z u} where the synapse
      //                                           is the slower one, and p = int u e^{-z u} = m - q else.
      //
      // Nothing overflows however long the wait, and nothing cancels near tau = tau_m: q = (1 - m)/z has a series.
      Current response(double h, double decay, double decay_m) const {
        const double z = apart * h, slow = slower ? decay : decay_m, fast = slower ? decay_m : decay;
        double m, late;
        if (z < 0.5) {
          double q = 1.0;
          for (int k = 16; k > 2; --k) q = 1.0 - q * z * (1.0 / k);
          q *= 0.5;
          m = slow * (1.0 - z * q);
          late = slower ? slow * q : m - slow * q;
        } else {
          m = (slow - fast) / z;
          late = (slower ? slow - m : m - fast) / z;
        }
        return {m * h / c_m, late * h * h * rate / c_m};
      }

      // The greatest response to x, at the one root of its slope; `limit` is what a membrane without leak in the
      // end would reach. Beside its maximum a response is flat: what the root may miss is less than the allowance.
      double peak(Current x, double limit) const {
        if (rate < 1e-8 * rate_m) return limit;
        const auto falls = [&](double h) {
          const double decay = std::exp(-rate * h);
          const Current now = after(x, h, decay), mv = response(h, decay, std::exp(-rate_m * h));
          const double slope = now.i / c_m - (x.i * mv.i + x.rise * mv.rise) * rate_m;
          return std::pair{-slope, slope * rate_m - (now.rise - now.i) * rate / c_m};
        };
        const double shortest = std::min(tau, 1.0 / rate_m);
        double high = 2.0 * tau;
        while (falls(high).first < 0.0) high *= 2.0;
        const double top = upward_root(falls, x.rise > 0.0 ? tau : 0.0, high, 1e-6 * shortest);
        const Current mv = response(top, std::exp(-rate * top), std::exp(-rate_m * top));
        return std::min(limit, (x.i * mv.i + x.rise * mv.rise) * c_m * rate_m * (1.0 + 1e-9));
      }
    };

    struct Point {
      double y;
      Current exc, inh;
    };

    // O(1) bounds on what v can reach. A negative current that outlasts a positive one counts against it for good:
    // (i + r h/tau) e^{-h/tau} falls below the same line with the faster decay; else the positive one counts
    // alone. The current in mV is then at most level + growth h, and at most `ceiling`. So v - y0 stays below
    // h (level - y0)/tau_m + growth h^2/(2 tau_m), below ceiling, and below y0 plus the peaks of the responses. The
    // margin lets no rounding of the bounds contradict the search, whatever the limit it is asked for.
    struct Reach {
      double gap, level, growth, ceiling, peak, margin, y, tau;

      Reach(const Flow& f, const State& s) : y(s.y), tau(f.tau_m_) {
        const double theta = f.threshold_ - s.inf, g = f.gain_;
        const Current exc{g * s.exc.i, g * s.exc.rise}, inh{g * s.inh.i, g * s.inh.rise};
        Current up_exc = exc, up_inh = inh;
        if (inh.i <= 0.0 && inh.rise <= 0.0 && f.inh_.rate <= f.exc_.rate)
          up_exc = {exc.i + inh.i, exc.rise + inh.rise * (f.inh_.rate * f.exc_.tau)};
        else if (exc.i <= 0.0 && exc.rise <= 0.0 && f.exc_.rate <= f.inh_.rate)
          up_inh = {inh.i + exc.i, inh.rise + exc.rise * (f.exc_.rate * f.inh_.tau)};
        up_exc = {std::max(up_exc.i, 0.0), std::max(up_exc.rise, 0.0)};
        up_inh = {std::max(up_inh.i, 0.0), std::max(up_inh.rise, 0.0)};
        gap = theta - s.y;
        level = up_exc.i + up_inh.i;
        growth = up_exc.rise * f.exc_.rate + up_inh.rise * f.inh_.rate;
        ceiling = level + (up_exc.rise + up_inh.rise) / std::numbers::e;
        margin = 1e-10 * (std::abs(theta) + std::abs(s.y) + std::abs(exc.i) + std::abs(inh.i) + std::abs(exc.rise) +
                          std::abs(inh.rise));
        peak = std::max(s.y, 0.0) + up_exc.i * f.exc_.peak_i + up_exc.rise * f.exc_.peak_rise +
               up_inh.i * f.inh_.peak_i + up_inh.rise * f.inh_.peak_rise;
      }
      bool never_crosses() const {
        const double theta = gap + y;
        return peak < theta - margin || ceiling < theta - margin;
      }
      bool cannot_cross_within(double h) const {
        const double climb = std::min(ceiling - y, std::max(level - y, 0.0) + 0.5 * growth * h);
        return h * climb < tau * (gap - margin);
      }
      double earliest() const {
        const double climb = std::max(level - y, 0.0), way = tau * std::max(gap - margin, 0.0);
        return std::max(way / (ceiling - y), 2.0 * way / (climb + std::sqrt(climb * climb + 2.0 * growth * way)));
      }
    };

    // Ascending times, the first and the last of which are the ends of what is looked at.
    struct Times {
      std::array<double, 7> at{};
      std::size_t n = 0;
      void add(double h) { at[n++] = h; }
    };

    // The roots of f, with both ends of `parts`; between neighbours of `parts` f, which returns {value, slope}, has
    // one root at most. A root that rounding invents where f all but vanishes does no harm.
    template <class F>
    Times roots(const F& f, const Times& parts) const {
      Times found;
      found.add(parts.at[0]);
      double before = f(parts.at[0]).first;
      for (std::size_t k = 1; k < parts.n; ++k) {
        const double value = f(parts.at[k]).first;
        if ((before < 0.0) != (value < 0.0)) {
          const double sign = before < 0.0 ? 1.0 : -1.0;
          const auto upward = [&](double h) {
            const auto [at_h, slope] = f(h);
            return std::pair{sign * at_h, sign * slope};
          };
          found.add(upward_root(upward, parts.at[k - 1], parts.at[k], 0.1 * unit_));
        }
        before = value;
      }
      found.add(parts.at[parts.n - 1]);
      return found;
    }

    // I' e^{h/tau} = a + b h + e^{-k h} (c + d h), with tau of the slower current and k the rate between both. Its
    // slope has one extremum at most, at 2/k - c/d.
    struct Drift {
      double a, b, c, d, k;

      static std::pair<double, double> line(const Synapse& x, Current now) {
        return {(now.rise - now.i) * x.rate, -now.rise * x.rate * x.rate};
      }
      Drift(const Flow& f, const State& s) : k(std::abs(f.exc_.rate - f.inh_.rate)) {
        std::tie(a, b) = line(f.exc_, s.exc);
        std::tie(c, d) = line(f.inh_, s.inh);
        if (f.exc_.rate > f.inh_.rate) {
          std::swap(a, c);
          std::swap(b, d);
        }
      }
      double turn() const { return 2.0 / k - c / d; }
      std::pair<double, double> slope(double h) const {
        const double decay = std::exp(-k * h), line = c + d * h;
        return {b + decay * (d - k * line), decay * k * (k * line - 2.0 * d)};
      }
      std::pair<double, double> operator()(double h) const {
        const double decay = std::exp(-k * h), line = c + d * h;
        return {a + b * h + decay * line, b + decay * (d - k * line)};
      }
    };

    static double& current(State& s, std::size_t state) {
      return state == 1 ? s.exc.i : state == 2 ? s.inh.i : state == 3 ? s.exc.rise : s.inh.rise;
    }

    double ms(Tick ticks) const { return static_cast<double>(ticks) * unit_; }

    Point at(const State& s, double h) const {
      const double m = std::exp(-rate_m_ * h), e = std::exp(-exc_.rate * h), i = std::exp(-inh_.rate * h);
      const Current of_exc = exc_.response(h, e, m), of_inh = inh_.response(h, i, m);
      return {
          s.y * m + (s.exc.i * of_exc.i + s.exc.rise * of_exc.rise) + (s.inh.i * of_inh.i + s.inh.rise * of_inh.rise),
          exc_.after(s.exc, h, e), inh_.after(s.inh, h, i)};
    }

    double slope(const Point& p) const { return (p.exc.i + p.inh.i) / c_m_ - p.y * rate_m_; }

    // The first h with y(h) = theta, infinite if there is none; y(0) < theta.
    double first_crossing(const State& s, double theta) const {
      if (s.exc.i == 0.0 && s.exc.rise == 0.0 && s.inh.i == 0.0 && s.inh.rise == 0.0)
        return theta < 0.0 ? tau_m_ * std::log(s.y / theta) : HUGE_VAL;
      const double end = settled(s, theta);
      const Drift drift(*this, s);
      Times parts;
      parts.add(0.0);
      if (const double turn = drift.turn(); turn > 0.0 && turn < end) parts.add(turn);
      parts.add(end);
      const Times turns = roots(drift, roots([&](double h) { return drift.slope(h); }, parts));
      const auto steepness = [&](double h) {
        const Point p = at(s, h);
        const double d = slope(p);
        return std::pair{
            d, ((p.exc.rise - p.exc.i) * exc_.rate + (p.inh.rise - p.inh.i) * inh_.rate) / c_m_ - d * rate_m_};
      };
      const Times extrema = roots(steepness, turns);
      const auto from_theta = [&](double h) {
        const Point p = at(s, h);
        return std::pair{p.y - theta, slope(p)};
      };
      for (std::size_t k = 1; k < extrema.n; ++k)
        if (from_theta(extrema.at[k]).first >= 0.0)
          return upward_root(from_theta, extrema.at[k - 1], extrema.at[k], 0.1 * unit_);
      return HUGE_VAL;
    }

    // A time at which y has crossed theta, or after which it never will: where v_inf lies above the threshold, y is
    // above theta in the end, else what is left of y and of the currents can no more reach it.
    double settled(const State& s, double theta) const {
      const double fastest = std::min({tau_m_, exc_.tau, inh_.tau}), slowest = std::max({tau_m_, exc_.tau, inh_.tau});
      for (double end = fastest;; end *= 2.0) {
        const Point p = at(s, end);
        const double most = std::max(p.y, 0.0) +
                            gain_ * (std::max(p.exc.i, 0.0) * exc_.peak_i + std::max(p.exc.rise, 0.0) * exc_.peak_rise +
                                     std::max(p.inh.i, 0.0) * inh_.peak_i + std::max(p.inh.rise, 0.0) * inh_.peak_rise);
        // Later all would have vanished into the smallest numbers, as it does for v_inf at the very threshold.
        if (p.y >= theta || most < theta || end > 300.0 * slowest) return end;
      }
    }

    Leak leak_;
    HoldTime hold_;
    double tau_m_, c_m_, unit_, threshold_, v_reset_;
    Reset<double> reset_;
    double gain_, rate_m_;
    Synapse exc_, inh_;
  };

  double tau_m, tau_exc, tau_inh, c_m, e_l, v_th, v_reset, t_ref, i_e, reset;
};

PYSNN_NEURON(AlphaLIF)
PYSNN_PAIRED_LOOPS(AlphaLIF)

}  // namespace
}  // namespace pysnn
