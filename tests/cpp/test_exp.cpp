// The vectorisable exponential against long double.
#include <cmath>
#include <random>

#include "check.hpp"
#include "math/exp.hpp"

using namespace pysnn;

namespace {

template <class Real>
double worst_error(double low, double high) {
  std::mt19937_64 random(1);
  double worst = 0.0;
  for (int k = 0; k < 500'000; ++k) {
    const Real x = static_cast<Real>(std::uniform_real_distribution(low, high)(random));
    const long double exact = std::exp(static_cast<long double>(x));
    worst = std::max(worst, static_cast<double>(std::abs((exp_of(x) - exact) / exact)));
  }
  return worst;
}

}  // namespace

TEST(e_to_the_x_is_right_to_about_one_last_bit) {
  CHECK(worst_error<double>(-700.0, 700.0) < 1.5 * 0x1p-52);
  CHECK(worst_error<double>(-1.0, 1.0) < 1.5 * 0x1p-52);
  CHECK(worst_error<float>(-87.0, 88.0) < 1.5 * 0x1p-23);
  CHECK(worst_error<float>(-1.0, 1.0) < 1.5 * 0x1p-23);
}

TEST(what_no_normal_number_can_hold_counts_as_the_nearest) {
  CHECK_EQ(exp_of(0.0), 1.0);
  CHECK_EQ(exp_of(0.0f), 1.0f);
  CHECK(std::isfinite(exp_of(1e300)) && exp_of(1e300) > 1e307);
  CHECK(std::isfinite(exp_of(1e30f)) && exp_of(1e30f) > 1e37f);
  CHECK(exp_of(-1e300) > 0.0 && exp_of(-1e300) < 1e-300);
  CHECK(exp_of(-1e30f) > 0.0f && exp_of(-1e30f) < 1e-35f);
}
