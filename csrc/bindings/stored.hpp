// The synapses of a compiled network, as NumPy sees them.
#pragma once
#include <memory>

#include "bindings/numpy.hpp"
#include "network/network.hpp"

namespace pysnn {

// The arrays of one projection in one shard as stored, without a copy where there need be none. Where weights are not
// stored apart, "read_weight" makes a copy of them when it is called.
py::dict block_arrays(const std::shared_ptr<CompiledNetwork>& network, ProjectionId projection, ShardId shard);

// Sources, targets and delays [ms] in (i, j, k) order; the interpreter is free meanwhile.
py::tuple synapse_arrays(const CompiledNetwork& network, ProjectionId projection);

// Bytes of all blocks.
std::size_t stored_bytes(const CompiledNetwork& network);

}  // namespace pysnn
