// The synapses of an engine whose delays or sources are set while it runs, in all shards of all ranks.
//
// A rank rearranges its own. What all must know alike is told in between: the strands that the rows of a projection are
// cut into (plasticity/strands.hpp), the delays that there are now. Each step is agreed upon, so that where one rank
// fails no other waits for it.
#pragma once
#include <algorithm>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <numeric>
#include <optional>
#include <utility>
#include <vector>

#include "core/archive.hpp"
#include "engine/new_delays.hpp"
#include "engine/ranks.hpp"
#include "engine/shards.hpp"
#include "engine/spike_history.hpp"
#include "plasticity/outlasting.hpp"

namespace pysnn {

template <class Shard>
class RearrangedSynapses {
 public:
  // `breaks` hears of an error after which the shards are no longer alike.
  RearrangedSynapses(CompiledNetwork& network, Shards<Shard>& shards, Ranks& ranks, SpikeHistory& history,
                     std::function<void(const std::exception&)> breaks)
      : network_(network), shards_(shards), ranks_(ranks), history_(history), breaks_(std::move(breaks)) {}

  void check_delays(ProjectionId q, const std::vector<Tick>& delays) const {
    const Shard& any = shards_.front();
    pysnn::check_delays(network_, q, delays, any.least_delay(q), any.drives(q), in_dendrites(q));
  }
  void check_sources(ProjectionId q, const std::vector<std::uint32_t>& sources) const {
    pysnn::check_sources(network_, q, sources, shards_.front().drives(q), silent(q));
  }

  // Once plastic synapses are ready to go on.
  void set_delays(ProjectionId q, const std::vector<Tick>& delays, Tick now) {
    ranks_.agreed([&] { check_delays(q, delays); });
    if (ranks_.several() && shards_.front().drives(q)) {
      const std::vector<Tick> first(delays.begin(), delays.begin() + (delays.empty() ? 0 : 1));
      check_one_delay(network_, q, ranks_.gather(first));
    }
    change(q, delays, {}, now);
  }
  // By place, where each stood before.
  std::vector<std::uint64_t> rewire(ProjectionId q, const std::vector<std::uint32_t>& sources, Tick now) {
    ranks_.agreed([&] { check_sources(q, sources); });
    std::vector<std::uint64_t> from = change(q, delays_in_order(network_, q), sources, now);
    ++changed_[q].rewired;
    return from;
  }
  std::uint64_t rewirings(ProjectionId q) const {
    const auto found = changed_.find(q);
    return found == changed_.end() ? 0 : found->second.rewired;
  }
  std::vector<std::uint64_t> built_order(ProjectionId q) const {
    const auto found = changed_.find(q);
    return found == changed_.end() ? std::vector<std::uint64_t>() : found->second.built;
  }

  // Nobody remembers any more what came by which delay. Whether synapses are stored in another order now.
  bool forget(Tick now) {
    bool reordered = false;
    for (const auto& [q, delays] : changed_) {
      if (!is_divided(q)) continue;
      change(q, delays_in_order(network_, q), {}, now);
      reordered = true;
    }
    return reordered;
  }
  // Time begins at 0 again.
  void begin_again() {
    for (auto& [q, delays] : changed_) delays.since = long_ago;
  }
  void rebase(Tick ticks) {
    for (auto& [q, delays] : changed_) delays.since = rebased(delays.since, ticks);
  }

  // Of projections whose delays or sources were set.
  void io(const Archive& archive, Tick now) {
    for (const ProjectionId q : network_.description.projections.ids()) {
      const Archive own = archive.in(q.index());
      if (archive.saving() ? changed_.count(q) == 0 : !own.has("ticks")) continue;
      if (archive.saving())
        saved(q).io(own);
      else
        restore(own, q, now);
      own.value("since", changed_[q].since);
    }
    if (archive.saving()) return;
    // Of those that share rows with one of them too: what they have under way comes of the spikes.
    for (const ProjectionId q : network_.description.projections.ids()) {
      const auto found = changed_.find(q);
      for (auto& shard : shards_) shard->resume_delays(q, found == changed_.end() ? long_ago : found->second.since);
    }
  }
  void stragglers_io(const Archive& archive) {
    for (const auto& [q, delays] : changed_) {
      ById<ShardId, Stragglers*> own;
      for (auto& shard : shards_) own.push_back(shard->stragglers(q));
      pysnn::stragglers_io(archive.in(q.index()), network_, q, delays.since, own);
    }
  }

 private:
  // Of a projection, by place in (i, j, k) order.
  struct Saved {
    std::vector<Tick> ticks;
    std::vector<std::uint64_t> built;
    std::vector<std::uint32_t> strands;  // where rows are divided
    std::vector<std::uint32_t> sources;  // where they were set
    std::uint64_t rewired = 0;

    void io(const Archive& archive) {
      archive.list("ticks", ticks);
      archive.list("as built", built);
      if (archive.saving() ? !strands.empty() : archive.has("strands")) archive.list("strands", strands);
      if (archive.saving() ? rewired == 0 : !archive.has("sources")) return;
      archive.list("sources", sources);
      archive.value("rewired", rewired);
    }
  };
  Saved saved(ProjectionId q) const {
    Saved saved{delays_in_order(network_, q), built_order(q), {}, {}, rewirings(q)};
    if (is_divided(q)) saved.strands = strands_in_order(network_, q);
    if (saved.rewired > 0) saved.sources = list_synapses(network_, q).i;
    return saved;
  }
  void restore(const Archive& own, ProjectionId q, Tick now) {
    const std::uint64_t n = network_.synapses(q);
    std::uint64_t everywhere = 0;
    for (const std::uint64_t there : ranks_.gather(std::vector<std::uint64_t>{n})) everywhere += there;
    Saved saved;
    std::optional<Reordered> made;
    ranks_.agreed([&] {
      saved.io(own);
      const auto& [ticks, built, strands, sources, rewired] = saved;
      if (ticks.size() != n || (!built.empty() && !is_order(built, n)))
        own.wrong("ticks", "no delays of this projection");
      const Tick least = shards_.front().least_delay(q);
      if (std::any_of(ticks.begin(), ticks.end(), [&](Tick d) { return d < least; })) own.wrong("ticks", "no delays");
      check_delays(q, ticks);
      if (rewired > 0) check_sources(q, sources);
      made.emplace(network_, q, ticks, sources, built);
      if (!strands.empty() && (strands.size() != n || !made->divide(strands, everywhere)))
        own.wrong("strands", "no strands of this projection");
    });
    put(q, *made, now);
    changed_[q].rewired = saved.rewired;
  }

  // Whether a projection has no synapses here that could remember a spike.
  bool silent(ProjectionId q) const {
    return std::all_of(shards_.begin(), shards_.end(), [q](const auto& shard) {
      auto* plastic = shard->plastic(q);
      return !plastic || plastic->silent();
    });
  }
  // Whether it learns by dendritic delays, and has heard spikes.
  bool in_dendrites(ProjectionId q) const {
    return network_.description.projections[q].dendritic_fraction > 0.0 && !silent(q) &&
           std::any_of(shards_.begin(), shards_.end(), [q](const auto& shard) {
             auto* plastic = shard->plastic(q);
             return plastic && plastic->divides_delays();
           });
  }
  bool is_divided(ProjectionId q) const {
    const std::uint32_t block = network_.places[q].block;
    return (ranks_.several() && network_.elsewhere[block].strands > 0) ||
           std::any_of(network_.shards.begin(), network_.shards.end(),
                       [&](const pysnn::Shard& shard) { return !shard.blocks[block].run_strand.empty(); });
  }

  // By place in the new order, where each came from.
  std::vector<std::uint64_t> change(ProjectionId q, const std::vector<Tick>& delays,
                                    const std::vector<std::uint32_t>& sources, Tick now) {
    const bool divides = network_.description.projections[q].is_stateful() && sources.empty();
    const auto remember = [&](ShardId s, std::uint32_t row, std::uint32_t run) {
      return shards_[s]->plastic(q)->remembers(row, run, now);
    };
    std::optional<Reordered> made;
    std::vector<StrandPart> parts;
    ranks_.agreed([&] {
      made.emplace(network_, q, delays, sources, std::vector<std::uint64_t>());
      if (divides) parts = made->parts(remember);
    });
    if (divides) {
      parts = ranks_.gather(parts);
      ranks_.agreed([&] { made->divide(std::move(parts), remember); });
    }
    return put(q, *made, now);
  }
  std::vector<std::uint64_t> put(ProjectionId q, Reordered& made, Tick now) {
    ranks_.agreed([&] { shards_.each([&](ShardId s) { made.make(s); }); });
    try {
      ranks_.agreed(
          [&] { shards_.each([&](ShardId s) { shards_[s]->set_delays(q, made.shards[s], history_, now); }); });
      hear_of_delays(q);
      ranks_.agreed([&] {
        shards_.each([&](ShardId s) {
          shards_[s]->stored_anew(q, made.shards[s], now);
          if (auto* kept = dynamic_cast<Outlasting*>(shards_[s]->plastic(q))) kept->move(made.shards[s].moved);
        });
      });
    } catch (const std::exception& error) {
      breaks_(error);
      throw;
    }
    ChangedDelays& changed = changed_[q];
    changed.since = now;
    const std::vector<std::uint64_t> came_from = made.came_from();
    std::vector<std::uint64_t> built = came_from;
    if (!changed.built.empty())
      for (std::uint64_t& place : built) place = changed.built[place];
    std::vector<std::uint64_t> as_built(built.size());
    std::iota(as_built.begin(), as_built.end(), std::uint64_t{0});
    changed.built = built == as_built ? std::vector<std::uint64_t>() : std::move(built);
    return came_from;
  }
  // What is under way, and what later engines of the network wait for, follows from the delays of all ranks.
  void hear_of_delays(ProjectionId q) {
    const std::uint32_t block = network_.places[q].block;
    DelaySpan all;
    for (const DelaySpan& span : ranks_.gather(std::vector<DelaySpan>{network_.delay_span(block)})) all.take_in(span);
    if (ranks_.several()) network_.elsewhere[block] = all;
    network_.max_delay = std::max(network_.max_delay, all.max);
    const Projection& projection = network_.description.projections[q];
    if (!projection.is_stateful()) history_.keep(projection.source, network_.max_delay, Shard::slack(network_));
  }

  CompiledNetwork& network_;
  Shards<Shard>& shards_;
  Ranks& ranks_;
  SpikeHistory& history_;
  const std::function<void(const std::exception&)> breaks_;
  std::map<ProjectionId, ChangedDelays> changed_;
};

}  // namespace pysnn
