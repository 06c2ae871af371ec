// What the synapses of a row look up of their targets, against the definition.
#include <cmath>
#include <vector>

#include "check.hpp"
#include "math/philox.hpp"
#include "plasticity/long_ago.hpp"
#include "plasticity/targets_now.hpp"

using namespace pysnn;

TEST(a_row_looks_up_what_each_of_its_targets_gives) {
  PhiloxStream random(5, 1, 2);
  constexpr std::uint32_t targets = 50;
  std::vector<double> fading(40);
  for (std::size_t k = 0; k + 1 < fading.size(); ++k) fading[k] = std::exp(-0.1 * static_cast<double>(k));
  for (std::uint32_t n = 0; n < 40; ++n) {
    const Tick now = 1'000'000, from = now - random.below(60);
    std::vector<Tick> newest, second;
    std::vector<TargetNow> of;
    for (std::uint32_t j = 0; j < targets; ++j) {
      // Some have not fired, some once.
      newest.push_back(random.uniform() < 0.2 ? long_ago : now - 1 - random.below(80));
      second.push_back(newest[j] == long_ago || random.uniform() < 0.3 ? long_ago : newest[j] - 1 - random.below(30));
      of.push_back({random.uniform(), TargetNow::age(newest[j], now), TargetNow::age(second[j], now)});
    }
    std::vector<std::uint16_t> target(n);
    for (auto& t : target) t = static_cast<std::uint16_t>(random.below(targets));
    std::vector<double> x(n), y(n);
    std::vector<std::uint32_t> twice(n), expected;
    const std::uint32_t count = look_up(target.data(), n, static_cast<std::uint32_t>(now - from), fading, of.data(),
                                        x.data(), y.data(), twice.data());
    for (std::uint32_t k = 0; k < n; ++k) {
      const Tick since = newest[target[k]] - from;
      CHECK_EQ(x[k], since < 0 || since >= 39 ? 0.0 : std::exp(-0.1 * static_cast<double>(since)));
      CHECK_EQ(y[k], of[target[k]].seen);
      if (second[target[k]] >= from) expected.push_back(k);
    }
    twice.resize(count);
    CHECK(twice == expected);
  }
}

TEST(ages_that_are_cut_off_are_not_asked_for) {
  CHECK_EQ(TargetNow::age(long_ago, 7), TargetNow::oldest);
  CHECK(TargetNow::knows(0) && TargetNow::knows(1 << 29));
  CHECK(!TargetNow::knows(Tick{1} << 31) && !TargetNow::knows(-1));
  const TargetNow never{0.5, TargetNow::oldest, TargetNow::oldest};
  const std::uint16_t target[5] = {};
  const double fading[] = {1.0, 0.5, 0.0};
  double x[5], y[5];
  std::uint32_t twice[5];
  CHECK_EQ(look_up(target, 5, TargetNow::oldest / 2, fading, &never, x, y, twice), 0u);
  for (const double one : x) CHECK_EQ(one, 0.0);
}
