// From a description to flat arrays: every rule sampled, every row sorted by delay and cut into runs.
#pragma once
#include "network/network.hpp"

namespace pysnn {

// Expected bytes of the compiled synapses, before anything is sampled.
std::uint64_t estimate_bytes(const NetworkDescription& description);

// By projection, before anything is sampled.
std::vector<double> expected_synapses(const NetworkDescription& description);

// Sample and pack with one thread a shard. The result does not depend on the number of shards
// but for where each synapse is stored.
CompiledNetwork compile(NetworkDescription description);

}  // namespace pysnn
