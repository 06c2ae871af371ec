// e^-x for x >= 0, the same bits on every machine and one or many at a time: what every arrival of the event engine
// waits for.
#pragma once
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "core/dispatch.hpp"

namespace pysnn {

inline constexpr int exp_parts = 128;

// 2^(j/128).
inline const std::array<double, exp_parts> exp_powers = [] {
  std::array<double, exp_parts> table{};
  for (int j = 0; j < exp_parts; ++j)
    table[static_cast<std::size_t>(j)] = static_cast<double>(std::exp2(static_cast<long double>(j) / exp_parts));
  return table;
}();

// 2^(k/128) e^r with |r| <= ln 2/256, where five terms of the series suffice: to about one last bit. From x = 700 on,
// e^-x = 1e-304 counts as 0.
PYSNN_INLINE double exp_minus(double x) {
  constexpr double per_part = 0x1.71547652b82fep0 * exp_parts;  // 128/ln 2
  // ln 2/128 in two pieces; the products of the first with whole numbers k < 2^17 are exact.
  constexpr double high = 0x1.62e42fefa0000p-8, low = 0x1.cf79abc9e3b39p-47;
  constexpr double whole = 0x1.8p52;  // adding it leaves the nearest whole number in the last bits
  const double shifted = whole - x * per_part;
  const auto k = std::bit_cast<std::uint64_t>(shifted);
  const double rounded = shifted - whole;
  const double r = (-x - rounded * high) - rounded * low;
  const double power = exp_powers[k & (exp_parts - 1)];
  const double scale = std::bit_cast<double>(std::bit_cast<std::uint64_t>(power) + (k / exp_parts << 52));
  const double square = r * r;
  const double series = (r + square * (0.5 + r * (1.0 / 6.0))) + square * square * (1.0 / 24.0 + r * (1.0 / 120.0));
  return x < 700.0 ? scale + scale * series : 0.0;
}

// out[k] = e^-(rate h[k]).
PYSNN_DECLARES_CLONES void exp_minus(double rate, const double* h, double* out, std::size_t n);

}  // namespace pysnn
