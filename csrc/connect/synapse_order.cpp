#include "connect/synapse_order.hpp"

#include <algorithm>

namespace pysnn {
namespace {

// The ranks of the synapses of one row: by target, then as stored (by delay, then as drawn).
void rank_row(const Block& block, std::uint32_t begin, std::uint32_t end, std::vector<std::uint64_t>& keys,
              std::vector<std::uint32_t>& rank) {
  keys.clear();
  for (std::uint32_t q = begin; q < end; ++q) keys.push_back(std::uint64_t{block.target[q]} << 32 | (q - begin));
  std::sort(keys.begin(), keys.end());
  for (std::uint32_t r = 0; r < keys.size(); ++r) rank[begin + static_cast<std::uint32_t>(keys[r])] = r;
}

}  // namespace

SynapseOrder::SynapseOrder(const CompiledNetwork& network, std::uint32_t projection) : shards_(network.shards.size()) {
  const std::uint32_t rows = network.description.projections[projection].source_range.size();
  std::vector<std::uint64_t> at(rows + 1, 0);
  for (std::size_t s = 0; s < shards_.size(); ++s) {
    const Block& block = network.shards[s].blocks[projection];
    Part& part = shards_[s];
    part.begin.resize(rows + 1);
    for (std::uint32_t row = 0; row <= rows; ++row) part.begin[row] = block.run_begin[block.row_run[row]];
    for (std::uint32_t row = 0; row < rows; ++row) at[row + 1] += part.begin[row + 1] - part.begin[row];
    if (block.min_delay < block.max_delay) {
      part.rank.resize(block.size());
      std::vector<std::uint64_t> keys;
      for (std::uint32_t row = 0; row < rows; ++row)
        rank_row(block, part.begin[row], part.begin[row + 1], keys, part.rank);
    }
  }
  for (std::uint32_t row = 0; row < rows; ++row) at[row + 1] += at[row];
  size_ = at[rows];
  for (auto& part : shards_) {
    part.base.resize(rows);
    for (std::uint32_t row = 0; row < rows; ++row) {
      part.base[row] = at[row];
      at[row] += part.begin[row + 1] - part.begin[row];
    }
  }
}

SynapseList list_synapses(const CompiledNetwork& network, std::uint32_t projection) {
  const SynapseOrder order(network, projection);
  const Projection& p = network.description.projections[projection];
  SynapseList list;
  list.i.resize(order.size());
  list.j.resize(order.size());
  list.delay.resize(order.size());
  for (std::uint32_t s = 0; s < network.shards.size(); ++s) {
    const Block& block = network.shards[s].blocks[projection];
    const std::uint32_t shift = network.shards[s].owned[p.target].begin;
    std::vector<std::uint32_t> row_of(block.size());
    std::vector<Tick> delay_of(block.size());
    for (std::uint32_t row = 0; row < block.rows(); ++row)
      for (std::uint32_t run = block.row_run[row]; run < block.row_run[row + 1]; ++run)
        for (std::uint32_t q = block.run_begin[run]; q < block.run_begin[run + 1]; ++q) {
          row_of[q] = row + block.row_base;
          delay_of[q] = block.run_delay[run];
        }
    order.each([&](std::uint32_t shard, std::uint32_t q, std::uint64_t position) {
      if (shard != s) return;
      list.i[position] = row_of[q];
      list.j[position] = block.target[q] + shift;
      list.delay[position] = network.description.time.ms(delay_of[q]);
    });
  }
  return list;
}

std::vector<std::uint64_t> synapse_order(const CompiledNetwork& network, std::uint32_t projection) {
  const SynapseOrder order(network, projection);
  std::vector<std::uint64_t> positions(order.size());
  std::vector<std::uint64_t> first{0};
  for (const auto& shard : network.shards) first.push_back(first.back() + shard.blocks[projection].size());
  order.each([&](std::uint32_t s, std::uint32_t q, std::uint64_t position) { positions[first[s] + q] = position; });
  return positions;
}

}  // namespace pysnn
