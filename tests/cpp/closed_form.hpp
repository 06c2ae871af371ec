// The membrane between events in long double, an event neuron brought into the same state, and the times at which
// each of both crosses the threshold.
#pragma once
#include <algorithm>
#include <random>
#include <vector>

#include "check.hpp"
#include "neurons/neuron.hpp"

namespace closed_form {

using namespace pysnn;

using Real = long double;
inline const TimeBase ticks(1e-12, false, false);

struct Params {
  double tau_m = 10.0, tau_exc = 2.0, tau_inh = 5.0, c_m = 250.0, e_l = -70.0, v_th = -55.0, v_reset = -70.0,
         t_ref = 2.0, i_e = 0.0, tau_adapt = 100.0, beta = 2.0;
  ParamSet cuba() const {
    ParamSet p = lif();
    p.set("tau_syn_exc", {tau_exc});
    p.set("tau_syn_inh", {tau_inh});
    return p;
  }
  ParamSet alif() const {
    ParamSet p = lif();
    p.set("tau_adapt", {tau_adapt});
    p.set("beta", {beta});
    return p;
  }
  ParamSet of(const std::string& model) const { return model == "ALIF" ? alif() : model == "LIF" ? lif() : cuba(); }
  ParamSet lif() const {
    ParamSet p;
    for (const auto& [name, value] : {std::pair{"tau_m", tau_m},
                                      {"c_m", c_m},
                                      {"e_l", e_l},
                                      {"v_th", v_th},
                                      {"v_reset", v_reset},
                                      {"t_ref", t_ref},
                                      {"i_e", i_e},
                                      {"reset", 0.0}})
      p.set(name, {value});
    return p;
  }
};

// The first spike of a lone neuron left to itself, in ms; -1 if there is none within `longest` ms. It is looked
// at only when it asked to be.
inline double first_spike(EventNeurons& neurons, double longest, Tick now = 0) {
  std::vector<Wake> wakes;
  std::vector<Fired> fired;
  neurons.predict(0, 1, now, wakes);
  while (!wakes.empty()) {
    const Wake wake = wakes.back();
    wakes.clear();
    if (ticks.ms(wake.time) > longest) return -1.0;
    const Arrival look = Arrival::look(1, 0);
    EventWindow window{wake.time - 1, wake.time, {&look, 1}, nullptr, fired, wakes};
    neurons.advance(window);
    if (!fired.empty()) return ticks.ms(fired[0].time);
  }
  return -1.0;
}

// mV from 1 pA that decays with tau, after h ms: the convolution of both exponentials.
inline Real transfer(Real tau, Real tau_m, Real c_m, Real h) {
  const Real x = h / tau_m - h / tau;
  const Real ratio = std::abs(x) < 1e-12L ? 1.0L + x / 2 : std::expm1(x) / x;
  return std::exp(-h / tau_m) * ratio * h / c_m;
}

// mV from a current (h/tau) e^{-h/tau} pA: the convolution h^2 e^{-h/tau_m}/(c_m tau) times the integral of
// u e^{x u} over u in [0, 1].
inline Real late_transfer(Real tau, Real tau_m, Real c_m, Real h) {
  const Real x = h / tau_m - h / tau;
  Real integral = 0.0L;
  if (std::abs(x) < 0.5L) {
    Real term = 1.0L;
    for (int n = 0; n < 30; ++n, term *= x / n) integral += term / (n + 2);
  } else {
    integral = (x * std::exp(x) - std::expm1(x)) / (x * x);
  }
  return h * h * std::exp(-h / tau_m) / (c_m * tau) * integral;
}

// What crosses v_th: v, less what adaptation adds to the threshold.
struct Curve {
  Params p;
  Real v, exc, inh, rise_exc = 0.0L, rise_inh = 0.0L, b = 0.0L;
  Real inf() const { return p.e_l + Real(p.i_e) * p.tau_m / p.c_m; }
  Real operator()(Real h) const {
    return inf() + (v - inf()) * std::exp(-h / p.tau_m) + exc * transfer(p.tau_exc, p.tau_m, p.c_m, h) +
           inh * transfer(p.tau_inh, p.tau_m, p.c_m, h) + rise_exc * late_transfer(p.tau_exc, p.tau_m, p.c_m, h) +
           rise_inh * late_transfer(p.tau_inh, p.tau_m, p.c_m, h) - adaptation(h);
  }
  Real adaptation(Real h) const { return b * std::exp(-h / p.tau_adapt); }
  Real slope_of_v(Real h) const {
    return (inf() - ((*this)(h) + adaptation(h))) / p.tau_m + (i_exc(h) + i_inh(h)) / p.c_m;
  }
  Real slope(Real h) const { return slope_of_v(h) + adaptation(h) / p.tau_adapt; }
  Real curvature(Real h) const {
    const Real falls = (i_exc(h) - rise_exc * std::exp(-h / p.tau_exc)) / p.tau_exc +
                       (i_inh(h) - rise_inh * std::exp(-h / p.tau_inh)) / p.tau_inh;
    return -slope_of_v(h) / p.tau_m - falls / p.c_m - adaptation(h) / (p.tau_adapt * p.tau_adapt);
  }
  Real i_exc(Real h) const { return (exc + rise_exc * h / p.tau_exc) * std::exp(-h / p.tau_exc); }
  Real i_inh(Real h) const { return (inh + rise_inh * h / p.tau_inh) * std::exp(-h / p.tau_inh); }
};

// A lone neuron of the model in the state that the curve starts from.
inline std::unique_ptr<EventNeurons> neuron(const std::string& model, const Curve& f) {
  const auto& entry = NeuronModels::get("neuron model", model);
  const ParamSet params = f.p.of(model);
  auto neurons = entry.event({params, ticks, 1, 0, "test"});
  const Real state[] = {f.v, model == "ALIF" ? f.b : f.exc, f.inh, f.rise_exc, f.rise_inh};
  for (std::size_t k = 0; k < entry.info.states.size(); ++k) neurons->set_state(k, 0, static_cast<double>(state[k]), 0);
  return neurons;
}

// v at some hundred times, dense at first and twice as wide after every 64, with all of its maxima among them: the
// slope is known at each, and between two at which it falls through zero the maximum is found by bisection. The state
// is carried from time to time by the closed form, which costs a few products.
class Dense {
 public:
  struct Sample {
    Real time, v;
  };

  Dense(const Curve& f, Real longest) : f_(f), highest_(f(0.0L)) {
    const Params& p = f.p;
    Real y = f.v - f.inf(), b = f.b, exc = f.exc, inh = f.inh, rise_exc = f.rise_exc, rise_inh = f.rise_inh;
    const auto slope = [&] { return (exc + inh) / p.c_m - y / p.tau_m + b / p.tau_adapt; };
    Real before = slope(), begin = 0.0L, dt = std::min({p.tau_m, p.tau_exc, p.tau_inh}) / Real(64);
    samples_.push_back({0.0L, highest_});
    for (; begin < longest; begin += 64 * dt, dt *= 2) {
      dt = std::min(dt, (longest - begin) / 64);
      const Real m = std::exp(-dt / p.tau_m), e = std::exp(-dt / p.tau_exc), i = std::exp(-dt / p.tau_inh);
      const Real a = std::exp(-dt / p.tau_adapt);
      const Real by_exc = transfer(p.tau_exc, p.tau_m, p.c_m, dt), by_inh = transfer(p.tau_inh, p.tau_m, p.c_m, dt);
      const Real late_exc = late_transfer(p.tau_exc, p.tau_m, p.c_m, dt);
      const Real late_inh = late_transfer(p.tau_inh, p.tau_m, p.c_m, dt);
      for (int k = 1; k <= 64; ++k) {
        y = y * m + (exc * by_exc + rise_exc * late_exc) + (inh * by_inh + rise_inh * late_inh);
        exc = (exc + rise_exc * dt / p.tau_exc) * e;
        inh = (inh + rise_inh * dt / p.tau_inh) * i;
        rise_exc *= e;
        rise_inh *= i;
        b *= a;
        const Real now = slope(), time = begin + k * dt;
        if (before > 0.0L && now <= 0.0L) add_maximum(time - dt, time);
        samples_.push_back({time, f.inf() + y - b});
        before = now;
      }
    }
  }

  // The first time at which v is at the threshold, -1 if there is none.
  Real crossing(Real threshold) const {
    if (samples_[0].v >= threshold) return 0.0L;
    for (std::size_t k = 1; k < samples_.size(); ++k) {
      if (samples_[k].v < threshold) continue;
      Real low = samples_[k - 1].time, high = samples_[k].time;
      while (high - low > 1e-16L * high) {
        const Real middle = (low + high) / 2;
        if (middle <= low || middle >= high) break;
        (f_(middle) < threshold ? low : high) = middle;
      }
      return high;
    }
    return -1.0L;
  }

  // The maxima that are higher than everything before them.
  const std::vector<Sample>& summits() const { return summits_; }
  Real highest() const {
    return std::max_element(samples_.begin(), samples_.end(), [](auto& a, auto& b) { return a.v < b.v; })->v;
  }

 private:
  void add_maximum(Real low, Real high) {
    // 1e-11 ms beside a maximum of curvature 1 mV/ms^2 v is 5e-23 mV lower.
    while (high - low > 1e-12L * high) {
      const Real middle = (low + high) / 2;
      (f_.slope(middle) > 0.0L ? low : high) = middle;
    }
    const Sample top{high, f_(high)};
    if (top.v > highest_) summits_.push_back(top);
    samples_.push_back(top);
    highest_ = std::max(highest_, top.v);
  }

  Curve f_;
  std::vector<Sample> samples_, summits_;
  Real highest_;
};

// How far v in double precision may be off after h ms. Each term of v and each number that the threshold is compared
// with is rounded a dozen times, half a last bit each, and e^-x carries x times the rounding of its argument. A
// response is the difference of two decays over that of their rates, which for short h is far smaller than both of
// them.
inline Real rounding(const Curve& f, Real h) {
  const Params& p = f.p;
  const auto decay = [&](Real tau) { return (1 + h / tau) * std::exp(-h / tau); };
  const auto response = [&](Real tau, Real i, Real rise) {
    const Real apart = std::abs(1 / tau - 1 / Real(p.tau_m));
    const Real wait = std::abs(tau - p.tau_m) > 0.05L * std::max(tau, Real(p.tau_m)) ? 1 / apart : h;
    return (std::abs(i) + std::abs(rise) * h / tau) * wait * std::max(decay(tau), decay(p.tau_m)) / p.c_m;
  };
  const Real inf = std::abs(Real(p.i_e) * p.tau_m / p.c_m);
  const Real size = 2 * inf + std::abs(p.v_th - p.e_l) + std::abs(f.v - f.inf()) * decay(p.tau_m) +
                    std::abs(f.b) * decay(p.tau_adapt) + response(p.tau_exc, f.exc, f.rise_exc) +
                    response(p.tau_inh, f.inh, f.rise_inh);
  return 16 * 0x1p-53L * size;
}

// How far an error of v moves the time of a crossing with slope s and curvature -c: to where s d - c d^2/2 makes up
// for it. Below a maximum by less than the error, it is as far as to the maximum and over it.
inline Real time_error(const Curve& f, Real crossing, Real error) {
  const Real slope = f.slope(crossing), curvature = std::max(-f.curvature(crossing), Real(0));
  return 2 * error / (slope + std::sqrt(std::max(slope * slope - 2 * curvature * error, Real(0))));
}

// Of the time of a crossing: ticks of 1e-12 ms, roots found to a tenth of them, and what rounding of v does to it.
inline double tolerance(const Curve& f, Real crossing) {
  return static_cast<double>(2e-12L + time_error(f, crossing, rounding(f, crossing)));
}

using Uniform = std::uniform_real_distribution<double>;

inline Params random_params(std::mt19937_64& random) {
  const auto log_uniform = [&](double low, double high) {
    return std::exp(std::uniform_real_distribution(std::log(low), std::log(high))(random));
  };
  Params p;
  p.tau_m = log_uniform(1.0, 50.0);
  p.tau_exc = log_uniform(0.2, 100.0);
  p.tau_inh = log_uniform(0.2, 100.0);
  switch (random() % 6) {  // equal and nearly equal time constants
    case 0:
      p.tau_exc = p.tau_m;
      break;
    case 1:
      p.tau_inh = p.tau_exc;
      break;
    case 2:
      p.tau_exc = p.tau_m * (1.0 + 1e-9);
      break;
    case 3:
      p.tau_inh = p.tau_m * 1.03;
      break;
    default:
      break;
  }
  p.c_m = log_uniform(50.0, 500.0);
  p.i_e = std::uniform_real_distribution(-1.0, 1.5)(random) * 15.0 * p.c_m / p.tau_m;
  return p;
}

// Rises of either sign for alpha-shaped currents, so that v may turn four times.
inline void add_rises(Curve& f, std::mt19937_64& random, double unit) {
  f.rise_exc = unit * Uniform(-3.0, 12.0)(random);
  f.rise_inh = unit * Uniform(-12.0, 3.0)(random);
}

}  // namespace closed_form
