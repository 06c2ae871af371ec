// How many are marked of some that are drawn from marked and unmarked ones without putting back.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>

namespace pysnn {

// The quantile of u, 0 < u < 1, in a fixed order of the outcomes: from the mode upwards, then downwards from it.
// Probabilities follow from one another by their ratio,
//
//   P(k + 1) / P(k) = (marked - k) (drawn - k) / ((k + 1) (unmarked - drawn + k + 1)),
//
// so that no factorial is needed, whose logarithm would lose all digits where there are many (a sum of ratios loses
// none). Takes some 20 standard deviations of steps. All numbers are whole, drawn <= marked + unmarked.
inline std::uint64_t hypergeometric(double u, double drawn, double marked, double unmarked) {
  const double low = std::max(0.0, drawn - unmarked), high = std::min(drawn, marked);
  const double mode = std::clamp(std::floor((drawn + 1.0) / (marked + unmarked + 2.0) * (marked + 1.0)), low, high);
  const auto ratio = [&](double k) { return (marked - k) * (drawn - k) / ((k + 1.0) * (unmarked - drawn + k + 1.0)); };
  // Call visit(k, P(k) / P(mode)) in order until it returns false; what is left out is below the rounding of the sum.
  constexpr double negligible = 1e-22;
  const auto walk = [&](auto&& visit) {
    double weight = 1.0, k = mode;
    while (weight > negligible) {
      if (!visit(k, weight)) return;
      if (k >= high) break;
      weight *= ratio(k);
      k += 1.0;
    }
    weight = 1.0;
    k = mode;
    while (k > low) {
      k -= 1.0;
      weight /= ratio(k);
      if (!(weight > negligible) || !visit(k, weight)) return;
    }
  };
  double sum = 0.0;
  walk([&](double, double weight) {
    sum += weight;
    return true;
  });
  double left = u * sum, found = mode;
  walk([&](double k, double weight) {
    found = k;
    left -= weight;
    return left >= 0.0;
  });
  return static_cast<std::uint64_t>(found);
}

}  // namespace pysnn
