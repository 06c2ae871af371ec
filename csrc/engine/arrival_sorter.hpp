// The arrivals of a window, in the order in which neurons take them: by target, then time, then as they came.
#pragma once
#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "neurons/event_neurons.hpp"

namespace pysnn {

// A growing list without initialisation: a window's arrivals are written once and read once.
class ArrivalList {
 public:
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  void clear() { size_ = 0; }
  const Arrival* data() const { return held_.data(); }
  void push(const Arrival& arrival) { *append(1) = arrival; }

  // Room for n more, to be written by the caller.
  Arrival* append(std::size_t n) {
    if (size_ + n > held_.size()) {
      Array<Arrival> wider(std::max(2 * held_.size(), size_ + n + 1024));
      std::copy(held_.begin(), held_.begin() + size_, wider.begin());
      held_ = std::move(wider);
    }
    Arrival* begin = held_.data() + size_;
    size_ += n;
    return begin;
  }

 private:
  Array<Arrival> held_;
  std::size_t size_ = 0;
};

// One distribution over bins of neighbouring targets, as many as there are arrivals, then each bin by insertion:
// both ends are linear, few arrivals at many neurons and many at few.
class ArrivalSorter {
 public:
  std::span<const Arrival> sort(const ArrivalList& list, std::uint32_t targets) {
    const std::size_t n = list.size();
    if (n == 0) return {};
    sorted_.clear();
    Arrival* const out = sorted_.append(n);
    unsigned shift = 0;
    while ((targets >> shift) > std::max<std::size_t>(256, 2 * n)) ++shift;
    const std::size_t bins = (std::size_t{targets - 1} >> shift) + 1;
    if (begin_.size() < bins + 1) begin_.resize(bins + 1);
    std::fill_n(begin_.begin(), bins + 1, 0u);
    const Arrival* const in = list.data();
    for (std::size_t k = 0; k < n; ++k) ++begin_[(in[k].target >> shift) + 1];
    for (std::size_t b = 0; b < bins; ++b) begin_[b + 1] += begin_[b];
    for (std::size_t k = 0; k < n; ++k) out[begin_[in[k].target >> shift]++] = in[k];
    // Now begin_[b] is the end of bin b.
    std::uint32_t begin = 0;
    for (std::size_t b = 0; b < bins; ++b) {
      const std::uint32_t end = begin_[b];
      if (end - begin > 1) sort_bin(out + begin, end - begin);
      begin = end;
    }
    return {out, n};
  }

 private:
  static bool before(const Arrival& a, const Arrival& b) {
    return a.target != b.target ? a.target < b.target : a.time < b.time;
  }

  static void sort_bin(Arrival* bin, std::uint32_t n) {
    if (n > 64) {
      if (!std::is_sorted(bin, bin + n, before)) std::stable_sort(bin, bin + n, before);
      return;
    }
    for (std::uint32_t k = 1; k < n; ++k) {
      if (!before(bin[k], bin[k - 1])) continue;
      const Arrival moved = bin[k];
      std::uint32_t to = k;
      for (; to > 0 && before(moved, bin[to - 1]); --to) bin[to] = bin[to - 1];
      bin[to] = moved;
    }
  }

  ArrivalList sorted_;
  std::vector<std::uint32_t> begin_;
};

}  // namespace pysnn
