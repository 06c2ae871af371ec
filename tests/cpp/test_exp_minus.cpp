// The inline exponential against long double.
#include <cmath>
#include <random>
#include <vector>

#include "check.hpp"
#include "math/exp_minus.hpp"

using namespace pysnn;

TEST(e_to_the_minus_x_is_right_to_about_one_last_bit) {
  std::mt19937_64 random(1);
  double worst = 0.0;
  for (int k = 0; k < 1'000'000; ++k) {
    const double x = std::pow(10.0, std::uniform_real_distribution(-18.0, 2.845)(random));
    const long double exact = std::exp(-static_cast<long double>(x));
    worst = std::max(worst, static_cast<double>(std::abs((exp_minus(x) - exact) / exact)));
  }
  CHECK(worst < 1.2 * 0x1p-52);
}

TEST(many_at_a_time_are_the_same_bits) {
  std::mt19937_64 random(2);
  std::vector<double> h(1001), out(1001);
  for (auto& x : h) x = std::uniform_real_distribution(0.0, 1500.0)(random);
  exp_minus(0.5, h.data(), out.data(), h.size());
  for (std::size_t k = 0; k < h.size(); ++k) CHECK_EQ(out[k], exp_minus(0.5 * h[k]));
}

TEST(the_ends_of_the_range_are_exact) {
  CHECK_EQ(exp_minus(0.0), 1.0);
  CHECK_EQ(exp_minus(HUGE_VAL), 0.0);
  CHECK_EQ(exp_minus(1e300), 0.0);
}
