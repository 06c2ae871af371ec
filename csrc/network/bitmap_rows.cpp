#include "network/bitmap_rows.hpp"

#include <algorithm>
#include <bit>

namespace pysnn {

void BitmapRows::move_to(Block& block, Tick delay, Poll& poll) && {
  const auto rows = static_cast<std::uint32_t>(bits_.size() / words_);
  block.words = words_;
  Array<std::uint32_t> row_run(rows + 1);
  block.run_begin = Array<std::uint32_t>(rows + 1);
  block.extra = Array<std::uint32_t>(rows + 1);
  block.target = Array<std::uint16_t>(again_.size());
  block.run_delay = RunDelays(rows, delay);
  block.min_delay = block.max_delay = delay;
  std::sort(again_.begin(), again_.end(), [&](std::uint64_t x, std::uint64_t y) {
    poll();
    return x < y;
  });
  std::uint32_t synapses = 0, extra = 0;
  for (std::uint32_t row = 0; row <= rows; ++row) {
    row_run[row] = row;
    block.run_begin[row] = synapses;
    block.extra[row] = extra;
    if (row == rows) break;
    poll(words_);
    for (std::uint32_t word = 0; word < words_; ++word)
      synapses += static_cast<std::uint32_t>(std::popcount(bits_[std::size_t{row} * words_ + word]));
    for (; extra < again_.size() && again_[extra] >> 16 == row; ++extra, ++synapses)
      block.target[extra] = static_cast<std::uint16_t>(again_[extra]);
  }
  block.row_run = RowRuns(std::move(row_run));
  block.bits = std::move(bits_);
}

}  // namespace pysnn
