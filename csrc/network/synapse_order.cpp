#include "network/synapse_order.hpp"

#include <algorithm>
#include <utility>

namespace pysnn {

SynapseOrder::SynapseOrder(const CompiledNetwork& network, ProjectionId projection) : parts_(network.shards.size()) {
  const std::uint32_t rows = network.description.projections[projection].source_range.size();
  std::vector<std::uint64_t> at(rows + 1, 0);
  std::vector<std::uint16_t> scratch;
  std::vector<std::uint64_t> keys;
  for (const ShardId s : parts_.ids()) {
    Part& part = parts_[s];
    const Block& block = network.block(s, projection);
    const Member& member = network.member(s, projection);
    part.base.assign(block.row_run.places(), 0);
    bool one_run = true;
    block.row_run.each([&](std::uint32_t row, std::uint32_t begin, std::uint32_t end) {
      const std::uint32_t place = block.row_run.place(row);
      for (std::uint32_t run = begin; run < end; ++run) {
        const auto [first, last] = Block::part(block.targets(run, scratch), member);
        if (first == last) continue;
        one_run = one_run && (part.runs.empty() || part.runs.back().place != place);
        part.runs.push_back({place, run, static_cast<std::uint32_t>(first), static_cast<std::uint32_t>(last - first)});
        part.base[place] += last - first;
      }
      at[row + 1] += part.base[place];
    });
    if (one_run) continue;
    // Ranks in a row: by target, then as stored (by delay, then as drawn).
    part.rank.resize(member.synapses);
    std::size_t begin = 0;
    for (auto run = part.runs.begin(); run != part.runs.end();) {
      keys.clear();
      for (const std::uint32_t place = run->place; run != part.runs.end() && run->place == place; ++run)
        for (const std::uint16_t target : block.targets(run->run, scratch).subspan(run->first, run->n))
          keys.push_back(std::uint64_t{target} << 32 | keys.size());
      std::sort(keys.begin(), keys.end());
      for (std::uint32_t r = 0; r < keys.size(); ++r) part.rank[begin + static_cast<std::uint32_t>(keys[r])] = r;
      begin += keys.size();
    }
  }
  for (std::uint32_t row = 0; row < rows; ++row) at[row + 1] += at[row];
  size_ = at[rows];
  for (const ShardId s : parts_.ids()) {
    const RowRuns& row_run = network.block(s, projection).row_run;
    std::vector<std::uint64_t>& base = parts_[s].base;
    for (std::uint32_t place = 0; place < base.size(); ++place)
      at[row_run.row_at(place)] += std::exchange(base[place], at[row_run.row_at(place)]);
  }
}

SynapseList list_synapses(const CompiledNetwork& network, ProjectionId projection) {
  const SynapseOrder order(network, projection);
  const Projection& p = network.description.projections[projection];
  SynapseList list;
  list.i.resize(order.size());
  list.j.resize(order.size());
  list.delay.resize(order.size());
  std::vector<std::uint16_t> scratch;
  std::uint32_t row = 0;
  ShardId of;
  order.each([&](ShardId s, std::uint32_t run, std::uint32_t first, std::uint32_t n, auto&& position) {
    const Block& block = network.block(s, projection);
    if (s != of || run < block.row_run[row]) row = 0;
    of = s;
    while (block.row_run[row + 1] <= run) ++row;
    const auto targets = block.targets(run, scratch);
    const std::uint32_t shift = network.shards[s].owned[p.target].begin - network.member(s, projection).first;
    const double delay = network.description.time.ms(block.run_delay[run]);
    for (std::uint32_t k = 0; k < n; ++k) {
      const std::uint64_t at = position(k);
      list.i[at] = row + block.row_base;
      list.j[at] = targets[first + k] + shift;
      list.delay[at] = delay;
    }
  });
  return list;
}

ById<ShardId, std::uint64_t> stored_before(const CompiledNetwork& network, ProjectionId projection) {
  ById<ShardId, std::uint64_t> before;
  std::uint64_t n = 0;
  for (const ShardId s : network.shards.ids()) {
    before.push_back(n);
    n += network.block(s, projection).size();
  }
  return before;
}

std::vector<std::uint64_t> synapse_order(const CompiledNetwork& network, ProjectionId projection) {
  const SynapseOrder order(network, projection);
  std::vector<std::uint64_t> positions(order.size());
  const ById<ShardId, std::uint64_t> before = stored_before(network, projection);
  order.each([&](ShardId s, std::uint32_t run, std::uint32_t first, std::uint32_t n, auto&& position) {
    const std::uint64_t begin = before[s] + network.block(s, projection).run_begin[run] + first;
    for (std::uint32_t k = 0; k < n; ++k) positions[begin + k] = position(k);
  });
  return positions;
}

}  // namespace pysnn
