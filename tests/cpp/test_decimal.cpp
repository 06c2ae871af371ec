// Doubles as the decimals they print as, and back.
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <random>
#include <string>

#include "check.hpp"
#include "core/decimal.hpp"

using namespace pysnn;

TEST(a_double_is_the_decimal_that_it_prints_as) {
  const auto same = [](double value, std::int64_t digits, int exponent) {
    const Decimal decimal = shortest_decimal(value);
    CHECK_EQ(decimal.digits, digits);
    CHECK_EQ(decimal.exponent, exponent);
  };
  same(0.1, 1, -1);
  same(8193.6, 81936, -1);
  same(-2.5, -25, -1);
  same(0.0, 0, 0);
  same(1e22, 1, 22);
  same(100.0, 1, 2);
  same(0.1 + 0.2, 30000000000000004, -17);
  same(1e-12, 1, -12);
  same(5e-324, 5, -324);
  same(1.7976931348623157e308, 17976931348623157, 292);
}

TEST(the_decimal_reads_as_the_double_again) {
  std::mt19937_64 random(1);
  for (int n = 0; n < 20000; ++n) {
    const double value = std::ldexp(static_cast<double>(random() >> 11), static_cast<int>(random() % 200) - 150);
    const Decimal decimal = shortest_decimal(value);
    const std::string text = std::to_string(decimal.digits) + "e" + std::to_string(decimal.exponent);
    CHECK_EQ(std::strtod(text.c_str(), nullptr), value);  // the C library reads exactly
  }
}

TEST(a_fraction_is_the_double_nearest_to_it) {
  // In whole numbers: no double beside it lies nearer, and of two as near it is the even one.
  std::mt19937_64 random(2);
  for (int n = 0; n < 20000; ++n) {
    const int bits = static_cast<int>(random() % 60) + 60;
    const Wide numerator =
        (Wide{1} << bits) + static_cast<Wide>(random()) * static_cast<Wide>(random() >> 8) % (Wide{1} << bits);
    const std::int64_t denominator = 1'000'000'000'000;
    const double got = nearest_double(numerator, denominator);
    int power = 0;
    const double digits = std::ldexp(std::frexp(got, &power), 53);
    power -= 53;
    // |digits * 2^power - numerator / denominator| <= 2^(power - 1), times the denominator
    if (power >= 0) {
      const Wide off = static_cast<Wide>(digits) * denominator * (Wide{1} << power) - numerator;
      CHECK(2 * (off < 0 ? -off : off) <= denominator * (Wide{1} << power));
    } else {
      const Wide off = static_cast<Wide>(digits) * denominator - (numerator << -power);
      if (-power + bits < 126) CHECK(2 * (off < 0 ? -off : off) <= denominator);
    }
    CHECK_EQ(nearest_double(-numerator, denominator), -got);
  }
  CHECK_EQ(nearest_double((Wide{1} << 53) + 1, 1), 0x1p53);  // a tie, to the even one
  CHECK_EQ(nearest_double((Wide{1} << 53) + 3, 1), 0x1p53 + 4.0);
  CHECK_EQ(nearest_double(Wide{9000600000000000}, 1'000'000'000'000), 9000.6);
  CHECK_EQ(nearest_double(3 * ((Wide{1} << 53) + 1) + 1, 3), 0x1p53 + 2.0);  // a little more than a tie
}
