#include "core/decimal.hpp"

#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdlib>

namespace pysnn {
namespace {

constexpr int most_tens = 38;  // 10^38 < 2^127
constexpr auto tens = [] {
  std::array<Wide, most_tens + 1> table{};
  table[0] = 1;
  for (std::size_t n = 1; n < table.size(); ++n) table[n] = table[n - 1] * 10;
  return table;
}();

int bits(UInt128 value) {
  const auto high = static_cast<std::uint64_t>(value >> 64);
  return high != 0 ? 64 + std::bit_width(high) : std::bit_width(static_cast<std::uint64_t>(value));
}

}  // namespace

std::optional<Wide> power_of_ten(int n) {
  if (n < 0 || n > most_tens) return std::nullopt;
  return tens[static_cast<std::size_t>(n)];
}

Decimal shortest_decimal(double finite) {
  char text[32];  // "-d.ddde-XX", 24 characters at most
  const char* const end = std::to_chars(text, text + sizeof text, finite, std::chars_format::scientific).ptr;
  Decimal decimal;
  const char* at = text;
  const bool negative = *at == '-';
  if (negative) ++at;
  bool fraction = false;
  for (; at != end && *at != 'e'; ++at) {
    if (*at == '.') {
      fraction = true;
      continue;
    }
    decimal.digits = 10 * decimal.digits + (*at - '0');
    decimal.exponent -= fraction ? 1 : 0;
  }
  if (decimal.digits == 0) return {};
  int power = 0;
  ++at;  // from_chars reads no sign but a minus
  if (*at == '+') ++at;
  std::from_chars(at, end, power);
  decimal.exponent += power;
  for (; decimal.digits % 10 == 0; decimal.digits /= 10) ++decimal.exponent;
  if (negative) decimal.digits = -decimal.digits;
  return decimal;
}

double nearest_double(Wide numerator, std::int64_t denominator) {
  const auto n = static_cast<UInt128>(numerator < 0 ? -numerator : numerator);
  const auto d = static_cast<UInt128>(denominator);
  UInt128 quotient = n / d, rest = n % d;
  // More bits than a double holds, and in the last one whether anything was left: then rounding that once is right.
  constexpr int enough = 64;
  const int shift = std::max(0, enough - bits(quotient));
  if (shift > 0) {
    rest <<= shift;  // rest < 2^63: it fits
    quotient = (quotient << shift) + rest / d;
    rest %= d;
  }
  if (rest != 0) quotient |= 1;
  const double value = std::ldexp(static_cast<double>(quotient), -shift);
  return numerator < 0 ? -value : value;
}

}  // namespace pysnn
