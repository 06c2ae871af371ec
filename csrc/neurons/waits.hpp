// Times that a closed form gives, as ticks.
#pragma once
#include <algorithm>
#include <cmath>

#include "core/time.hpp"

namespace pysnn {

// Ticks of a span in units of one tick, if a time so far ahead can be held; crossings later than that are
// looked for again when the engine moves its epoch.
inline constexpr double longest_wait = 4.0e18;

// A time without events in whole ticks, not rounded up; as long as can be where it is no number.
inline Tick whole_ticks(double ticks) {
  return ticks < longest_wait ? static_cast<Tick>(std::max(ticks, 0.0)) : static_cast<Tick>(longest_wait);
}

inline Tick after(Tick last, double ticks) {
  return ticks < longest_wait ? last + std::max(Tick{1}, static_cast<Tick>(std::nearbyint(ticks))) : never;
}

}  // namespace pysnn
