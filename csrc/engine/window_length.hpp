#pragma once
#include <algorithm>
#include <cstddef>

#include "core/time.hpp"

namespace pysnn {

// How long windows may be, beside what delays allow: no more arrivals at a shard than its caches hold, and no longer in
// wall time than this, so that the wall budget of advance() is kept where delays are long, or there are none.
class WindowLength {
 public:
  WindowLength(Tick first, Tick longest) : ticks_(first), longest_(longest) {}

  Tick ticks() const { return ticks_; }
  void heard(std::size_t arrivals, double wall) {
    if (arrivals > most_arrivals || wall > longest_wall)
      ticks_ = std::max(ticks_ / 2, Tick{1});
    else if (arrivals < most_arrivals / 4 && wall < longest_wall / 4)
      ticks_ = ticks_ > longest_ / 2 ? longest_ : 2 * ticks_;
  }

 private:
  static constexpr std::size_t most_arrivals = 1 << 15;
  static constexpr double longest_wall = 0.02;  // seconds
  Tick ticks_, longest_;
};

}  // namespace pysnn
