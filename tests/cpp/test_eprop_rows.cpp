// Rows that learn by e-prop, driven as a shard drives them, against stepping through every synapse (the equations of
// plasticity/eprop_rows.hpp and eprop.cpp, written down here once more).
#include <cmath>
#include <limits>
#include <memory>
#include <optional>
#include <random>
#include <vector>

#include "check.hpp"
#include "plasticity/eprop_rows.hpp"

using namespace pysnn;

namespace {

constexpr std::uint32_t rows = 5, targets = 19;
constexpr double dt = 1.0, tau_m = 20.0, tau_adapt = 200.0, beta = 3.0, span = 15.0, v_th = -55.0;

ParamSet rule_params(int read) {
  ParamSet p;
  const double infinity = std::numeric_limits<double>::infinity();
  for (const auto& [name, value] : std::vector<std::pair<std::string, double>>{{"eta", 0.01},
                                                                               {"tau_out", 15.0},
                                                                               {"gamma", 0.3},
                                                                               {"width", 1.2},
                                                                               {"read", read},
                                                                               {"c_reg", 0.02},
                                                                               {"f_target", 10.0},
                                                                               {"tau_rate", 300.0},
                                                                               {"w_min", -infinity},
                                                                               {"w_max", infinity},
                                                                               {"optimiser", 0.0},
                                                                               {"batch", 0.0},
                                                                               {"beta_1", 0.9},
                                                                               {"beta_2", 0.999},
                                                                               {"epsilon", 1e-8}})
    p.set_number(name, value);
  return p;
}

// Rows of all targets, of every third, of none, with a delay for each target, and with two synapses of each pair.
template <class Real>
Block make_block() {
  std::vector<std::uint32_t> row_run{0}, run_begin;
  std::vector<std::uint16_t> target;
  std::vector<Tick> delay;
  const auto run = [&](Tick d, const std::vector<std::uint16_t>& onto) {
    run_begin.push_back(static_cast<std::uint32_t>(target.size()));
    delay.push_back(d);
    target.insert(target.end(), onto.begin(), onto.end());
  };
  std::vector<std::uint16_t> all, third, twice;
  for (std::uint16_t j = 0; j < targets; ++j) {
    all.push_back(j);
    if (j % 3 == 0) third.push_back(j);
    twice.insert(twice.end(), {j, j});
  }
  run(1, all);
  row_run.push_back(1);
  run(2, third);
  row_run.push_back(2);
  row_run.push_back(2);
  for (std::uint16_t j = 0; j < targets; ++j) run(j + 1, {j});
  row_run.push_back(static_cast<std::uint32_t>(delay.size()));
  run(3, twice);
  row_run.push_back(static_cast<std::uint32_t>(delay.size()));
  run_begin.push_back(static_cast<std::uint32_t>(target.size()));
  Block block;
  const auto copy = [](auto& to, const auto& from) {
    to = std::remove_reference_t<decltype(to)>(from.size());
    std::copy(from.begin(), from.end(), to.begin());
  };
  block.row_run = RowRuns(row_run);
  copy(block.run_begin, run_begin);
  copy(block.target, target);
  block.run_delay = RunDelays(delay, true);
  block.min_delay = 1;
  block.max_delay = targets;
  block.template weight<Real>() = Array<Real>(target.size(), Real(0.5));
  return block;
}

template <class Real>
struct Rig {
  TimeBase time{dt, true, false};
  Projection projection;
  Population population;
  Block block = make_block<Real>();
  std::unique_ptr<EpropRows<Real>> learner;

  explicit Rig(const ParamSet& params, bool adapts = true) {
    projection.name = "p";
    projection.plasticity_params = params;
    population.model = "ALIF";
    for (const auto& [name, value] : std::vector<std::pair<std::string, double>>{{"tau_m", tau_m},
                                                                                 {"v_th", v_th},
                                                                                 {"e_l", v_th - span},
                                                                                 {"tau_adapt", tau_adapt},
                                                                                 {"beta", adapts ? beta : 0.0}})
      population.params.set_number(name, value);
    make();
  }
  void make() {
    PlasticConfig config{projection, time, block, targets, 0, 0, block.max_delay};
    config.population = &population;
    config.dt = dt;
    learner = std::make_unique<EpropRows<Real>>(config);
  }
};

// What happens: presynaptic spikes, states and spikes of the targets, values of the modulator.
struct Course {
  std::vector<std::vector<std::uint32_t>> pre, post;  // by step
  std::vector<std::vector<double>> v, threshold, value;
  std::vector<std::vector<char>> held;

  Course(std::uint32_t steps, bool each_step, unsigned seed = 1) {
    std::mt19937_64 random(seed);
    std::normal_distribution<double> normal;
    std::uniform_real_distribution<double> uniform;
    for (std::uint32_t t = 0; t < steps; ++t) {
      pre.emplace_back();
      post.emplace_back();
      v.emplace_back();
      threshold.emplace_back();
      held.emplace_back();
      value.emplace_back();
      for (std::uint32_t row = 0; row < rows; ++row)
        if (uniform(random) < 0.03) pre[t].push_back(row);
      for (std::uint32_t j = 0; j < targets; ++j) {
        threshold[t].push_back(v_th + 4.0 * uniform(random));
        v[t].push_back(v_th + 6.0 * normal(random));
        held[t].push_back(uniform(random) < 0.1);
        if (uniform(random) < 0.02) post[t].push_back(j);
      }
      if (each_step || t % 97 == 96)
        for (std::uint32_t j = 0; j < targets; ++j) value[t].push_back(normal(random));
    }
  }
  std::uint32_t steps() const { return static_cast<std::uint32_t>(pre.size()); }
};

// Drive rows through steps begin .. end - 1 (of which the first ends at begin + 1), as the clock's shard does.
template <class Real, class Before>
void drive(Rig<Real>& rig, const Course& course, std::uint32_t begin, std::uint32_t end, Before&& before_step) {
  std::vector<std::vector<PlasticEntry>> due(course.steps() + targets + 2);
  const auto set_out = [&](std::uint32_t row, Tick t, std::uint64_t spike) {
    for (std::uint32_t run = rig.block.row_run[row]; run < rig.block.row_run[row + 1]; ++run)
      due[static_cast<std::size_t>(t + rig.block.run_delay[run])].push_back({run, spike});
  };
  // Those that were fired before `begin` and are on their way.
  for (std::uint32_t t = begin > targets ? begin - targets : 0; t < begin; ++t)
    for (const std::uint32_t row : course.pre[t]) set_out(row, t + 1, 0);
  std::vector<Real> sum(targets), v(targets), threshold(targets);
  for (std::uint32_t t = begin; t < end; ++t) {
    const Tick now = t + 1;
    before_step(t);
    std::fill(sum.begin(), sum.end(), Real(0));
    if (!due[now].empty()) rig.learner->deliver(due[now], now, sum.data());
    for (const std::uint32_t j : course.post[t]) rig.learner->post_spike(j, now);
    for (std::uint32_t j = 0; j < targets; ++j) {
      v[j] = static_cast<Real>(course.v[t][j]);
      threshold[j] = static_cast<Real>(course.threshold[t][j]);
    }
    rig.learner->post_states(now, v, threshold, course.held[t]);
    rig.learner->settle(now);
    for (const std::uint32_t row : course.pre[t]) set_out(row, now, rig.learner->pre_spike(row, now));
    if (!course.value[t].empty()) rig.learner->modulate(course.value[t], now);
  }
}

// The weights at the end by the definition, in double and step by step. Without `apply` the gradient alone.
std::vector<double> truth(const Block& block, const ParamSet& p, const Course& course, bool adapts = true,
                          std::uint32_t from = 0, double scale = 1.0, double w_0 = 0.5) {
  const double alpha = std::exp(-dt / tau_m), rho = std::exp(-dt / tau_adapt), kappa = std::exp(-dt / p["tau_out"]);
  const double b = adapts ? beta * rho : 0.0, d_rate = std::exp(-dt / p["tau_rate"]);
  const int read = static_cast<int>(p["read"]);
  std::vector<double> w(block.size(), w_0);
  std::vector<double> rate(targets, p["f_target"]);
  std::vector<std::vector<double>> L(course.steps(), std::vector<double>(targets, 0.0)), f = L, psi = L;
  for (std::uint32_t t = 0; t < course.steps(); ++t) {
    for (std::uint32_t j = 0; j < targets; ++j) {
      rate[j] *= d_rate;
      for (const std::uint32_t fired : course.post[t])
        if (fired == j) rate[j] += (1.0 - d_rate) * 1000.0 / dt;
      f[t][j] = p["c_reg"] * (rate[j] - p["f_target"]);
      const double off = std::abs(course.v[t][j] - course.threshold[t][j]) / (p["width"] * span);
      psi[t][j] = course.held[t][j] ? 0.0 : p["gamma"] / span * std::max(0.0, 1.0 - off);
    }
    if (read == 3 && t > 0) L[t] = course.value[t - 1].empty() ? L[t - 1] : course.value[t - 1];
    if (read == 0 && !course.value[t].empty()) L[t] = course.value[t];
  }
  std::vector<char> here;
  for (std::uint32_t row = 0; row < rows; ++row)
    for (std::uint32_t run = block.row_run[row]; run < block.row_run[row + 1]; ++run)
      for (std::uint32_t q = block.run_begin[run]; q < block.run_begin[run + 1]; ++q) {
        const std::uint32_t j = block.target[q];
        double z = 0.0, eps = 0.0, bar = 0.0, sum = 0.0, g = 0.0;
        std::uint32_t n = 0;
        for (std::uint32_t t = from; t < course.steps(); ++t) {
          z *= alpha;
          const auto sent = static_cast<std::int64_t>(t) - block.run_delay[run];
          if (sent >= static_cast<std::int64_t>(from))
            for (const std::uint32_t fired : course.pre[sent]) z += fired == row ? 1.0 : 0.0;
          const double e = psi[t][j] * (z - b * eps);
          eps = rho * eps + e;
          bar = kappa * bar + (1.0 - kappa) * e;
          ++n;
          if (read == 0 || read == 3) {
            g += (L[t][j] + f[t][j]) * bar;
          } else {
            sum += bar;
            if (course.value[t].empty()) continue;
            g += (course.value[t][j] + f[t][j]) * (read == 2 ? sum / n : sum);
            sum = 0.0;
            n = 0;
          }
        }
        w[q] -= p["eta"] * scale * g;
      }
  return w;
}

template <class Real>
void compare(const Block& block, const std::vector<double>& expected, double tolerance, double w_0 = 0.5) {
  double moved = 0.0, off = 0.0;
  for (std::uint32_t q = 0; q < block.size(); ++q) {
    moved = std::max(moved, std::abs(expected[q] - w_0));
    off = std::max(off, std::abs(static_cast<double>(block.template weight<Real>()[q]) - expected[q]));
  }
  CHECK(moved > 1e-4);
  CHECK(off <= tolerance * std::max(moved, 0.5));
}

const auto nothing = [](std::uint32_t) {};
constexpr std::uint32_t long_enough = 700;  // the history is full twice

}  // namespace

TEST(weights_are_those_of_stepping_to_1e_12_whatever_a_value_of_the_modulator_does) {
  for (const int read : {0, 1, 2, 3})
    for (const bool each_step : {false, true})
      for (const bool adapts : {false, true}) {
        const Course course(long_enough, each_step);
        Rig<double> rig(rule_params(read), adapts);
        drive(rig, course, 0, course.steps(), nothing);
        rig.learner->finish(course.steps());
        compare<double>(rig.block, truth(rig.block, rule_params(read), course, adapts), 1e-12);
      }
}

TEST(in_single_precision_they_are_near_them) {
  for (const int read : {0, 1, 2, 3}) {
    const Course course(long_enough, read == 0);
    Rig<float> rig(rule_params(read));
    drive(rig, course, 0, course.steps(), nothing);
    rig.learner->finish(course.steps());
    compare<float>(rig.block, truth(rig.block, rule_params(read), course), 2e-5);
  }
}

TEST(reading_and_going_on_changes_no_bit) {
  const Course course(long_enough, true);
  for (const int read : {0, 1, 3}) {
    Rig<float> rig(rule_params(read)), read_often(rule_params(read));
    drive(rig, course, 0, course.steps(), nothing);
    drive(read_often, course, 0, course.steps(), [&](std::uint32_t t) {
      if (t % 13 != 0) return;
      read_often.learner->finish(t);
      read_often.learner->prepare();
    });
    rig.learner->finish(course.steps());
    read_often.learner->finish(course.steps());
    for (std::uint32_t q = 0; q < rig.block.size(); ++q) CHECK_EQ(read_often.block.weight32[q], rig.block.weight32[q]);
  }
}

TEST(saved_and_restored_they_go_on_with_the_same_bits) {
  const Course course(long_enough, false);
  for (const int read : {0, 1, 3})
    for (const std::uint32_t cut : {100u, 256u, 391u}) {
      Rig<float> rig(rule_params(read)), resumed(rule_params(read));
      drive(rig, course, 0, course.steps(), nothing);
      drive(resumed, course, 0, cut, nothing);
      Archive::Arrays arrays;
      resumed.learner->io(Archive(arrays, true), cut, targets, 0);
      resumed.make();
      resumed.learner->io(Archive(arrays, false), cut, targets, 0);
      drive(resumed, course, cut, course.steps(), nothing);
      rig.learner->finish(course.steps());
      resumed.learner->finish(course.steps());
      for (std::uint32_t q = 0; q < rig.block.size(); ++q) CHECK_EQ(resumed.block.weight32[q], rig.block.weight32[q]);
    }
}

TEST(a_batch_moves_weights_by_the_mean_of_its_trials_and_nothing_but_rates_goes_on_between_them) {
  ParamSet p = rule_params(1);
  p.set_number("c_reg", 0.0);
  const Course first(300, false, 3), second(280, false, 4);
  std::vector<double> expected = truth(make_block<double>(), p, first, true, 0, 0.5);
  const std::vector<double> more = truth(make_block<double>(), p, second, true, 0, 0.5);
  for (std::size_t q = 0; q < expected.size(); ++q) expected[q] += more[q] - 0.5;
  p.set_number("batch", 2.0);
  Rig<double> rig(p);
  rig.learner->forget(0);  // a reset before anything was is no trial
  drive(rig, first, 0, first.steps(), nothing);
  rig.learner->finish(first.steps());
  for (const double w : rig.block.weight64) CHECK_EQ(w, 0.5);
  rig.learner->forget(0);
  for (const double w : rig.block.weight64) CHECK_EQ(w, 0.5);
  drive(rig, second, 0, second.steps(), nothing);
  rig.learner->finish(second.steps());
  rig.learner->forget(0);
  compare<double>(rig.block, expected, 1e-12);
}

// Adam of two batches of one trial each, by the formula of Kingma & Ba (2015).
TEST(adam_is_that_of_the_paper) {
  ParamSet p = rule_params(0);
  p.set_number("c_reg", 0.0);
  const Course first(300, false, 3), second(280, false, 4);
  ParamSet unit = p;
  unit.set_number("eta", 1.0);
  const auto g_1 = truth(make_block<double>(), unit, first, true, 0, 1.0, 0.0);
  const auto g_2 = truth(make_block<double>(), unit, second, true, 0, 1.0, 0.0);
  p.set_number("optimiser", 1.0);
  p.set_number("batch", 1.0);
  Rig<double> rig(p);
  for (const Course* course : {&first, &second}) {
    drive(rig, *course, 0, course->steps(), nothing);
    rig.learner->finish(course->steps());
    rig.learner->forget(0);
  }
  for (std::size_t q = 0; q < g_1.size(); ++q) {
    double m = 0.0, v = 0.0, w = 0.5;
    int k = 0;
    for (const double g : {-g_1[q], -g_2[q]}) {
      ++k;
      m = 0.9 * m + 0.1 * g;
      v = 0.999 * v + 0.001 * g * g;
      w -= 0.01 * (m / (1.0 - std::pow(0.9, k))) / (std::sqrt(v / (1.0 - std::pow(0.999, k))) + 1e-8);
    }
    if (std::abs(g_1[q]) > 1e-9 && std::abs(g_2[q]) > 1e-9) CHECK_NEAR(rig.block.weight64[q], w, 1e-9);
  }
}

TEST(switched_off_nothing_moves_and_traces_go_on) {
  const Course course(long_enough, true);
  Course later = course;
  for (std::uint32_t t = 0; t < 400; ++t) later.value[t].clear();
  ParamSet p = rule_params(0);
  p.set_number("c_reg", 0.0);
  Rig<double> rig(p);
  drive(rig, course, 0, course.steps(), [&](std::uint32_t t) {
    if (t == 0) rig.learner->learn(false, std::nullopt, 0);
    if (t == 400) rig.learner->learn(true, std::nullopt, 400);
  });
  rig.learner->finish(course.steps());
  compare<double>(rig.block, truth(rig.block, p, later), 1e-12);
}

TEST(a_weight_that_leaves_all_bounds_is_an_error_that_names_projection_and_time) {
  ParamSet p = rule_params(0);
  p.set_number("eta", 1e160);
  const Course course(300, true);
  Rig<double> rig(p);
  CHECK_THROWS(drive(rig, course, 0, course.steps(), nothing), ParameterError, "projection 'p': a weight");
}
