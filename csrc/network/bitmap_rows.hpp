// Dense rows of one weight and one delay, filled as bitmaps of their targets from the start: lists of them would
// take more memory, if only for a while.
#pragma once
#include <algorithm>
#include <cstdint>
#include <vector>

#include "core/poll.hpp"
#include "network/block.hpp"

namespace pysnn {

class BitmapRows {
 public:
  // Whether bitmaps of `width` targets take less memory than lists.
  static bool pay(std::uint64_t rows, std::uint32_t width, std::uint64_t synapses) {
    return rows * words(width) * sizeof(std::uint64_t) < synapses * sizeof(std::uint16_t);
  }

  BitmapRows(std::uint32_t rows, std::uint32_t width, Poll& poll)
      : words_(words(width)), bits_(std::size_t{rows} * words_) {
    touch_pages(bits_, poll);
    std::fill(bits_.begin(), bits_.end(), 0);
  }

  // The last is the position of a synapse in arrays that were given: of no use where all are alike.
  void add(std::uint32_t row, std::uint32_t target, std::uint32_t) {
    std::uint64_t& word = bits_[std::size_t{row} * words_ + target / 64];
    const std::uint64_t bit = std::uint64_t{1} << (target % 64);
    if ((word & bit) != 0) again_.push_back(std::uint64_t{row} << 16 | target);
    word |= bit;
  }

  // Hand everything over: a run for each row.
  void move_to(Block& block, Tick delay, Poll& poll) &&;

 private:
  // Whole vectors, so that a loop over the words of a run needs no rest.
  static std::uint32_t words(std::uint32_t width) { return (width + 511) / 512 * 8; }

  std::uint32_t words_;
  Array<std::uint64_t> bits_;
  std::vector<std::uint64_t> again_;  // (row, target) of the second, third ... synapse of a pair
};

}  // namespace pysnn
