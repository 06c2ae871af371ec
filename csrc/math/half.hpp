// IEEE binary16, for weights of two bytes: rounded to nearest with 11 significant bits, a relative error of at most
// 2^-12 = 2.5e-4 from 6.1e-5 to 65504, and a spacing of 6e-8 below that.
#pragma once
#include <bit>
#include <cstdint>

#include "core/dispatch.hpp"

namespace pysnn {

struct Half {
  std::uint16_t bits = 0;

  static constexpr double largest = 65504.0;

  Half() = default;
  explicit PYSNN_INLINE Half(float value) {
    const auto in = std::bit_cast<std::uint32_t>(value);
    const std::uint32_t sign = in & 0x80000000u, magnitude = in ^ sign;
    if (std::bit_cast<float>(magnitude) < 0x1p-14f) {
      // Subnormal: floats at 1/2 are spaced by 2^-24, as subnormal halves are.
      const float rounded = std::bit_cast<float>(magnitude) + 0.5f;
      bits = static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(rounded) - 0x3F000000u);
    } else {
      const std::uint32_t odd = magnitude >> 13 & 1u;  // ties to even
      bits = static_cast<std::uint16_t>((magnitude + 0xFFFu + odd - 0x38000000u) >> 13);
    }
    bits = static_cast<std::uint16_t>(bits | sign >> 16);
  }

  // Exact, without a branch: shifted into place, the exponent is off by 2^112.
  PYSNN_INLINE operator float() const {  // NOLINT: every half is a float
    const std::uint32_t magnitude = (bits & 0x7FFFu) << 13, sign = (bits & 0x8000u) << 16;
    const float value = std::bit_cast<float>(magnitude) * 0x1p112f;
    return std::bit_cast<float>(std::bit_cast<std::uint32_t>(value) | sign);
  }
};
static_assert(sizeof(Half) == 2);

}  // namespace pysnn
