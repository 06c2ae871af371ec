// The innermost loop: add the weights of runs to the sums at their targets.
#pragma once
#include <cstdint>
#include <span>

#include "plasticity/plastic_synapses.hpp"

namespace pysnn {

// sum[target[k]] += weight[k] for k of each run, in order; the number of synapses. With `constant`, weight[0].
std::uint64_t deliver(std::span<const RunEntry> runs, const std::uint32_t* target, const float* weight, bool constant,
                      float* sum);
std::uint64_t deliver(std::span<const RunEntry> runs, const std::uint32_t* target, const double* weight, bool constant,
                      double* sum);

}  // namespace pysnn
