// Spike times of the closed forms against bisection in long double, on random states (test_grazing.cpp: on states whose
// v just touches the threshold).
#include "closed_form.hpp"

using namespace pysnn;
using namespace closed_form;

namespace {

void check_random_states(const std::string& model, bool rises) {
  std::mt19937_64 random(1);
  int crossed = 0, silent = 0;
  for (int k = 0; k < 3000; ++k) {
    const Params p = random_params(random);
    const double unit = 15.0 * p.c_m / p.tau_m;
    Curve f{p, Uniform(-90.0, -55.0)(random), unit * Uniform(-1.0, 6.0)(random), unit * Uniform(-6.0, 1.0)(random)};
    if (rises) add_rises(f, random, unit);
    const double longest = 12.0 * std::max({p.tau_m, p.tau_exc, p.tau_inh});
    const Real expected = Dense(f, longest).crossing(p.v_th);
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

}  // namespace

TEST(cuba_lif_spike_times_equal_bisection_on_random_states) { check_random_states("CubaLIF", false); }
TEST(alpha_lif_spike_times_equal_bisection_on_random_states) { check_random_states("AlphaLIF", true); }
TEST(alpha_lif_without_rises_is_cuba_lif) { check_random_states("AlphaLIF", false); }

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
