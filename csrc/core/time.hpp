// Time as integers: ticks of dt on a grid, of 1e-12 ms in continuous time.
//
// A time given as a double means the decimal that it prints as: 8193.6 is a tick, at any size, though the double lies
// beside it. So do two times that are written alike meet, and what is no multiple of dt is found out however far away.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>

#include "core/compiler.hpp"
#include "core/error.hpp"

namespace pysnn {

using Tick = std::int64_t;
inline constexpr Tick never = std::numeric_limits<Tick>::max();

// Ticks since the start, however long ago that is: the event engine's are relative to an epoch.
using LongTick = Int128;
inline constexpr LongTick long_never = LongTick{1} << 120;

// A time as it is written in that epoch, if it can be.
inline Tick in_epoch(LongTick t, LongTick epoch) { return t - epoch < never ? static_cast<Tick>(t - epoch) : never; }

// The unit of time of a network and the rule for what does not fit it.
//
// The unit is a fraction: the decimal that it prints as, up to 12 places; else the simplest one that it is the double
// of (1/3, 1/8192). A time on a grid is a multiple of it if they are as decimals, or where the double is no further off
// than rounding has it: two units in its last place, or 1e-9 of it but no more than 1e-6 steps. In continuous time what
// has more than 12 places goes to the nearest tick.
class TimeBase {
 public:
  TimeBase() : TimeBase(1.0, true, false) {}
  TimeBase(double unit_ms, bool grid, bool round_off_grid);

  double unit() const { return unit_; }
  bool grid() const { return grid_; }
  bool rounds() const { return round_; }

  // The double nearest to that many units.
  double ms(LongTick t) const {
    if (-few_ <= t && t <= few_) return static_cast<double>(static_cast<Tick>(t) * numerator_) / denominator_ms_;
    return ms_of_many(t);
  }

  // The tick of a time in ms; `what` names the value in the error of a time off the grid.
  Tick tick(double ms, const std::string& what) const {
    const double exact = numerator_ == 1 ? ms * denominator_ms_ : ms / unit_;
    const double nearest = std::nearbyint(exact), off = std::abs(exact - nearest), error = rounding * std::abs(exact);
    // Where rounding decides, or times are so late that it might, the decimals are looked at.
    const bool certain = grid_ ? off + error < (round_ ? 0.5 : allowed(exact)) : std::abs(exact) < 0x1p51;
    return certain ? static_cast<Tick>(nearest) : decimal_tick(ms, what);
  }

  // The same where it may lie beyond 2^63 ticks; infinite is never.
  LongTick long_tick(double ms, const std::string& what) const;

  // A delay in ticks: positive, and at least one step on a grid.
  Tick delay(double ms, const std::string& what) const {
    check_positive(ms, what);
    const Tick ticks = tick(ms, what);
    return ticks >= 1 ? ticks : one_tick(ms, what);
  }
  // The same, or 0 for what is heard when it is sent.
  Tick delay_or_none(double ms, const std::string& what) const { return ms == 0.0 ? 0 : delay(ms, what); }
  LongTick long_delay(double ms, const std::string& what) const {
    check_positive(ms, what);
    const LongTick ticks = long_tick(ms, what);
    return ticks >= 1 ? ticks : one_tick(ms, what);
  }

 private:
  // Of a quotient in double, relative to that of the decimals.
  static constexpr double rounding = 0x1p-51;
  // How far off the grid a time may be that is so many steps, in steps, but for rounding.
  static double allowed(double steps) { return std::clamp(1e-9 * std::abs(steps), 1e-9, 1e-6); }

  static void check_positive(double ms, const std::string& what) {
    if (!std::isfinite(ms) || ms <= 0.0)
      throw ParameterError(what + ": a delay must be positive and finite (got " + show(ms) + " ms)");
  }
  // For a delay that rounds to none.
  Tick one_tick(double ms, const std::string& what) const {
    if (grid_ && !round_)
      throw OffGridError(what + ": " + show(ms) + " ms is shorter than dt = " + show(unit_) + " ms");
    return 1;
  }

  struct Nearest {
    LongTick ticks;
    double off;  // by how many ticks
  };
  Nearest nearest(double ms, LongTick limit, const std::string& what) const;
  LongTick decimal_tick(double ms, LongTick limit, const std::string& what) const;
  Tick decimal_tick(double ms, const std::string& what) const;
  double ms_of_many(LongTick t) const;

  double unit_;
  bool grid_, round_;
  // numerator / denominator ms, both positive; 0 where they cannot be held (a dt of less than 1e-18 ms).
  std::int64_t numerator_ = 0, denominator_ = 1;
  double denominator_ms_ = 1.0;
  Tick few_ = 0;  // so many units are less than 2^53 numerators, and one division is right
};

}  // namespace pysnn
