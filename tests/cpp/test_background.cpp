// Background counts: the law that the alias table draws, and that the vectorised loops draw it.
#include <cmath>
#include <vector>

#include "check.hpp"
#include "math/philox.hpp"
#include "math/poisson_table.hpp"
#include "sources/source.hpp"

using namespace pysnn;

namespace {

// How many of the 2^27 places of a column give its own value: by bisection, since they come first.
std::uint64_t own_places(const PoissonTable& table, std::uint16_t column) {
  const auto is_own = [&](std::uint64_t place) {
    const auto upper = static_cast<std::uint16_t>((place >> 16) << PoissonTable::column_bits | column);
    return table(upper, static_cast<std::uint16_t>(place)) == column;
  };
  std::uint64_t low = 0, high = std::uint64_t{1} << 27;
  if (table.alias()[column] == column) return high;
  while (low < high) {
    const std::uint64_t middle = (low + high) / 2;
    if (is_own(middle))
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

}  // namespace

// Known answers of philox4x32-7 that ship with Random123 (Salmon et al. 2011), tests/kat_vectors.
TEST(philox_of_seven_rounds_gives_the_known_answers) {
  const std::uint32_t f = 0xffffffffu;
  CHECK(philox<7>(0, 0, 0, 0, 0) == (Word4{0x5f6fb709u, 0x0d893f64u, 0x4f121f81u, 0x4f730a48u}));
  CHECK(philox<7>(~std::uint64_t{0}, f, f, f, f) == (Word4{0x5207ddc2u, 0x45165e59u, 0x4d8ee751u, 0x8c52f662u}));
}

TEST(the_table_draws_every_number_with_its_poisson_probability_to_a_unit_of_32_bits) {
  for (const double mean : {0.02, 0.5, 1.28, 2.0, 5.999}) {
    const PoissonTable table(mean);
    std::vector<std::uint64_t> mass(PoissonTable::columns, 0);
    for (std::uint16_t column = 0; column < PoissonTable::columns; ++column) {
      const std::uint64_t own = own_places(table, column);
      mass[column] += own;
      mass[table.alias()[column]] += (std::uint64_t{1} << 27) - own;
    }
    double beyond = 1.0;
    for (std::uint32_t k = 0; k < PoissonTable::columns; ++k) {
      const double p = std::exp(-mean + k * std::log(mean) - std::lgamma(k + 1.0));
      beyond -= p;
      // The last number that is drawn at all takes what lies beyond it, below 2^-33.
      CHECK_NEAR(static_cast<double>(mass[k]), p * 0x1p32, 1.6);
    }
    CHECK(beyond < 0x1p-33);
  }
}

TEST(background_counts_are_those_of_the_words_one_by_one) {
  constexpr std::uint64_t key = 0x0123456789abcdefull;
  constexpr std::uint32_t n = 1000, first = 77, tile = 256;
  ParamSet params;
  params.set("rate", {20000.0});  // a mean of 2 a step
  const TimeBase time(0.1, true, false);
  params.set("dead_time", {0.0});
  const auto source = Sources::get("source", "Poisson").make({"noise", {0, 2000}, 2000, params, time, key});
  const PoissonTable table(2.0);
  for (const Tick step : {Tick{1}, Tick{12345}, Tick{5} << 32}) {
    std::vector<float> sum(n, 0.5f);
    const std::uint64_t total = source->drive(step, first, n, 2.0f, sum.data());
    std::uint64_t expected_total = 0;
    for (std::uint32_t k = 0; k < n; ++k) {
      // Source i of a tile has half a word: the tile's blocks lie word by word.
      const std::uint32_t i = first + k, place = i % tile / 2;
      const auto low = static_cast<std::uint32_t>(step), high = static_cast<std::uint32_t>(step >> 32);
      const Word4 words = philox<7>(key, low, high, i / tile * 32 + place % 32, 0);
      const auto upper = static_cast<std::uint16_t>(words[place / 32] >> (i % 2 == 0 ? 0 : 16));
      const auto lower = static_cast<std::uint16_t>(philox<7>(subkey(key, 1), low, high, i, 0)[0]);
      CHECK_EQ(sum[k], 0.5f + 2.0f * static_cast<float>(table(upper, lower)));
      expected_total += table(upper, lower);
    }
    CHECK_EQ(total, expected_total);
  }
}

// Sixteen bits leave 1 of 2,048 draws undecided, in columns whose cut lies there; sixteen more decide those. Without
// them an undecided draw would always be the alias.
TEST(undecided_draws_are_decided_by_sixteen_bits_more) {
  constexpr std::uint64_t key = 0xfedcba9876543210ull;
  constexpr std::uint32_t n = 4096, tile = 256;
  ParamSet params;
  params.set("rate", {20000.0});  // a mean of 2 a step
  const auto source =
      Sources::get("source", "Poisson").make({"noise", {0, n}, n, params, TimeBase(0.1, true, false), key});
  const PoissonTable table(2.0);
  std::uint32_t undecided = 0, own = 0;
  for (Tick step = 1; step <= 60; ++step) {
    std::vector<double> sum(n, 0.0);
    source->drive(step, 0, n, 1.0, sum.data());
    for (std::uint32_t i = 0; i < n; ++i) {
      const std::uint32_t place = i % tile / 2;
      const Word4 words = philox<7>(key, static_cast<std::uint32_t>(step), 0, i / tile * 32 + place % 32, 0);
      const auto upper = static_cast<std::uint16_t>(words[place / 32] >> (i % 2 == 0 ? 0 : 16));
      const std::uint16_t column = upper % PoissonTable::columns;
      if (upper >> PoissonTable::column_bits != table.upper_cut()[column]) continue;
      if (table.alias()[column] == column) continue;
      const auto lower =
          static_cast<std::uint16_t>(philox<7>(subkey(key, 1), static_cast<std::uint32_t>(step), 0, i, 0)[0]);
      ++undecided;
      own += sum[i] == column ? 1 : 0;
      CHECK_EQ(sum[i], static_cast<double>(table(upper, lower)));
    }
  }
  // 60 x 4096 / 2048 = 120 were all columns cut; both outcomes are there.
  CHECK(undecided > 30);
  CHECK(own > 5 && own < undecided);
}
