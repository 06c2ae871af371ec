// What feedback makes of a modulator: for each neuron a weighted sum of its values, in their order.
#pragma once
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "core/archive.hpp"
#include "network/block.hpp"
#include "network/network.hpp"

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
    block.row_run.each([&](std::uint32_t row, std::uint32_t begin, std::uint32_t end) {
      double* const of_source = all.data() + std::size_t{block.row_base + row} * targets + first;
      for (std::uint32_t q = block.run_begin[begin]; q < block.run_begin[end]; ++q)
        of_source[block.target[q]] += static_cast<double>(weight[q]);
    });
  });
}

// Feedback of both weights of its own and a projection is adaptive: it goes by the weights of the projection and by
// what sets its own apart from them, of which a share is lost from moment to moment. So it gets every change that those
// get, and both come to agree, as where both decay (Kolen & Pollack 1994; adaptive e-prop, Bellec et al. 2020).
class FollowingWeights {
 public:
  // The weights of feedback at a moment; of the projection they are `now`.
  std::vector<double> at_moment(const Feedback& described, std::vector<double> now) {
    if (difference_.empty()) {
      difference_ = *described.weights;
      for (std::size_t k = 0; k < now.size(); ++k) difference_[k] -= now[k];
    } else {
      for (double& difference : difference_) difference -= described.decay * difference;
    }
    for (std::size_t k = 0; k < now.size(); ++k) now[k] += difference_[k];
    return now;
  }

  void io(const Archive& archive, std::size_t n) {
    archive.list("apart", difference_);
    if (archive.restoring() && !difference_.empty() && difference_.size() != n)
      archive.wrong("apart", "another number of weights");
  }

 private:
  std::vector<double> difference_;  // as of the last moment; empty before the first
};

}  // namespace pysnn
