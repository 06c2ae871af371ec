// The inline exponential against long double.
#include <cmath>
#include <random>

#include "check.hpp"
#include "core/exp_minus.hpp"

using namespace pysnn;

TEST(e_to_the_minus_x_is_right_to_about_one_last_bit) {
  std::mt19937_64 random(1);
  double worst = 0.0;
  for (int k = 0; k < 1'000'000; ++k) {
    const double x = std::pow(10.0, std::uniform_real_distribution(-18.0, 2.84)(random));
    const long double exact = std::exp(-static_cast<long double>(x));
    worst = std::max(worst, static_cast<double>(std::abs((exp_minus(x) - exact) / exact)));
  }
  CHECK(worst < 1.2 * 0x1p-52);
}

TEST(two_at_a_time_are_the_same_bits) {
  std::mt19937_64 random(2);
  const auto draw = [&] { return std::uniform_real_distribution(0.0, 720.0)(random); };
  for (int k = 0; k < 100'000; ++k) {
    const double a = draw(), b = draw();
    const TwoDoubles both = exp_minus(TwoDoubles{a, b});
    CHECK_EQ(both[0], exp_minus(a));
    CHECK_EQ(both[1], exp_minus(b));
  }
}

TEST(the_ends_of_the_range_are_exact) {
  CHECK_EQ(exp_minus(0.0), 1.0);
  CHECK_EQ(exp_minus(HUGE_VAL), 0.0);
  CHECK_EQ(exp_minus(1e300), 0.0);
  CHECK_EQ(exp_minus(745.0), std::exp(-745.0));
}
