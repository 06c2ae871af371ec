// Spike times of the closed forms against bisection in long double, on random cases and on ones that just touch.
#include <algorithm>
#include <random>

#include "check.hpp"
#include "neurons/neuron.hpp"

using namespace pysnn;

namespace {

using Real = long double;
const TimeBase ticks(1e-12, false, false);

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
                                      {"i_e", i_e}})
      p.set(name, {value});
    return p;
  }
};

// The first spike of a lone neuron left to itself, in ms; -1 if there is none within `longest` ms. It is looked
// at only when it asked to be.
double first_spike(EventNeurons& neurons, double longest, Tick now = 0) {
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
Real transfer(Real tau, Real tau_m, Real c_m, Real h) {
  const Real x = h / tau_m - h / tau;
  const Real ratio = std::abs(x) < 1e-12L ? 1.0L + x / 2 : std::expm1(x) / x;
  return std::exp(-h / tau_m) * ratio * h / c_m;
}

// mV from a current (h/tau) e^{-h/tau} pA: the convolution h^2 e^{-h/tau_m}/(c_m tau) times the integral of
// u e^{x u} over u in [0, 1].
Real late_transfer(Real tau, Real tau_m, Real c_m, Real h) {
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
  Real slope(Real h) const {
    return adaptation(h) / p.tau_adapt + (inf() - (*this)(h)-adaptation(h)) / p.tau_m +
           ((exc + rise_exc * h / p.tau_exc) * std::exp(-h / p.tau_exc) +
            (inh + rise_inh * h / p.tau_inh) * std::exp(-h / p.tau_inh)) /
               p.c_m;
  }
};

// A lone neuron of the model in the state that the curve starts from.
std::unique_ptr<EventNeurons> neuron(const std::string& model, const Curve& f) {
  const auto& entry = NeuronModels::get("neuron model", model);
  const ParamSet params = f.p.of(model);
  auto neurons = entry.event({params, ticks, 1, 0, "test"});
  const Real state[] = {f.v, model == "ALIF" ? f.b : f.exc, f.inh, f.rise_exc, f.rise_inh};
  for (std::size_t k = 0; k < entry.info.states.size(); ++k) neurons->set_state(k, 0, static_cast<double>(state[k]), 0);
  return neurons;
}

// Samples, dense at first and wide later; between three of them that hold a maximum, golden section.
struct Crossing {
  Real time = -1.0L;     // of the first crossing found
  Real highest = -1e9L;  // of v before it
};

Crossing brute_crossing(const Curve& f, Real longest) {
  Crossing result;
  const Real threshold = f.p.v_th;
  const auto bisect = [&](Real low, Real high) {
    for (int k = 0; k < 90; ++k) (f((low + high) / 2) < threshold ? low : high) = (low + high) / 2;
    return high;
  };
  const int n = 1200;
  const auto place = [&](int k) {
    const Real x = Real(k) / n;
    return longest * x * x * x;
  };
  Real before = f(0), earlier = before;
  if (before >= threshold) return {0.0L, before};
  for (int k = 1; k <= n; ++k) {
    const Real value = f(place(k));
    if (k >= 2 && before >= earlier && before >= value) {
      Real low = place(k - 2), high = place(k);
      for (int round = 0; round < 120; ++round) {
        const Real a = low + (high - low) * 0.382L, b = low + (high - low) * 0.618L;
        if (f(a) < f(b))
          low = a;
        else
          high = b;
      }
      const Real top = (low + high) / 2;
      result.highest = std::max(result.highest, f(top));
      if (f(top) >= threshold) {
        result.time = bisect(place(k - 2), top);
        return result;
      }
    }
    result.highest = std::max(result.highest, value);
    if (value >= threshold) {
      result.time = bisect(place(k - 1), place(k));
      return result;
    }
    earlier = before;
    before = value;
  }
  return result;
}

// How far rounding of v by a few last bits can move the time of a crossing.
double tolerance(const Curve& f, Real crossing) {
  const Real currents = std::abs(f.exc) + std::abs(f.inh) + std::abs(f.rise_exc) + std::abs(f.rise_inh);
  const Real size = std::abs(f.p.e_l) + std::abs(f.p.v_th) + std::abs(f.b) + currents * f.p.tau_m / f.p.c_m;
  return 1e-10 + static_cast<double>(4e-16L * size / std::max(f.slope(crossing), Real(1e-9)));
}

Params random_params(std::mt19937_64& random) {
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

using Uniform = std::uniform_real_distribution<double>;

// Where a neuron starts; grazing: so that what crosses often has a maximum of its own.
using Start = Curve (*)(std::mt19937_64&, bool grazing);

Curve currents(std::mt19937_64& random, bool grazing) {
  Params p = random_params(random);
  const double unit = 15.0 * p.c_m / p.tau_m;
  if (!grazing)
    return {p, Uniform(-90.0, -55.0)(random), unit * Uniform(-1.0, 6.0)(random), unit * Uniform(-6.0, 1.0)(random)};
  p.i_e = std::min(p.i_e, 0.5 * unit);
  return {p, Uniform(-90.0, -70.0)(random), unit * Uniform(0.5, 6.0)(random), unit * Uniform(-6.0, 0.5)(random)};
}

// Rises of either sign for alpha-shaped currents, so that v may turn four times.
Curve rising_currents(std::mt19937_64& random, bool grazing) {
  Curve f = currents(random, grazing);
  const double unit = 15.0 * f.p.c_m / f.p.tau_m;
  f.rise_exc = unit * Uniform(-3.0, 12.0)(random);
  f.rise_inh = unit * Uniform(-12.0, 3.0)(random);
  return f;
}

// v may start above v_th and fall while the threshold comes down, and b may be negative. Where both fall to their
// ends, the threshold first, or both rise, v first, there may be a maximum of v above it.
Curve adaptive(std::mt19937_64& random, bool grazing) {
  Params p = random_params(random);
  p.tau_adapt = p.tau_exc;
  Curve f{p, 0.0L, 0.0L, 0.0L};
  const double sign = p.tau_adapt < p.tau_m ? 1.0 : -1.0;
  f.b = grazing ? sign * Uniform(1.0, 60.0)(random) : Uniform(-30.0, 60.0)(random);
  f.v = grazing ? f.inf() + sign * Uniform(1.0, 60.0)(random)
                : Real(Uniform(-90.0, p.v_th + static_cast<double>(f.b))(random));
  return f;
}

double longest_of(const Params& p) { return 12.0 * std::max({p.tau_m, p.tau_exc, p.tau_inh}); }

void check_random_states(const std::string& model, Start start) {
  std::mt19937_64 random(1);
  int crossed = 0, silent = 0;
  for (int k = 0; k < 3000; ++k) {
    const Curve f = start(random, false);
    const double longest = longest_of(f.p);
    const Crossing expected = brute_crossing(f, longest);
    const double got = first_spike(*neuron(model, f), longest);
    if (expected.time >= 0.0L) {
      ++crossed;
      CHECK_NEAR(got, static_cast<double>(expected.time), tolerance(f, expected.time));
    } else {
      ++silent;
      CHECK_EQ(got, -1.0);
    }
  }
  CHECK(crossed > 500);
  CHECK(silent > 500);
}

void check_grazing(const std::string& model, Start start) {
  std::mt19937_64 random(2);
  int cases = 0;
  for (int k = 0; k < 2000; ++k) {
    Curve f = start(random, true);
    f.p.v_th = 1e6;
    const double longest = longest_of(f.p);
    const Real top = brute_crossing(f, longest).highest;
    if (top < f(0.0L) + 1.0L || top < f.inf() + 1.0L) continue;  // no maximum of its own
    const double depth = std::pow(10.0, Uniform(-11.0, -1.0)(random));
    ++cases;
    f.p.v_th = static_cast<double>(top - depth);
    const Crossing expected = brute_crossing(f, longest);
    CHECK_NEAR(first_spike(*neuron(model, f), longest), static_cast<double>(expected.time),
               tolerance(f, expected.time));
    f.p.v_th = static_cast<double>(top + depth);
    CHECK_EQ(first_spike(*neuron(model, f), longest), -1.0);
  }
  CHECK(cases > 500);
}

}  // namespace

TEST(cuba_lif_spike_times_equal_bisection_on_random_states) { check_random_states("CubaLIF", currents); }
TEST(alpha_lif_spike_times_equal_bisection_on_random_states) { check_random_states("AlphaLIF", rising_currents); }
TEST(alpha_lif_without_rises_is_cuba_lif) { check_random_states("AlphaLIF", currents); }
TEST(cuba_lif_misses_no_grazing_spike_and_invents_none) { check_grazing("CubaLIF", currents); }
TEST(alpha_lif_misses_no_grazing_spike_and_invents_none) { check_grazing("AlphaLIF", rising_currents); }
TEST(alif_spike_times_equal_bisection_on_random_states) { check_random_states("ALIF", adaptive); }
TEST(alif_misses_no_grazing_spike_and_invents_none) { check_grazing("ALIF", adaptive); }

TEST(alif_crosses_at_the_same_time_from_every_state_on_the_way) {
  std::mt19937_64 random(4);
  int crossed = 0;
  for (int k = 0; k < 3000; ++k) {
    const Curve f = adaptive(random, k % 2 == 0);
    const double longest = longest_of(f.p);
    const double expected = first_spike(*neuron("ALIF", f), longest);
    if (expected < 1e-6) continue;
    ++crossed;
    const auto on_the_way = static_cast<Tick>(Uniform(0.0, 0.999)(random) * expected * 1e12);
    auto neurons = neuron("ALIF", f);
    const double v = neurons->state(0, 0, on_the_way);
    neurons->set_state(0, 0, v, on_the_way);
    CHECK_NEAR(first_spike(*neurons, longest, on_the_way), expected, 2.0 * tolerance(f, expected));
  }
  CHECK(crossed > 500);
}

TEST(time_constants_may_lie_thirteen_orders_of_magnitude_apart) {
  // A brief strong pulse beside a current that does not decay.
  Params p;
  p.tau_exc = 1e12;
  p.tau_inh = 0.05;
  p.c_m = 1e6;
  for (const double exc : {0.0, 1.0}) {
    for (const bool alpha : {false, true}) {
      const Curve f{p, -70.0L, exc, alpha ? 0.0L : 1e9L, 0.0L, alpha ? 1e9L : 0.0L};
      const Crossing expected = brute_crossing(f, 1.0L);
      CHECK(expected.time > 0.0L);
      CHECK_NEAR(first_spike(*neuron(alpha ? "AlphaLIF" : "CubaLIF", f), 1.0), static_cast<double>(expected.time),
                 1e-10);
    }
  }
}

TEST(lif_spike_times_equal_the_logarithm) {
  std::mt19937_64 random(3);
  for (int k = 0; k < 3000; ++k) {
    const Params p = random_params(random);
    const ParamSet params = p.lif();
    auto neurons = NeuronModels::get("neuron model", "LIF").event({params, ticks, 1, 0, "test"});
    const double v = std::uniform_real_distribution(-90.0, -55.0)(random);
    neurons->set_state(0, 0, v, 0);
    const Real inf = p.e_l + Real(p.i_e) * p.tau_m / p.c_m;
    const double got = first_spike(*neurons, 1e5);
    if (inf > p.v_th) {
      const Real expected = p.tau_m * std::log((inf - v) / (inf - p.v_th));
      const Real slope = (inf - p.v_th) / p.tau_m;
      CHECK_NEAR(got, static_cast<double>(expected), 1e-10 + double(4e-16L * 200.0L / slope));
    } else {
      CHECK_EQ(got, -1.0);
    }
  }
}

TEST(a_constant_current_fires_at_the_interval_of_the_closed_form) {
  // T = t_ref + tau_m ln((v_inf - v_reset)/(v_inf - v_th)), for all models; for the adaptive one without a jump.
  Params p;
  p.i_e = 500.0;  // v_inf = -50 mV
  p.beta = 0.0;
  const double interval = 2.0 + 10.0 * std::log(20.0 / 5.0);
  for (const char* model : {"LIF", "ALIF", "CubaLIF", "AlphaLIF"}) {
    const ParamSet params = p.of(model);
    auto neurons = NeuronModels::get("neuron model", model).event({params, ticks, 1, 0, "test"});
    std::vector<Wake> wakes;
    std::vector<Fired> fired;
    neurons->predict(0, 1, 0, wakes);
    while (fired.size() < 50) {
      CHECK_EQ(wakes.size(), 1u);
      const Wake wake = wakes.back();
      wakes.clear();
      const Arrival look = Arrival::look(1, 0);
      EventWindow window{wake.time - 1, wake.time, {&look, 1}, nullptr, fired, wakes};
      neurons->advance(window);
    }
    for (std::size_t k = 0; k < fired.size(); ++k)
      CHECK_NEAR(ticks.ms(fired[k].time), static_cast<double>(k + 1) * interval - 2.0, 1e-9);
  }
}

TEST(a_start_at_or_above_the_threshold_fires_at_once) {
  for (const char* model : {"LIF", "ALIF", "CubaLIF", "AlphaLIF"}) {
    for (const double v : {-55.0, -20.0}) {
      const ParamSet params = Params().of(model);
      auto neurons = NeuronModels::get("neuron model", model).event({params, ticks, 1, 0, "test"});
      neurons->set_state(0, 0, v, 0);
      CHECK_EQ(first_spike(*neurons, 1.0), 1e-12);
    }
  }
}
