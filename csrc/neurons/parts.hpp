// What neuron models are put together from: their table of parameters, the leaky membrane and the refractory hold, each
// on fixed steps and in continuous time.
#pragma once
#include <algorithm>
#include <cmath>
#include <exception>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "core/dispatch.hpp"
#include "core/params.hpp"
#include "core/time.hpp"

namespace pysnn {

// One parameter of a model: what it declares of it, and where it keeps it.
template <class Model>
struct Param {
  const char *name, *unit;
  double default_value;
  double Model::* member;
};
template <class Model>
using ParamTable = std::vector<Param<Model>>;

template <class Model>
std::vector<ParamInfo> declared(const ParamTable<Model>& table) {
  std::vector<ParamInfo> params;
  for (const Param<Model>& p : table) params.push_back({p.name, p.unit, p.default_value});
  return params;
}

template <class Model>
void read(const ParamTable<Model>& table, const ParamSet& values, Model& model) {
  for (const Param<Model>& p : table) model.*p.member = values[p.name];
}

inline Constants operator+(Constants some, const Constants& more) {
  some.insert(some.end(), more.begin(), more.end());
  return some;
}

// A neuron's equations cannot be followed any further; whoever knows the neuron says which one.
struct Unfollowable : std::exception {
  std::string why;
  explicit Unfollowable(std::string reason) : why(std::move(reason)) {}
  const char* what() const noexcept override { return why.c_str(); }
};

// mV that 1 pA brings a membrane in t ms: tau_m/c_m (1 - e^{-t/tau_m}), and without a leak (tau_m infinite) t/c_m.
inline double charged(double tau_m, double c_m, double t) {
  return std::isinf(tau_m) ? t / c_m : tau_m / c_m * -std::expm1(-t / tau_m);
}

// The membrane of delta synapses over a fixed step: tau_m dv/dt = -(v - e_l) + tau_m/c_m (i_e + i(t)), solved exactly.
template <class Real>
struct LeakStep {
  Real e_l, decay, gain, drive;

  template <class Model>
  LeakStep(const Model& m, double dt) : e_l(static_cast<Real>(m.e_l)) {
    const double per_pa = charged(m.tau_m, m.c_m, dt);
    decay = static_cast<Real>(std::exp(-dt / m.tau_m));
    gain = static_cast<Real>(per_pa);
    drive = static_cast<Real>(m.i_e * per_pa);
  }
  // For kernels/leak.cl.
  Constants constants() const { return {{"e_l", e_l}, {"decay", decay}, {"gain", gain}, {"drive", drive}}; }
  // v after the step, at whose end `arrived` mV are added.
  PYSNN_INLINE Real operator()(Real v, Real current, Real arrived) const {
    return e_l + (v - e_l) * decay + (drive + gain * current) + arrived;
  }
};

// The same membrane in continuous time, as y = v - v_inf: between events it decays to 0, or follows synaptic currents
// alone. A state keeps y and inf = v_inf - e_l, both in mV. Without a leak (tau_m infinite) y is v - e_l, and inf what
// a constant current makes it climb by, in mV/ms.
struct Leak {
  double e_l, gain, leaks, drive;  // mV, mV/pA; 1, or 0 without a leak; mV of i_e

  template <class Model>
  explicit Leak(const Model& m)
      : e_l(m.e_l), gain(std::isinf(m.tau_m) ? 1.0 / m.c_m : m.tau_m / m.c_m), leaks(std::isinf(m.tau_m) ? 0.0 : 1.0) {
    drive = told_apart(m.i_e * gain);
  }

  // y of a neuron at e_l.
  double rest() const { return -leaks * drive; }
  // A potential from e_l as y has it.
  template <class State>
  double from_inf(const State& s, double v) const {
    return v - leaks * s.inf;
  }
  template <class State>
  double v(const State& s) const {
    return e_l + (leaks * s.inf + s.y);
  }
  template <class State>
  void set_v(State& s, double v) const {
    s.y = from_inf(s, v - e_l);
  }
  // v does not jump where the current does.
  template <class State>
  void inject(State& s, double pA) const {
    const double inf = told_apart(drive + gain * pA);
    s.y += leaks * (s.inf - inf);
    s.inf = inf;
  }

 private:
  // No number where it is so far away that y would be the same at rest and at the threshold: for good, so that the
  // neuron is found out (at 1e14 mV potentials are still told apart by 0.02 mV).
  double told_apart(double inf) const {
    constexpr double furthest = 1e14;
    return leaks * std::abs(inf) <= furthest ? inf : std::numeric_limits<double>::quiet_NaN();
  }
};

// A threshold to reckon with: an infinite one, which no sum of weights comes near, as a number.
inline double reckoned(double v_th) { return std::min(v_th, 1e200); }

// What a spike does to v, as the parameter `reset` says: v comes to v_reset, or falls by v_th - v_reset from where it
// is. A Step calls it `reset`: all neurons of a population have the same kind, which the loop over them is told
// (ResetOneWay).
template <class Real>
struct Reset {
  Real v_reset, fall;
  Real kind;  // 0 or 1: of a Step whose members are all alike in size

  template <class Model>
  explicit Reset(const Model& m)
      : v_reset(static_cast<Real>(m.v_reset)), fall(static_cast<Real>(m.v_th - m.v_reset)),
        kind(static_cast<Real>(m.reset)) {}

  PYSNN_INLINE bool subtracts() const { return kind > Real(0); }
  PYSNN_INLINE void subtract(bool does) { kind = does ? Real(1) : Real(0); }
  void set_fall(double mV) { fall = static_cast<Real>(mV); }
  // For kernels/reset.cl.
  Constants constants() const { return {{"v_reset", v_reset}, {"fall", fall}, {"subtracts", kind}}; }
  PYSNN_INLINE Real operator()(Real v) const { return subtracts() ? v - fall : v_reset; }
};

// The refractory hold on fixed steps: a state of its own, the steps left.
template <class Real>
struct HoldSteps {
  Real steps;

  HoldSteps(double t_ref, const TimeBase& time, const std::string& owner)
      : steps(static_cast<Real>(time.tick(t_ref, owner + ": t_ref"))) {}

  PYSNN_INLINE static bool free(Real left) { return left <= Real(0); }
  // A neuron fires where v, at its highest at either end of the step, is not below the threshold and it is not held.
  // (At the begin of a step only what was set or held before can be that high.)
  PYSNN_INLINE static bool fires(Real left, Real highest, Real threshold) {
    return free(left) & (highest >= threshold);
  }
  PYSNN_INLINE Real next(Real left, bool fires) const {
    const Real all = steps;
    return fires ? all : (free(left) ? Real(0) : left - Real(1));
  }
};

// The refractory hold in continuous time: a state keeps `free`, up to and including which it is held.
struct HoldTime {
  Tick length;

  HoldTime(double t_ref, const TimeBase& time, const std::string& owner)
      : length(time.tick(t_ref, owner + ": t_ref")) {}

  template <class State>
  void begin(State& s, Tick t) const {
    s.free = t + length;
  }
  // As of its last event.
  template <class State>
  static bool holds(const State& s) {
    return s.last < s.free;
  }
  // Before `last` itself is: how long ago a hold ended is not kept, so that it cannot leave the range.
  template <class State>
  static void rebase(State& s, Tick ticks) {
    s.free = std::max(s.free - ticks, s.last - ticks);
  }
};

}  // namespace pysnn
