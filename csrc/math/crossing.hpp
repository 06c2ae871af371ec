// The root of a function between two points where it changes sign.
#pragma once
#include <algorithm>
#include <cmath>

namespace pysnn {

// x in (low, high] with f(x) = 0, where f(low) < 0 <= f(high) and there is one root between: Newton's method,
// kept inside the bracket by bisection. `f(x)` returns {value, slope}. Stops where x no longer moves by
// `resolution` (absolute) or by its own last bits. What comes out depends on the arguments alone.
template <class F>
double upward_root(F&& f, double low, double high, double resolution) {
  double x = low + 0.5 * (high - low), before = high - low;
  for (int round = 0; round < 200; ++round) {
    const auto [value, slope] = f(x);
    if (value < 0.0)
      low = x;
    else
      high = x;
    double next = x - value / slope;
    // Out of the bracket, or closing in by less than half: bisect.
    if (!(next > low && next < high) || std::abs(next - x) > 0.5 * before) next = low + 0.5 * (high - low);
    before = std::abs(next - x);
    if (before <= resolution || high - low <= resolution || next == low || next == high) return next;
    x = next;
  }
  return high;
}

}  // namespace pysnn
