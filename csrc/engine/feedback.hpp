// What feedback makes of a modulator: for each neuron a weighted sum of its values, in their order.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "network/block.hpp"

namespace pysnn {

// `weights` are [neurons x values].
inline std::vector<double> fed_back(std::span<const double> weights, std::span<const double> values) {
  std::vector<double> sums(values.empty() ? 0 : weights.size() / values.size(), 0.0);
  const double* weight = weights.data();
  for (double& sum : sums)
    for (const double value : values) sum += *weight++ * value;
  return sums;
}

// Add the weights of a plastic projection onto a shard, whose neurons are the targets from `first` on, to those of
// all, [sources x targets]; the synapses of a pair in their order, which no cut into shards changes.
inline void add_weights(const Block& block, std::uint32_t first, std::uint32_t targets, std::span<double> all) {
  block.with_weights([&](const auto& weight) {
    for (std::uint32_t row = 0; row < block.rows(); ++row) {
      double* const of_source = all.data() + std::size_t{block.row_base + row} * targets + first;
      const std::uint32_t end = block.run_begin[block.row_run[row + 1]];
      for (std::uint32_t q = block.run_begin[block.row_run[row]]; q < end; ++q)
        of_source[block.target[q]] += static_cast<double>(weight[q]);
    }
  });
}

}  // namespace pysnn
