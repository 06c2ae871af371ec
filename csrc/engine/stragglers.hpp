// Synaptic events that set out with a delay that their synapses have no more, one by one. They come by themselves, in
// front of what set out later: the order of every sum is that of spikes.
#pragma once
#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "core/time.hpp"
#include "network/block.hpp"
#include "network/redelayed.hpp"
#include "sources/source.hpp"

namespace pysnn {

struct Straggler {
  Tick due, sent;
  std::uint32_t synapse;  // as stored in the block
};

// What spikes of the sources of a block, in order, have on their way to it after `served`: of those of its projections
// for which since(projection) is before the spike.
template <class Since>
std::vector<Straggler> under_way(const Block& block, std::span<const TimedSpike> spikes, Tick served, Since&& since) {
  std::vector<Straggler> found;
  std::vector<std::uint16_t> scratch;
  for (const TimedSpike& spike : spikes) {
    const std::uint32_t row = spike.index - block.row_base;
    if (row >= block.rows()) continue;
    for (auto [run, end] = block.row_run.of(row); run < end; ++run) {
      const Tick due = spike.time + block.run_delay[run];
      if (due <= served) continue;
      const auto targets = block.targets(run, scratch);
      for (const Member& member : block.members) {
        if (spike.time <= since(member.projection)) continue;
        const auto [first, last] = Block::part(targets, member);
        for (std::size_t k = first; k < last; ++k)
          found.push_back({due, spike.time, block.run_begin[run] + static_cast<std::uint32_t>(k)});
      }
    }
  }
  return found;
}

class Stragglers {
 public:
  // Such as set out after all that are here, in order.
  void add(std::vector<Straggler> more) {
    forget();
    list_.insert(list_.end(), more.begin(), more.end());
    std::stable_sort(list_.begin(), list_.end(), [](const auto& a, const auto& b) { return a.due < b.due; });
  }
  // What is due up to `to`. Valid until the next call of another kind.
  std::span<const Straggler> take(Tick to) {
    const std::size_t begin = taken_;
    while (taken_ < list_.size() && list_[taken_].due <= to) ++taken_;
    return std::span(list_).subspan(begin, taken_ - begin);
  }
  Tick earliest() const { return taken_ < list_.size() ? list_[taken_].due : never; }
  // All that are still to come.
  std::span<const Straggler> all() const { return std::span(list_).subspan(taken_); }
  // The synapses are stored elsewhere; what is under way at one that has left its source is lost with it.
  void move(const Redelayed& made) {
    forget();
    carry(list_, made);
  }
  static void carry(std::vector<Straggler>& list, const Redelayed& made) {
    if (!made.parted.empty()) std::erase_if(list, [&](const Straggler& one) { return made.parted[one.synapse] != 0; });
    for (Straggler& one : list) one.synapse = made.moved[one.synapse];
  }
  void clear() {
    list_.clear();
    taken_ = 0;
  }
  void rebase(Tick ticks) {
    forget();
    for (Straggler& one : list_) {
      one.due -= ticks;
      one.sent -= ticks;
    }
  }

 private:
  void forget() {
    list_.erase(list_.begin(), list_.begin() + static_cast<std::ptrdiff_t>(taken_));
    taken_ = 0;
  }

  std::vector<Straggler> list_;  // by time, then as they set out
  std::size_t taken_ = 0;
};

}  // namespace pysnn
