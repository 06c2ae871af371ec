// Numbers as the decimals that they print as, and fractions of whole numbers as the doubles nearest to them.
#pragma once
#include <cstdint>
#include <optional>

#include "core/compiler.hpp"

namespace pysnn {

using Wide = Int128;

// digits * 10^exponent; the digits end in no 0, unless they are 0.
struct Decimal {
  std::int64_t digits = 0;
  int exponent = 0;
};

// The shortest decimal whose nearest double is `finite` (what Python's repr prints).
Decimal shortest_decimal(double finite);

// 10^n, if it can be held: n <= 38.
std::optional<Wide> power_of_ten(int n);

// The double nearest to numerator / denominator, the even one of two; denominator > 0.
double nearest_double(Wide numerator, std::int64_t denominator);

}  // namespace pysnn
