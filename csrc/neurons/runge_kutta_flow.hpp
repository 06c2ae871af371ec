// Continuous time for models without closed form: each neuron takes steps of its own between its events, as long as
// the embedded pair of Dormand & Prince (1980, J. Comput. Appl. Math. 6:19), orders 5 and 4, finds their error within
// the model's tolerance.
//
// A model gives its vector field, alike for a fixed step (runge_kutta_step.hpp) and for this:
//
//   struct Model {
//     double peak() const;          a spike is when the first state, v, rises to it
//     double refractory() const;    ms that v is held after a spike
//     double tolerance() const;     of the error of a step in each state
//     double longest_step() const;  ms that a fixed step may have at most, or it would not be stable
//     void check_continuous(const std::string& owner) const;   optional: throws if it cannot run in continuous time
//     template <class Real> struct Field {
//       static constexpr std::size_t n_states, n_receptors;
//       static constexpr bool resets;      whether a spike moves v below the peak
//       explicit Field(const Model&);
//       void operator()(const Real (&x)[n_states], Real current, Real (&dx)[n_states]) const;   per ms, current in pA
//       void arrive(Real (&x)[n_states], const Real (&sum)[n_receptors]) const;
//       void reset(Real (&x)[n_states]) const;
//     };
//   };
//
// (Where other states than v are held too, the field and arrive are told whether the neuron is, and `where(x)` says in
// messages where it is. A field that was compiled apart has `reach` and `step` of its own, as they are below.)
//
// The ends of a neuron's steps, its knots, follow from its events alone, and between knots its state is one shorter
// step from the knot before: so where windows and runs end changes no bit, as event_neurons.hpp demands.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <utility>

#include "core/error.hpp"
#include "core/time.hpp"
#include "math/crossing.hpp"
#include "neurons/parts.hpp"

namespace pysnn {

template <class Model>
class RungeKuttaFlow {
  using Field = typename Model::template Field<double>;
  static constexpr std::size_t n = Field::n_states;
  using Vector = double[n];
  static constexpr bool has_step = requires { &Field::step; };
  static constexpr bool holds_several = requires(const Field& field, Vector& x) { field(x, 0.0, true, x); };

 public:
  static constexpr std::size_t n_receptors = Field::n_receptors;

  struct State {
    Vector x, next;    // at the knot `last`, and at the next one
    double current;    // pA
    double h, h_anew;  // ms: of the next step to be tried, here and after an event
    Tick last, end;    // the two knots; no step is known where end == last
    bool anew = true;  // whether an event was at `last`
    Tick spike;        // between them, or never
    Tick free;         // v is held up to here
    Tick wake = never;
    Tick mark;            // where `steps` was last a multiple of steps_at_once
    std::uint32_t steps;  // taken so far

    template <class Self, class See>
    static constexpr void fields(Self& s, See&& see) {
      see("x", s.x);
      see("next", s.next);
      see("current", s.current);
      see("h", s.h);
      see("h_anew", s.h_anew);
      see("last", s.last);
      see("end", s.end);
      see("anew", s.anew);
      see("spike", s.spike);
      see("free", s.free);
      see("wake", s.wake);
      see("mark", s.mark);
      see("steps", s.steps);
    }
  };

  RungeKuttaFlow(const Model& model, const TimeBase& time, const std::string& owner)
      : model_(model), field_(model), unit_(time.unit()), peak_(model.peak()), tolerance_(model.tolerance()),
        hold_(model.refractory(), time, owner) {
    if constexpr (requires { model.check_continuous(owner); }) model.check_continuous(owner);
  }

  State rest() const {
    State s{};
    for (std::size_t k = 0; k < n; ++k) s.x[k] = model_.initial(k);
    s.h = s.h_anew = first_step;
    s.spike = never;
    return s;
  }

  double get(const State& s, std::size_t state, Tick now) const {
    State there = s;
    advance(there, now);
    return there.x[state];
  }
  void set(State& s, std::size_t state, double value) const {
    s.x[state] = value;
    forget(s);
  }
  void inject(State& s, double pA) const {
    s.current = pA;
    forget(s);
  }

  void advance(State& s, Tick t) const {
    while (t > s.last) {
      look(s);
      if (t < s.end) {
        Vector x;
        reach(s, ms(t - s.last), x);
        std::copy(x, x + n, s.x);
        s.last = t;
        forget(s);
      } else {
        go_on(s);
      }
    }
  }

  Tick crossing(State& s, Tick limit) const {
    for (;;) {
      look(s);
      if (s.spike <= limit) return s.spike;
      if (s.end > limit) return never;
      go_on(s);
    }
  }

  Tick bound(State& s) const {
    look(s);
    return std::min(s.spike, s.end);
  }

  // Nothing that could be known before the arrival itself.
  struct Decays {};
  struct DecayTable {};
  void decays(const double*, std::size_t, DecayTable&) const {}
  Decays decays(const DecayTable&, std::size_t) const { return {}; }
  Decays decays(Tick) const { return {}; }

  bool arrive(State& s, Tick t, const double (&sum)[n_receptors], bool crosses, const Decays&) const {
    advance(s, t);
    const bool below = s.x[0] < peak_;
    if constexpr (holds_several)
      field_.arrive(s.x, sum, t <= s.free);
    else
      field_.arrive(s.x, sum);
    forget(s);
    return t > s.free && (crosses || (below && s.x[0] >= peak_));
  }

  void fire(State& s, Tick t) const {
    advance(s, t);
    s.x[0] = std::max(s.x[0], peak_);  // so that rounding lets no spike happen twice
    field_.reset(s.x);
    hold_.begin(s, t);
    forget(s);
  }

  void rebase(State& s, Tick ticks) const {
    s.end -= ticks;
    s.mark -= ticks;
    hold_.rebase(s, ticks);
    if (s.spike != never) s.spike -= ticks;
  }

  Tick refractory() const { return hold_.length; }
  bool finite(const State& s) const {
    bool all = true;
    for (std::size_t k = 0; k < n; ++k) all = all && std::isfinite(s.x[k]);
    return all;
  }

 private:
  static constexpr double first_step = 0.1, longest_step = 1000.0;  // ms
  // So many steps of one neuron must get further than so many ms each: else the run would seem to hang.
  static constexpr std::uint32_t steps_at_once = 1 << 16;
  static constexpr double shortest_mean = 1e-5;

  double ms(Tick ticks) const { return static_cast<double>(ticks) * unit_; }
  // After an event no step is known, and the first one is tried as long as the first was after the event before.
  static void forget(State& s) {
    s.end = s.last;
    s.spike = never;
    s.h = s.h_anew;
    s.anew = true;
  }
  static void go_on(State& s) {
    std::copy(s.next, s.next + n, s.x);
    s.last = s.end;
    s.spike = never;
  }

  void slope(const State& s, const Vector& x, Vector& d) const {
    if constexpr (holds_several) {
      field_(x, s.current, hold_.holds(s), d);
    } else {
      field_(x, s.current, d);
      if (hold_.holds(s)) d[0] = 0.0;
    }
  }

  std::string where(const State& s) const {
    if constexpr (requires { model_.where(s.x); })
      return model_.where(s.x);
    else
      return "v = " + show(s.x[0]) + " mV";
  }

  // The stages of a step of h ms from the knot, and the state after it.
  void stages(const State& s, double h, double (&k)[6][n], Vector& to) const {
    static constexpr double a[5][5] = {{1.0 / 5},
                                       {3.0 / 40, 9.0 / 40},
                                       {44.0 / 45, -56.0 / 15, 32.0 / 9},
                                       {19372.0 / 6561, -25360.0 / 2187, 64448.0 / 6561, -212.0 / 729},
                                       {9017.0 / 3168, -355.0 / 33, 46732.0 / 5247, 49.0 / 176, -5103.0 / 18656}};
    static constexpr double b[6] = {35.0 / 384, 0.0, 500.0 / 1113, 125.0 / 192, -2187.0 / 6784, 11.0 / 84};
    slope(s, s.x, k[0]);
#pragma GCC unroll 5
    for (std::size_t stage = 0; stage < 5; ++stage) {
      Vector x;
      for (std::size_t i = 0; i < n; ++i) {
        double sum = 0.0;
        for (std::size_t j = 0; j <= stage; ++j) sum += a[stage][j] * k[j][i];
        x[i] = s.x[i] + h * sum;
      }
      slope(s, x, k[stage + 1]);
    }
    for (std::size_t i = 0; i < n; ++i) {
      double sum = 0.0;
      for (std::size_t j = 0; j < 6; ++j) sum += b[j] * k[j][i];
      to[i] = s.x[i] + h * sum;
    }
  }

  // Within a step that is known to be short enough.
  void reach(const State& s, double h, Vector& to) const {
    if constexpr (has_step) {
      field_.reach(s.x, s.current, hold_.holds(s), h, to);
    } else {
      double k[6][n];
      stages(s, h, k, to);
    }
  }

  // A step, with the slope at its end and its error, in units of the tolerance.
  double step(const State& s, double h, Vector& to, Vector& slope_there) const {
    if constexpr (has_step) return field_.step(s.x, s.current, hold_.holds(s), h, tolerance_, to, slope_there);
    static constexpr double e[7] = {71.0 / 57600,      0.0,        -71.0 / 16695, 71.0 / 1920,
                                    -17253.0 / 339200, 22.0 / 525, -1.0 / 40};
    double k[6][n];
    stages(s, h, k, to);
    slope(s, to, slope_there);
    double worst = 0.0;
    for (std::size_t i = 0; i < n; ++i) {
      double sum = e[6] * slope_there[i];
      for (std::size_t j = 0; j < 6; ++j) sum += e[j] * k[j][i];
      const double error = std::abs(h * sum) / tolerance_;
      if (!(error <= worst)) worst = std::isfinite(error) ? error : HUGE_VAL;
    }
    return worst;
  }

  // About error^{-1/5}, the same bits with every library.
  static double root(double error) { return 1.0 / std::sqrt(std::sqrt(error)); }

  // Know the next knot, and whether it spikes on the way.
  void look(State& s) const {
    if (s.end > s.last) return;
    if (++s.steps % steps_at_once == 0) check_progress(s);
    const bool held = hold_.holds(s);
    const Tick longest = held ? s.free - s.last : static_cast<Tick>(longest_step / unit_);
    Vector slope_there;
    for (double h = s.h;;) {
      const Tick ticks = std::clamp(static_cast<Tick>(h / unit_), Tick{1}, longest);
      h = ms(ticks);
      const double error = step(s, h, s.next, slope_there);
      if (error <= 1.0) {
        s.end = s.last + ticks;
        // Where it had to stop short for the end of a hold, the step tried before is as good a guess as any.
        const double grown = h * std::min(5.0, 0.9 * root(error));
        s.h = std::min(ticks == longest ? std::max(grown, s.h) : grown, longest_step);
        if (s.anew && !held) s.h_anew = s.h;
        s.anew = false;
        break;
      }
      if (ticks == 1) {
        run_away(s);
        return;
      }
      h *= std::isfinite(error) ? std::max(0.2, 0.9 * root(error)) : 0.2;
    }
    if (!held) s.spike = find_spike(s, slope_there);
  }

  [[gnu::noinline]] void check_progress(State& s) const {
    if (ms(s.last - s.mark) < steps_at_once * shortest_mean)
      throw Unfollowable{"takes steps of less than " + show(shortest_mean) + " ms at " + where(s) +
                         " (check its parameters, weights, currents and tolerance)"};
    s.mark = s.last;
  }

  // Steeper than any tick can follow: a spike, if that takes it to its peak. (From far below, where inhibition has
  // brought it, it may come back as steeply, and not as far.)
  void run_away(State& s) const {
    if (!std::isfinite(s.x[0]) || !comes_to_peak(s))
      throw Unfollowable{"has equations that cannot be followed within the tolerance at " + where(s) +
                         " (check its parameters, weights and currents)"};
    std::copy(s.x, s.x + n, s.next);
    s.next[0] = peak_;
    s.spike = s.end = s.last + 1;
    s.h = first_step;
  }

  // In hardly any time, by its slopes on the way: at ever longer stretches to the middle of it, then at ever shorter
  // ones.
  bool comes_to_peak(const State& s) const {
    const double way = peak_ - s.x[0], hardly_any = 1e5 * unit_;
    double time = 0.0;
    Vector x, d;
    std::copy(s.x, s.x + n, x);
    const auto goes_on = [&](double gone, double stretch) {
      x[0] = s.x[0] + gone;
      slope(s, x, d);
      if (!(d[0] > 0.0)) return false;
      time += stretch / d[0];
      return time <= hardly_any;
    };
    if (!goes_on(0.0, 0.0)) return false;
    double gone = std::max(0.01 * d[0] * unit_, 1e-12 * way), left = 0.5 * way;
    while (gone < 0.5 * way) {
      if (!goes_on(gone, gone)) return false;
      gone *= 2.0;
    }
    while (left > unit_) {
      if (!goes_on(way - left, 0.5 * left)) return false;
      left *= 0.5;
    }
    return true;
  }

  Tick find_spike(const State& s, const Vector& slope_there) const {
    const double from = s.x[0] - peak_, to = s.next[0] - peak_, h = ms(s.end - s.last);
    if (from >= 0.0) return Field::resets ? s.last + 1 : never;
    const auto curve = [&](double at) {
      Vector x, d;
      reach(s, at, x);
      slope(s, x, d);
      return std::pair{x[0] - peak_, d[0]};
    };
    double top = h;
    if (to < 0.0) {
      // It may have been there and gone back: v is then at its highest where its slope vanishes.
      Vector slope_here;
      slope(s, s.x, slope_here);
      if (!(slope_here[0] > 0.0 && slope_there[0] < 0.0)) return never;
      if (from + slope_here[0] * h < 0.0 || to - slope_there[0] * h < 0.0) return never;
      const auto descent = [&](double at) {
        const double d = 1e-3 * h;
        const double here = curve(at).second;
        return std::pair{-here, (here - curve(std::max(at - d, 0.0)).second) / -d};
      };
      top = upward_root(descent, 0.0, h, unit_);
      if (curve(top).first < 0.0) return never;
    }
    const double at = upward_root(curve, 0.0, top, 0.1 * unit_);
    return s.last + std::clamp(static_cast<Tick>(std::nearbyint(at / unit_)), Tick{1}, s.end - s.last);
  }

  Model model_;
  Field field_;
  double unit_, peak_, tolerance_;
  HoldTime hold_;
};

}  // namespace pysnn
