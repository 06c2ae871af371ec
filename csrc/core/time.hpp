// Time as integers: ticks of dt on a grid, of 1e-12 ms in continuous time.
#pragma once
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>

#include "core/error.hpp"

namespace pysnn {

using Tick = std::int64_t;
inline constexpr Tick never = std::numeric_limits<Tick>::max();

// Ticks since the start, however long ago that is: the event engine's are relative to an epoch.
using LongTick = __int128;
inline constexpr LongTick long_never = LongTick{1} << 120;

// A time as it is written in that epoch, if it can be.
inline Tick in_epoch(LongTick t, LongTick epoch) { return t - epoch < never ? static_cast<Tick>(t - epoch) : never; }

// The unit of time of a network and the rule for what does not fit it.
class TimeBase {
 public:
  TimeBase() = default;
  TimeBase(double unit_ms, bool grid, bool round_off_grid)
      : unit_(unit_ms), per_ms_(1.0 / unit_ms), grid_(grid), round_(round_off_grid) {
    // k / 10 is the double nearest to the decimal, k * 0.1 is not: divide where 1/unit is whole.
    const double whole = std::round(per_ms_);
    exact_ = std::abs(whole * unit_ms - 1.0) < 1e-12;
    if (exact_) per_ms_ = whole;
  }

  double unit() const { return unit_; }
  bool grid() const { return grid_; }
  bool rounds() const { return round_; }

  double ms(Tick t) const { return exact_ ? static_cast<double>(t) / per_ms_ : static_cast<double>(t) * unit_; }

  // The nearest tick to a time in ms; `what` names the value in the error of a time off the grid.
  Tick tick(double ms, const std::string& what) const {
    const double exact = exact_ ? ms * per_ms_ : ms / unit_;
    const double nearest = std::nearbyint(exact);
    if (!(std::abs(nearest) < 9.0e18))
      throw ParameterError(what + ": " + show(ms) + " ms is beyond the range of time here");
    if (grid_ && !round_ && std::abs(exact - nearest) > 1e-9 * std::max(1.0, std::abs(exact)))
      throw OffGridError(what + ": " + show(ms) + " ms is no multiple of dt = " + show(unit_) +
                         " ms (choose a dt that divides it, or ask for rounding: off_grid=\"round\")");
    return static_cast<Tick>(nearest);
  }

  // A delay in ticks: positive, and at least one step on a grid.
  Tick delay(double ms, const std::string& what) const {
    if (!std::isfinite(ms) || ms <= 0.0)
      throw ParameterError(what + ": a delay must be positive and finite (got " + show(ms) + " ms)");
    const Tick ticks = tick(ms, what);
    if (ticks >= 1) return ticks;
    if (grid_ && !round_)
      throw OffGridError(what + ": " + show(ms) + " ms is shorter than dt = " + show(unit_) + " ms");
    return 1;
  }

 private:
  double unit_ = 1.0;
  double per_ms_ = 1.0;
  bool grid_ = true;
  bool round_ = false;
  bool exact_ = true;
};

}  // namespace pysnn
