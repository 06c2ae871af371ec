// The same synapses with other delays, or from other sources.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "network/block.hpp"

namespace pysnn {

// What a synapse, as it is stored, is to have; `rank` orders those of one pair, one delay and one strand.
struct NewDelay {
  Tick delay = 0;
  std::uint64_t rank = 0;
  std::uint32_t row = 0, strand = 0;
};

// Where a strand of a projection (plasticity/strands.hpp) comes from: its synapses heard as those of strand `from` what
// set out so far, which in their new delay's time was sent `later`. Or, from `none`, they remember nothing.
struct StrandFrom {
  static constexpr std::uint32_t none = ~std::uint32_t{0};
  std::uint32_t from = none;
  Tick later = 0;
};

struct Redelayed {
  Block block;
  std::vector<std::uint32_t> moved;     // by synapse as it was stored: where it is now
  std::vector<std::uint32_t> from_run;  // by run, where synapses are stateful: the one in which its first was
  std::vector<char> parted;             // by synapse as it was stored: whether it has another source; empty: none has
  std::span<const StrandFrom> strands = {};  // of the projection, by number; empty: none remembers anything
};

// Rows sorted and cut into runs anew; weights go with their synapses. Where there is one for all, rows are lists.
Redelayed redelayed(const Block& block, std::span<const NewDelay> delays, bool stateful);

// What is kept beside each synapse, in the same memory, for those that have moved.
template <class T>
void carry(Array<T>& values, const std::vector<std::uint32_t>& moved) {
  const std::vector<T> before(values.begin(), values.end());
  for (std::size_t q = 0; q < moved.size(); ++q) values[moved[q]] = before[q];
}

// `block` in place of `old`, in the same place. A view may show the old arrays still: then they are kept.
void put_in_place(Block& old, Block&& block);

}  // namespace pysnn
