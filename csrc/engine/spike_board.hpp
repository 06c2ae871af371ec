// The spikes of a window, of all shards: each shard writes its own page, and after the barrier reads those of all.
// There are two boards in turn, so that one window is read while the next is written. Shards know each other by
// nothing else.
#pragma once
#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "core/id.hpp"
#include "sources/source.hpp"

namespace pysnn {

// Spikes of a window, each list in order of (time, index).
using SpikeLists = ById<PopulationId, std::vector<TimedSpike>>;

class SpikeBoard {
 public:
  SpikeBoard(std::size_t shards, std::size_t populations) {
    for (auto& board : pages_) board.assign(shards, SpikeLists(populations));
  }

  // What shard s writes in a window of that parity.
  SpikeLists& page(std::size_t parity, ShardId s) { return pages_[parity][s]; }
  const ById<ShardId, SpikeLists>& pages(std::size_t parity) const { return pages_[parity]; }
  // Where there are several ranks: the spikes of all of them, which readers then see in place of the pages, emptied.
  SpikeLists& joined(std::size_t parity) {
    auto& joined = joined_[parity];
    joined.resize(1, SpikeLists(pages_[parity].front().size()));
    for (auto& list : joined.front()) list.clear();
    return joined.front();
  }

  // A window as one thread reads it: lists of all shards are joined when they are first asked for.
  class Reader {
   public:
    explicit Reader(const SpikeBoard& board)
        : board_(board), joined_(board.pages_[0].front().size()), is_joined_(joined_.size()) {}

    void open(std::size_t parity) {
      pages_ = board_.joined_[parity].empty() ? &board_.pages_[parity] : &board_.joined_[parity];
      std::fill(is_joined_.begin(), is_joined_.end(), false);
    }

    // All spikes of a population, in order of (time, index).
    std::span<const TimedSpike> of(PopulationId population) {
      if (pages_->size() == 1) return pages_->front()[population];
      if (!is_joined_[population]) join(population);
      return joined_[population];
    }

   private:
    // Shards own ascending indices: at one time, theirs come in the order of shards.
    void join(PopulationId population) {
      std::vector<TimedSpike>& all = joined_[population];
      all.clear();
      rest_.clear();
      for (const SpikeLists& page : *pages_)
        if (!page[population].empty()) rest_.emplace_back(page[population]);
      if (rest_.size() == 1) {
        all.assign(rest_[0].begin(), rest_[0].end());
        rest_.clear();
      }
      while (!rest_.empty()) {
        Tick now = never;
        for (const auto& list : rest_) now = std::min(now, list.front().time);
        for (auto& list : rest_) {
          std::size_t n = 0;
          while (n < list.size() && list[n].time == now) ++n;
          all.insert(all.end(), list.begin(), list.begin() + static_cast<std::ptrdiff_t>(n));
          list = list.subspan(n);
        }
        std::erase_if(rest_, [](const auto& list) { return list.empty(); });
      }
      is_joined_[population] = true;
    }

    const SpikeBoard& board_;
    const std::vector<SpikeLists>* pages_ = nullptr;
    SpikeLists joined_;
    ById<PopulationId, char> is_joined_;
    std::vector<std::span<const TimedSpike>> rest_;
  };

 private:
  std::array<ById<ShardId, SpikeLists>, 2> pages_;  // by parity of the window
  std::array<std::vector<SpikeLists>, 2> joined_;   // by parity; one page, or none in one process
};

}  // namespace pysnn
