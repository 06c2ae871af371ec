#include "connect/synapse_order.hpp"

#include <algorithm>

namespace pysnn {

SynapseOrder::SynapseOrder(const CompiledNetwork& network, std::uint32_t projection) : parts_(network.shards.size()) {
  const std::uint32_t rows = network.description.projections[projection].source_range.size();
  std::vector<std::uint64_t> at(rows + 1, 0);
  for (std::uint32_t s = 0; s < parts_.size(); ++s) {
    Part& part = parts_[s];
    part.block = &network.block(s, projection);
    part.member = network.member(s, projection);
    part.size.assign(rows, 0);
    part.begin.assign(rows, 0);
    bool one_run = true;
    each_run(part, [&](std::uint32_t row, std::uint32_t, std::uint32_t begin, auto targets) {
      one_run = one_run && part.size[row] == 0;
      if (part.size[row] == 0) part.begin[row] = begin;
      part.size[row] += static_cast<std::uint32_t>(targets.size());
    });
    for (std::uint32_t row = 0; row < rows; ++row) at[row + 1] += part.size[row];
    if (one_run) continue;
    // Ranks in a row: by target, then as stored (by delay, then as drawn).
    part.rank.resize(part.member.synapses);
    std::vector<std::uint64_t> keys;
    std::size_t first = 0;
    std::uint32_t of = 0;
    const auto rank_row = [&] {
      std::sort(keys.begin(), keys.end());
      for (std::uint32_t r = 0; r < keys.size(); ++r) part.rank[first + static_cast<std::uint32_t>(keys[r])] = r;
      first += keys.size();
      keys.clear();
    };
    each_run(part, [&](std::uint32_t row, std::uint32_t, std::uint32_t, auto targets) {
      if (row != of) rank_row();
      of = row;
      for (const std::uint16_t target : targets) keys.push_back(std::uint64_t{target} << 32 | keys.size());
    });
    rank_row();
  }
  for (std::uint32_t row = 0; row < rows; ++row) at[row + 1] += at[row];
  size_ = at[rows];
  for (auto& part : parts_) {
    part.base.resize(rows);
    for (std::uint32_t row = 0; row < rows; ++row) {
      part.base[row] = at[row];
      at[row] += part.size[row];
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
  // In the order in which each() goes: what it visits first stands first here.
  std::vector<std::uint32_t> source, target;
  std::vector<double> delay;
  source.reserve(order.size());
  target.reserve(order.size());
  delay.reserve(order.size());
  order.each_run([&](std::uint32_t s, std::uint32_t row, std::uint32_t run, std::uint32_t, auto targets) {
    const Block& block = network.block(s, projection);
    const std::uint32_t shift = network.shards[s].owned[p.target].begin - network.member(s, projection).first;
    const double ms = network.description.time.ms(block.run_delay[run]);
    for (const std::uint16_t t : targets) {
      source.push_back(row + block.row_base);
      target.push_back(t + shift);
      delay.push_back(ms);
    }
  });
  std::size_t at = 0;
  order.each([&](std::uint32_t, std::uint32_t, std::uint64_t position) {
    list.i[position] = source[at];
    list.j[position] = target[at];
    list.delay[position] = delay[at];
    ++at;
  });
  return list;
}

std::vector<std::uint64_t> synapse_order(const CompiledNetwork& network, std::uint32_t projection) {
  const SynapseOrder order(network, projection);
  std::vector<std::uint64_t> positions(order.size());
  std::vector<std::uint64_t> first{0};
  for (std::uint32_t s = 0; s < network.shards.size(); ++s)
    first.push_back(first.back() + network.block(s, projection).size());
  order.each([&](std::uint32_t s, std::uint32_t q, std::uint64_t position) { positions[first[s] + q] = position; });
  return positions;
}

}  // namespace pysnn
