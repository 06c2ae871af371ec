// The recent spikes of the targets, each with what the rule keeps of its neuron just after it.
//
// They lie level by level, the newest spikes of all targets first: most of what is asked for is recent, and a pass over
// a run asks for one level of many targets.
#pragma once
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "plasticity/long_ago.hpp"

namespace pysnn {

template <class Post>
class Histories {
 public:
  Histories(std::uint32_t targets, const Post& first)
      : targets_(targets), newest_(targets, long_ago), post_(targets, first), live_(targets, 0),
        times_(std::size_t{targets} * capacity_, long_ago), posts_(std::size_t{targets} * capacity_) {}

  std::uint32_t targets() const { return targets_; }
  // The latest spike of target j ever, and its traces just after it.
  Tick newest(std::uint32_t j) const { return newest_[j]; }
  const Post& latest(std::uint32_t j) const { return post_[j]; }

  // The spikes of target j's history; the k-th of them, the oldest first.
  std::uint32_t count(std::uint32_t j) const { return live_[j]; }
  Tick time(std::uint32_t j, std::uint32_t k) const { return times_[at(live_[j] - 1 - k, j)]; }
  const Post& post(std::uint32_t j, std::uint32_t k) const { return posts_[at(live_[j] - 1 - k, j)]; }

  // By target: the times of the spikes that `level` others have followed; long_ago where there is none.
  std::uint32_t levels() const { return capacity_; }
  const Tick* times(std::uint32_t level) const { return times_.data() + at(level, 0); }
  const Post& post_at(std::uint32_t level, std::uint32_t j) const { return posts_[at(level, j)]; }

  void add(std::uint32_t j, Tick t, const Post& post) {
    newest_[j] = t;
    post_[j] = post;
    if (live_[j] == capacity_) grow();
    for (std::uint32_t level = live_[j]++; level > 0; --level) {
      times_[at(level, j)] = times_[at(level - 1, j)];
      posts_[at(level, j)] = posts_[at(level - 1, j)];
    }
    times_[j] = t;
    posts_[j] = post;
    crowded_ = crowded_ || live_[j] == capacity_;
  }

  // Whether a history is full since the last call: if what is settled is dropped, its next spike finds room.
  bool take_crowded() { return std::exchange(crowded_, false); }

  // Drop the spikes of target j before `horizon`, all but the newest of them.
  void forget_before(std::uint32_t j, Tick horizon) {
    while (live_[j] > 1 && time(j, 1) < horizon) times_[at(--live_[j], j)] = long_ago;
  }

  void rebase(Tick ticks) {
    for (Tick& t : newest_) t = rebased(t, ticks);
    for (std::uint32_t j = 0; j < targets_; ++j)
      for (std::uint32_t level = 0; level < live_[j]; ++level)
        times_[at(level, j)] = rebased(times_[at(level, j)], ticks);
  }

  std::size_t nbytes() const {
    return (post_.size() + posts_.size()) * sizeof(Post) + (newest_.size() + times_.size()) * sizeof(Tick) +
           live_.size() * sizeof(std::uint32_t);
  }

 private:
  std::size_t at(std::uint32_t level, std::uint32_t j) const { return std::size_t{level} * targets_ + j; }

  void grow() {
    capacity_ *= 2;
    times_.resize(std::size_t{capacity_} * targets_, long_ago);
    posts_.resize(std::size_t{capacity_} * targets_);
  }

  std::uint32_t targets_;
  std::uint32_t capacity_ = 16;
  std::vector<Tick> newest_;  // by target: its newest spike,
  std::vector<Post> post_;    // and its traces just after
  std::vector<std::uint32_t> live_;
  std::vector<Tick> times_;  // by level and target
  std::vector<Post> posts_;
  bool crowded_ = false;
};

}  // namespace pysnn
