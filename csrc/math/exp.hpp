// e^x without a branch or a table, so that a loop over it vectorises: the same bits on every machine and in every lane.
#pragma once
#include <algorithm>
#include <bit>
#include <cstdint>

#include "core/dispatch.hpp"

namespace pysnn {

// e^x = scale (1 + rest), x = k ln 2 + r with scale = 2^k and |r| <= ln 2/2, with as much of the series of e^r as the
// last bit needs. ln 2 comes in two pieces, whose first times k is exact. For x from -708 to 709.
struct Exponential {
  double scale, rest;

  PYSNN_INLINE explicit Exponential(double x) {
    constexpr double high = 0x1.62e42fefa0000p-1, low = 0x1.cf79abc9e3b39p-40;
    constexpr double whole = 0x1.8p52;  // adding it leaves the nearest whole number in the last bits
    const double shifted = x * 0x1.71547652b82fep0 + whole;
    const double k = shifted - whole;
    const double r = (x - k * high) - k * low, r2 = r * r, r4 = r2 * r2;
    const double a = (1.0 / 2 + r * (1.0 / 6)) + r2 * (1.0 / 24 + r * (1.0 / 120));
    const double b = (1.0 / 720 + r * (1.0 / 5040)) + r2 * (1.0 / 40320 + r * (1.0 / 362880));
    const double c = (1.0 / 3628800 + r * (1.0 / 39916800)) + r2 * (1.0 / 479001600 + r * (1.0 / 6227020800));
    rest = r + r2 * (a + r4 * (b + r4 * c));
    scale = std::bit_cast<double>((std::bit_cast<std::uint64_t>(shifted) + 1023) << 52);
  }
  PYSNN_INLINE double value() const { return scale + scale * rest; }
  PYSNN_INLINE double minus_one() const {
    return (scale - 1.0) + scale * rest;
  }  // to its last bits where x is small, too
};

// Below and above what a normal number can hold, x counts as the nearest one.
PYSNN_INLINE double exp_of(double x) { return Exponential(std::min(std::max(x, -708.0), 709.0)).value(); }

PYSNN_INLINE float exp_of(float x) {
  constexpr float high = 0x1.62e4p-1f, low = 0x1.7f7d1cp-20f;
  constexpr float whole = 0x1.8p23f;
  x = std::min(std::max(x, -87.0f), 88.0f);
  const float shifted = x * 0x1.715476p0f + whole;
  const float k = shifted - whole;
  const float r = (x - k * high) - k * low, r2 = r * r;
  const float a = (0.5f + r * (1.0f / 6)) + r2 * (1.0f / 24 + r * (1.0f / 120));
  const float p = 1.0f + (r + r2 * (a + r2 * r2 * (1.0f / 720 + r * (1.0f / 5040))));
  return std::bit_cast<float>(std::bit_cast<std::uint32_t>(p) + (std::bit_cast<std::uint32_t>(shifted) << 23));
}

}  // namespace pysnn
