// So many spikes of a neuron must take longer than so many ms each: else it fires without end, its time does not go on,
// and the run would seem to hang. (By its own spikes alone: neither windows nor runs decide.) Where neurons are
// refractory for as long, none can, and nothing is counted: it would be one more cache line a spike.
#pragma once
#include <algorithm>
#include <cstdint>
#include <string>

#include "core/archive.hpp"
#include "core/array.hpp"
#include "core/error.hpp"
#include "core/time.hpp"
#include "neurons/parts.hpp"

namespace pysnn {

class Paces {
 public:
  // Whether neurons that are refractory for so many ms may fire without end.
  static bool is_short(double t_ref) { return t_ref < shortest_mean; }

  bool empty() const { return paces_.empty(); }
  // Count the spikes of n neurons from `now` on, if that has not begun.
  void begin(std::size_t n, Tick now) {
    if (paces_.empty()) paces_ = Array<Pace>(n, Pace{now, 0});
  }

  // A neuron fires at t, in ticks of `unit` ms.
  void count(std::uint32_t neuron, Tick t, double unit) {
    Pace& pace = paces_[neuron];
    if (++pace.spikes % spikes_at_once > 0) return;
    if (pace.spikes > spikes_at_once && static_cast<double>(t - pace.since) * unit < spikes_at_once * shortest_mean)
      throw Unfollowable{"fires without end: " + std::to_string(spikes_at_once) + " times within " +
                         show(static_cast<double>(t - pace.since) * unit) +
                         " ms (check its currents, weights, v_reset and t_ref)"};
    pace.since = t;
  }

  // Of a population of n, those from `first` on.
  void io(const Archive& archive, std::uint32_t n, std::uint32_t first) {
    if (paces_.empty()) return;
    archive.part("pace since", n, first, paces_.size(), [&](std::size_t k) -> Tick& { return paces_[k].since; });
    archive.part("pace spikes", n, first, paces_.size(),
                 [&](std::size_t k) -> std::uint32_t& { return paces_[k].spikes; });
  }
  void restart(Tick now) {
    for (Pace& pace : paces_) pace = {now, 0};
  }
  void rebase(Tick ticks) {
    // (One that began very long ago shall not leave the range.)
    for (Pace& pace : paces_) pace.since = std::max(pace.since, -ticks) - ticks;
  }

 private:
  static constexpr std::uint32_t spikes_at_once = 4096;
  static constexpr double shortest_mean = 1e-5;
  struct Pace {
    Tick since;  // when `spikes` was last a multiple of spikes_at_once
    std::uint32_t spikes;
  };

  Array<Pace> paces_;
};

}  // namespace pysnn
