// Sums that fade from the begin of a stretch on against their definition, term by term.
#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "check.hpp"
#include "math/fading_sums.hpp"

using namespace pysnn;

namespace {

constexpr std::uint32_t targets = 5, length = FadingSums::length, chunk = FadingSums::chunk;
constexpr double rate = 0.031;

struct Told {
  FadingSums sums;
  std::vector<std::vector<double>> steps;

  explicit Told(std::uint32_t blocks) : sums(targets, blocks, left()) {}

  static std::vector<double> left() {
    std::vector<double> all(length);
    for (std::uint32_t k = 0; k < length; ++k) all[k] = std::exp(-rate * k);
    return all;
  }

  // One more step, in which each target tells something with the given probability.
  template <class Random>
  void step(Random& random, double probability) {
    std::uniform_real_distribution<double> uniform;
    double* const next = sums.next();
    for (std::uint32_t j = 0; j < targets; ++j) next[j] = uniform(random) < probability ? uniform(random) : 0.0;
    steps.emplace_back(next, next + targets);
    sums.told();
  }

  double defined(std::uint64_t from, std::uint64_t to, std::uint32_t j) const {
    long double sum = 0.0L;
    for (std::uint64_t s = from; s < to; ++s)
      sum += static_cast<long double>(steps[s][j]) * std::exp(-static_cast<long double>(rate) * (s - from));
    return static_cast<double>(sum);
  }

  double found(std::uint64_t from, std::uint64_t to, std::uint16_t j) const {
    double sum = -1.0;
    sums.sums(from, to, 1, &j, &sum);
    return sum;
  }
};

TEST(every_stretch_of_a_block_has_its_sum_to_the_last_digits) {
  std::mt19937_64 random(1);
  Told told(2);
  for (std::uint32_t s = 0; s < 2 * length + 40; ++s) told.step(random, 0.3);
  for (const std::uint64_t block : {std::uint64_t{length}, std::uint64_t{2} * length})
    for (std::uint64_t from = block; from < told.steps.size() && from < block + length; ++from)
      for (std::uint64_t to = from + 1; to <= told.steps.size() && to <= block + length; ++to)
        for (std::uint16_t j = 0; j < targets; ++j) {
          const double expected = told.defined(from, to, j);
          CHECK(std::abs(told.found(from, to, j) - expected) <= 4e-15 * expected);
        }
}

TEST(a_sum_has_the_same_bits_whenever_it_is_asked_for) {
  std::mt19937_64 random(2);
  Told told(1);
  std::vector<double> then;
  for (std::uint32_t s = 0; s < length; ++s) {
    told.step(random, 0.5);
    then.push_back(told.found(s / 3, s + 1, 2));
  }
  for (std::uint32_t s = 0; s < length; ++s) CHECK(told.found(s / 3, s + 1, 2) == then[s]);
}

TEST(steps_without_anything_at_the_end_change_no_bit) {
  std::mt19937_64 random(3);
  Told told(1);
  for (std::uint32_t s = 0; s < length; ++s) told.step(random, s % 100 < 30 ? 0.7 : 0.0);
  for (const std::uint64_t from : {0u, 7u, 15u, 16u, 100u, 118u})
    for (std::uint16_t j = 0; j < targets; ++j) {
      std::uint64_t last = from;
      for (std::uint64_t to = from + 1; to <= length; ++to) {
        if (told.steps[to - 1][j] > 0.0) last = to;
        if (last == from)
          CHECK(told.found(from, to, j) == 0.0);
        else
          CHECK(told.found(from, to, j) == told.found(from, last, j));
      }
    }
}

TEST(what_is_told_anew_from_the_begin_of_a_block_has_the_same_bits) {
  std::mt19937_64 random(4);
  Told told(2);
  for (std::uint32_t s = 0; s < 3 * length + 3 * chunk + 5; ++s) told.step(random, 0.4);
  FadingSums again(targets, 2, Told::left());
  again.begin_at(3 * length);
  while (again.steps() < told.sums.steps()) {
    std::copy_n(told.sums.of_step(again.steps()), targets, again.next());
    again.told();
  }
  for (std::uint64_t from = 3 * length; from < again.steps(); ++from)
    for (std::uint64_t to = from + 1; to <= again.steps(); ++to) {
      const std::uint16_t j = 1;
      double sum;
      again.sums(from, to, 1, &j, &sum);
      CHECK(sum == told.found(from, to, j));
    }
}

}  // namespace
