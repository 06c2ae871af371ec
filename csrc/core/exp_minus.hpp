// e^-x for x >= 0, inline and the same bits on every machine: what every arrival of the event engine waits for.
#pragma once
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>

namespace pysnn {

using TwoDoubles [[gnu::vector_size(16)]] = double;

namespace exp_minus_detail {

using TwoWords [[gnu::vector_size(16)]] = std::int64_t;

inline constexpr int parts = 128;

// 2^(j/parts).
inline const std::array<double, parts> powers = [] {
  std::array<double, parts> table{};
  for (int j = 0; j < parts; ++j)
    table[static_cast<std::size_t>(j)] = static_cast<double>(std::exp2(static_cast<long double>(j) / parts));
  return table;
}();

inline double power(std::int64_t k) { return powers[static_cast<std::size_t>(k & (parts - 1))]; }
inline TwoDoubles power(TwoWords k) { return TwoDoubles{power(k[0]), power(k[1])}; }

// e^-x = 2^(k/128) e^r with |r| <= ln 2/256, where five terms of the series suffice: to about one last bit.
template <class Words, class Doubles>
Doubles below_700(Doubles x) {
  constexpr double per_part = 0x1.71547652b82fep0 * parts;  // 128/ln 2
  // ln 2/128 in two pieces; the products of the first with whole numbers k < 2^17 are exact.
  constexpr double high = 0x1.62e42fefa0000p-8, low = 0x1.cf79abc9e3b39p-47;
  constexpr double whole = 0x1.8p52;  // adding it leaves the nearest whole number in the last bits
  const Doubles shifted = whole - x * per_part;
  const auto k = std::bit_cast<Words>(shifted);
  const Doubles rounded = shifted - whole;
  const Doubles r = (-x - rounded * high) - rounded * low;
  const auto scale = std::bit_cast<Doubles>(std::bit_cast<Words>(power(k)) + ((k & (Words{} - parts)) << (52 - 7)));
  const Doubles square = r * r;
  const Doubles series = (r + square * (0.5 + r * (1.0 / 6.0))) + square * square * (1.0 / 24.0 + r * (1.0 / 120.0));
  return scale + scale * series;
}

}  // namespace exp_minus_detail

inline double exp_minus(double x) {
  if (!(x < 700.0)) [[unlikely]]
    return std::exp(-x);
  return exp_minus_detail::below_700<std::int64_t>(x);
}

// The same bits, two at a time.
inline TwoDoubles exp_minus(TwoDoubles x) {
  if (!(x[0] < 700.0 && x[1] < 700.0)) [[unlikely]]
    return TwoDoubles{exp_minus(x[0]), exp_minus(x[1])};
  return exp_minus_detail::below_700<exp_minus_detail::TwoWords>(x);
}

}  // namespace pysnn
