// The law of what is drawn without putting back, against probabilities counted by hand and at sizes where a
// logarithm of a factorial has no digit left.
#include <cmath>
#include <vector>

#include "check.hpp"
#include "math/hypergeometric.hpp"
#include "math/philox.hpp"

using namespace pysnn;

namespace {

// The share of u in (0, 1) that gives each outcome, from a grid of u so fine that it is exact to 1e-6.
std::vector<double> shares(double drawn, double marked, double unmarked, std::size_t outcomes) {
  std::vector<double> share(outcomes);
  const int n = 1'000'000;
  for (int k = 0; k < n; ++k) {
    const std::uint64_t got = hypergeometric((k + 0.5) / n, drawn, marked, unmarked);
    if (got < outcomes) share[got] += 1.0 / n;
  }
  return share;
}

}  // namespace

TEST(three_of_five_with_two_marked) {
  // C(2, k) C(3, 3 - k) / C(5, 3) = 1/10, 6/10, 3/10
  const auto share = shares(3, 2, 3, 4);
  CHECK_NEAR(share[0], 0.1, 3e-6);
  CHECK_NEAR(share[1], 0.6, 3e-6);
  CHECK_NEAR(share[2], 0.3, 3e-6);
  CHECK_EQ(share[3], 0.0);
}

TEST(four_of_ten_with_five_marked) {
  // C(5, k) C(5, 4 - k) / C(10, 4) = 5, 50, 100, 50, 5 of 210
  const auto share = shares(4, 5, 5, 5);
  const double expected[] = {5, 50, 100, 50, 5};
  for (std::size_t k = 0; k < 5; ++k) CHECK_NEAR(share[k], expected[k] / 210.0, 3e-6);
}

TEST(what_is_certain_is_certain) {
  for (const double u : {1e-16, 0.3, 1.0 - 1e-16}) {
    CHECK_EQ(hypergeometric(u, 0, 7, 9), std::uint64_t{0});
    CHECK_EQ(hypergeometric(u, 5, 0, 9), std::uint64_t{0});
    CHECK_EQ(hypergeometric(u, 5, 9, 0), std::uint64_t{5});
    CHECK_EQ(hypergeometric(u, 16, 7, 9), std::uint64_t{7});
    CHECK_EQ(hypergeometric(u, 15, 1, 15), std::uint64_t{u < 0.9375 ? 1u : 0u});  // P(1) = 15/16
  }
}

TEST(few_of_very_many_are_poisson) {
  // 4e9 of 1.6e19 pairs, 4e9 of them marked: Poisson with mean 1, but for terms of 1e-9.
  const auto share = shares(4e9, 4e9, 1.6e19 - 4e9, 12);
  double expected = std::exp(-1.0);
  for (std::size_t k = 0; k < 12; ++k) {
    CHECK_NEAR(share[k], expected, 3e-6);
    expected /= static_cast<double>(k + 1);
  }
}

TEST(half_of_very_many_have_the_mean_and_spread_of_the_law) {
  // drawn n, marked m of N: mean n m / N, variance n (m/N) (1 - m/N) (N - n) / (N - 1).
  const double drawn = 2e9, marked = 4e9, unmarked = 1.2e10, all = marked + unmarked;
  const double mean = drawn * marked / all;
  const double variance = drawn * (marked / all) * (unmarked / all) * (all - drawn) / (all - 1.0);
  PhiloxStream random(1, 2, 3);
  double sum = 0.0, squares = 0.0;
  const int n = 2000;
  for (int k = 0; k < n; ++k) {
    const double off = static_cast<double>(hypergeometric(random.uniform(), drawn, marked, unmarked)) - mean;
    sum += off;
    squares += off * off;
  }
  CHECK(std::abs(sum / n) < 5.0 * std::sqrt(variance / n));
  CHECK(std::abs(squares / n / variance - 1.0) < 5.0 * std::sqrt(2.0 / n));
}
