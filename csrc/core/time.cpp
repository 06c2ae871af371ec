#include "core/time.hpp"

#include <cstdlib>
#include <numeric>
#include <optional>
#include <utility>

#include "core/decimal.hpp"

namespace pysnn {
namespace {

constexpr int most_places = 12;              // of a unit that is meant as a decimal
constexpr Wide most_simple = Wide{1} << 24;  // the largest whole number in a simple fraction
constexpr LongTick most_ticks = LongTick{9'000'000'000'000'000'000};
constexpr double most_long_ticks = 1e30;
constexpr double widest = 1e38;  // of what 128 bits hold

struct Fraction {
  Wide numerator, denominator;
};

std::optional<Fraction> as_decimal(Decimal unit) {
  const auto scale = power_of_ten(std::abs(unit.exponent));
  if (!scale) return std::nullopt;
  Fraction fraction{unit.digits, 1};
  if (unit.exponent < 0)
    fraction.denominator = *scale;
  else if (__builtin_mul_overflow(fraction.numerator, *scale, &fraction.numerator))
    return std::nullopt;
  Wide common = fraction.numerator;
  for (Wide rest = fraction.denominator; rest != 0;) common = std::exchange(rest, common % rest);
  return Fraction{fraction.numerator / common, fraction.denominator / common};
}

// The first convergent of its continued fraction that `unit` is the double of, if it is simple.
std::optional<Fraction> as_simple(Fraction whole, double unit) {
  Fraction now{1, 0}, before{0, 1};
  for (Wide n = whole.numerator, d = whole.denominator; d != 0;) {
    const Wide term = n / d;
    if (term > most_simple || now.numerator > most_simple) return std::nullopt;
    const Fraction next{term * now.numerator + before.numerator, term * now.denominator + before.denominator};
    if (next.denominator > most_simple) return std::nullopt;
    if (static_cast<double>(next.numerator) / static_cast<double>(next.denominator) == unit) return next;
    before = std::exchange(now, next);
    n = std::exchange(d, n % d);
  }
  return std::nullopt;
}

}  // namespace

TimeBase::TimeBase(double unit_ms, bool grid, bool round_off_grid)
    : unit_(unit_ms), grid_(grid), round_(round_off_grid) {
  if (!std::isfinite(unit_ms) || unit_ms <= 0.0) throw ParameterError("dt must be > 0 ms (got " + show(unit_ms) + ")");
  const Decimal decimal = shortest_decimal(unit_ms);
  std::optional<Fraction> unit = as_decimal(decimal);
  if (unit && decimal.exponent < -most_places) unit = as_simple(*unit, unit_ms).value_or(*unit);
  if (!unit || unit->numerator > never || unit->denominator > never) return;
  numerator_ = static_cast<std::int64_t>(unit->numerator);
  denominator_ = static_cast<std::int64_t>(unit->denominator);
  denominator_ms_ = static_cast<double>(denominator_);
  few_ = (Tick{1} << 53) / numerator_;
}

double TimeBase::ms_of_many(LongTick t) const {
  const double about = static_cast<double>(t) * static_cast<double>(numerator_);
  if (numerator_ == 0 || std::abs(about) > widest) return static_cast<double>(t) * unit_;
  return nearest_double(t * numerator_, denominator_);
}

TimeBase::Nearest TimeBase::nearest(double ms, LongTick limit, const std::string& what) const {
  const double about = ms / unit_;
  if (!(std::abs(about) < static_cast<double>(limit)) || !(std::abs(about) * static_cast<double>(numerator_) < widest))
    throw ParameterError(what + ": " + show(ms) + " ms is beyond the range of time here");
  if (numerator_ == 0) {
    const double whole = std::nearbyint(about);
    return {static_cast<LongTick>(whole), std::abs(about - whole)};
  }
  const Decimal decimal = shortest_decimal(ms);
  Wide n = Wide{decimal.digits} * denominator_, d = numerator_;
  const auto scale = power_of_ten(std::abs(decimal.exponent));
  if (decimal.exponent >= 0)
    n *= scale.value_or(1);  // there is one: about * numerator is less than `widest`
  else if (!scale || __builtin_mul_overflow(d, *scale, &d))
    return {0, std::abs(about)};  // n is below 10^35: far less than one
  const bool negative = n < 0;
  if (negative) n = -n;
  Wide whole = n / d, rest = n - whole * d;
  if (rest > d - rest || (rest == d - rest && whole % 2 != 0)) {
    ++whole;
    rest = d - rest;
  }
  return {negative ? -whole : whole, static_cast<double>(rest) / static_cast<double>(d)};
}

LongTick TimeBase::decimal_tick(double ms, LongTick limit, const std::string& what) const {
  if (!grid_ && unit_ == 1e-12) {
    // Of up to six places and fifteen digits there is but one such decimal, and no need to print it.
    const double millionths = std::nearbyint(ms * 1e6);
    if (std::abs(millionths) < std::min(1e15, static_cast<double>(limit) * 1e-6) && millionths / 1e6 == ms)
      return static_cast<LongTick>(millionths) * 1'000'000;
  }
  const Nearest found = nearest(ms, limit, what);
  const auto steps = static_cast<double>(found.ticks);
  if (grid_ && !round_ && found.off > std::max(allowed(steps), rounding * std::abs(steps)))
    throw OffGridError(what + ": " + show(ms) + " ms is no multiple of dt = " + show(unit_) + " ms (the nearest is " +
                       show(this->ms(found.ticks)) +
                       "; choose a dt that divides it, or ask for rounding: off_grid=\"round\")");
  return found.ticks;
}

Tick TimeBase::decimal_tick(double ms, const std::string& what) const {
  return static_cast<Tick>(decimal_tick(ms, most_ticks, what));
}

LongTick TimeBase::long_tick(double ms, const std::string& what) const {
  if (ms == std::numeric_limits<double>::infinity()) return long_never;
  if (std::abs(ms / unit_) < 0x1p60) return tick(ms, what);
  return decimal_tick(ms, static_cast<LongTick>(most_long_ticks), what);
}

}  // namespace pysnn
