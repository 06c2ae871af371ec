// The same synapses with other delays, or from other sources.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "network/block.hpp"

namespace pysnn {

// What a synapse, as it is stored, is to have; `rank` orders those of one pair and one delay.
struct NewDelay {
  Tick delay = 0;
  std::uint64_t rank = 0;
  std::uint32_t row = 0;
};

struct Redelayed {
  Block block;
  std::vector<std::uint32_t> moved;  // by synapse as it was stored: where it is now
  std::vector<char> parted;          // the same: whether it has another source; empty where none has
};

// Rows sorted and cut into runs anew; weights go with their synapses. Where there is one for all, rows are lists.
Redelayed redelayed(const Block& block, std::span<const NewDelay> delays);

// `block` in place of `old`, in the same place. A view may show the old arrays still: then they are kept.
void put_in_place(Block& old, Block&& block);

}  // namespace pysnn
