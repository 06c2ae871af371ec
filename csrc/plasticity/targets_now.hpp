// All that the synapses of one instant ask of their targets, side by side: a pass over a row looks at one place a
// synapse.
#pragma once
#include <algorithm>
#include <cstdint>
#include <span>

#include "core/dispatch.hpp"
#include "core/time.hpp"

namespace pysnn {

// What a presynaptic spike sees of a target, and how many ticks ago its newest two spikes were.
struct TargetNow {
  double seen;
  std::uint32_t newest, second;

  // Ages are cut off at this one; what is asked of them must not be longer ago than half of it.
  static constexpr std::uint32_t oldest = (1u << 31) - 1;
  static bool knows(Tick ago) { return ago >= 0 && ago <= oldest / 2; }
  PYSNN_INLINE static std::uint32_t age(Tick t, Tick now) {
    return static_cast<std::uint32_t>(std::min(now - t, Tick{oldest}));
  }
};

// Look up n targets: x[k] is what `fading` has for the time from `ago` ticks ago to the newest spike, or its last entry
// where that came before; y[k] what is seen. In `twice`, which has room for n, are listed those whose second newest
// came since then too; returns how many.
std::uint32_t look_up(const std::uint16_t* target, std::uint32_t n, std::uint32_t ago, std::span<const double> fading,
                      const TargetNow* of, double* x, double* y, std::uint32_t* twice);

}  // namespace pysnn
