// Sampling the rules of a block's projections into its rows.
#pragma once
#include <atomic>
#include <memory>
#include <vector>

#include "connect/rule.hpp"
#include "network/network.hpp"

namespace pysnn {

// With fewer synapses a row and shard than these, most rows may have none: those that have are kept alone.
inline constexpr double few_synapses = 1.5;

std::unique_ptr<ConnectionRule> make_rule(const Projection& projection);

// The synapses of the projections `members` (by target population, ascending) onto one shard; throws Interrupted
// once `stop` is set.
Block pack_block(const NetworkDescription& network, const std::vector<ProjectionId>& members,
                 const ById<ProjectionId, std::unique_ptr<ConnectionRule>>& rules, const Shard& shard,
                 const std::atomic<bool>& stop);

}  // namespace pysnn
