// A calendar of the runs on their way, one slot a step. Entries are pushed in the order of (spike time,
// population, source, run) and served in it, which fixes the order of every sum.
#pragma once
#include <algorithm>
#include <bit>
#include <map>
#include <span>
#include <utility>
#include <vector>

#include "core/dispatch.hpp"
#include "core/time.hpp"

namespace pysnn {

template <class Entry>
class RunRing {
 public:
  RunRing() = default;
  // A ring for delays up to `longest` steps, or up to a bound: the few that are longer wait in a map. Spikes are pushed
  // up to `ahead` steps before their time comes.
  RunRing(Tick longest, Tick ahead)
      : slots_(std::bit_ceil(static_cast<std::size_t>(std::min(longest, longest_in_ring) + ahead) + 1)) {}

  PYSNN_INLINE void push(Tick now, Tick delay, const Entry& entry) {
    if (delay > longest_in_ring)
      far_[now + delay].push_back(entry);
    else
      slot(now + delay).push_back(entry);
  }

  // What is due now. Far entries were pushed before all others of their slot, so they come first.
  std::span<Entry> at(Tick now) {
    std::vector<Entry>& due = slot(now);
    if (!far_.empty() && far_.begin()->first == now) {
      std::vector<Entry> first = std::move(far_.begin()->second);
      far_.erase(far_.begin());
      first.insert(first.end(), due.begin(), due.end());
      due.swap(first);
    }
    return due;
  }
  // What is due at a later time by now, but for far entries.
  std::span<const Entry> due(Tick later) const { return slots_[static_cast<std::size_t>(later) & (slots_.size() - 1)]; }
  void clear(Tick now) { slot(now).clear(); }
  // Nothing is on its way any more.
  void clear() {
    for (auto& slot : slots_) slot.clear();
    far_.clear();
  }

  // Call visit(entry) for everything on its way, in no order.
  template <class Visit>
  void for_each(Visit&& visit) const {
    for (const auto& slot : slots_)
      for (const Entry& entry : slot) visit(entry);
    for (const auto& [time, entries] : far_)
      for (const Entry& entry : entries) visit(entry);
  }

 private:
  static constexpr Tick longest_in_ring = 8191;
  std::vector<Entry>& slot(Tick t) { return slots_[static_cast<std::size_t>(t) & (slots_.size() - 1)]; }
  std::vector<std::vector<Entry>> slots_;
  std::map<Tick, std::vector<Entry>> far_;
};

}  // namespace pysnn
