// How many are marked of some that are drawn from marked and unmarked ones without putting back.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>

namespace pysnn {

// Probabilities of the binomial and the hypergeometric law to the last digits at any size, after Loader (2000), "Fast
// and accurate computation of binomial probabilities": logarithms of factorials, which would lose them all where there
// are many, are replaced by what remains of them beside Stirling's formula.
namespace law {

// log n! - log(sqrt(2 pi n) (n/e)^n), n >= 1.
inline double beyond_stirling(double n) {
  constexpr double of[] = {0.081061466795327258,  0.041340695955409294,  0.027677925684998339,  0.020790672103765093,
                           0.016644691189821192,  0.013876128823070748,  0.01189670994589177,   0.010411265261972096,
                           0.0092554621827127329, 0.0083305634333628713, 0.0075736754879518408, 0.0069428401072095299,
                           0.0064089941880042071, 0.0059513701127588477, 0.0055547335519628014};
  if (n <= 15.0) return of[static_cast<int>(n) - 1];
  const double square = n * n;
  return (1.0 / 12 - (1.0 / 360 - (1.0 / 1260 - (1.0 / 1680 - 1.0 / 1188 / square) / square) / square) / square) / n;
}

// x log(x/m) + m - x, x and m > 0.
inline double deviance(double x, double m) {
  if (std::abs(x - m) >= 0.1 * (x + m)) return x * std::log(x / m) + m - x;
  const double v = (x - m) / (x + m), square = v * v;
  double sum = (x - m) * v, term = 2.0 * x * v;
  for (double odd = 3.0;; odd += 2.0) {
    term *= square;
    const double next = sum + term / odd;
    if (next == sum) return sum;
    sum = next;
  }
}

// Of x among n, each with probability p; q = 1 - p.
inline double binomial(double x, double n, double p, double q) {
  if (x == 0.0) return n == 0.0 ? 1.0 : std::exp(p < 0.1 ? -deviance(n, n * q) - n * p : n * std::log(q));
  if (x == n) return std::exp(q < 0.1 ? -deviance(n, n * p) - n * q : n * std::log(p));
  const double rest = n - x;
  const double exponent =
      beyond_stirling(n) - beyond_stirling(x) - beyond_stirling(rest) - deviance(x, n * p) - deviance(rest, n * q);
  return std::exp(exponent) * std::sqrt(n / x / rest / (2.0 * std::numbers::pi));
}

// Of k marked ones among `drawn`, some but not all.
inline double hypergeometric(double k, double drawn, double marked, double unmarked) {
  const double all = marked + unmarked, p = drawn / all, q = (all - drawn) / all;
  return binomial(k, marked, p, q) * binomial(drawn - k, unmarked, p, q) / binomial(drawn, all, p, q);
}

}  // namespace law

// The quantile of u, 0 < u < 1, in a fixed order of the outcomes: by turns above and below the mode. From there on
// probabilities follow from one another by their ratio,
//
//   P(k + 1) / P(k) = (marked - k) (drawn - k) / ((k + 1) (unmarked - drawn + k + 1)).
//
// Takes some two standard deviations of steps. All numbers are whole, drawn <= marked + unmarked.
inline std::uint64_t hypergeometric(double u, double drawn, double marked, double unmarked) {
  const double low = std::max(0.0, drawn - unmarked), high = std::min(drawn, marked);
  if (low == high) return static_cast<std::uint64_t>(low);
  const double mode = std::clamp(std::floor((drawn + 1.0) / (marked + unmarked + 2.0) * (marked + 1.0)), low, high);
  const auto ratio = [&](double k) { return (marked - k) * (drawn - k) / ((k + 1.0) * (unmarked - drawn + k + 1.0)); };
  const double most = law::hypergeometric(mode, drawn, marked, unmarked);
  double left = u - most, above = most, below = most, up = mode, down = mode;
  constexpr double negligible = 1e-20;  // what is left then is the rounding of the sum
  while (left >= 0.0) {
    above = up < high ? above * ratio(up) : 0.0;
    left -= above;
    up += 1.0;
    if (left < 0.0) return static_cast<std::uint64_t>(up);
    down -= 1.0;
    below = down >= low ? below / ratio(down) : 0.0;
    left -= below;
    if (left < 0.0) return static_cast<std::uint64_t>(down);
    if (above + below < negligible) break;
  }
  return static_cast<std::uint64_t>(mode);
}

}  // namespace pysnn
