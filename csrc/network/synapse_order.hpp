// The order in which a projection's synapses are shown: (i, j, k), k counting the synapses of a pair by delay.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "network/network.hpp"

namespace pysnn {

// Where each stored synapse stands in (i, j, k) order. Made once a projection; then copying is one pass.
class SynapseOrder {
 public:
  SynapseOrder(const CompiledNetwork& network, ProjectionId projection);

  std::uint64_t size() const { return size_; }
  // Call visit(shard, run, first, n, position) for the projection's synapses of every run, from the first-th on;
  // position(k) is where the k-th of these n stands.
  template <class Visit>
  void each(Visit&& visit) const {
    for (const ShardId s : parts_.ids()) {
      const Part& part = parts_[s];
      const std::uint32_t* rank = part.rank.data();
      for (const Run& run : part.runs) {
        const std::uint64_t base = part.base[run.place];
        if (part.rank.empty()) {  // one run a row: in this order
          visit(s, run.run, run.first, run.n, [base](std::uint32_t k) { return base + k; });
        } else {
          visit(s, run.run, run.first, run.n, [base, rank](std::uint32_t k) { return base + rank[k]; });
          rank += run.n;
        }
      }
    }
  }

 private:
  // The projection's synapses of a run: those from the first-th on.
  struct Run {
    std::uint32_t place, run, first, n;  // place: of the row in RowRuns
  };
  struct Part {
    std::vector<Run> runs;
    std::vector<std::uint64_t> base;  // by place: position of the first of the shard's synapses of a row
    std::vector<std::uint32_t> rank;  // of each synapse in its row's part; empty: as stored
  };
  ById<ShardId, Part> parts_;
  std::uint64_t size_ = 0;
};

struct SynapseList {
  std::vector<std::uint32_t> i, j;  // in the whole populations
  std::vector<double> delay;        // ms
};
SynapseList list_synapses(const CompiledNetwork& network, ProjectionId projection);

// Of a projection with rows of its own, as stored, shards one after the other: how many synapses come before those of
// each shard, and the position of each.
ById<ShardId, std::uint64_t> stored_before(const CompiledNetwork& network, ProjectionId projection);
std::vector<std::uint64_t> synapse_order(const CompiledNetwork& network, ProjectionId projection);

}  // namespace pysnn
