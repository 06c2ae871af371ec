// How long the synapses of each run take.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <type_traits>
#include <utility>
#include <vector>

#include "core/array.hpp"
#include "core/time.hpp"

namespace pysnn {

// The delays of runs: in 16 bits as multiples of a unit where they all have one (a step on a grid; else what they have
// in common, as delays of whole tenths of a ms have), or in ticks.
class RunDelays {
 public:
  RunDelays() = default;
  RunDelays(const std::vector<Tick>& delays, bool short_ticks) {
    if (!short_ticks) {
      Tick common = 0, longest = 0;
      for (const Tick d : delays) {
        if (common == 0 || d % common != 0) common = std::gcd(common, d);
        longest = std::max(longest, d);
      }
      unit_ = common > 0 && longest / common <= longest_short ? common : 0;
    }
    const auto copy = [&](auto& to, Tick unit) {
      to = std::remove_reference_t<decltype(to)>(delays.size());
      std::transform(delays.begin(), delays.end(), to.begin(),
                     [&](Tick d) { return static_cast<std::remove_reference_t<decltype(to[0])>>(d / unit); });
    };
    if (are_multiples())
      copy(multiples_, unit_);
    else
      copy(ticks_, 1);
  }
  Tick operator[](std::size_t run) const { return are_multiples() ? multiples_[run] * unit_ : ticks_[run]; }
  std::size_t size() const { return multiples_.size() + ticks_.size(); }
  std::size_t nbytes() const { return multiples_.nbytes() + ticks_.nbytes(); }

  // Call f(array, unit) with the array in use: a delay is an entry times the unit.
  template <class F>
  decltype(auto) with(F&& f) const {
    return are_multiples() ? f(multiples_, unit_) : f(ticks_, Tick{1});
  }

  // What a view may show still is kept in `to`.
  void retire(std::vector<Array<std::uint8_t>>& to) {
    to.push_back(std::move(multiples_).bytes());
    to.push_back(std::move(ticks_).bytes());
  }

  static constexpr Tick longest_short = 65535;

 private:
  bool are_multiples() const { return unit_ != 0; }

  Tick unit_ = 1;
  Array<std::uint16_t> multiples_;
  Array<Tick> ticks_;
};

}  // namespace pysnn
