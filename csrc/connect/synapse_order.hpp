// The order in which a projection's synapses are shown: (i, j, k), k counting the synapses of a pair by delay.
#pragma once
#include <cstdint>
#include <vector>

#include "core/network.hpp"

namespace pysnn {

// Where each stored synapse stands in (i, j, k) order. Made once a projection; then copying is one pass.
class SynapseOrder {
 public:
  SynapseOrder(const CompiledNetwork& network, std::uint32_t projection);

  std::uint64_t size() const { return size_; }
  // Call visit(shard, stored index, position) for every synapse, row by row.
  template <class Visit>
  void each(Visit&& visit) const {
    for (std::uint32_t s = 0; s < shards_.size(); ++s) {
      const Part& part = shards_[s];
      for (std::uint32_t row = 0; row + 1 < part.begin.size(); ++row)
        for (std::uint32_t q = part.begin[row]; q < part.begin[row + 1]; ++q)
          visit(s, q, part.base[row] + (part.rank.empty() ? q - part.begin[row] : part.rank[q]));
    }
  }

 private:
  struct Part {
    std::vector<std::uint32_t> begin;  // first stored synapse of each row
    std::vector<std::uint64_t> base;   // position of the first of the shard's synapses of each row
    std::vector<std::uint32_t> rank;   // of each synapse in its row's part; empty: as stored
  };
  std::vector<Part> shards_;
  std::uint64_t size_ = 0;
};

struct SynapseList {
  std::vector<std::uint32_t> i, j;  // in the whole populations
  std::vector<double> delay;        // ms
};
SynapseList list_synapses(const CompiledNetwork& network, std::uint32_t projection);

// Position of each synapse as stored, shards one after the other.
std::vector<std::uint64_t> synapse_order(const CompiledNetwork& network, std::uint32_t projection);

}  // namespace pysnn
