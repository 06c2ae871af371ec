// Spike times of the closed forms against bisection in long double, on random states (test_grazing.cpp: on states whose
// v just touches the threshold).
#include "closed_form.hpp"

using namespace pysnn;
using namespace closed_form;

namespace {

// Where a neuron starts; peaked: so that what crosses often has a maximum of its own.
using Start = Curve (*)(std::mt19937_64&, bool peaked);

Curve currents(std::mt19937_64& random, bool) {
  const Params p = random_params(random);
  const double unit = 15.0 * p.c_m / p.tau_m;
  return {p, Uniform(-90.0, -55.0)(random), unit * Uniform(-1.0, 6.0)(random), unit * Uniform(-6.0, 1.0)(random)};
}

Curve rising_currents(std::mt19937_64& random, bool peaked) {
  Curve f = currents(random, peaked);
  add_rises(f, random, 15.0 * f.p.c_m / f.p.tau_m);
  return f;
}

// v may start above v_th and fall while the threshold comes down, and b may be negative. Where both fall to their
// ends, the threshold first, or both rise, v first, there may be a maximum of v above it.
Curve adaptive(std::mt19937_64& random, bool peaked) {
  Params p = random_params(random);
  p.tau_adapt = p.tau_exc;
  Curve f{p, 0.0L, 0.0L, 0.0L};
  const double sign = p.tau_adapt < p.tau_m ? 1.0 : -1.0;
  f.b = peaked ? sign * Uniform(1.0, 60.0)(random) : Uniform(-30.0, 60.0)(random);
  f.v = peaked ? f.inf() + sign * Uniform(1.0, 60.0)(random)
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
    const Real expected = Dense(f, longest).crossing(f.p.v_th);
    const double got = first_spike(*neuron(model, f), longest);
    if (expected >= 0.0L) {
      ++crossed;
      CHECK_NEAR(got, static_cast<double>(expected), tolerance(f, expected));
    } else {
      ++silent;
      CHECK_EQ(got, -1.0);
    }
  }
  CHECK(crossed > 500);
  CHECK(silent > 500);
}

// 1e-11 to 0.1 mV below and above a maximum.
void check_grazing(const std::string& model, Start start) {
  std::mt19937_64 random(2);
  int cases = 0;
  for (int k = 0; k < 2000; ++k) {
    Curve f = start(random, true);
    const double longest = longest_of(f.p);
    const Dense dense(f, longest);
    const Real top = dense.highest();
    if (top < f(0.0L) + 1.0L || top < f.inf() + 1.0L) continue;  // no maximum of its own
    const double depth = std::pow(10.0, Uniform(-11.0, -1.0)(random));
    ++cases;
    f.p.v_th = static_cast<double>(top - depth);
    const Real expected = dense.crossing(f.p.v_th);
    CHECK_NEAR(first_spike(*neuron(model, f), longest), static_cast<double>(expected), tolerance(f, expected));
    f.p.v_th = static_cast<double>(top + depth);
    CHECK_EQ(first_spike(*neuron(model, f), longest), -1.0);
  }
  CHECK(cases > 500);
}

}  // namespace

TEST(cuba_lif_spike_times_equal_bisection_on_random_states) { check_random_states("CubaLIF", currents); }
TEST(alpha_lif_spike_times_equal_bisection_on_random_states) { check_random_states("AlphaLIF", rising_currents); }
TEST(alpha_lif_without_rises_is_cuba_lif) { check_random_states("AlphaLIF", currents); }
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
    CHECK_NEAR(first_spike(*neurons, longest, on_the_way), expected, 4.0 * tolerance(f, expected));
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
      const Real expected = Dense(f, 1.0L).crossing(p.v_th);
      CHECK(expected > 0.0L);
      CHECK_NEAR(first_spike(*neuron(alpha ? "AlphaLIF" : "CubaLIF", f), 1.0), static_cast<double>(expected), 1e-10);
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
  // T = t_ref + tau_m ln((v_inf - v_reset)/(v_inf - v_th)), for all models.
  Params p;
  p.i_e = 500.0;  // v_inf = -50 mV
  const double interval = 2.0 + 10.0 * std::log(20.0 / 5.0);
  for (const char* model : {"LIF", "CubaLIF", "AlphaLIF"}) {
    const ParamSet params = p.cuba();
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
  for (const char* model : {"LIF", "CubaLIF", "AlphaLIF"}) {
    for (const double v : {-55.0, -20.0}) {
      const ParamSet params = Params().cuba();
      auto neurons = NeuronModels::get("neuron model", model).event({params, ticks, 1, 0, "test"});
      neurons->set_state(0, 0, v, 0);
      CHECK_EQ(first_spike(*neurons, 1.0), 1e-12);
    }
  }
}
