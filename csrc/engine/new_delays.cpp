#include "engine/new_delays.hpp"

#include <algorithm>
#include <numeric>
#include <tuple>

#include "core/error.hpp"

namespace pysnn {
namespace {

constexpr std::uint64_t nowhere = ~std::uint64_t{0};

// By shard and synapse as stored, the place in (i, j, k) order; of other projections of its block none.
ById<ShardId, std::vector<std::uint64_t>> places(const CompiledNetwork& network, ProjectionId q) {
  ById<ShardId, std::vector<std::uint64_t>> by_shard;
  for (const ShardId s : network.shards.ids()) by_shard.emplace_back(network.block(s, q).size(), nowhere);
  SynapseOrder(network, q)
      .each([&](ShardId s, std::uint32_t run, std::uint32_t first, std::uint32_t n, auto&& position) {
        const std::uint32_t begin = network.block(s, q).run_begin[run] + first;
        for (std::uint32_t k = 0; k < n; ++k) by_shard[s][begin + k] = position(k);
      });
  return by_shard;
}

}  // namespace

void check_delays(const CompiledNetwork& network, ProjectionId q, const std::vector<Tick>& delays, Tick least,
                  bool driven, bool silent) {
  const Projection& projection = network.description.projections[q];
  const TimeBase& time = network.description.time;
  const std::string owner = "set_delays: '" + projection.name + "'";
  if (delays.size() != network.synapses(q))
    throw ParameterError(owner + ": expected " + std::to_string(network.synapses(q)) +
                         " delays in (i, j, k) order (got " + std::to_string(delays.size()) + ")");
  if (delays.empty()) return;
  const auto [shortest, longest] = std::minmax_element(delays.begin(), delays.end());
  if (*shortest < least)
    throw ParameterError(owner + ": a delay must be >= " + show(time.ms(least)) +
                         " ms, the shortest that the simulation was built for (got " + show(time.ms(*shortest)) +
                         " ms)");
  if (projection.is_stateful()) {
    if (!projection.dendritic_fractions.empty())
      throw ParameterError(owner +
                           ": its synapses have dendritic fractions of their own, so their delays cannot "
                           "change while it runs");
    if (!silent)
      throw ParameterError(
          owner +
          ": delays of synapses that learn or have dynamics can be set until their neurons have fired (or "
          "after sim.reset()), but not later");
  }
  if (driven && *shortest != *longest)
    throw ParameterError(owner +
                         ": one-to-one from a source that draws straight into its targets it has one delay: "
                         "expected the same for all (got " +
                         show(time.ms(*shortest)) + " to " + show(time.ms(*longest)) + " ms)");
}

void check_sources(const CompiledNetwork& network, ProjectionId q, const std::vector<std::uint32_t>& sources,
                   bool driven, bool silent) {
  const Projection& projection = network.description.projections[q];
  const std::string owner = "rewire: '" + projection.name + "'";
  if (sources.size() != network.synapses(q))
    throw ParameterError(owner + ": expected " + std::to_string(network.synapses(q)) +
                         " sources in (i, j, k) order (got " + std::to_string(sources.size()) + ")");
  const Range of = projection.source_range;
  for (const std::uint32_t source : sources)
    if (source < of.begin || source >= of.end)
      throw ParameterError(owner + ": expected sources from " + std::to_string(of.begin) + " to " +
                           std::to_string(of.end - 1) + " (got " + std::to_string(source) + ")");
  if (!projection.dendritic_fractions.empty())
    throw ParameterError(owner + ": its synapses have dendritic fractions of their own, so they cannot change places");
  if (!silent)
    throw ParameterError(
        owner + ": synapses that learn or have dynamics can be rewired until their neurons have fired, after " +
        "sim.reset(), or between two calls of run_trials");
  if (driven)
    throw ParameterError(owner + ": one-to-one from a source that draws straight into its targets it stays as it is");
}

bool is_order(const std::vector<std::uint64_t>& places, std::uint64_t n) {
  std::vector<bool> seen(n, false);
  for (const std::uint64_t place : places) {
    if (place >= n || seen[place]) return false;
    seen[place] = true;
  }
  return places.size() == n;
}

std::vector<Tick> delays_in_order(const CompiledNetwork& network, ProjectionId q) {
  std::vector<Tick> delays(network.synapses(q));
  SynapseOrder(network, q).each([&](ShardId s, std::uint32_t run, std::uint32_t, std::uint32_t n, auto&& position) {
    for (std::uint32_t k = 0; k < n; ++k) delays[position(k)] = network.block(s, q).run_delay[run];
  });
  return delays;
}

Reordered::Reordered(const CompiledNetwork& network, ProjectionId projection, const std::vector<Tick>& delays,
                     const std::vector<std::uint32_t>& sources, const std::vector<std::uint64_t>& from)
    : shards(network.shards.size()), network_(network), projection_(projection), place_(places(network, projection)) {
  std::vector<std::uint64_t> to(from.size());
  for (std::uint64_t place = 0; place < from.size(); ++place) to[from[place]] = place;
  for (const ShardId s : place_.ids()) {
    const Block& block = network.block(s, projection);
    std::vector<NewDelay>& wanted = wanted_.emplace_back(block.size());
    const auto one = [&](std::uint32_t row, std::uint32_t run, std::uint32_t q) -> NewDelay {
      const std::uint64_t before = place_[s][q];
      if (before == nowhere) return {block.run_delay[run], q, row};
      const std::uint64_t place = from.empty() ? before : to[before];
      return {delays[place], place, sources.empty() ? row : sources[place] - block.row_base};
    };
    for (std::uint32_t row = 0; row < block.rows(); ++row)
      for (std::uint32_t run = block.row_run[row]; run < block.row_run[row + 1]; ++run)
        for (std::uint32_t q = block.run_begin[run]; q < block.run_begin[run + 1]; ++q) wanted[q] = one(row, run, q);
  }
}

void Reordered::make(ShardId s) {
  const Block& block = network_.block(s, projection_);
  if (block.size() > 0) shards[s] = redelayed(block, wanted_[s]);
}

std::vector<std::uint64_t> Reordered::came_from(const ById<ShardId, std::vector<std::uint32_t>>& moved) const {
  std::vector<std::uint64_t> from(network_.synapses(projection_));
  const auto now = places(network_, projection_);
  for (const ShardId s : moved.ids())
    for (std::uint32_t q = 0; q < moved[s].size(); ++q) {
      const std::uint64_t place = place_[s][q];
      if (place != nowhere) from[now[s][moved[s][q]]] = place;
    }
  return from;
}

void stragglers_io(const Archive& archive, const CompiledNetwork& network, ProjectionId q, Tick since,
                   const ById<ShardId, Stragglers*>& own) {
  const auto place = places(network, q);
  std::vector<Tick> due, sent;
  std::vector<std::uint64_t> synapse;
  if (archive.saving()) {
    std::vector<std::tuple<Tick, Tick, std::uint64_t>> all;
    for (const ShardId s : own.ids()) {
      if (!own[s]) continue;
      for (const Straggler& one : own[s]->all())
        if (place[s][one.synapse] != nowhere && one.sent <= since)
          all.emplace_back(one.due, one.sent, place[s][one.synapse]);
    }
    std::sort(all.begin(), all.end());
    for (const auto& [t_due, t_sent, at] : all) {
      due.push_back(t_due);
      sent.push_back(t_sent);
      synapse.push_back(at);
    }
  }
  archive.list("stragglers due", due);
  archive.list("stragglers sent", sent);
  archive.list("stragglers", synapse);
  if (archive.saving()) return;
  if (sent.size() != due.size() || synapse.size() != due.size())
    archive.wrong("stragglers", "lists of different lengths");
  struct Stored {
    ShardId shard;
    std::uint32_t synapse = 0;
  };
  std::vector<Stored> stored(network.synapses(q));
  for (const ShardId s : place.ids())
    for (std::uint32_t k = 0; k < place[s].size(); ++k)
      if (place[s][k] != nowhere) stored[place[s][k]] = {s, k};
  ById<ShardId, std::vector<Straggler>> of_shard(own.size());
  for (std::size_t k = 0; k < due.size(); ++k) {
    if (synapse[k] >= stored.size()) archive.wrong("stragglers", "a synapse that is not there");
    const Stored& at = stored[synapse[k]];
    of_shard[at.shard].push_back({due[k], sent[k], at.synapse});
  }
  for (const ShardId s : own.ids())
    if (own[s]) own[s]->add(std::move(of_shard[s]));
}

}  // namespace pysnn
