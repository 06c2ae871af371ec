// Eligibilities of e-prop: the engine's rows, which go from arrival to arrival through composites, beside stepping.
//
// `rows` sources fire at 10 Hz onto `targets` neurons with adaptation and a filtered readout (all state there is: eps,
// bar and g), steps of 1 ms, float32, one thread. Rivals, vectorised with the engine's flags for every instruction set:
//
//   stepping  every synapse in every step, row by row, targets side by side;
//   walking   a row at its arrivals, and then step by step through what its targets did since (its state in the cache).
//
//   eprop ROWS TARGETS SHARE STEPS REPETITIONS
//
// prints a line of JSON a way: least processor time in ns a synapse and step, and the largest difference of a gradient
// from that of stepping, over the largest gradient. SHARE is that of the targets which a row has (1: all of them;
// others: all but the one of its own number).
#include <time.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "core/dispatch.hpp"
#include "plasticity/eprop_rows.hpp"

using namespace pysnn;

namespace {

constexpr float dt = 1.0f, tau_m = 20.0f, tau_adapt = 2000.0f, tau_out = 20.0f, beta_mv = 2.0f, span = 15.0f;
const float alpha = std::exp(-dt / tau_m), rho = std::exp(-dt / tau_adapt), kappa = std::exp(-dt / tau_out),
            beta = beta_mv * rho;

double processor_seconds() {
  timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

// What the rivals are given for nothing: psi and the signal of each step and target.
struct Workload {
  std::uint32_t rows, targets, steps;
  Block block;
  bool all, others;
  std::vector<std::vector<std::uint32_t>> fired;  // rows, by step
  std::vector<float> v, threshold, psi, signal;   // [steps, targets]

  Workload(std::uint32_t r, std::uint32_t n, const std::string& share, std::uint32_t t)
      : rows(r), targets(n), steps(t), all(share == "1"), others(share == "others") {
    const double kept = std::atof(share.c_str());
    std::mt19937_64 random(1);
    std::normal_distribution<float> normal;
    std::uniform_real_distribution<double> uniform;
    std::vector<std::uint16_t> target;
    std::vector<std::uint32_t> begin{0};
    for (std::uint32_t row = 0; row < rows; ++row) {
      for (std::uint32_t j = 0; j < targets; ++j)
        if (others ? j != row : all || uniform(random) < kept) target.push_back(static_cast<std::uint16_t>(j));
      begin.push_back(static_cast<std::uint32_t>(target.size()));
    }
    std::vector<std::uint32_t> row_run(rows + 1);
    std::iota(row_run.begin(), row_run.end(), 0u);
    block.row_run = RowRuns(row_run);
    block.run_begin = Array<std::uint32_t>(begin.size());
    std::copy(begin.begin(), begin.end(), block.run_begin.begin());
    block.target = Array<std::uint16_t>(target.size());
    std::copy(target.begin(), target.end(), block.target.begin());
    block.run_delay = RunDelays(std::vector<Tick>(rows, 1), true);
    block.min_delay = block.max_delay = 1;
    block.weight32 = Array<float>(target.size(), 0.0f);
    for (std::uint32_t k = 0; k < steps; ++k) {
      fired.emplace_back();
      for (std::uint32_t row = 0; row < rows; ++row)
        if (uniform(random) < 0.01) fired[k].push_back(row);
      for (std::uint32_t j = 0; j < targets; ++j) {
        v.push_back(-57.0f + 6.0f * normal(random));
        threshold.push_back(-55.0f);
        const float off = std::abs(v.back() - threshold.back()) / span;
        psi.push_back(off < 1.0f ? 0.3f / span * (1.0f - off) : 0.0f);
        signal.push_back(normal(random));
      }
    }
  }
};

// One step of a row.
PYSNN_INLINE void step_row(std::uint32_t n, const std::uint16_t* target, float z, float rho_, float beta_, float kappa_,
                           const float* __restrict psi, const float* __restrict signal, float* __restrict eps,
                           float* __restrict bar, float* __restrict g) {
#pragma GCC ivdep
  for (std::uint32_t k = 0; k < n; ++k) {
    const std::uint32_t j = target ? target[k] : k;
    const float e = psi[j] * (z - beta_ * eps[k]);
    eps[k] = rho_ * eps[k] + e;
    bar[k] = kappa_ * bar[k] + (1.0f - kappa_) * e;
    g[k] += signal[j] * bar[k];
  }
}

struct State {
  std::vector<float> eps, bar, g, z;
  explicit State(const Workload& w) : eps(w.block.size()), bar(eps), g(eps), z(w.rows) {}
};

PYSNN_CLONES void step_all(const Workload& w, const float* psi, const float* signal, State& s) {
  const float r = rho, b = beta, k = kappa;
  for (std::uint32_t row = 0; row < w.rows; ++row) {
    const std::uint32_t begin = w.block.run_begin[row], n = w.block.run_begin[row + 1] - begin;
    // Of the others those before and those behind stand side by side.
    const std::uint32_t before = w.others ? row : 0, gap = w.others ? 1 : 0;
    float *const eps = s.eps.data() + begin, *const bar = s.bar.data() + begin, *const g = s.g.data() + begin;
    step_row(before, nullptr, s.z[row], r, b, k, psi, signal, eps, bar, g);
    step_row(n - before, w.all || w.others ? nullptr : w.block.target.data() + begin, s.z[row], r, b, k,
             psi + before + gap, signal + before + gap, eps + before, bar + before, g + before);
  }
}

PYSNN_CLONES void walk(const Workload& w, std::uint32_t row, std::uint32_t from, std::uint32_t to, State& s) {
  const float r = rho, b = beta, k = kappa;
  const std::uint32_t begin = w.block.run_begin[row], n = w.block.run_begin[row + 1] - begin;
  for (std::uint32_t t = from; t < to; ++t) {
    const std::size_t at = std::size_t{t} * w.targets;
    step_row(n, w.all ? nullptr : w.block.target.data() + begin, s.z[row], r, b, k, w.psi.data() + at,
             w.signal.data() + at, s.eps.data() + begin, s.bar.data() + begin, s.g.data() + begin);
    s.z[row] *= alpha;
  }
}

std::vector<float> stepping(const Workload& w) {
  State s(w);
  for (std::uint32_t t = 0; t < w.steps; ++t) {
    if (t > 0)
      for (const std::uint32_t row : w.fired[t - 1]) s.z[row] += 1.0f;
    const std::size_t at = std::size_t{t} * w.targets;
    step_all(w, w.psi.data() + at, w.signal.data() + at, s);
    for (float& z : s.z) z *= alpha;
  }
  return s.g;
}

std::vector<float> walking(const Workload& w) {
  State s(w);
  std::vector<std::uint32_t> at(w.rows, 0);
  for (std::uint32_t t = 1; t < w.steps; ++t)
    for (const std::uint32_t row : w.fired[t - 1]) {
      walk(w, row, at[row], t, s);
      at[row] = t;
      s.z[row] += 1.0f;
    }
  for (std::uint32_t row = 0; row < w.rows; ++row) walk(w, row, at[row], w.steps, s);
  return s.g;
}

// The engine's rows do more: they work out psi, move weights by the gradient and deliver them.
std::vector<float> composites(Workload& w) {
  Projection projection;
  projection.name = "p";
  const double infinity = std::numeric_limits<double>::infinity();
  for (const auto& [name, value] : std::vector<std::pair<std::string, double>>{{"eta", 1.0},
                                                                               {"tau_out", tau_out},
                                                                               {"gamma", 0.3},
                                                                               {"width", 1.0},
                                                                               {"read", 0.0},
                                                                               {"c_reg", 0.0},
                                                                               {"f_target", 10.0},
                                                                               {"tau_rate", 300.0},
                                                                               {"w_min", -infinity},
                                                                               {"w_max", infinity},
                                                                               {"optimiser", 0.0},
                                                                               {"batch", 0.0},
                                                                               {"beta_1", 0.9},
                                                                               {"beta_2", 0.999},
                                                                               {"epsilon", 1e-8}})
    projection.plasticity_params.set_number(name, value);
  Population population;
  for (const auto& [name, value] : std::vector<std::pair<std::string, double>>{
           {"tau_m", tau_m}, {"v_th", -55.0}, {"e_l", -70.0}, {"tau_adapt", tau_adapt}, {"beta", beta_mv}})
    population.params.set_number(name, value);
  std::fill(w.block.weight32.begin(), w.block.weight32.end(), 0.0f);
  const TimeBase time{dt, true, false};
  PlasticConfig config{projection, time, w.block, w.targets, 0, 0, w.block.max_delay};
  config.population = &population;
  config.dt = dt;
  EpropRows<float> rows(config);
  std::vector<PlasticEntry> due;
  std::vector<float> sum(w.targets);
  const std::vector<char> held(w.targets, false);
  std::vector<double> signal(w.targets);
  for (std::uint32_t t = 0; t < w.steps; ++t) {
    const Tick now = t + 1;
    if (!due.empty()) rows.deliver(due, now, sum.data());
    const auto of = [&](const std::vector<float>& all) {
      return std::span(all).subspan(std::size_t{t} * w.targets, w.targets);
    };
    rows.post_states(now, of(w.v), of(w.threshold), held);
    std::copy_n(w.signal.data() + std::size_t{t} * w.targets, w.targets, signal.data());
    rows.modulate(signal, now);
    rows.settle(now);
    due.clear();
    for (const std::uint32_t row : w.fired[t]) due.push_back({row, rows.pre_spike(row, now)});
  }
  rows.finish(w.steps);
  std::vector<float> g(w.block.weight32.begin(), w.block.weight32.end());
  for (float& x : g) x = -x;
  return g;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) {
    std::fprintf(stderr, "eprop ROWS TARGETS SHARE STEPS REPETITIONS\n");
    return 2;
  }
  const auto number = [&](int k) { return static_cast<std::uint32_t>(std::atoi(argv[k])); };
  Workload w(number(1), number(2), argv[3], number(4));
  const double work = static_cast<double>(w.block.size()) * w.steps;
  std::vector<float> truth;
  const auto measure = [&](const char* name, auto&& way) {
    double least = HUGE_VAL, off = 0.0, most = 0.0;
    std::vector<float> g;
    for (std::uint32_t k = 0; k < number(5); ++k) {
      const double begun = processor_seconds();
      g = way(w);
      least = std::min(least, processor_seconds() - begun);
    }
    if (truth.empty()) truth = g;
    for (std::size_t q = 0; q < g.size(); ++q) {
      most = std::max(most, static_cast<double>(std::abs(truth[q])));
      off = std::max(off, static_cast<double>(std::abs(truth[q] - g[q])));
    }
    std::printf("{\"way\": \"%s\", \"ns\": %.4f, \"off\": %.3g}\n", name, 1e9 * least / work, off / most);
  };
  measure("stepping", stepping);
  measure("walking", walking);
  measure("composites", composites);
  return 0;
}
