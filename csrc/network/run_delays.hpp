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
#include "core/paged_vector.hpp"
#include "core/time.hpp"

namespace pysnn {

// Delays while runs are found one after the other: in 16 bits up to the first that is longer. As ticks they would take
// more than the synapses, where runs are short.
class DelayList {
 public:
  static constexpr Tick longest_short = 65535;

  // Pages that nothing is written to cost nothing, a list that doubles does.
  void reserve(std::size_t most) { short_.reserve(most); }
  void push_back(Tick delay) {
    if (is_short_ && delay > longest_short) {
      long_.reserve(short_.capacity());
      long_.assign(short_.begin(), short_.end());
      PagedVector<std::uint16_t>().swap(short_);
      is_short_ = false;
    }
    if (is_short_)
      short_.push_back(static_cast<std::uint16_t>(delay));
    else
      long_.push_back(delay);
  }
  bool is_short() const { return is_short_; }
  const PagedVector<std::uint16_t>& in_16_bits() const { return short_; }
  const std::vector<Tick>& in_ticks() const { return long_; }

 private:
  bool is_short_ = true;
  PagedVector<std::uint16_t> short_;
  std::vector<Tick> long_;
};

// The delays of runs: as multiples of a unit where they all have one (a step on a grid; else what they have in common,
// as delays of whole tenths of a ms have), in 8 bits where none is longer than 255 of them, else in 16; or in ticks.
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
    copy(delays);
  }
  explicit RunDelays(const DelayList& list) {
    if (list.is_short())
      copy(list.in_16_bits());
    else
      *this = RunDelays(list.in_ticks(), false);
  }
  // So many runs of one delay.
  RunDelays(std::size_t runs, Tick delay) : unit_(delay), bytes_(runs, delay == 0 ? 0 : 1) {}
  Tick operator[](std::size_t run) const {
    if (!bytes_.empty()) return bytes_[run] * unit_;
    return multiples_.empty() ? ticks_[run] : multiples_[run] * unit_;
  }
  std::size_t size() const { return bytes_.size() + multiples_.size() + ticks_.size(); }
  std::size_t nbytes() const { return bytes_.nbytes() + multiples_.nbytes() + ticks_.nbytes(); }

  // Call f(array, unit) with the array in use: a delay is an entry times the unit.
  template <class F>
  decltype(auto) with(F&& f) const {
    if (!bytes_.empty()) return f(bytes_, unit_);
    return multiples_.empty() ? f(ticks_, Tick{1}) : f(multiples_, unit_);
  }

  // What a view may show still is kept in `to`.
  void retire(std::vector<Array<std::uint8_t>>& to) {
    to.push_back(std::move(bytes_));
    to.push_back(std::move(multiples_).bytes());
    to.push_back(std::move(ticks_).bytes());
  }

  static constexpr Tick longest_short = DelayList::longest_short;

 private:
  static constexpr Tick longest_byte = 255;

  template <class Delays>
  void copy(const Delays& delays) {
    const auto into = [&](auto& to, Tick unit) {
      to = std::remove_reference_t<decltype(to)>(delays.size());
      std::transform(delays.begin(), delays.end(), to.begin(),
                     [&](auto d) { return static_cast<std::remove_reference_t<decltype(to[0])>>(d / unit); });
    };
    const Tick longest = delays.empty() ? 0 : *std::max_element(delays.begin(), delays.end());
    if (unit_ == 0)
      into(ticks_, 1);
    else if (longest / unit_ <= longest_byte)
      into(bytes_, unit_);
    else
      into(multiples_, unit_);
  }

  Tick unit_ = 1;  // 0: in ticks
  Array<std::uint8_t> bytes_;
  Array<std::uint16_t> multiples_;
  Array<Tick> ticks_;
};

}  // namespace pysnn
