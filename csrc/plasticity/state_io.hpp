// States of synapses in archives.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "core/archive.hpp"
#include "network/block.hpp"

namespace pysnn {

// A state of all synapses of a block, by target: those of each in the order of their sources and delays, however it is
// cut. Its shard owns `targets` of n neurons, from `first` on.
template <class Real>
void synapse_state_io(const Archive& archive, const std::string& name, const Block& block, Array<Real>& column,
                      std::uint32_t targets, std::uint32_t n, std::uint32_t first) {
  std::vector<std::vector<Real>> of(targets);
  if (archive.saving())
    for (std::uint32_t q = 0; q < block.size(); ++q) of[block.target[q]].push_back(column[q]);
  archive.lists(name, n, first, of);
  if (archive.saving()) return;
  std::vector<std::size_t> next(of.size(), 0);
  for (std::uint32_t q = 0; q < block.size(); ++q) {
    const std::uint32_t j = block.target[q];
    if (next[j] == of[j].size()) archive.wrong(name, "another number of synapses");
    column[q] = of[j][next[j]++];
  }
}

}  // namespace pysnn
