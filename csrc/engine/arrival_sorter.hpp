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
    unsigned shift = 4;  // of target_what, whose low bits are not the target's
    while ((std::size_t{targets} >> (shift - 4)) > std::max<std::size_t>(256, 2 * n)) ++shift;
    const std::size_t bins = (static_cast<std::size_t>(targets - 1) >> (shift - 4)) + 1;
    if (begin_.size() < bins + 1) begin_.resize(bins + 1);
    std::fill_n(begin_.begin(), bins + 1, 0u);
    const Arrival* const in = list.data();
    for (std::size_t k = 0; k < n; ++k) ++begin_[(in[k].target_what >> shift) + 1];
    for (std::size_t b = 0; b < bins; ++b) begin_[b + 1] += begin_[b];
    for (std::size_t k = 0; k < n; ++k) out[begin_[in[k].target_what >> shift]++] = in[k];
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
  static std::uint64_t key(const Arrival& a) { return std::uint64_t{a.target()} << 32 | a.offset; }

  static void sort_bin(Arrival* bin, std::uint32_t n) {
    if (n > 64) {
      const auto before = [](const Arrival& a, const Arrival& b) { return key(a) < key(b); };
      if (!std::is_sorted(bin, bin + n, before)) std::stable_sort(bin, bin + n, before);
      return;
    }
    for (std::uint32_t k = 1; k < n; ++k) {
      const Arrival moved = bin[k];
      const std::uint64_t mine = key(moved);
      std::uint32_t to = k;
      for (; to > 0 && key(bin[to - 1]) > mine; --to) bin[to] = bin[to - 1];
      bin[to] = moved;
    }
  }

  ArrivalList sorted_;
  std::vector<std::uint32_t> begin_;
};

}  // namespace pysnn
