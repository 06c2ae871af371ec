// The recent spikes of the targets, each with what the rule keeps of its neuron just after it.
//
// The newest few lie level by level, the newest spikes of all targets first: a pass over a run asks for one level of
// many targets. What a target has besides, fired since its synapses were last brought up to date, waits in a list of
// its own, so that a spike costs the same however many there are.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "plasticity/long_ago.hpp"
#include "plasticity/trace_columns.hpp"

namespace pysnn {

template <class Post>
class Histories {
 public:
  static constexpr std::uint32_t levels = 16;

  struct Spike {
    Tick t;
    Post post;  // the target's traces just after it
  };

  // `enough` spikes beyond the levels, of all targets together, are worth bringing all synapses up to date for.
  Histories(std::uint32_t targets, const Post& first, std::size_t enough)
      : targets_(targets), enough_(enough), newest_(targets, {long_ago, first}), recent_(targets, 0), older_(targets),
        times_(std::size_t{targets} * levels, long_ago), posts_(std::size_t{targets} * levels) {}

  std::uint32_t targets() const { return targets_; }
  // The latest spike of target j ever.
  const Spike& newest(std::uint32_t j) const { return newest_[j]; }

  std::span<const Spike> newest() const { return newest_; }

  // Whether no target has fired.
  bool silent() const {
    return std::all_of(newest_.begin(), newest_.end(), [](const Spike& spike) { return spike.t == long_ago; });
  }

  // By target: the times of the spikes that `level` others have followed; long_ago where there is none.
  const Tick* times(std::uint32_t level) const { return times_.data() + at(level, 0); }
  const Post& post(std::uint32_t level, std::uint32_t j) const { return posts_[at(level, j)]; }
  // The spikes of target j that come before those of the levels.
  std::span<const Spike> older(std::uint32_t j) const {
    return std::span(older_[j].spikes).subspan(older_[j].forgotten);
  }

  // The spikes of target j's history; the k-th of them, the oldest first.
  std::size_t count(std::uint32_t j) const { return older(j).size() + recent_[j]; }
  Tick time(std::uint32_t j, std::size_t k) const {
    const auto old = older(j);
    return k < old.size() ? old[k].t : times_[at(level_of(j, k - old.size()), j)];
  }
  const Post& post_of(std::uint32_t j, std::size_t k) const {
    const auto old = older(j);
    return k < old.size() ? old[k].post : posts_[at(level_of(j, k - old.size()), j)];
  }
  // How many of them were fired before t.
  std::size_t count_before(std::uint32_t j, Tick t) const {
    for (std::uint32_t level = 0; level < recent_[j]; ++level)
      if (times_[at(level, j)] < t) return count(j) - level;
    const auto old = older(j);
    return static_cast<std::size_t>(
        std::partition_point(old.begin(), old.end(), [t](const Spike& s) { return s.t < t; }) - old.begin());
  }

  void add(std::uint32_t j, const Spike& spike) {
    newest_[j] = spike;
    if (recent_[j] == levels) {
      older_[j].spikes.push_back({times_[at(levels - 1, j)], posts_[at(levels - 1, j)]});
      ++beyond_;
    } else {
      ++recent_[j];
    }
    for (std::uint32_t level = recent_[j] - 1; level > 0; --level) {
      times_[at(level, j)] = times_[at(level - 1, j)];
      posts_[at(level, j)] = posts_[at(level - 1, j)];
    }
    times_[j] = spike.t;
    posts_[j] = spike.post;
  }

  // How many spikes lie beyond the levels, of all targets together; whether they are enough.
  std::size_t beyond() const { return beyond_; }
  bool crowded() const { return beyond_ >= enough_; }

  // Drop the spikes of target j before `horizon`, all but the newest of them.
  void forget_before(std::uint32_t j, Tick horizon) {
    Older& old = older_[j];
    const auto second = [&] {
      return old.forgotten + 1 < old.spikes.size() ? old.spikes[old.forgotten + 1].t : times_[at(recent_[j] - 1, j)];
    };
    while (old.forgotten < old.spikes.size() && second() < horizon) {
      ++old.forgotten;
      --beyond_;
    }
    if (2 * old.forgotten >= old.spikes.size()) {
      old.spikes.erase(old.spikes.begin(), old.spikes.begin() + static_cast<std::ptrdiff_t>(old.forgotten));
      old.forgotten = 0;
    }
    if (!old.spikes.empty()) return;
    while (recent_[j] > 1 && times_[at(recent_[j] - 2, j)] < horizon) times_[at(--recent_[j], j)] = long_ago;
  }

  // The same of all targets. What cannot be dropped yet shall not make them crowded again at once.
  void forget_before(Tick horizon) {
    for (std::uint32_t j = 0; j < targets_; ++j)
      if (!older_[j].spikes.empty()) forget_before(j, horizon);
    enough_ = std::max(enough_, 2 * beyond_);
  }

  // Save the spikes from `horizon` on and of each target the one before, of targets `first`, ... of n; or restore them.
  // (What else is kept depends on when there was reason to forget.)
  void io(const Archive& archive, std::uint32_t n, std::uint32_t first, Tick horizon) {
    std::vector<std::vector<Spike>> kept(targets_);
    if (archive.saving())
      for (std::uint32_t j = 0; j < targets_; ++j)
        for (std::size_t k = std::max<std::size_t>(count_before(j, horizon), 1) - 1; k < count(j); ++k)
          kept[j].push_back({time(j, k), post_of(j, k)});
    spike_lists_io(archive, n, first, kept, &Spike::post);
    if (archive.saving()) return;
    for (std::uint32_t j = 0; j < targets_; ++j)
      for (const Spike& spike : kept[j]) add(j, spike);
  }

  // No target has fired.
  void clear(const Post& first) {
    for (std::uint32_t j = 0; j < targets_; ++j) {
      newest_[j] = {long_ago, first};
      for (; recent_[j] > 0; --recent_[j]) times_[at(recent_[j] - 1, j)] = long_ago;
      older_[j].spikes.clear();
      older_[j].forgotten = 0;
    }
    beyond_ = 0;
  }

  void rebase(Tick ticks) {
    for (Spike& spike : newest_) spike.t = rebased(spike.t, ticks);
    for (Tick& t : times_) t = rebased(t, ticks);
    for (Older& old : older_)
      for (Spike& spike : old.spikes) spike.t = rebased(spike.t, ticks);
  }

  std::size_t nbytes() const {
    return newest_.size() * (sizeof(Spike) + sizeof(Older)) + times_.size() * (sizeof(Tick) + sizeof(Post)) +
           recent_.size() * sizeof(std::uint32_t) + beyond_ * sizeof(Spike);
  }

 private:
  struct Older {
    std::vector<Spike> spikes;  // the oldest first
    std::size_t forgotten = 0;  // so many of them
  };

  std::size_t at(std::uint32_t level, std::uint32_t j) const { return std::size_t{level} * targets_ + j; }
  std::uint32_t level_of(std::uint32_t j, std::size_t k) const {
    return recent_[j] - 1 - static_cast<std::uint32_t>(k);
  }

  std::uint32_t targets_;
  std::size_t enough_, beyond_ = 0;
  std::vector<Spike> newest_;          // by target
  std::vector<std::uint32_t> recent_;  // by target: its spikes in the levels
  std::vector<Older> older_;           // by target
  std::vector<Tick> times_;            // by level and target
  std::vector<Post> posts_;
};

}  // namespace pysnn
