// The part of a synapse's delay that lies behind it, in the dendrite.
#pragma once
#include <cmath>
#include <string>

#include "core/error.hpp"
#include "core/time.hpp"

namespace pysnn {

// `fraction` of `delay`; on a grid a whole number of steps, or an OffGridError in the name of `what`.
inline Tick dendritic_delay(double fraction, Tick delay, const TimeBase& time, const std::string& what) {
  const double share = fraction * static_cast<double>(delay);
  if (time.grid() && !time.rounds() && std::abs(share - std::nearbyint(share)) > 1e-9)
    throw OffGridError(what + ": dendritic_fraction " + show(fraction) + " of a delay of " + show(time.ms(delay)) +
                       " ms is no multiple of dt");
  return static_cast<Tick>(std::nearbyint(share));
}

}  // namespace pysnn
