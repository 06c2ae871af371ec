// The arrivals of a window, in the order in which neurons take them: by target, then time, then as they came.
#pragma once
#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "core/pile.hpp"
#include "neurons/timed_neurons.hpp"

namespace pysnn {

// One distribution over bins of neighbouring targets, as many as there are arrivals, then by insertion: both ends
// are linear, few arrivals at many neurons and many at few.
class ArrivalSorter {
 public:
  // All pieces in one list, in which the order of pieces counts as the order in which they came.
  std::span<const Arrival> sort(std::span<const std::span<const Arrival>> pieces, std::uint32_t targets) {
    std::size_t n = 0;
    for (const auto& piece : pieces) n += piece.size();
    if (n == 0) return {};
    sorted_.clear();
    Arrival* const out = sorted_.room(n);
    unsigned shift = 0;
    while ((targets >> shift) > std::max<std::size_t>(256, 2 * n)) ++shift;
    const std::size_t bins = (std::size_t{targets - 1} >> shift) + 1;
    end_.assign(bins, 0);
    for (const auto& piece : pieces)
      for (const Arrival& a : piece) ++end_[a.target() >> shift];
    std::uint32_t begin = 0, fullest = 0;
    for (auto& end : end_) {
      const std::uint32_t here = end;
      fullest = std::max(fullest, here);
      end = begin;
      begin += here;
    }
    for (const auto& piece : pieces)
      for (const Arrival& a : piece) out[end_[a.target() >> shift]++] = a;
    // Bins are in order among themselves: where all are small, one pass does.
    if (fullest <= most_by_insertion) {
      insert(out, n);
      return {out, n};
    }
    begin = 0;
    for (const std::uint32_t end : end_) {
      sort_bin(out + begin, end - begin);
      begin = end;
    }
    return {out, n};
  }

 private:
  static constexpr std::uint32_t most_by_insertion = 64;

  static bool before(const Arrival& a, const Arrival& b) { return a.instant() < b.instant(); }

  static void sort_bin(Arrival* bin, std::size_t n) {
    if (n <= most_by_insertion)
      insert(bin, n);
    else if (!std::is_sorted(bin, bin + n, before))
      std::stable_sort(bin, bin + n, before);
  }

  static void insert(Arrival* list, std::size_t n) {
    for (std::size_t k = 1; k < n; ++k) {
      if (!before(list[k], list[k - 1])) continue;
      const Arrival moved = list[k];
      std::size_t to = k;
      for (; to > 0 && before(moved, list[to - 1]); --to) list[to] = list[to - 1];
      list[to] = moved;
    }
  }

  Pile<Arrival> sorted_;
  std::vector<std::uint32_t> end_;  // of each bin, once it is filled
};

}  // namespace pysnn
