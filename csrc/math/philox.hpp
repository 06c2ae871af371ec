// Philox4x32-10, a counter-based generator (Salmon, Moraes, Dror & Shaw 2011, SC'11): every draw is a
// pure function of (key, counters), so that no draw depends on threads or on what was drawn before.
#pragma once
#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "core/dispatch.hpp"

namespace pysnn {

using Word4 = std::array<std::uint32_t, 4>;

// Ten rounds keep a margin; seven are the fewest that pass BigCrush (table 2 there).
template <int rounds = 10>
PYSNN_INLINE Word4 philox(std::uint64_t key, std::uint32_t c0, std::uint32_t c1, std::uint32_t c2, std::uint32_t c3) {
  std::uint32_t k0 = static_cast<std::uint32_t>(key), k1 = static_cast<std::uint32_t>(key >> 32);
  for (int round = 0; round < rounds; ++round) {
    const std::uint64_t a = std::uint64_t{0xD2511F53u} * c0;
    const std::uint64_t b = std::uint64_t{0xCD9E8D57u} * c2;
    c0 = static_cast<std::uint32_t>(b >> 32) ^ c1 ^ k0;
    c1 = static_cast<std::uint32_t>(b);
    c2 = static_cast<std::uint32_t>(a >> 32) ^ c3 ^ k1;
    c3 = static_cast<std::uint32_t>(a);
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  return {c0, c1, c2, c3};
}

// A further key from a key, for another purpose of the same object (splitmix64's finaliser).
PYSNN_INLINE std::uint64_t subkey(std::uint64_t key, std::uint64_t purpose) {
  std::uint64_t z = key + 0x9E3779B97F4A7C15ull * (purpose + 1);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
  return z ^ (z >> 31);
}

// 52 bits of two words as a double inside (0, 1), never 0 or 1. (With 53 the half would not fit: the largest
// would round to 1.)
PYSNN_INLINE double unit_interval(std::uint32_t high, std::uint32_t low) {
  const std::uint64_t bits = (std::uint64_t{high} << 20) ^ (low >> 12);
  // (bits + 1/2) 2^-52 by way of 1 + bits 2^-52: no conversion of whole numbers, which only AVX-512 does in vectors.
  return std::bit_cast<double>(std::uint64_t{0x3FF} << 52 | bits) - (1.0 - 0x1p-53);
}

// The words of blocks `first`, first + 1, ... at fixed (key, a, b), which vectors make.
inline constexpr int blocks_at_once = 16;
using ManyWords = std::array<std::uint32_t, 4 * blocks_at_once>;
PYSNN_DECLARES_CLONES void philox_blocks(std::uint64_t key, std::uint64_t first, std::uint32_t a, std::uint32_t b,
                                         ManyWords& words);

// A sequence of words at fixed (key, a, b), for sampling that needs an unknown number of them.
// Meets UniformRandomBitGenerator, so that <random>'s distributions can be driven by it.
class PhiloxStream {
 public:
  using result_type = std::uint32_t;
  PhiloxStream(std::uint64_t key, std::uint32_t a, std::uint32_t b) : key_(key), a_(a), b_(b) {}

  static constexpr result_type min() { return 0; }
  static constexpr result_type max() { return 0xFFFFFFFFu; }

  result_type operator()() {
    if (used_ == made_) make();
    return words_[used_++];
  }

  double uniform() {
    const std::uint32_t high = (*this)();
    return unit_interval(high, (*this)());
  }

  // A whole number below n without bias (Lemire 2019, TOMACS 29).
  std::uint32_t below(std::uint32_t n) {
    std::uint64_t product = std::uint64_t{(*this)()} * n;
    if (static_cast<std::uint32_t>(product) < n) {
      const std::uint32_t reject = (0u - n) % n;
      while (static_cast<std::uint32_t>(product) < reject) product = std::uint64_t{(*this)()} * n;
    }
    return static_cast<std::uint32_t>(product >> 32);
  }

 private:
  // One block, as many streams are asked for little; then many, which cost two or three alone.
  void make() {
    used_ = 0;
    if (block_ == 0) {
      const Word4 first = philox(key_, 0, 0, a_, b_);
      std::copy(first.begin(), first.end(), words_.begin());
      made_ = first.size();
      block_ = 1;
    } else {
      philox_blocks(key_, block_, a_, b_, words_);
      made_ = words_.size();
      block_ += blocks_at_once;
    }
  }

  std::uint64_t key_;
  std::uint64_t block_ = 0;
  std::uint32_t a_, b_;
  std::size_t used_ = 0, made_ = 0;
  ManyWords words_;  // those up to made_
};

}  // namespace pysnn
