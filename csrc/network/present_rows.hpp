// Which of many rows have anything: a bit for each, and so many counts beside them that the number of one that has is
// found by counting the bits of one word. A rank of a thousand has synapses of few of all sources, and what it keeps of
// each must cost little.
#pragma once
#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace pysnn {

class PresentRows {
 public:
  static constexpr std::uint32_t group = 256;  // rows

  PresentRows() = default;
  explicit PresentRows(std::uint32_t rows)
      : rows_(rows), bits_(std::size_t{rows / group + 1} * words), before_(rows / group + 1), in_group_(bits_.size()) {}

  void add(std::uint32_t row) { bits_[row / 64] |= std::uint64_t{1} << (row % 64); }
  // To be called once all are there.
  void number() {
    present_ = 0;
    for (std::size_t word = 0; word < bits_.size(); ++word) {
      if (word % words == 0) before_[word / words] = present_;
      in_group_[word] = static_cast<std::uint8_t>(present_ - before_[word / words]);
      present_ += ones(bits_[word]);
    }
  }

  std::uint32_t rows() const { return rows_; }
  std::uint32_t size() const { return present_; }
  bool empty() const { return bits_.empty(); }
  bool has(std::uint32_t row) const { return (bits_[row / 64] >> (row % 64) & 1) != 0; }
  // How many come before a row: its number where it is present. The row may be that after the last.
  std::uint32_t before(std::uint32_t row) const {
    const std::uint32_t word = row / 64;
    return before_[row / group] + in_group_[word] + ones(bits_[word] & ((std::uint64_t{1} << (row % 64)) - 1));
  }
  // The row that has a number.
  std::uint32_t row(std::uint32_t number) const {
    auto at = static_cast<std::size_t>(std::upper_bound(before_.begin(), before_.end(), number) - before_.begin() - 1);
    std::uint32_t left = number - before_[at];
    for (at *= words;; ++at) {
      const std::uint32_t here = ones(bits_[at]);
      if (left < here) break;
      left -= here;
    }
    std::uint64_t bits = bits_[at];
    for (; left > 0; --left) bits &= bits - 1;
    return static_cast<std::uint32_t>(at * 64) + static_cast<std::uint32_t>(std::countr_zero(bits));
  }
  // Call visit(row) for all that are present, in order.
  template <class Visit>
  void each(Visit&& visit) const {
    for (std::size_t word = 0; word < bits_.size(); ++word)
      for (std::uint64_t left = bits_[word]; left != 0; left &= left - 1)
        visit(static_cast<std::uint32_t>(word * 64) + static_cast<std::uint32_t>(std::countr_zero(left)));
  }
  void prefetch(std::uint32_t row) const { __builtin_prefetch(bits_.data() + row / 64); }
  std::size_t nbytes() const {
    return bits_.size() * sizeof(std::uint64_t) + before_.size() * sizeof(std::uint32_t) + in_group_.size();
  }

 private:
  static constexpr std::uint32_t words = group / 64;

  // std::popcount is a call where not every processor has an instruction for it.
  static std::uint32_t ones(std::uint64_t bits) {
    bits -= bits >> 1 & 0x5555555555555555u;
    bits = (bits & 0x3333333333333333u) + (bits >> 2 & 0x3333333333333333u);
    bits = (bits + (bits >> 4)) & 0x0f0f0f0f0f0f0f0fu;
    return static_cast<std::uint32_t>(bits * 0x0101010101010101u >> 56);
  }

  std::uint32_t rows_ = 0, present_ = 0;
  std::vector<std::uint64_t> bits_;     // [groups * words], the last group not full
  std::vector<std::uint32_t> before_;   // [groups] how many come before each
  std::vector<std::uint8_t> in_group_;  // [groups * words] how many of its group come before each word
};

}  // namespace pysnn
