// Sums of bitmaps against counting bit by bit, and halves against their definition.
#include <cmath>
#include <vector>

#include "check.hpp"
#include "engine/clock/bitmap_sum.hpp"
#include "math/half.hpp"
#include "math/philox.hpp"

using namespace pysnn;

namespace {

template <class Count>
void check_sums(std::uint32_t words, std::size_t n_runs, double density) {
  PhiloxStream random(3, words, static_cast<std::uint32_t>(n_runs));
  constexpr std::uint32_t rows = 200;
  std::vector<std::uint64_t> bits(std::size_t{rows} * words, 0);
  for (auto& word : bits)
    for (int b = 0; b < 64; ++b) word |= std::uint64_t{random.uniform() < density} << b;
  std::vector<std::uint32_t> runs(n_runs);
  for (auto& run : runs) run = random.below(rows);
  std::vector<Count> count(std::size_t{words} * 64, 7), expected = count;
  for (const std::uint32_t run : runs)
    for (std::size_t t = 0; t < count.size(); ++t)
      expected[t] = static_cast<Count>(expected[t] + (bits[std::size_t{run} * words + t / 64] >> (t % 64) & 1));
  sum_bitmaps(runs, bits.data(), words, count.data());
  CHECK(count == expected);
}

}  // namespace

TEST(sums_of_bitmaps_are_the_counts_of_their_bits) {
  // around the numbers that are added at once (3) and that the planes hold (63)
  for (const std::size_t runs : {0, 1, 2, 3, 4, 62, 63, 64, 65, 126, 127, 400}) {
    check_sums<std::uint16_t>(8, runs, 0.1);
    check_sums<std::uint32_t>(24, runs, 1.0);
  }
}

TEST(every_half_is_the_float_it_stands_for_and_comes_back) {
  for (std::uint32_t bits = 0; bits < 0x8000; ++bits) {
    const std::uint32_t exponent = bits >> 10, fraction = bits & 0x3FF;
    if (exponent == 31) continue;  // not finite: never stored
    const double value = exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024.0 + fraction, int(exponent) - 25);
    for (const std::uint32_t sign : {0u, 0x8000u}) {
      Half half;
      half.bits = static_cast<std::uint16_t>(bits | sign);
      CHECK_EQ(static_cast<double>(static_cast<float>(half)), sign == 0 ? value : -value);
      CHECK_EQ(Half(half).bits, half.bits);
      CHECK_EQ(Half(static_cast<float>(half)).bits, half.bits);
    }
  }
}
