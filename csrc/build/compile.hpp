// From a description to flat arrays: every rule sampled, every row sorted by delay and cut into runs.
#pragma once
#include <atomic>

#include "core/poll.hpp"
#include "network/network.hpp"

namespace pysnn {

// Expected bytes of the compiled synapses of this rank, before anything is sampled.
double estimate_bytes(const NetworkDescription& description);

// The same with what building takes beside them, with rows and neurons.
double estimate_peak_bytes(const NetworkDescription& description);

// Before anything is sampled.
ById<ProjectionId, double> expected_synapses(const NetworkDescription& description);

// Sample and pack what is onto neurons of this rank, with one thread a shard. The result does not depend on the number
// of shards but for where each synapse is stored. Throws Interrupted soon after `stop` is set, and MemoryNeededError
// where a projection has more synapses than a shard can number.
CompiledNetwork compile(NetworkDescription description, const std::atomic<bool>& stop = never_stops);

}  // namespace pysnn
