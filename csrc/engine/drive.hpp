// A one-to-one projection from a source whose spikes are a pure function of the step: the source adds to the sums of
// its targets by itself, and nothing is queued.
#pragma once
#include <algorithm>
#include <cstdint>
#include <type_traits>
#include <vector>

#include "core/archive.hpp"
#include "network/network.hpp"
#include "plasticity/long_ago.hpp"
#include "sources/source.hpp"

namespace pysnn {

// Whether a source that can drive may add to its targets by itself: one-to-one of contiguous neurons, one constant
// weight, one delay.
inline bool can_be_driven(const Projection& p) {
  return p.rule == "one_to_one" && !p.is_scattered() && p.fan() == 1 && p.weight[0].is_constant() &&
         p.delay[0].is_constant() && !p.is_stateful();
}

template <class Real>
struct Drive {
  ProjectionId projection;
  PopulationId source;
  std::uint32_t first, n;
  Tick delay;            // in steps
  std::uint32_t target;  // the first, of those in the shard
  Block* block;
  std::vector<Real> counts;  // of the spikes of a step, where weights are each target's own
  std::uint64_t delivered = 0;
  // Delays that hold for the spikes of the steps (after, until], until the last of them has come; the present one holds
  // for those after `since`.
  std::vector<Tick> past_delay, past_after, past_until;
  Tick since = long_ago;

  // The part of a projection onto the neurons of a shard.
  Drive(CompiledNetwork& network, ShardId shard, ProjectionId q, Tick steps)
      : projection(q), source(network.description.projections[q].source), delay(steps),
        block(&network.block(shard, q)) {
    const Projection& described = network.description.projections[q];
    const Range owned = network.shards[shard].owned[described.target];
    const std::uint32_t begin = std::clamp(described.target_range.begin, owned.begin, owned.end);
    const std::uint32_t end = std::clamp(described.target_range.end, owned.begin, owned.end);
    first = described.source_range.begin + (begin - described.target_range.begin);
    n = end - begin;
    target = begin - owned.begin;
  }

  // What arrives at the end of step `now`, to the sums of the neurons in the shard.
  void add(Tick now, Source& from, Real* sums) {
    Real* const sum = sums + target;
    if (!past_delay.empty()) [[unlikely]]
      add_past(now, from, sum);
    if (now - delay > since) add_step(now - delay, from, sum);
  }

  // The spikes of steps after `now` take so long.
  void set_delay(Tick steps, Tick now) {
    past_delay.push_back(delay);
    past_after.push_back(since);
    past_until.push_back(now);
    delay = steps;
    since = now;
  }
  // How far back spikes are asked for.
  Tick longest_delay() const {
    Tick longest = delay;
    for (const Tick past : past_delay) longest = std::max(longest, past);
    return longest;
  }
  void io(const Archive& archive) {
    if (archive.restoring() && !archive.has("driven since")) return begin_again();
    if (archive.saving() && since == long_ago) return;
    archive.value("driven since", since);
    archive.list("past delays", past_delay);
    archive.list("past delays hold after", past_after);
    archive.list("past delays hold until", past_until);
    if (past_after.size() != past_delay.size() || past_until.size() != past_delay.size())
      archive.wrong("past delays", "lists of different lengths");
  }
  void begin_again() {
    past_delay.clear();
    past_after.clear();
    past_until.clear();
    since = long_ago;
  }

 private:
  void add_past(Tick now, Source& from, Real* sum) {
    for (std::size_t k = 0; k < past_delay.size();) {
      const Tick step = now - past_delay[k];
      if (step > past_after[k] && step <= past_until[k]) add_step(step, from, sum);
      if (step < past_until[k]) {
        ++k;
        continue;
      }
      for (auto* list : {&past_delay, &past_after, &past_until})
        list->erase(list->begin() + static_cast<std::ptrdiff_t>(k));
    }
  }

  void add_step(Tick step, Source& from, Real* sum) {
    if (step <= 0) return;
    block->with_weights([&](const auto& weights) {
      using Weight = std::remove_cvref_t<decltype(weights[0])>;
      if (block->constant_weight) {
        delivered += from.drive(step, first, n, real(weights[0]), sum);
        return;
      }
      // Weights were written since. The k-th synapse of the block, in a run of its own, is onto the k-th target.
      counts.assign(n, Real(0));
      delivered += from.drive(step, first, n, Real(1), counts.data());
      for (std::uint32_t k = 0; k < n; ++k) sum[k] += real(block->template weights_at<Weight>(k, 1)[0]) * counts[k];
    });
  }

  template <class Weight>
  static Real real(Weight weight) {
    return static_cast<Real>(static_cast<double>(weight));
  }
};

}  // namespace pysnn
