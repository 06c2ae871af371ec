// Delivery of synapses whose weights never change: the innermost loops of the clock engine.
#pragma once
#include <cstdint>
#include <span>

#include "engine/stragglers.hpp"
#include "network/block.hpp"

namespace pysnn {

// A run on its way: its synapses; where rows are bitmaps, its number and 0.
struct RunEntry {
  std::uint32_t begin, length;
};

template <class Real>
class StaticRows {
 public:
  explicit StaticRows(const Block& block);

  // Call visit(entry, delay) for the runs [begin, end).
  template <class Visit>
  void for_each_entry(std::uint32_t begin, std::uint32_t end, Visit&& visit) const {
    const bool bitmap = block_.is_bitmap();
    for (std::uint32_t run = begin; run < end; ++run) {
      const std::uint32_t first = block_.run_begin[run];
      visit(bitmap ? RunEntry{run, 0} : RunEntry{first, block_.run_begin[run + 1] - first}, block_.run_delay[run]);
    }
  }

  // Ask memory for the first of these runs, which are to be delivered soon.
  void prefetch(std::span<const RunEntry> runs) const;

  // Add the weights of these runs, in order, to sum[target]. What a block of one constant weight adds to a target is
  // the weight times the number of synapses, so that it does not depend on how they are counted.
  // Stragglers come first; there are none where rows are bitmaps.
  void deliver(std::span<RunEntry> runs, std::span<const Straggler> stragglers, Real* sum);

 private:
  template <class Count>
  void count(std::span<RunEntry> runs, std::span<const Straggler> stragglers, Array<Count>& counts, Real* sum);

  const Block& block_;
  std::uint32_t width_ = 0;         // targets
  std::uint32_t most_of_pair_ = 1;  // synapses of one run at one target
  bool was_bitmap_ = false;         // entries of bitmaps may still be on their way
  Array<std::uint16_t> counts_;
  Array<std::uint32_t> large_counts_;
  std::vector<std::uint32_t> bitmaps_;
};

}  // namespace pysnn
