#include "engine/new_delays.hpp"

#include <algorithm>
#include <numeric>
#include <tuple>
#include <unordered_map>

#include "core/error.hpp"
#include "network/dendrite.hpp"

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
                  bool driven, bool in_dendrites) {
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
  if (projection.is_stateful() && !projection.dendritic_fractions.empty())
    throw ParameterError(owner +
                         ": its synapses have dendritic fractions of their own, so their delays cannot "
                         "change while it runs");
  if (in_dendrites)
    throw ParameterError(
        owner + ": " + projection.plasticity + " hears its targets by dendritic delays " +
        "(dendritic_fraction=" + show(projection.dendritic_fraction) +
        "), and what all synapses of a target share of its spikes is in the time of the present ones: " +
        "they can be set until its neurons have fired (or after sim.reset()), but not later; with " +
        "dendritic_fraction=0 at any time");
  if (!projection.plasticity.empty() && projection.dendritic_fraction > 0.0)
    for (const Tick delay : delays) dendritic_delay(projection.dendritic_fraction, delay, time, owner);
  if (driven) check_one_delay(network, q, delays);
}

void check_one_delay(const CompiledNetwork& network, ProjectionId q, const std::vector<Tick>& delays) {
  if (delays.empty()) return;
  const TimeBase& time = network.description.time;
  const auto [shortest, longest] = std::minmax_element(delays.begin(), delays.end());
  if (*shortest != *longest)
    throw ParameterError("set_delays: '" + network.description.projections[q].name +
                         "': one-to-one from a source that draws straight into its targets it has one delay: "
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

std::vector<std::uint32_t> strands_in_order(const CompiledNetwork& network, ProjectionId q) {
  std::vector<std::uint32_t> strands(network.synapses(q));
  SynapseOrder(network, q).each([&](ShardId s, std::uint32_t run, std::uint32_t, std::uint32_t n, auto&& position) {
    const Block& block = network.block(s, q);
    const std::uint32_t strand = block.run_strand.empty() ? block.row_run.row_of(run) : block.run_strand[run];
    for (std::uint32_t k = 0; k < n; ++k) strands[position(k)] = strand;
  });
  return strands;
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
      if (before == nowhere) return {block.run_delay[run], q, row, row};
      const std::uint64_t place = from.empty() ? before : to[before];
      const std::uint32_t to_row = sources.empty() ? row : sources[place] - block.row_base;
      return {delays[place], place, to_row, to_row};
    };
    block.row_run.each([&](std::uint32_t row, std::uint32_t begin, std::uint32_t end) {
      for (std::uint32_t run = begin; run < end; ++run)
        for (std::uint32_t q = block.run_begin[run]; q < block.run_begin[run + 1]; ++q) wanted[q] = one(row, run, q);
    });
  }
}

template <class Visit>
void Reordered::each_of_row(std::uint32_t row, const Remember& remember, Visit&& visit) {
  for (const ShardId s : wanted_.ids()) {
    const Block& block = network_.block(s, projection_);
    if (block.size() == 0) continue;
    for (auto [run, end] = block.row_run.of(row); run < end; ++run) {
      const bool remembers = remember(s, row, run);
      const std::uint32_t strand = block.run_strand.empty() ? row : block.run_strand[run];
      for (std::uint32_t q = block.run_begin[run]; q < block.run_begin[run + 1]; ++q) {
        NewDelay& wanted = wanted_[s][q];
        visit(wanted, remembers ? StrandPart{row, strand, block.run_delay[run] - wanted.delay}
                                : StrandPart{row, StrandFrom::none, 0});
      }
    }
  }
}

std::vector<StrandPart> Reordered::parts(const Remember& remember) {
  std::vector<StrandPart> found;
  for (std::uint32_t row = 0; row < rows(); ++row) {
    const auto begin = static_cast<std::ptrdiff_t>(found.size());
    each_of_row(row, remember, [&](const NewDelay&, const StrandPart& part) {
      if (found.empty() || found.back() != part) found.push_back(part);
    });
    std::sort(found.begin() + begin, found.end());
    found.erase(std::unique(found.begin() + begin, found.end()), found.end());
  }
  return found;
}

// In a row, those of a part are one strand from now on; the first of them has the number of the row, the others what
// comes after those of all rows.
void Reordered::divide(std::vector<StrandPart> parts, const Remember& remember) {
  std::sort(parts.begin(), parts.end());
  parts.erase(std::unique(parts.begin(), parts.end()), parts.end());
  strands_.assign(rows(), {});
  auto end = parts.begin();
  for (std::uint32_t row = 0; row < rows(); ++row) {
    const auto first = end;
    while (end != parts.end() && end->row == row) ++end;
    if (first == end) continue;
    const auto before = static_cast<std::uint32_t>(strands_.size()) - 1;  // the second part, less one
    each_of_row(row, remember, [&](NewDelay& wanted, const StrandPart& part) {
      const auto k = static_cast<std::uint32_t>(std::lower_bound(first, end, part) - first);
      wanted.strand = k == 0 ? row : before + k;
    });
    strands_[row] = {first->strand, first->later};
    for (auto part = first + 1; part != end; ++part) strands_.push_back({part->strand, part->later});
  }
}

bool Reordered::divide(const std::vector<std::uint32_t>& strands, std::uint64_t synapses) {
  std::unordered_map<std::uint32_t, std::uint32_t> row_of;  // of strands that have no row's number
  for (auto& of_shard : wanted_)
    for (NewDelay& wanted : of_shard) {
      wanted.strand = strands[wanted.rank];
      if (wanted.strand >= rows() + synapses) return false;
      const std::uint32_t row =
          wanted.strand < rows() ? wanted.strand : row_of.emplace(wanted.strand, wanted.row).first->second;
      if (row != wanted.row) return false;
    }
  return true;
}

void Reordered::make(ShardId s) {
  const Block& block = network_.block(s, projection_);
  if (block.size() == 0) return;
  shards[s] = redelayed(block, wanted_[s], network_.description.projections[projection_].is_stateful());
  shards[s].strands = strands_;
}

std::vector<std::uint64_t> Reordered::came_from() const {
  std::vector<std::uint64_t> from(network_.synapses(projection_));
  const auto now = places(network_, projection_);
  for (const ShardId s : shards.ids())
    for (std::uint32_t q = 0; q < shards[s].moved.size(); ++q) {
      const std::uint64_t place = place_[s][q];
      if (place != nowhere) from[now[s][shards[s].moved[q]]] = place;
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
