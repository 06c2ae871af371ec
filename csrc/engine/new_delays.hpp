// Delays and sources of synapses that are set while a network runs: rows are sorted anew, in every shard.
#pragma once
#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/archive.hpp"
#include "engine/stragglers.hpp"
#include "network/network.hpp"
#include "network/redelayed.hpp"
#include "network/synapse_order.hpp"
#include "plasticity/long_ago.hpp"

namespace pysnn {

// Of one projection.
struct ChangedDelays {
  Tick since = long_ago;             // for spikes after that they hold
  std::vector<std::uint64_t> built;  // by place in (i, j, k) order: the place when it was built; empty: the same
  std::uint64_t rewired = 0;         // so often sources were set
};

// A ParameterError where a projection cannot have these delays, in (i, j, k) order. `driven`: its
// source adds to its targets by itself; `in_dendrites`: it learns, and has heard spikes by dendritic delays.
void check_delays(const CompiledNetwork& network, ProjectionId projection, const std::vector<Tick>& delays, Tick least,
                  bool driven, bool in_dendrites);

// The same of sources, in the whole group. `silent`: it does not learn, or none of its neurons has fired.
void check_sources(const CompiledNetwork& network, ProjectionId projection, const std::vector<std::uint32_t>& sources,
                   bool driven, bool silent);

// The same of one that its source drives: these delays, shares of its synapses, are to be one.
void check_one_delay(const CompiledNetwork& network, ProjectionId projection, const std::vector<Tick>& delays);

// Are these the numbers 0 ... n - 1 in some order?
bool is_order(const std::vector<std::uint64_t>& places, std::uint64_t n);

std::vector<Tick> delays_in_order(const CompiledNetwork& network, ProjectionId projection);
// Of each synapse its strand (plasticity/strands.hpp).
std::vector<std::uint32_t> strands_in_order(const CompiledNetwork& network, ProjectionId projection);

// The part of a row whose synapses were in one strand (StrandFrom::none: they remember nothing) and whose delays get
// shorter by as much: what was sent was sent so much later.
struct StrandPart {
  std::uint32_t row, strand;
  Tick later;
  auto operator<=>(const StrandPart&) const = default;
};

// The blocks of a projection with other delays and sources (empty: those that they have): of the synapse at each place
// of the new (i, j, k) order, `from` has the place in the present one. Where it is empty all are by the present order.
class Reordered {
 public:
  Reordered(const CompiledNetwork& network, ProjectionId projection, const std::vector<Tick>& delays,
            const std::vector<std::uint32_t>& sources, const std::vector<std::uint64_t>& from);

  // Of stateful ones that have heard spikes, by whether they remember(shard, row, run) those: into which parts their
  // rows fall here. In strands of these, as all ranks have found them.
  using Remember = std::function<bool(ShardId shard, std::uint32_t row, std::uint32_t run)>;
  std::vector<StrandPart> parts(const Remember& remember);
  void divide(std::vector<StrandPart> parts, const Remember& remember);
  // Or in the strands that these are, by place in the new order, of so many synapses on all ranks: whether they can be.
  bool divide(const std::vector<std::uint32_t>& strands, std::uint64_t synapses);

  void make(ShardId shard);
  // By place in the order when these have been put in place, the place before.
  std::vector<std::uint64_t> came_from() const;

  ById<ShardId, Redelayed> shards;

 private:
  std::uint32_t rows() const { return network_.description.projections[projection_].source_range.size(); }
  // Call visit(wanted, part) for each synapse of a row.
  template <class Visit>
  void each_of_row(std::uint32_t row, const Remember& remember, Visit&& visit);

  const CompiledNetwork& network_;
  const ProjectionId projection_;
  std::vector<StrandFrom> strands_;                  // by number
  ById<ShardId, std::vector<NewDelay>> wanted_;      // by synapse as stored
  ById<ShardId, std::vector<std::uint64_t>> place_;  // the same: in the present order
};

// The stragglers of spikes up to `since` by their place in (i, j, k) order, in `own` of every shard (null where there
// are none).
void stragglers_io(const Archive& archive, const CompiledNetwork& network, ProjectionId projection, Tick since,
                   const ById<ShardId, Stragglers*>& own);

}  // namespace pysnn
