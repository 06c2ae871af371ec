// The order in which a projection's synapses are shown: (i, j, k), k counting the synapses of a pair by delay.
#pragma once
#include <cstdint>
#include <span>
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
    for (std::uint32_t s = 0; s < parts_.size(); ++s) {
      const Part& part = parts_[s];
      const Block& block = *part.block;
      if (part.rank.empty()) {  // one run a row: stored in this order
        for (std::uint32_t row = 0; row < block.rows(); ++row)
          for (std::uint32_t q = part.begin[row], k = 0; k < part.size[row]; ++q, ++k)
            visit(s, q, part.base[row] + k);
        continue;
      }
      std::size_t seen = 0;
      each_run(part, [&](std::uint32_t row, std::uint32_t, std::uint32_t begin, std::span<const std::uint16_t> targets) {
        for (std::uint32_t k = 0; k < targets.size(); ++k) visit(s, begin + k, part.base[row] + part.rank[seen++]);
      });
    }
  }

  // Call visit(shard, run, row, first stored index, targets) for the projection's synapses of every run.
  template <class Visit>
  void each_run(Visit&& visit) const {
    for (std::uint32_t s = 0; s < parts_.size(); ++s)
      each_run(parts_[s], [&](std::uint32_t row, std::uint32_t run, std::uint32_t begin,
                              std::span<const std::uint16_t> targets) { visit(s, row, run, begin, targets); });
  }

 private:
  struct Part {
    const Block* block = nullptr;
    Member member;
    std::vector<std::uint32_t> begin;  // first stored synapse of each row, where there is one run a row
    std::vector<std::uint32_t> size;   // synapses of each row
    std::vector<std::uint64_t> base;   // position of the first of the shard's synapses of each row
    std::vector<std::uint32_t> rank;   // of each synapse in its row's part; empty: as stored
  };

  template <class Visit>
  static void each_run(const Part& part, Visit&& visit) {
    const Block& block = *part.block;
    std::vector<std::uint16_t> scratch;
    for (std::uint32_t row = 0; row < block.rows(); ++row) {
      for (std::uint32_t run = block.row_run[row]; run < block.row_run[row + 1]; ++run) {
        const auto targets = block.targets(run, scratch);
        const auto [first, last] = Block::part(targets, part.member);
        if (first < last)
          visit(row, run, block.run_begin[run] + static_cast<std::uint32_t>(first),
                targets.subspan(first, last - first));
      }
    }
  }

  std::vector<Part> parts_;
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
