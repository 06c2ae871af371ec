// Random draws against published vectors and closed forms.
#include <cmath>
#include <set>
#include <vector>

#include "check.hpp"
#include "connect/distinct.hpp"
#include "math/distribution.hpp"
#include "math/philox.hpp"

using namespace pysnn;

namespace {

void check_words(const Word4& got, const Word4& expected) {
  for (int k = 0; k < 4; ++k) CHECK_EQ(got[k], expected[k]);
}

}  // namespace

// Known answers of philox4x32-10 that ship with Random123 (Salmon et al. 2011), tests/kat_vectors.
TEST(philox_gives_the_known_answer_for_zeros) {
  check_words(philox(0, 0, 0, 0, 0), {0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u});
}

TEST(philox_gives_the_known_answer_for_ones) {
  const std::uint32_t f = 0xffffffffu;
  check_words(philox(~std::uint64_t{0}, f, f, f, f), {0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu});
}

TEST(philox_gives_the_known_answer_for_digits_of_pi) {
  check_words(philox(0x299f31d0a4093822ull, 0x243f6a88u, 0x85a308d3u, 0x13198a2eu, 0x03707344u),
              {0xd16cfe09u, 0x94fdccebu, 0x5001e420u, 0x24126ea1u});
}

// Blocks of Random123's function at counters 0, 1, ..., word by word, however many a stream makes at once.
TEST(a_stream_is_the_words_of_one_block_after_another) {
  const std::uint64_t key = 0x299f31d0a4093822ull;
  PhiloxStream random(key, 0x13198a2eu, 0x03707344u);
  for (std::uint32_t block = 0; block < 100; ++block)
    for (const std::uint32_t word : philox(key, block, 0, 0x13198a2eu, 0x03707344u)) CHECK_EQ(random(), word);
}

TEST(blocks_made_at_once_carry_into_the_upper_counter) {
  ManyWords words;
  philox_blocks(7, 0xfffffffeu, 1, 2, words);
  check_words({words[4], words[5], words[6], words[7]}, philox(7, 0xffffffffu, 0, 1, 2));
  check_words({words[8], words[9], words[10], words[11]}, philox(7, 0, 1, 1, 2));
}

TEST(unit_interval_is_open_at_both_ends) {
  CHECK(unit_interval(0, 0) > 0.0);
  CHECK(unit_interval(0xffffffffu, 0xffffffffu) < 1.0);
}

// Quantiles of the standard normal to 16 digits (Wichura 1988 lists the first two as test values).
TEST(normal_quantile_meets_tabulated_values) {
  CHECK_NEAR(normal_quantile(0.25), -0.6744897501960817, 1e-15);
  CHECK_NEAR(normal_quantile(0.001), -3.090232306167814, 4e-15);
  CHECK_NEAR(normal_quantile(0.975), 1.959963984540054, 2e-15);
  CHECK_NEAR(normal_quantile(1e-20), -9.262340089798408, 2e-14);
  CHECK_EQ(normal_quantile(0.5), 0.0);
}

TEST(normal_quantile_inverts_the_error_function) {
  for (double x = -8.0; x <= 5.0; x += 0.125) {
    const double p = 0.5 * std::erfc(-x / std::sqrt(2.0));
    // dx = dp / density: what one rounding of p to double allows.
    const double density = std::exp(-0.5 * x * x) / std::sqrt(2.0 * M_PI);
    CHECK_NEAR(normal_quantile(p), x, 4e-16 * (p / density + std::abs(x) + 1.0));
  }
}

TEST(a_truncated_normal_stays_inside_its_bounds_and_is_a_pure_function) {
  ParamSet params;
  for (const auto& [name, value] : {std::pair{"mean", 1.0}, {"std", 2.0}, {"min", 0.0}, {"max", 2.0}})
    params.set(name, {value});
  const auto draw = Distribution::make("normal", params, "test");
  double sum = 0.0;
  const int n = 20000;
  for (int i = 0; i < n; ++i) {
    const double value = draw(7, static_cast<std::uint32_t>(i), 0, 0);
    CHECK(value >= 0.0 && value <= 2.0);
    CHECK_EQ(value, draw(7, static_cast<std::uint32_t>(i), 0, 0));
    sum += value;
  }
  // Symmetric bounds keep the mean; the deviation of a truncated normal is below that of a uniform, 2 / sqrt 12.
  CHECK_NEAR(sum / n, 1.0, 5.0 * 2.0 / std::sqrt(12.0 * n));
}

TEST(bounds_that_no_draw_meets_are_an_error) {
  ParamSet params;
  for (const auto& [name, value] : {std::pair{"mean", 0.0}, {"std", 1.0}, {"min", 50.0}, {"max", 60.0}})
    params.set(name, {value});
  const auto draw = Distribution::make("normal", params, "weight");
  CHECK_THROWS(draw(1, 2, 3, 4), ParameterError, "weight: no draw within [50, 60]");
}

TEST(whole_numbers_below_n_are_uniform) {
  PhiloxStream random(11, 0, 0);
  const std::uint32_t n = 7, draws = 70000;
  std::vector<double> count(n);
  for (std::uint32_t k = 0; k < draws; ++k) ++count.at(random.below(n));
  double chi_squared = 0.0;
  for (const double c : count) chi_squared += (c - draws / n) * (c - draws / n) / (draws / n);
  // 99.99 % quantile of chi squared with six degrees of freedom.
  CHECK(chi_squared < 27.856);
}

TEST(distinct_draws_are_distinct_ascending_and_as_many_as_asked_for) {
  PhiloxStream random(3, 0, 0);
  Poll poll;
  DistinctDraws draws(200);
  for (const std::uint32_t n : {1u, 2u, 63u, 64u, 65u, 200u}) {
    for (std::uint32_t k = 0; k <= n; ++k) {
      std::vector<std::uint32_t> got;
      draws(random, n, k, n, poll, [&](std::uint32_t i) { got.push_back(i); });
      CHECK_EQ(got.size(), std::size_t{k});
      for (std::size_t m = 0; m < got.size(); ++m) CHECK(got[m] < n && (m == 0 || got[m - 1] < got[m]));
    }
  }
}

TEST(distinct_draws_never_give_the_excluded_one_and_reach_all_others) {
  PhiloxStream random(5, 0, 0);
  Poll poll;
  const std::uint32_t n = 10;
  DistinctDraws draws(n);
  for (std::uint32_t excluded = 0; excluded < n; ++excluded) {
    for (std::uint32_t k = 0; k < n; ++k) {  // sparse draws, and draws of the complement
      std::set<std::uint32_t> seen;
      for (int repeat = 0; repeat < 200 && k > 0; ++repeat) {
        std::uint32_t count = 0;
        draws(random, n, k, excluded, poll, [&](std::uint32_t i) { ++count, seen.insert(i); });
        CHECK_EQ(count, k);
      }
      CHECK(!seen.contains(excluded));
      // Missed by 200 draws of at least one in nine: less likely than 1e-9.
      if (k > 0) CHECK_EQ(seen.size(), std::size_t{n - 1});
    }
  }
}
