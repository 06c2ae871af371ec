// How the synapses are laid out before any is drawn: which neurons each shard owns, which projections share rows.
#pragma once
#include "network/network.hpp"

namespace pysnn {

// As many shards for each thread of each rank, and no more than keep every target number within 16 bits.
std::uint32_t count_shards(const NetworkDescription& network);

// Those of all ranks, without synapses.
ById<ShardId, Shard> plan_shards(const NetworkDescription& network);

// The projections of each block, in the order in which blocks are delivered: a sum at a target runs over blocks,
// then spikes. Static projections of the same sources share rows where that changes no sum: into one receptor of
// different populations, and with one constant weight or none.
std::vector<std::vector<ProjectionId>> plan_blocks(const NetworkDescription& network,
                                                   const ById<ShardId, Shard>& shards);

// Whether all synapses of the projection have one weight for good.
bool has_constant_weight(const Projection& projection);

}  // namespace pysnn
