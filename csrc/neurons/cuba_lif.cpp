// Leaky integrate-and-fire with exponential synaptic currents of two time constants (Tsodyks, Uziel & Markram
// 2000; NEST's iaf_psc_exp), propagated exactly (Rotter & Diesmann 1999):
//
//   tau_m dv/dt = -(v - e_l) + tau_m/c_m (i_exc + i_inh + i_e + i(t)),
//   tau_syn di/dt = -i,   i += w [pA] at each arrival,
//   v >= v_th: spike, v = v_reset (or v -= v_th - v_reset) and held there for t_ref; the currents go on.
//
// Without a leak, tau_m infinite, c_m dv/dt = i_exc + i_inh + i_e + i(t).
#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "math/crossing.hpp"
#include "math/exp_minus.hpp"
#include "math/propagator.hpp"
#include "neurons/neuron.hpp"
#include "neurons/parts.hpp"

namespace pysnn {
namespace {

class CubaLIF {
 public:
  static ParamTable<CubaLIF> table() {
    return {{"tau_m", "ms", 10.0, &CubaLIF::tau_m},
            {"tau_syn_exc", "ms", 2.0, &CubaLIF::tau_exc},
            {"tau_syn_inh", "ms", 2.0, &CubaLIF::tau_inh},
            {"c_m", "pF", 250.0, &CubaLIF::c_m},
            {"e_l", "mV", -70.0, &CubaLIF::e_l},
            {"v_th", "mV", -55.0, &CubaLIF::v_th},
            {"v_reset", "mV", -70.0, &CubaLIF::v_reset},
            {"t_ref", "ms", 2.0, &CubaLIF::t_ref},
            {"i_e", "pA", 0.0, &CubaLIF::i_e},
            {"reset", "", 0.0, &CubaLIF::reset}};
  }
  static ModelInfo info() {
    return {.name = "CubaLIF",
            .params = declared(table()),
            .states = {{"v", "mV"}, {"i_exc", "pA"}, {"i_inh", "pA"}},
            .receptors = {"exc", "inh"}};
  }

  explicit CubaLIF(const ParamSet& p) { read(table(), p, *this); }
  double initial(std::size_t state) const { return state == 0 ? e_l : 0.0; }
  double slowest() const { return std::max({tau_m, tau_exc, tau_inh}); }

  // mV at the membrane after t ms for each pA at its begin that decays with tau: the off-diagonal element of
  // the propagator in closed form, (tau tau_m / (c_m (tau - tau_m))) (e^{-t/tau} - e^{-t/tau_m}), without its
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
    HoldSteps<Real> hold;
    Real decay_v, decay_exc, decay_inh, from_exc, from_inh, gain, drive, e_l, v_th;
    Reset<Real> reset;
    double start;

    Step(const CubaLIF& m, const TimeBase& time, const std::string& owner)
        : hold(m.t_ref, time, owner), reset(m), start(m.e_l) {
      // Columns: v - e_l, i_exc, i_inh, constant current.
      Eigen::Matrix4d system = Eigen::Matrix4d::Zero();
      system.row(0) << -1.0 / m.tau_m, 1.0 / m.c_m, 1.0 / m.c_m, 1.0 / m.c_m;
      system(1, 1) = -1.0 / m.tau_exc;
      system(2, 2) = -1.0 / m.tau_inh;
      const Eigen::MatrixXd p = propagator(system, time.unit());
      decay_v = static_cast<Real>(p(0, 0));
      decay_exc = static_cast<Real>(p(1, 1));
      decay_inh = static_cast<Real>(p(2, 2));
      from_exc = static_cast<Real>(p(0, 1));
      from_inh = static_cast<Real>(p(0, 2));
      gain = static_cast<Real>(p(0, 3));
      drive = static_cast<Real>(m.i_e * p(0, 3));
      e_l = static_cast<Real>(m.e_l);
      v_th = static_cast<Real>(m.v_th);
    }
    double initial(std::size_t state) const { return state == 0 ? start : 0.0; }
    // For kernels/cuba_lif.cl.
    Constants constants() const {
      return reset.constants() + Constants{{"decay_v", decay_v},     {"decay_exc", decay_exc},
                                           {"decay_inh", decay_inh}, {"from_exc", from_exc},
                                           {"from_inh", from_inh},   {"gain", gain},
                                           {"drive", drive},         {"e_l", e_l},
                                           {"v_th", v_th},           {"refractory", hold.steps}};
    }

    PYSNN_INLINE bool operator()(Real (&s)[4], const Real (&in)[2], Real current) const {
      const Real moved = e_l + (s[0] - e_l) * decay_v + s[1] * from_exc + s[2] * from_inh + (drive + gain * current);
      s[1] = s[1] * decay_exc + in[0];  // (here, that no register is written to the stack and read again)
      s[2] = s[2] * decay_inh + in[1];
      const Real v = hold.free(s[3]) ? moved : s[0];
      const bool fires = hold.fires(s[3], std::max(v, s[0]), v_th);
      s[0] = fires ? reset(v) : v;
      s[3] = hold.next(s[3], fires);
      return fires;
    }
  };
  PYSNN_DECLARE_NEURON_LOOPS
  PYSNN_DECLARE_PAIRED_LOOPS

  // Between events, with y = v - v_inf, v_inf = e_l + tau_m/c_m i and h the time since the last event,
  //
  //   y(h) = y e^{-h/tau_m} + i_exc F_exc(h) + i_inh F_inh(h),   F = transfer(tau, h) >= 0,
  //   D(h) = y' = -y(h)/tau_m + (i_exc(h) + i_inh(h))/c_m,
  //   (D e^{h/tau_m})' = -Q(h) e^{h/tau_m}/c_m,   Q(h) = i_exc(h)/tau_exc + i_inh(h)/tau_inh.
  //
  // (Without a leak y is v - e_l, and y(h) climbs by inf h beside.) Q changes sign once at most, at a time in closed
  // form. On either side of it D has one zero at most, so that the first crossing is bracketed whatever the time
  // constants, and one that only just touches is not missed.
  struct Flow {
    static constexpr std::size_t n_receptors = 2;
    struct alignas(64) State {        // a cache line
      double y, exc, inh, inf;        // mV, pA, pA, mV; inf = v_inf - e_l
      Tick last, free, wake = never;  // v is held at v_reset up to `free`
      Tick next = unknown;            // crossing from this state, once it was looked for

      template <class Self, class See>
      static constexpr void fields(Self& s, See&& see) {
        see("y", s.y);
        see("exc", s.exc);
        see("inh", s.inh);
        see("inf", s.inf);
        see("last", s.last);
        see("free", s.free);
        see("wake", s.wake);
        see("next", s.next);
      }
    };

    Flow(const CubaLIF& m, const TimeBase& time, const std::string& owner)
        : leak_(m), hold_(m.t_ref, time, owner), tau_m_(m.tau_m), c_m_(m.c_m), unit_(time.unit()),
          threshold_(reckoned(m.v_th) - m.e_l), v_reset_(m.v_reset - m.e_l), gain_(m.tau_m / m.c_m),
          rate_m_(1.0 / m.tau_m), leaks_(leak_.leaks != 0.0), reset_(m), exc_(m, m.tau_exc), inh_(m, m.tau_inh),
          alike_(m.tau_exc == m.tau_inh) {}

    State rest() const { return {leak_.rest(), 0.0, 0.0, leak_.drive, 0, 0}; }

    double get(const State& s, std::size_t state, Tick now) const {
      State there = s;
      if (now > s.last) advance(there, now);
      return state == 0 ? leak_.v(there) : state == 1 ? there.exc : there.inh;
    }

    void set(State& s, std::size_t state, double value) const {
      s.next = unknown;
      if (state == 0)
        leak_.set_v(s, value);
      else
        (state == 1 ? s.exc : s.inh) = value;
    }

    void inject(State& s, double pA) const {
      leak_.inject(s, pA);
      s.next = unknown;
    }

    void advance(State& s, Tick t) const {
      s.next = unknown;
      if (hold_.holds(s)) [[unlikely]] {
        const Tick held = std::min(t, s.free);
        const double h = ms(held - s.last);
        s.exc *= exp_minus(exc_.rate * h);
        s.inh *= exp_minus(inh_.rate * h);
        s.last = held;
      }
      if (t > s.last) move(s, t, decays(t - s.last));
    }

    Tick crossing(State& s, Tick limit) const {
      if (limit <= s.last || limit <= s.free) return never;
      if (s.next == unknown) {
        State freed = s;
        if (hold_.holds(s)) advance(freed, s.free);
        if (!leaks_) {
          s.next = crossing_without_leak(freed);
          return s.next <= limit ? s.next : never;
        }
        const Reach reach(*this, freed);
        if (limit != never && reach.gap > 0.0 && reach.cannot_cross_within(ms(limit - freed.last))) return never;
        s.next = reach.gap <= 0.0        ? freed.last + 1
                 : reach.never_crosses() ? never
                                         : after(freed.last, first_crossing(freed, reach.gap + freed.y) / unit_);
      }
      return s.next <= limit ? s.next : never;
    }

    // Where the peaks of both responses do not reach the threshold, nothing does, in refractoriness neither.
    Tick bound(const State& s) const {
      // Twice as much on both sides: x + |x| is twice the positive part, without a branch.
      const double theta = threshold_ - s.inf, exc = gain_ * s.exc, inh = gain_ * s.inh;
      const double y_size = std::abs(s.y), exc_size = std::abs(exc), inh_size = std::abs(inh);
      const double most = (s.y + y_size) + ((exc + exc_size) * exc_.peak + (inh + inh_size) * inh_.peak);
      const double margin = 2e-10 * (std::abs(theta) + y_size + exc_size + inh_size);
      return most + margin < 2.0 * theta ? never : bound_by_currents(s);
    }

    struct Decays {
      double h, m, e, i;  // ms, and what is left of v and of the currents after them
    };
    struct DecayTable {
      double h[arrivals_at_once], m[arrivals_at_once], e[arrivals_at_once], i[arrivals_at_once];
    };
    void decays(const double* ticks, std::size_t n, DecayTable& all) const {
      for (std::size_t k = 0; k < n; ++k) all.h[k] = ticks[k] * unit_;
      exp_minus(rate_m_, all.h, all.m, n);
      exp_minus(exc_.rate, all.h, all.e, n);
      if (!alike_) exp_minus(inh_.rate, all.h, all.i, n);
    }
    Decays decays(const DecayTable& all, std::size_t k) const {
      return {all.h[k], all.m[k], all.e[k], alike_ ? all.e[k] : all.i[k]};
    }
    Decays decays(Tick ticks) const { return decays_after(ms(ticks)); }

    bool arrive(State& s, Tick t, const double (&sum)[2], bool crosses, const Decays& decays) const {
      if (hold_.holds(s)) [[unlikely]]
        advance(s, t);
      else if (t > s.last)
        move(s, t, decays);
      s.exc += sum[0];
      s.inh += sum[1];
      s.next = unknown;
      return t > s.free && (crosses || s.y >= leak_.from_inf(s, threshold_));
    }

    void fire(State& s, Tick t) const {
      advance(s, t);
      s.y = reset_.subtracts() ? s.y - reset_.fall : leak_.from_inf(s, v_reset_);
      hold_.begin(s, t);
    }

    void rebase(State& s, Tick ticks) const {
      hold_.rebase(s, ticks);
      s.next = unknown;
    }
    Tick refractory() const { return hold_.length; }
    bool finite(const State& s) const { return std::isfinite(s.y) && std::isfinite(s.exc) && std::isfinite(s.inh); }

   private:
    static constexpr Tick unknown = std::numeric_limits<Tick>::min();

    [[gnu::noinline]] Tick bound_by_currents(const State& s) const {
      if (hold_.holds(s)) {
        State freed = s;
        advance(freed, s.free);
        return bound_by_currents(freed);
      }
      if (!leaks_) return bound_without_leak(s);
      const Reach reach(*this, s);
      if (reach.gap <= 0.0) return s.last + 1;
      if (reach.never_crosses() || reach.ceiling <= s.y) return never;
      return s.last + whole_ticks(reach.earliest() / unit_);
    }

    struct Synapse {
      double tau, rate, factor, peak;  // peak: greatest transfer over the time a constant current would have
      bool apart;                      // from tau_m: the difference of exponentials is safe

      Synapse(const CubaLIF& m, double t) : tau(t), rate(1.0 / t) {
        const double difference = t - m.tau_m;
        apart = std::abs(difference) > 0.05 * std::max(t, m.tau_m);
        factor = apart ? t * m.tau_m / (m.c_m * difference) : 0.0;
        const double at = apart ? std::log(t / m.tau_m) * t * m.tau_m / difference : 0.5 * (t + m.tau_m);
        // Beside its maximum a transfer is flat; what `at` may miss of it is less than the allowance.
        peak = std::min(1.0, m.transfer(t, at) * m.c_m / m.tau_m * (apart ? 1.0 + 1e-9 : 1.01));
      }
    };

    struct Point {
      double y, exc, inh;
    };

    // O(1) bounds on what v can reach. A current that outlasts an opposite one outweighs it for good: then
    // exc(h) + inh(h) <= (exc + inh) e^{-h/tau} with tau of the positive one; else the positive one counts alone,
    // but for what the negative one still holds against it. With a current of at most c_m/tau_m R, v stays below
    // R + (y - R) e^{-h/tau_m}, and below y+ plus the peaks of the responses. The margin lets no rounding of the
    // bounds contradict the search, whatever the limit it is asked for.
    struct Reach {
      double gap, ceiling, held = 0.0, held_rate = 0.0, peak, margin, y, tau;

      Reach(const Flow& f, const State& s) : y(s.y), tau(f.tau_m_) {
        const double theta = f.threshold_ - s.inf;
        const double exc = f.gain_ * s.exc, inh = f.gain_ * s.inh;
        double up_exc = std::max(exc, 0.0), up_inh = std::max(inh, 0.0);
        if (inh < 0.0 && f.inh_.rate <= f.exc_.rate) {
          up_exc = std::max(exc + inh, 0.0);
        } else if (exc < 0.0 && f.exc_.rate <= f.inh_.rate) {
          up_inh = std::max(inh + exc, 0.0);
        } else {
          held = -std::min(std::min(exc, inh), 0.0);
          held_rate = exc < inh ? f.exc_.rate : f.inh_.rate;
        }
        gap = theta - s.y;
        ceiling = up_exc + up_inh;
        margin = 1e-10 * (std::abs(theta) + std::abs(s.y) + std::abs(exc) + std::abs(inh));
        peak = std::max(s.y, 0.0) + up_exc * f.exc_.peak + up_inh * f.inh_.peak;
      }
      bool never_crosses() const {
        const double theta = gap + y;
        return peak < theta - margin || ceiling < theta - margin;
      }
      bool cannot_cross_within(double h) const {
        const double there = ceiling - held * std::max(0.0, 1.0 - h * held_rate);
        return h * (there - y) < tau * (gap - margin);
      }
      // y' <= (R - y)/tau_m falls while y rises, so the tangent is never too late.
      double earliest() const { return tau * (gap - margin) / (ceiling - y); }
    };

    double ms(Tick ticks) const { return static_cast<double>(ticks) * unit_; }

    double transfer(const Synapse& x, double h, double decay, double decay_m) const {
      return x.apart ? x.factor * (decay - decay_m) : near_transfer(x, h);
    }

    // With the slower of both decays in front: nothing overflows however long the wait.
    double near_transfer(const Synapse& x, double h) const {
      const double slow = std::min(x.rate, rate_m_), z = std::abs(x.rate - rate_m_) * h;
      return std::exp(-slow * h) * (z < 1e-8 ? 1.0 - 0.5 * z : -std::expm1(-z) / z) * h / c_m_;
    }

    PYSNN_INLINE Decays decays_after(double h) const {
      const double m = exp_minus(rate_m_ * h), e = exp_minus(exc_.rate * h);
      return {h, m, e, alike_ ? e : exp_minus(inh_.rate * h)};
    }

    PYSNN_INLINE Point at(const State& s, const Decays& l) const {
      return {s.y * l.m + s.exc * transfer(exc_, l.h, l.e, l.m) + s.inh * transfer(inh_, l.h, l.i, l.m), s.exc * l.e,
              s.inh * l.i};
    }
    PYSNN_INLINE Point at(const State& s, double h) const { return at(s, decays_after(h)); }

    PYSNN_INLINE void move(State& s, Tick t, const Decays& decays) const {
      const Point p = at(s, decays);
      s.y = leaks_ ? p.y : p.y + s.inf * decays.h;
      s.exc = p.exc;
      s.inh = p.inh;
      s.last = t;
    }

    double slope(const Point& p) const { return (p.exc + p.inh) / c_m_ - p.y * rate_m_; }

    // As fast as it can climb; never where all that is still to come does not do.
    Tick bound_without_leak(const State& s) const {
      const double gap = threshold_ - s.y, exc = std::max(s.exc, 0.0), inh = std::max(s.inh, 0.0);
      if (gap <= 0.0) return s.last + 1;
      const double climb = std::max(s.inf, 0.0) + (exc + inh) / c_m_;
      const bool enough = s.inf > 0.0 || (exc * exc_.tau + inh * inh_.tau) / c_m_ >= gap * (1.0 - 1e-9);
      return enough && climb > 0.0 ? s.last + whole_ticks((1.0 - 1e-9) * gap / climb / unit_) : never;
    }

    // When Q changes sign; 0 where it does not.
    double turn_of(const State& s) const {
      if (!(s.exc * s.inh < 0.0) || exc_.rate == inh_.rate) return 0.0;
      return std::log(-(s.exc * exc_.rate) / (s.inh * inh_.rate)) / (exc_.rate - inh_.rate);
    }

    // y' = inf + (i_exc + i_inh)/c_m is monotone on either side of where Q changes sign: between its zeros, two at
    // most, y is too.
    Tick crossing_without_leak(const State& s) const {
      if (s.y >= threshold_) return s.last + 1;
      if (bound_without_leak(s) == never) return never;
      const auto from_theta = [&](double h) {
        const Point p = at(s, h);
        return std::pair{p.y + s.inf * h - threshold_, s.inf + (p.exc + p.inh) / c_m_};
      };
      const double most = (std::abs(s.exc) * exc_.tau + std::abs(s.inh) * inh_.tau) / c_m_;
      const double gone = 800.0 * std::max(exc_.tau, inh_.tau);  // when nothing is left of the currents
      const double end = s.inf > 0.0 ? std::max((threshold_ - s.y + most) / s.inf * (1.0 + 1e-9), unit_) : gone;
      double times[5] = {0.0};
      std::size_t n = 1;
      for (const double to : {std::clamp(turn_of(s), 0.0, end), end}) {
        const double from = times[n - 1], before = from_theta(from).second, there = from_theta(to).second;
        if (before * there < 0.0) {
          const double sign = before < 0.0 ? 1.0 : -1.0;
          const auto slope = [&](double h) {
            const Point p = at(s, h);
            return std::pair{sign * (s.inf + (p.exc + p.inh) / c_m_),
                             -sign * (p.exc * exc_.rate + p.inh * inh_.rate) / c_m_};
          };
          times[n++] = upward_root(slope, from, to, 0.1 * unit_);
        }
        times[n++] = to;
      }
      for (std::size_t k = 1; k < n; ++k)
        if (from_theta(times[k]).first >= 0.0)
          return after(s.last, upward_root(from_theta, times[k - 1], times[k], 0.1 * unit_) / unit_);
      return never;
    }

    // The first h with y(h) = theta, infinite if there is none; y(0) < theta.
    double first_crossing(const State& s, double theta) const {
      if (s.exc == 0.0 && s.inh == 0.0) return theta < 0.0 ? tau_m_ * std::log(s.y / theta) : HUGE_VAL;
      if (alike_ && tau_m_ == 2.0 * exc_.tau) return quadratic_crossing(s, theta);
      // After it has changed sign Q has that of the current that decays slower.
      const double turn = turn_of(s);
      const bool apart = s.exc * s.inh < 0.0 && exc_.rate != inh_.rate;
      const double late = exc_.rate < inh_.rate ? s.exc : s.inh;
      const bool rises_late = (apart ? late : s.exc * exc_.rate + s.inh * inh_.rate) > 0.0;
      if (!(turn > 0.0)) return crossing_between(s, theta, 0.0, HUGE_VAL, rises_late);
      // At rates so close that both currents are gone before Q turns, it does not turn.
      if (turn * std::min(exc_.rate, inh_.rate) > 700.0) return crossing_between(s, theta, 0.0, HUGE_VAL, !rises_late);
      const double early = crossing_between(s, theta, 0.0, turn, !rises_late);
      return early < HUGE_VAL ? early : crossing_between(s, theta, turn, HUGE_VAL, rises_late);
    }

    // With tau_m = 2 tau_syn and z = e^{-h/tau_m}, y = (y + a) z - a z^2, a = gain (exc + inh): the first crossing is
    // at the greatest root below 1 of a z^2 - (y + a) z + theta (a polynomial, as Brette 2007, Neural Comput. 19:2604,
    // makes of rational time constants).
    double quadratic_crossing(const State& s, double theta) const {
      const double a = gain_ * (s.exc + s.inh), b = s.y + a, discriminant = b * b - 4.0 * a * theta;
      if (discriminant < 0.0) return HUGE_VAL;
      const double q = 0.5 * (b + std::copysign(std::sqrt(discriminant), b));  // a sum: no digits cancel
      // A last bit below the threshold and rising, the root may round to 1.
      const double most = a > s.y ? 1.0 + 1e-15 : 1.0;
      double z = 0.0;
      for (const double root : {q / a, theta / q})
        if (root < most && root > z) z = std::min(root, 1.0);  // neither where it is no number
      return z > 0.0 ? -tau_m_ * std::log(z) : HUGE_VAL;
    }

    // The crossing between two times with y(low) < theta and Q of one sign there: y rises to a maximum and falls
    // (Q > 0), or falls to a minimum and rises.
    double crossing_between(const State& s, double theta, double low, double high, bool rises_first) const {
      const auto from_theta = [&](double h) {
        const Point p = at(s, h);
        return std::pair{p.y - theta, slope(p)};
      };
      const auto solve = [&](double to) { return upward_root(from_theta, low, to, 0.1 * unit_); };
      if (rises_first) {
        // While it rises it is concave: Newton's method from the left comes to the first root and never past it.
        double x = low;
        for (int round = 0; round < 16 && x < high; ++round) {
          const auto [value, slope] = from_theta(x);
          if (!(slope > 0.0)) break;  // at or past a maximum that is near theta if it has come so far: see below
          const double next = x - value / slope;
          if (value >= 0.0 || next - x <= 0.1 * unit_) return next;
          x = next;
        }
      }
      const double fastest = std::min({tau_m_, exc_.tau, inh_.tau}), slowest = std::max({tau_m_, exc_.tau, inh_.tau});
      double end = high;
      if (high == HUGE_VAL && theta < 0.0) {
        // v_inf lies above the threshold: somewhere ahead y is above theta for good.
        for (end = low + 0.5 * fastest;; end = low + 2.0 * (end - low)) {
          if (!(end < 1e5 * slowest)) return HUGE_VAL;
          if (!(from_theta(end).first < 0.0)) return solve(end);
        }
      }
      if (high < HUGE_VAL && from_theta(high).first >= 0.0) return solve(high);
      if (!rises_first || from_theta(low).second <= 0.0) return HUGE_VAL;
      if (high == HUGE_VAL) {
        // Ahead to where it falls, or can rise no more to theta.
        for (end = low + 0.5 * fastest;; end = low + 2.0 * (end - low)) {
          if (!(end < 1e5 * slowest)) return HUGE_VAL;
          const Point p = at(s, end);
          if (slope(p) <= 0.0) break;  // zero where all of it has vanished
          const double most =
              std::max(p.y, 0.0) + gain_ * (std::max(p.exc, 0.0) * exc_.peak + std::max(p.inh, 0.0) * inh_.peak);
          if (p.y >= theta) return solve(end);
          if (most < theta) return HUGE_VAL;
        }
      } else if (from_theta(high).second >= 0.0) {
        return HUGE_VAL;
      }
      // D falls through zero once: the root of -D, whose slope is D/tau_m + Q/c_m.
      const double top = upward_root(
          [&](double h) {
            const Point p = at(s, h);
            const double d = slope(p);
            return std::pair{-d, d * rate_m_ + (p.exc * exc_.rate + p.inh * inh_.rate) / c_m_};
          },
          low, end, 0.1 * unit_);
      return from_theta(top).first >= 0.0 ? solve(top) : HUGE_VAL;
    }

    Leak leak_;
    HoldTime hold_;
    double tau_m_, c_m_, unit_, threshold_, v_reset_, gain_, rate_m_;
    bool leaks_;
    Reset<double> reset_;
    Synapse exc_, inh_;
    bool alike_;  // both currents decay alike
  };

  double tau_m, tau_exc, tau_inh, c_m, e_l, v_th, v_reset, t_ref, i_e, reset;
};

PYSNN_NEURON(CubaLIF)
PYSNN_PAIRED_LOOPS(CubaLIF)

}  // namespace
}  // namespace pysnn
