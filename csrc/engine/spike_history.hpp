// The spikes of the last longest delay, from which all that is under way can be set out again in the order in which it
// did: no queue has to be kept.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/archive.hpp"
#include "engine/spike_board.hpp"
#include "network/network.hpp"

namespace pysnn {

class SpikeHistory {
 public:
  // Nobody asks for what arrived `slack` ticks ago.
  SpikeHistory(const CompiledNetwork& network, Tick slack) : of_(network.description.populations.size()) {
    for (const Shard& shard : network.shards)
      for (const Block& block : shard.blocks) {
        const Projection& projection = network.description.projections[block.members[0].projection];
        // (What rows with a state are owed they know by themselves.)
        if (block.size() == 0 || projection.is_stateful()) continue;
        keep(projection.source, block.max_delay, slack);
      }
    if (network.elsewhere.empty()) return;
    for (const ProjectionId q : network.places.ids()) {
      const Projection& projection = network.description.projections[q];
      const DelaySpan& span = network.elsewhere[network.places[q].block];
      if (span.min != never && !projection.is_stateful()) keep(projection.source, span.max, slack);
    }
  }

  // Keep the spikes of a population for so long too.
  void keep(PopulationId population, Tick delay, Tick slack) {
    Tick& kept = of_[population].kept;
    kept = std::max(kept, delay > never - slack ? never : delay + slack);
  }

  // The spikes of a window, after which all stand at `now`.
  void add(Tick now, SpikeBoard::Reader& reader) {
    for (const PopulationId p : of_.ids())
      if (of_[p].kept > 0) of_[p].add(now, reader.of(p));
  }

  // Those of a population, by (time, index).
  std::span<const TimedSpike> of(PopulationId population) const {
    return std::span(of_[population].spikes).subspan(of_[population].forgotten);
  }

  void io(const Archive& archive, const ById<PopulationId, Population>& populations) {
    for (const PopulationId p : of_.ids()) {
      Recent& recent = of_[p];
      if (recent.kept == 0) continue;
      recent.forget();
      spikes_io(archive.in("population").in(p.index()), "recent spikes", recent.spikes);
      for (const TimedSpike& spike : recent.spikes)
        if (spike.index >= populations[p].n)
          archive.wrong(std::to_string(p.index()), "a spike of a neuron that is not there");
    }
  }

  void clear() {
    for (Recent& recent : of_) {
      recent.spikes.clear();
      recent.forgotten = 0;
    }
  }

  void rebase(Tick ticks) {
    for (Recent& recent : of_) {
      recent.forget();
      for (TimedSpike& spike : recent.spikes) spike.time -= ticks;
    }
  }

 private:
  struct Recent {
    Tick kept = 0;  // for how long; 0: not at all
    std::vector<TimedSpike> spikes;
    std::size_t forgotten = 0;  // so many of them

    void add(Tick now, std::span<const TimedSpike> fired) {
      while (forgotten < spikes.size() && spikes[forgotten].time < now - kept) ++forgotten;
      if (2 * forgotten >= spikes.size()) forget();
      spikes.insert(spikes.end(), fired.begin(), fired.end());
    }
    void forget() {
      spikes.erase(spikes.begin(), spikes.begin() + static_cast<std::ptrdiff_t>(forgotten));
      forgotten = 0;
    }
  };
  ById<PopulationId, Recent> of_;
};

}  // namespace pysnn
