// Rows of rules from equations, driven as a shard drives them with functions that are written here in place of compiled
// ones, against the built-in rules that they are of.
#include <algorithm>
#include <cmath>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "check.hpp"
#include "plasticity/equation_rows.hpp"

using namespace pysnn;

namespace {

constexpr std::uint32_t rows = 6, targets = 37;
constexpr double unit = 0.5;

using Given = std::vector<std::pair<std::string, double>>;

std::vector<ParamInfo> declared(const Given& given) {
  std::vector<ParamInfo> params;
  for (const auto& [name, value] : given) params.push_back({name, "", value});
  return params;
}
ParamSet set_of(const Given& given) {
  ParamSet params;
  for (const auto& [name, value] : given) params.set_number(name, value);
  return params;
}

template <class Real>
Real* column(void* const* columns, std::size_t k) {
  return static_cast<Real*>(columns[k]);
}

double clipped(double w, double low, double high) { return std::min(std::max(w, low), high); }

// ---- pair STDP: columns are w, elapsed, x, y, signal ---------------------------------------------------------------

const Given pair{{"tau_plus", 20.0}, {"tau_minus", 30.0}, {"a_plus", 0.05}, {"a_minus", 0.06}, {"w_max", 0.8}};

template <class Real>
std::shared_ptr<const RuleEquations> pair_rule(bool fades) {
  auto rule = std::make_shared<RuleEquations>();
  rule->info = {.name = "pair", .params = declared(pair)};
  rule->texts.resize(5);
  rule->pre_taus = {0};
  rule->post_taus = {1};
  rule->fades = fades;
  rule->prepare = [](const double* p, double, double* words) { std::copy(p, p + 5, words); };
  rule->pre_jump = rule->post_jump = [](double* traces, const double*) { traces[0] += 1.0; };
  rule->on_pre = {[](std::int64_t n, void* const* columns, const double* words, const double* all) {
                    for (std::int64_t k = 0; k < n; ++k) {
                      Real& w = column<Real>(columns, 0)[k];
                      const double m = std::abs(static_cast<double>(w));
                      const double to = m - words[3] * words[4] * all[0] * column<double>(columns, 3)[k];
                      w = std::copysign(static_cast<Real>(clipped(to, 0.0, words[4])), w);
                    }
                  },
                  {},
                  {0}};
  rule->on_post = {[](std::int64_t n, void* const* columns, const double* words, const double* all) {
                     for (std::int64_t k = 0; k < n; ++k) {
                       Real& w = column<Real>(columns, 0)[k];
                       const double m = std::abs(static_cast<double>(w));
                       const double to = m + words[2] * words[4] * all[0] * column<double>(columns, 2)[k];
                       w = std::copysign(static_cast<Real>(clipped(to, 0.0, words[4])), w);
                     }
                   },
                   {0},
                   {}};
  return rule;
}

// ---- triplet STDP: columns are w, elapsed, r1, r2, o1, o2, signal
// --------------------------------------------------------

const Given triplet{{"tau_plus", 16.8}, {"tau_minus", 33.7}, {"tau_x", 101.0},    {"tau_y", 125.0}, {"a2_plus", 0.01},
                    {"a3_plus", 0.02},  {"a2_minus", 0.015}, {"a3_minus", 0.005}, {"w_max", 0.8}};

template <class Real>
std::shared_ptr<const RuleEquations> triplet_rule(bool fades) {
  auto rule = std::make_shared<RuleEquations>();
  rule->info = {.name = "triplet", .params = declared(triplet)};
  rule->texts.resize(9);
  rule->pre_taus = {0, 2};
  rule->post_taus = {1, 3};
  rule->fades = fades;
  rule->prepare = [](const double* p, double, double* words) { std::copy(p, p + 9, words); };
  rule->pre_jump = rule->post_jump = [](double* traces, const double*) {
    traces[0] += 1.0;
    traces[1] += 1.0;
  };
  rule->on_pre = {[](std::int64_t n, void* const* columns, const double* words, const double* all) {
                    for (std::int64_t k = 0; k < n; ++k) {
                      Real& w = column<Real>(columns, 0)[k];
                      const double m = std::abs(static_cast<double>(w));
                      const double change = (words[6] + words[7] * all[2]) * words[8] * column<double>(columns, 4)[k];
                      w = std::copysign(static_cast<Real>(clipped(m - change * all[0], 0.0, words[8])), w);
                    }
                  },
                  {1},
                  {0}};
  rule->on_post = {[](std::int64_t n, void* const* columns, const double* words, const double* all) {
                     for (std::int64_t k = 0; k < n; ++k) {
                       Real& w = column<Real>(columns, 0)[k];
                       const double m = std::abs(static_cast<double>(w));
                       const double rate = (words[4] + words[5] * column<double>(columns, 5)[k]) * words[8];
                       const double change = rate * column<double>(columns, 2)[k];
                       w = std::copysign(static_cast<Real>(clipped(m + change * all[0], 0.0, words[8])), w);
                     }
                   },
                   {0},
                   {1}};
  return rule;
}

// ---- three-factor STDP: columns are w, e, elapsed, x, signal
// ------------------------------------

const Given three{{"eta", 0.03}, {"tau_x", 20.0}, {"tau_e", 60.0}};

template <class Real>
void decay(void* const* columns, const double* words, std::int64_t k) {
  Real& e = column<Real>(columns, 1)[k];
  // (With no error: e is rounded once for this and what follows.)
  column<double>(columns, 2)[k] = static_cast<double>(e) * std::exp(-column<double>(columns, 2)[k] / words[2]);
}

template <class Real>
std::shared_ptr<const RuleEquations> three_factor_rule() {
  auto rule = std::make_shared<RuleEquations>();
  rule->info = {.name = "three", .params = declared(three)};
  rule->states = 1;
  rule->texts.resize(3);
  rule->pre_taus = {1};
  rule->moves = true;
  rule->prepare = [](const double* p, double, double* words) { std::copy(p, p + 3, words); };
  rule->pre_jump = [](double* traces, const double*) { traces[0] += 1.0; };
  rule->gap = [](std::int64_t n, void* const* columns, const double* words, const double*) {
    for (std::int64_t k = 0; k < n; ++k) {
      decay<Real>(columns, words, k);
      column<Real>(columns, 1)[k] = static_cast<Real>(column<double>(columns, 2)[k]);
    }
  };
  rule->on_pre.change = rule->gap;
  rule->on_post = {[](std::int64_t n, void* const* columns, const double* words, const double*) {
                     for (std::int64_t k = 0; k < n; ++k) {
                       decay<Real>(columns, words, k);
                       column<Real>(columns, 1)[k] =
                           static_cast<Real>(column<double>(columns, 2)[k] + column<double>(columns, 3)[k]);
                     }
                   },
                   {0},
                   {}};
  rule->on_moment.change = [](std::int64_t n, void* const* columns, const double* words, const double* all) {
    for (std::int64_t k = 0; k < n; ++k) {
      decay<Real>(columns, words, k);
      Real& w = column<Real>(columns, 0)[k];
      w = static_cast<Real>(static_cast<double>(w) -
                            all[0] * words[0] * column<double>(columns, 4)[k] * column<double>(columns, 2)[k]);
      column<Real>(columns, 1)[k] = Real(0);
    }
  };
  return rule;
}

// ---- a shard
// ---------------------------------------------------------------------------------------------------------

// Rows onto all targets, every third, none, each with a delay of its own (even ticks), twice, and all later.
template <class Real>
Block make_block(bool both_signs) {
  std::vector<std::uint32_t> row_run{0}, run_begin;
  std::vector<std::uint16_t> target;
  std::vector<Tick> delay;
  const auto run = [&](Tick d, const std::vector<std::uint16_t>& onto) {
    run_begin.push_back(static_cast<std::uint32_t>(target.size()));
    delay.push_back(d);
    target.insert(target.end(), onto.begin(), onto.end());
  };
  const auto row_ends = [&] { row_run.push_back(static_cast<std::uint32_t>(delay.size())); };
  std::vector<std::uint16_t> all, third, twice;
  for (std::uint16_t j = 0; j < targets; ++j) {
    all.push_back(j);
    if (j % 3 == 0) third.push_back(j);
    twice.insert(twice.end(), {j, j});
  }
  run(2, all);
  row_ends();
  run(2, third);
  run(4, all);
  row_ends();
  row_ends();
  for (std::uint16_t j = 0; j < targets; j += 5) run(2 + 2 * (j / 5), {j});
  row_ends();
  run(2, twice);
  row_ends();
  run(2, all);
  run(4, all);
  row_ends();
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
  block.min_delay = 2;
  block.max_delay = *std::max_element(delay.begin(), delay.end());
  block.template weight<Real>() = Array<Real>(target.size(), Real(0));
  std::mt19937_64 random(3);
  std::uniform_real_distribution<double> uniform(0.1, 0.7);
  for (std::size_t q = 0; q < target.size(); ++q)
    block.template weight<Real>()[q] = static_cast<Real>(uniform(random) * (both_signs && q % 2 ? -1.0 : 1.0));
  return block;
}

struct Way {
  double dendritic_fraction = 0.0;
  bool one_by_one = false;  // as engines that go neuron by neuron do
  bool recorded = false;    // whether changes are
  unsigned read_every = 0;  // steps after which weights are brought to the present
  unsigned learning = 0;    // whether it is switched, and how often
  unsigned moments_every = 0;
};

// Weights after some steps in which both sides fire at random, and every sum that was delivered.
template <std::size_t N, class Real>
std::vector<double> outcome(const std::string& rule, const ParamSet& params,
                            const std::shared_ptr<const RuleEquations>& equations, bool both_signs, const Way& way) {
  TimeBase time{unit, true, false};
  Projection projection;
  projection.name = "p";
  projection.plasticity_params = params;
  projection.dendritic_fraction = way.dendritic_fraction;
  Block block = make_block<Real>(both_signs);
  const Tick longest = static_cast<Tick>(way.dendritic_fraction * static_cast<double>(block.max_delay));
  PlasticConfig config{projection, time, block, targets, 0, longest, block.max_delay};
  config.modulated = way.moments_every ? targets : 0;
  config.modulates_each = way.moments_every != 0;
  std::unique_ptr<PlasticSynapses<Real>> learner;
  if (equations)
    learner = std::make_unique<EquationRows<N, Real>>(config, EquationRule<N>(equations, params, time));
  else
    learner = PlasticityRules::get("plasticity rule", rule).template make<Real>()(config);
  learner->record_changes(way.recorded);
  std::mt19937_64 random(11);
  std::uniform_real_distribution<double> uniform;
  constexpr Tick steps = 3000;
  std::vector<std::vector<PlasticEntry>> due(steps + 40);
  std::vector<Real> sum(targets);
  std::vector<double> out, value(targets);
  for (Tick now = 1; now < steps; ++now) {
    learner->prepare();
    std::fill(sum.begin(), sum.end(), Real(0));
    const auto& entries = due[static_cast<std::size_t>(now)];
    if (way.one_by_one) {
      for (const PlasticEntry& entry : entries)
        for (std::uint32_t q = block.run_begin[entry.run]; q < block.run_begin[entry.run + 1]; ++q)
          sum[block.target[q]] += static_cast<Real>(learner->arrive(entry.run, q, entry.spike, now));
    } else if (!entries.empty()) {
      learner->deliver(entries, now, sum.data());
    }
    for (const Real s : sum) out.push_back(static_cast<double>(s));
    // Some targets fire often, so that their histories are long.
    for (std::uint32_t j = 0; j < targets; ++j)
      if (uniform(random) < (j % 7 == 0 ? 0.5 : 0.03)) learner->post_spike(j, now);
    learner->settle(now);
    for (std::uint32_t row = 0; row < rows; ++row) {
      if (uniform(random) >= (row == 5 ? 0.002 : 0.04)) continue;
      const std::uint64_t spike = learner->pre_spike(row, now);
      for (std::uint32_t run = block.row_run[row]; run < block.row_run[row + 1]; ++run)
        due[static_cast<std::size_t>(now + block.run_delay[run])].push_back({run, spike});
    }
    for (double& v : value) v = uniform(random) - 0.5;
    if (way.moments_every && now % way.moments_every == 0) learner->modulate(value, now);
    if (way.learning && now % way.learning == 0)
      learner->learn(now / way.learning % 3 != 1, now / way.learning % 2 ? 0.5 : 1.0, now);
    if (way.read_every && now % way.read_every == 0) learner->finish(now);
  }
  learner->finish(steps);
  for (const Real w : block.template weight<Real>()) out.push_back(static_cast<double>(w));
  return out;
}

double farthest(const std::vector<double>& a, const std::vector<double>& b) {
  double most = a.size() == b.size() ? 0.0 : 1e300;
  for (std::size_t k = 0; k < a.size() && k < b.size(); ++k) most = std::max(most, std::abs(a[k] - b[k]));
  return most;
}

const std::vector<Way> ways{{},
                            {.dendritic_fraction = 0.5},
                            {.dendritic_fraction = 1.0},
                            {.one_by_one = true},
                            {.dendritic_fraction = 0.5, .one_by_one = true},
                            {.recorded = true},
                            {.dendritic_fraction = 0.5, .recorded = true},
                            {.read_every = 7},
                            {.dendritic_fraction = 0.5, .read_every = 7}};

ParamSet built_in_pair() {
  Given all = pair;
  for (const char* name : {"mu_plus", "mu_minus", "pairing", "w_min", "tie"}) all.emplace_back(name, 0.0);
  return set_of(all);
}
ParamSet built_in_triplet() {
  Given all = triplet;
  for (const char* name : {"w_min", "pairing"}) all.emplace_back(name, 0.0);
  return set_of(all);
}
ParamSet built_in_three() {
  Given all = three;
  const double infinity = std::numeric_limits<double>::infinity();
  for (const auto& [name, value] : Given{{"after", 0.0},
                                         {"w_max", infinity},
                                         {"w_min", -infinity},
                                         {"optimiser", 0.0},
                                         {"batch", 0.0},
                                         {"beta_1", 0.9},
                                         {"beta_2", 0.999},
                                         {"epsilon", 1e-8}})
    all.emplace_back(name, value);
  return set_of(all);
}

template <class Real>
void pairs_are_the_built_in_ones() {
  for (const Way& way : ways) {
    const auto theirs = outcome<1, Real>("PairSTDP", built_in_pair(), nullptr, true, way);
    for (const bool fades : {false, true})
      CHECK((outcome<1, Real>("", set_of(pair), pair_rule<Real>(fades), true, way) == theirs));
  }
}

}  // namespace

TEST(pairs_have_the_bits_of_the_built_in_rule_in_every_way_to_go) {
  pairs_are_the_built_in_ones<double>();
  pairs_are_the_built_in_ones<float>();
}

TEST(pairs_are_the_built_in_ones_while_learning_is_switched_and_slowed) {
  for (Way way : ways) {
    way.learning = 83;
    const auto theirs = outcome<1, double>("PairSTDP", built_in_pair(), nullptr, true, way);
    for (const bool fades : {false, true})
      CHECK_NEAR(farthest(outcome<1, double>("", set_of(pair), pair_rule<double>(fades), true, way), theirs), 0.0,
                 1e-12);
  }
}

TEST(triplets_are_the_built_in_ones) {
  for (const Way& way : ways) {
    const auto theirs = outcome<2, double>("TripletSTDP", built_in_triplet(), nullptr, true, way);
    for (const bool fades : {false, true})
      CHECK_NEAR((farthest(outcome<2, double>("", set_of(triplet), triplet_rule<double>(fades), true, way), theirs)),
                 0.0, 1e-12);
  }
}

TEST(an_eligibility_and_its_moments_are_those_of_the_built_in_rule) {
  for (Way way : ways)
    for (const unsigned learning : {0u, 83u}) {
      way.moments_every = 19;
      way.learning = learning;
      const auto theirs = outcome<1, double>("ThreeFactorSTDP", built_in_three(), nullptr, false, way);
      const auto ours = outcome<1, double>("", set_of(three), three_factor_rule<double>(), false, way);
      CHECK_NEAR(farthest(ours, theirs), 0.0, 1e-11);
    }
}

TEST(it_does_not_matter_to_the_bits_how_synapses_are_gone_through) {
  Way plain{.moments_every = 19};
  const auto wanted = outcome<1, float>("", set_of(three), three_factor_rule<float>(), false, plain);
  for (Way way : ways) {
    if (way.dendritic_fraction != 0.0) continue;
    way.moments_every = 19;
    CHECK((outcome<1, float>("", set_of(three), three_factor_rule<float>(), false, way) == wanted));
  }
}
