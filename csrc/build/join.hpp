// A network that was compiled in parts, put together again as one.
//
// Parts are there for threads that share a run. One thread that goes through all of them finds every spike's row in as
// many pieces, which in a small network costs it a sixth of its time.
#pragma once
#include <cstddef>
#include <optional>

#include "network/network.hpp"

namespace pysnn {

// The same synapses, as they are now, in a single shard and for one thread: what compile() makes of the description
// for one thread, but that it holds for weights and delays that were changed since. Nothing where there is one shard
// already, where a single one cannot number all targets or would sum in another order, where other ranks have a share,
// or where the synapses take more than `most_bytes`.
std::optional<CompiledNetwork> joined(const CompiledNetwork& network, std::size_t most_bytes);

}  // namespace pysnn
