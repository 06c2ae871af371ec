// A calendar of the runs on their way, one slot a step. Entries are pushed in the order of (spike time,
// population, source, run) and served in it, which fixes the order of every sum.
#pragma once
#include <bit>
#include <span>
#include <vector>

#include "core/time.hpp"

namespace pysnn {

template <class Entry>
class RowQueue {
 public:
  RowQueue() = default;
  explicit RowQueue(Tick longest) : slots_(std::bit_ceil(static_cast<std::size_t>(longest) + 1)) {}

  void push(Tick at, const Entry& entry) { slot(at).push_back(entry); }
  std::span<const Entry> at(Tick now) { return slot(now); }
  void clear(Tick now) { slot(now).clear(); }

 private:
  std::vector<Entry>& slot(Tick t) { return slots_[static_cast<std::size_t>(t) & (slots_.size() - 1)]; }
  std::vector<std::vector<Entry>> slots_;
};

}  // namespace pysnn
