// Composites of e-prop's maps against stepping through them one by one (Bellec et al. 2020, equations in the header).
#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>
#include <random>
#include <vector>

#include "check.hpp"
#include "math/eprop_maps.hpp"

using namespace pysnn;

namespace {

constexpr double alpha = 0.951, kappa = 0.93;
constexpr std::uint32_t targets = 37;

// Signals and pseudo-derivatives of some targets; every fourth step without a signal.
struct Course {
  std::vector<std::vector<double>> psi, signal;
  std::vector<double> rho = std::vector<double>(targets), beta = std::vector<double>(targets);

  explicit Course(std::uint32_t steps, unsigned seed = 1) {
    std::mt19937_64 random(seed);
    std::normal_distribution<double> normal;
    std::uniform_real_distribution<double> uniform;
    for (std::uint32_t j = 0; j < targets; ++j) {
      rho[j] = 0.9 + 0.0999 * uniform(random);
      beta[j] = 0.5 * uniform(random);
    }
    for (std::uint32_t t = 0; t < steps; ++t) {
      psi.emplace_back();
      signal.emplace_back();
      for (std::uint32_t j = 0; j < targets; ++j) {
        psi[t].push_back(std::max(0.0, 0.3 * normal(random)));
        signal[t].push_back(t % 4 == 0 ? 0.0 : normal(random));
      }
    }
  }
};

struct State {
  double z = 0.0;
  std::vector<double> eps, bar, g;
};

// The definition, in double and step by step.
void step(State& s, const std::vector<std::uint16_t>& target, const Course& course, std::uint32_t t, EpropShape shape) {
  for (std::size_t k = 0; k < target.size(); ++k) {
    const std::uint32_t j = target[k];
    const double beta = shape.adapts ? course.beta[j] : 0.0, kept = shape.filters ? kappa : 0.0;
    const double e = course.psi[t][j] * (s.z - beta * s.eps[k]);
    s.eps[k] = course.psi[t][j] * s.z + (course.rho[j] - course.psi[t][j] * beta) * s.eps[k];
    s.bar[k] = kept * s.bar[k] + (1.0 - kept) * e;
    s.g[k] += course.signal[t][j] * s.bar[k];
  }
  s.z *= alpha;
}

template <class Real>
EpropHistory<Real> history_of(const Course& course, EpropShape shape, bool scattered = false) {
  return {targets,
          {shape, scattered},
          alpha,
          shape.filters ? kappa : 0.0,
          shape.adapts ? course.rho : std::vector<double>{},
          shape.adapts ? course.beta : std::vector<double>{}};
}

template <class Real>
void write(typename EpropHistory<Real>::Step to, const Course& course, std::uint32_t t) {
  for (std::uint32_t j = 0; j < targets; ++j) {
    to.psi[j] = static_cast<Real>(course.psi[t][j]);
    to.signal[j] = static_cast<Real>(course.signal[t][j]);
  }
}

// Where stretches of neighbours end.
std::vector<std::uint32_t> stretches_of(const std::vector<std::uint16_t>& target, std::uint32_t first) {
  std::vector<std::uint32_t> ends;
  for (std::uint32_t k = 1; k <= target.size(); ++k)
    if (k == target.size() || target[k] != target[k - 1] + 1) ends.push_back(first + k);
  return ends;
}

template <class Real>
struct Row {
  static constexpr std::uint32_t first = 1000;  // among all synapses
  std::vector<std::uint16_t> target;
  std::vector<std::uint32_t> stretch_ends;
  std::vector<Real> eps, bar, g;
  double z = 0.0;
  std::uint32_t at = 0;

  explicit Row(std::vector<std::uint16_t> onto)
      : target(std::move(onto)), stretch_ends(stretches_of(target, first)), eps(target.size()), bar(target.size()),
        g(target.size()) {}

  EpropSynapses<Real> synapses() {
    return {static_cast<std::uint32_t>(target.size()),
            target.data(),
            eps.data(),
            bar.data(),
            g.data(),
            stretch_ends.data(),
            first};
  }
  void go(EpropHistory<Real>& history, std::uint32_t to) {
    history.pass(at, to, z, synapses());
    z *= history.decay(to - at);
    at = to;
  }
};

std::vector<std::uint16_t> all_targets() {
  std::vector<std::uint16_t> target(targets);
  std::iota(target.begin(), target.end(), std::uint16_t{0});
  return target;
}

const std::vector<EpropShape> shapes = {{false, false}, {false, true}, {true, false}, {true, true}};

}  // namespace

TEST(composites_do_what_stepping_does_to_1e_12) {
  constexpr std::uint32_t steps = 6 * EpropHistory<double>::length + 77;
  const Course course(steps);
  for (const EpropShape shape : shapes) {
    for (const bool scattered : {false, true}) {
      EpropHistory<double> history = history_of<double>(course, shape, scattered);
      Row<double> row(scattered ? std::vector<std::uint16_t>{0, 0, 3, 5, 11, 36} : all_targets());
      State truth{0.0, row.eps, row.bar, row.g};
      std::mt19937_64 random(7);
      for (std::uint32_t t = 0; t < steps; ++t) {
        if (random() % 40 == 0) {
          row.go(history, history.steps());
          row.z += 1.0;
          truth.z += 1.0;
        }
        if (history.full()) {
          row.go(history, history.steps());
          history.clear();
          row.at = 0;
        }
        write<double>(history.add(), course, t);
        step(truth, row.target, course, t, shape);
      }
      row.go(history, history.steps());
      double most = 0.0, off = 0.0;
      for (std::size_t k = 0; k < row.target.size(); ++k) {
        most = std::max(most, std::abs(truth.g[k]));
        off = std::max(off, std::abs(truth.g[k] - row.g[k]));
        if (shape.filters) off = std::max(off, std::abs(truth.bar[k] - row.bar[k]));
        if (shape.adapts) off = std::max(off, std::abs(truth.eps[k] - row.eps[k]));
      }
      CHECK(most > 1.0);
      CHECK(off <= 1e-12 * most);
    }
  }
}

// Stretches that end before the present are cut at the ends of chunks: one that stops there comes out with the same
// bits.
template <class Real>
void check_bits() {
  constexpr std::uint32_t steps = EpropHistory<Real>::length;
  const Course course(steps, 3);
  for (const EpropShape shape : shapes) {
    EpropHistory<Real> history = history_of<Real>(course, shape);
    for (std::uint32_t t = 0; t < steps; ++t) write<Real>(history.add(), course, t);
    const auto end_of = [&](std::vector<std::uint32_t> stops, std::uint32_t from) {
      Row<Real> row(all_targets());
      row.at = from;
      std::vector<Real> bits;
      // z is what the caller keeps; here without a decay of its own so that only the maps are looked at.
      for (const std::uint32_t stop : stops) {
        history.pass(row.at, stop, std::pow(alpha, row.at - from), row.synapses());
        row.at = stop;
      }
      for (const auto* part : {&row.eps, &row.bar, &row.g}) bits.insert(bits.end(), part->begin(), part->end());
      return bits;
    };
    // 13 .. 201 is passed as 13 .. 16, 16 .. 32 and so on up to 192, then step by step.
    const auto whole = end_of({201}, 13);
    if constexpr (sizeof(Real) == 4) {
      CHECK(end_of({16, 64, 128, 192, 201}, 13) == whole);
      CHECK(end_of({32, 192, 193, 200, 201}, 13) == whole);
    } else {
      // (The trace at a stop is a product of two powers: the last bit of it may differ, by which no sum does.)
      const auto cut = end_of({16, 64, 128, 192, 201}, 13);
      for (std::size_t k = 0; k < cut.size(); ++k) CHECK_NEAR(cut[k], whole[k], 1e-14);
    }
  }
}

TEST(stops_at_the_ends_of_chunks_change_no_bit) {
  check_bits<float>();
  check_bits<double>();
}

// Synapses that come up to the present at many times, while others stand still, see what they would see alone; and
// where the targets of a run stand, side by side or not, from the first of a group of targets on or not, is no matter,
// nor how composites lie in memory, from the begin on or from some time.
template <class Real>
void check_company() {
  constexpr std::uint32_t steps = EpropHistory<Real>::length;
  const Course course(steps, 11);
  std::vector<std::vector<std::uint16_t>> all_onto{all_targets(), {}, {0, 0, 3, 5, 11, 36}};
  for (std::uint16_t j = 5; j < 33; ++j) all_onto[1].push_back(j);
  // As many as end within a vector, whatever its width, and as do not.
  for (const std::uint32_t n : {4u, 16u, 23u, 32u}) {
    all_onto.emplace_back();
    for (std::uint32_t k = 0; k < n; ++k) all_onto.back().push_back(static_cast<std::uint16_t>(k < 3 ? k : k + 2));
  }
  for (const EpropShape shape : shapes)
    for (const std::uint32_t from : {0u, 7u, 31u, 100u})
      for (const std::uint32_t to : {from + 3, from + 40, 255u, 256u}) {
        EpropHistory<Real> busy = history_of<Real>(course, shape), quiet = history_of<Real>(course, shape, true),
                           laid_out = history_of<Real>(course, shape);
        Row<Real> other(all_targets());
        for (std::uint32_t t = 0; t < to; ++t) {
          for (EpropHistory<Real>* history : {&busy, &quiet, &laid_out}) write<Real>(history->add(), course, t);
          other.go(busy, t + 1);
          if (t == to / 2) laid_out.lay_out(true);
        }
        for (const auto& onto : all_onto) {
          std::vector<Row<Real>> rows(3, Row<Real>(onto));
          std::vector<EpropHistory<Real>*> histories{&busy, &quiet, &laid_out};
          for (std::size_t k = 0; k < 3; ++k) {
            rows[k].at = from;
            rows[k].z = 1.0;
            rows[k].go(*histories[k], to);
          }
          for (const Row<Real>& row : rows)
            CHECK(row.g == rows[0].g && row.bar == rows[0].bar && row.eps == rows[0].eps);
          CHECK(std::any_of(rows[0].g.begin(), rows[0].g.end(), [](Real g) { return g != Real(0); }));
        }
      }
}

TEST(who_else_has_come_to_the_present_changes_no_bit) {
  check_company<float>();
  check_company<double>();
}

TEST(the_signal_of_the_last_step_may_be_changed_until_the_next) {
  const Course course(40);
  const EpropShape shape{true, true};
  EpropHistory<double> history = history_of<double>(course, shape), other = history_of<double>(course, shape);
  Course changed = course;
  for (double& l : changed.signal[31]) l += 0.7;
  for (std::uint32_t t = 0; t < 40; ++t) {
    write<double>(history.add(), course, t);
    if (t == 31) {
      Row<double> reader(all_targets());
      reader.z = 1.0;
      reader.go(history, 32);  // which makes the blocks that end here
      for (std::uint32_t j = 0; j < targets; ++j) history.step(31).signal[j] = changed.signal[31][j];
    }
    write<double>(other.add(), changed, t);
  }
  Row<double> row(all_targets()), same(all_targets());
  row.z = same.z = 1.0;
  row.go(history, 40);
  same.go(other, 40);
  CHECK(row.g == same.g);
}

TEST(float_states_stay_near_those_in_double) {
  constexpr std::uint32_t steps = EpropHistory<float>::length;
  const Course course(steps, 5);
  for (const EpropShape shape : shapes) {
    EpropHistory<float> history = history_of<float>(course, shape);
    Row<float> row(all_targets());
    State truth{1.0, std::vector<double>(targets), std::vector<double>(targets), std::vector<double>(targets)};
    row.z = 1.0;
    for (std::uint32_t t = 0; t < steps; ++t) {
      write<float>(history.add(), course, t);
      step(truth, row.target, course, t, shape);
    }
    row.go(history, steps);
    for (std::uint32_t j = 0; j < targets; ++j) CHECK_NEAR(row.g[j], truth.g[j], 2e-5);
  }
}
