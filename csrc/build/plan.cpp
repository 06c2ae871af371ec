#include "build/plan.hpp"

#include <algorithm>

namespace pysnn {
namespace {

constexpr std::uint32_t largest_whole = Block::most_targets - 2 * Shard::alignment;

// Whether projections may share rows: the same sources and kind of weight, different populations that go through a step
// together.
bool match(const NetworkDescription& network, const Projection& a, const Projection& b) {
  const auto alone = [&](const Projection& p) {
    // A source that draws one-to-one straight into its targets has no rows to share.
    return p.is_stateful() || (p.rule == "one_to_one" && network.populations[p.source].is_source);
  };
  if (alone(a) || alone(b)) return false;
  if (a.source != b.source || a.receptor != b.receptor || a.target == b.target) return false;
  if (network.populations[a.target].level != network.populations[b.target].level) return false;
  if (a.source_range.begin != b.source_range.begin || a.source_range.end != b.source_range.end) return false;
  if (has_constant_weight(a) != has_constant_weight(b)) return false;
  return !has_constant_weight(a) || a.weight[0].constant() == b.weight[0].constant();
}

// The largest span of the numbering, over all shards, that two populations and those between them take.
std::uint32_t span(const ById<ShardId, Shard>& shards, PopulationId first, PopulationId last) {
  std::uint32_t most = 0;
  for (const Shard& shard : shards)
    most = std::max(most, shard.offset[last] + shard.owned[last].size() - shard.offset[first]);
  return most;
}

}  // namespace

bool has_constant_weight(const Projection& p) {
  return !p.is_stateful() && std::all_of(p.weight.begin(), p.weight.end(), [&](const Distribution& w) {
    return w.is_constant() && w.constant() == p.weight[0].constant();
  });
}

// Whether neurons of a population act on one another within an instant, so that one shard has all of them.
bool is_whole(const Population& population) { return population.parts.count("winner_takes_all") != 0; }

std::uint32_t count_shards(const NetworkDescription& network) {
  const std::uint32_t threads = std::max(1u, network.threads) * network.ranks;
  std::uint64_t largest = 0;
  for (const auto& population : network.populations)
    if (!population.is_source && !is_whole(population)) largest = std::max<std::uint64_t>(largest, population.n);
  std::uint32_t count = threads;
  while (largest / count + 2 * Shard::alignment > Block::most_targets) count += threads;
  return count;
}

ById<ShardId, Shard> plan_shards(const NetworkDescription& network) {
  const std::uint32_t count = count_shards(network);
  ById<ShardId, Shard> shards(count);
  for (const ShardId s : shards.ids()) {
    std::uint32_t whole = 0;
    for (const auto& population : network.populations) {
      Range owned = shard_range(population.n, s, count);
      if (is_whole(population)) {
        if (population.n > largest_whole)
          throw UnsupportedError("population '" + population.name + "': winner_takes_all: at most " +
                                 std::to_string(largest_whole) + " neurons, which one thread works on (got " +
                                 std::to_string(population.n) + ")");
        const ShardId home(whole++ % count);
        owned = {s <= home ? 0 : population.n, s < home ? 0 : population.n};
      }
      shards[s].owned.push_back(owned);
      shards[s].offset.push_back(shards[s].width);
      if (!population.is_source)
        shards[s].width += (owned.size() + Shard::alignment - 1) / Shard::alignment * Shard::alignment;
    }
  }
  return shards;
}

std::vector<std::vector<ProjectionId>> plan_blocks(const NetworkDescription& network,
                                                   const ById<ShardId, Shard>& shards) {
  const auto& projections = network.projections;
  std::vector<std::vector<ProjectionId>> groups;
  for (const ProjectionId p : projections.ids()) {
    const auto takes = [&](const std::vector<ProjectionId>& group) {
      return std::all_of(group.begin(), group.end(),
                         [&](ProjectionId member) { return match(network, projections[p], projections[member]); });
    };
    const auto found = std::find_if(groups.begin(), groups.end(), takes);
    if (found == groups.end())
      groups.push_back({p});
    else
      found->push_back(p);
  }
  std::vector<std::vector<ProjectionId>> blocks;
  for (auto& group : groups) {
    // In a row, targets ascend.
    std::sort(group.begin(), group.end(),
              [&](ProjectionId a, ProjectionId b) { return projections[a].target < projections[b].target; });
    // Groups follow from the description alone, and so does the order of sums. Where a group's targets do not fit 16
    // bits, which depends on the shards, it is cut into blocks that follow one another.
    PopulationId first;
    for (const ProjectionId p : group) {
      const PopulationId target = projections[p].target;
      if (p == group.front() || !network.packs_rows || span(shards, first, target) > Block::most_targets) {
        blocks.emplace_back();
        first = target;
      }
      blocks.back().push_back(p);
    }
  }
  return blocks;
}

}  // namespace pysnn
