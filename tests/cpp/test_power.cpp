// u^mu against the C library's in extended precision.
#include <cmath>
#include <random>

#include "check.hpp"
#include "math/power.hpp"

using namespace pysnn;

TEST(power_is_right_to_some_units_in_the_last_place) {
  std::mt19937_64 draw(1);
  std::uniform_real_distribution<double> uniform(0.0, 1.0);
  double worst = 0.0;
  for (int k = 0; k < 300'000; ++k) {
    // Near 0, all over [0, 1], near 1, and their inverses.
    const double x = uniform(draw);
    const double below = k % 3 == 0 ? std::exp(-690.0 * x) : k % 3 == 1 ? x : 1.0 - x * std::exp(-30.0 * uniform(draw));
    const double u = k % 2 == 0 ? below : 1.0 / below;
    const double mu = 1.0 - uniform(draw);
    if (below <= 0.0) continue;
    const long double exact = std::pow(static_cast<long double>(u), static_cast<long double>(mu));
    const double error = static_cast<double>(std::abs((power(u, mu) - exact) / exact));
    worst = std::max(worst, error / (1.0 + mu * std::abs(std::log(u))));
  }
  CHECK(worst < 3e-16);
  CHECK(worst > 1e-17);  // the comparison compares
}

TEST(power_is_exact_where_the_result_is) {
  for (const double mu : {0.1, 0.4, 1.0 / 3.0, 1.0}) {
    CHECK_EQ(power(1.0, mu), 1.0);
    CHECK_EQ(power(0.0, mu), 0.0);
  }
  CHECK_EQ(power(0.25, 0.5), 0.5);
  CHECK_EQ(power(4.0, 0.5), 2.0);
  CHECK_EQ(power(0x1p-1001, 0.5), 0.0);
}
