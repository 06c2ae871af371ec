// The moments of modulators while a network runs: what feedback makes of each, and whom they are told. States and
// weights are taken from all shards of all ranks, in the network's numbering, so that no sum depends on the cut.
#pragma once
#include <cstdint>
#include <map>
#include <span>
#include <utility>
#include <vector>

#include "core/archive.hpp"
#include "engine/feedback.hpp"
#include "engine/ranks.hpp"
#include "engine/shards.hpp"
#include "network/network.hpp"

namespace pysnn {

template <class Shard>
class Signals {
 public:
  Signals(const CompiledNetwork& network, Shards<Shard>& shards, Ranks& ranks)
      : network_(network), shards_(shards), ranks_(ranks) {}

  // A moment of a modulator, and of those that feedback makes of it, at `now`; plastic synapses are ready to go on.
  void modulate(ModulatorId modulator, const std::vector<double>& values, Tick now) {
    // All are worked out before any is told: feedback by weights that learn from it is by those of before.
    std::vector<std::pair<ModulatorId, std::vector<double>>> told{{modulator, values}};
    const std::vector<Feedback>& feedbacks = network_.description.feedbacks;
    for (std::size_t f = 0; f < feedbacks.size(); ++f)
      for (std::size_t k = 0; k < told.size(); ++k) {
        const Feedback& feedback = feedbacks[f];
        if (told[k].first != feedback.of) continue;
        std::vector<double> weights;
        if (feedback.projection) weights = weights_at(*feedback.projection, now);
        if (feedback.projection && feedback.weights) weights = following_[f].at_moment(feedback, std::move(weights));
        told.emplace_back(feedback.modulator,
                          fed_back(feedback.projection ? weights : *feedback.weights, told[k].second));
        break;
      }
    for (const auto& [number, signal] : told) tell(number, signal, now);
  }

  // Go on with what feedback has of weights in another engine of the network.
  void take_over(const Signals& other) { following_ = other.following_; }

  void io(const Archive& archive) {
    const std::vector<Feedback>& feedbacks = network_.description.feedbacks;
    for (std::size_t f = 0; f < feedbacks.size(); ++f)
      if (feedbacks[f].projection && feedbacks[f].weights)
        following_[f].io(archive.in(f), feedbacks[f].weights->size());
  }

 private:
  void tell(ModulatorId modulator, const std::vector<double>& values, Tick now) {
    const NetworkDescription& network = network_.description;
    const auto population = network.modulators[modulator].population;
    shards_.each([&](ShardId s) {
      std::span<const double> own(values);
      if (population) {
        const Range owned = network_.shards[s].owned[*population];
        own = own.subspan(owned.begin, owned.size());
      }
      for (const ProjectionId q : network.projections.ids())
        if (network.projections[q].modulator == modulator)
          if (auto* plastic = shards_[s]->plastic(q)) plastic->modulate(own, now);
    });
  }

  // The weights of a plastic projection as they are at `now`, summed by pair: [sources x targets].
  std::vector<double> weights_at(ProjectionId q, Tick now) {
    const NetworkDescription& described = network_.description;
    const Projection& projection = described.projections[q];
    const std::uint32_t targets = described.populations[projection.target].n;
    std::vector<double> all(std::size_t{described.populations[projection.source].n} * targets, 0.0);
    shards_.each([&](ShardId s) {
      auto* plastic = shards_[s]->plastic(q);
      if (!plastic) return;
      plastic->finish(now);
      add_weights(network_.block(s, q), network_.shards[s].owned[projection.target].begin, targets, all);
      plastic->prepare();
    });
    if (!ranks_.several()) return all;
    // Each rank has the columns of its own targets.
    const std::size_t rows = all.size() / targets;
    const Range here = network_.owned(projection.target);
    std::vector<double> columns;
    for (std::size_t j = here.begin; j < here.end; ++j)
      for (std::size_t row = 0; row < rows; ++row) columns.push_back(all[row * targets + j]);
    columns = ranks_.gather(columns);
    for (std::size_t j = 0; j < targets; ++j)
      for (std::size_t row = 0; row < rows; ++row) all[row * targets + j] = columns[j * rows + row];
    return all;
  }

  const CompiledNetwork& network_;
  Shards<Shard>& shards_;
  Ranks& ranks_;
  std::map<std::size_t, FollowingWeights> following_;  // by number of feedback that is adaptive
};

}  // namespace pysnn
