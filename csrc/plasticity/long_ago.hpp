// Before everything: the time of what has not happened yet.
#pragma once
#include <algorithm>

#include "core/time.hpp"

namespace pysnn {

inline constexpr Tick long_ago = -(Tick{1} << 61);

// A time as written after the epoch has moved on by `ticks`. What is further back than long_ago has left no trace;
// it must not reach the end of the range.
inline Tick rebased(Tick t, Tick ticks) { return t == long_ago ? t : std::max(t - ticks, long_ago + 1); }

}  // namespace pysnn
