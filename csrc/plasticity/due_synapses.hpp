// Which synapses of a run have something to learn from the recent spikes of their targets: lists of those whose targets
// have fired once, twice, ... since, so that passes over them need no branch.
#pragma once
#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "plasticity/histories.hpp"
#include "plasticity/targets_now.hpp"

namespace pysnn {

template <class Post>
class DueSynapses {
  using Spikes = std::span<const typename Histories<Post>::Spike>;
  static constexpr std::uint32_t most = Histories<Post>::levels;

 public:
  // List the n synapses onto `target` whose targets have fired more than `level` times from `from` on, by level.
  void list(const Histories<Post>& targets, const std::uint16_t* target, std::uint32_t n, Tick from) {
    for (Due& due : due_)
      if (due.which.size() < n) due.which.resize(n);
    // The first two levels in one pass: where both sides fire alike, every second synapse is on the first list.
    const Tick *newest = targets.times(0), *second = targets.times(1);
    std::uint32_t *once = due_[0].which.data(), *twice = due_[1].which.data();
    std::uint32_t n_once = 0, n_twice = 0;
    for (std::uint32_t k = 0; k < n; ++k) {
      const std::uint32_t j = target[k];
      once[n_once] = twice[n_twice] = k;
      n_once += newest[j] >= from ? 1 : 0;
      n_twice += second[j] >= from ? 1 : 0;
    }
    due_[0].n = n_once;
    due_[1].n = n_twice;
    levels_ = n_twice > 0 ? 2 : n_once > 0 ? 1 : 0;
    list_older(targets, target, from);
  }

  // The same but for the newest spike of each target. Of that the caller gets, in x, what `fading` has for the time
  // from `from` to it, or the last entry, where it came before; and in y what is seen(target). One pass looks all up.
  template <class Seen>
  void look(const Histories<Post>& targets, const std::uint16_t* target, std::uint32_t n, Tick from,
            std::span<const double> fading, Seen&& seen, double* x, double* y) {
    for (Due& due : due_)
      if (due.which.size() < n) due.which.resize(n);
    const Tick *newest = targets.times(0), *second = targets.times(1);
    const double* const table = fading.data();
    const std::uint64_t start = static_cast<std::uint64_t>(from), last = fading.size() - 1;
    std::uint32_t* twice = due_[1].which.data();
    std::uint32_t n_twice = 0;
    for (std::uint32_t k = 0; k < n; ++k) {
      const std::uint32_t j = target[k];
      x[k] = table[std::min(static_cast<std::uint64_t>(newest[j]) - start, last)];  // what is negative is large
      y[k] = seen(j);
      twice[n_twice] = k;
      n_twice += second[j] >= from ? 1 : 0;
    }
    due_[0].n = 0;
    due_[1].n = n_twice;
    levels_ = n_twice > 0 ? 2 : 0;
    list_older(targets, target, from);
  }

  // The same where all that is asked of the targets lies side by side. Not so long ago that it does not know.
  void look(const Histories<Post>& targets, const std::uint16_t* target, std::uint32_t n, Tick from, Tick now,
            std::span<const double> fading, const TargetNow* of, double* x, double* y) {
    for (Due& due : due_)
      if (due.which.size() < n) due.which.resize(n);
    due_[0].n = 0;
    due_[1].n = look_up(target, n, static_cast<std::uint32_t>(now - from), fading, of, x, y, due_[1].which.data());
    levels_ = due_[1].n > 0 ? 2 : 0;
    list_older(targets, target, from);
  }

  // Those whose targets have fired at all since then.
  std::span<const std::uint32_t> any() const { return due_[0].list(); }

  // Call visit(k, t, traces just after it) for the spikes from `begin` on and before `end` of the targets of those
  // listed, each target's in order; none of them before the time that they were listed from.
  template <class Visit>
  void each(const Histories<Post>& targets, const std::uint16_t* target, Tick begin, Tick end, Visit&& visit) const {
    each_older(targets, target, begin, end, visit);
    for (std::uint32_t level = levels_; level-- > 0;) {
      const Tick* times = targets.times(level);
      for (const std::uint32_t k : due_[level].list()) {
        const Tick t = times[target[k]];
        if (t >= begin && t < end) visit(k, t, targets.post(level, target[k]));
      }
    }
  }

  // The same, bit by bit of a longer time: after begin() each call goes on where the one before has ended, and looks at
  // no spike twice.
  void begin() {
    left_.resize(due_[0].which.size());
    for (std::uint32_t level = 0; level < levels_; ++level)
      for (const std::uint32_t k : due_[level].list()) left_[k] = level + 1;
  }
  template <class Visit>
  void each_next(const Histories<Post>& targets, const std::uint16_t* target, Tick begin, Tick end, Visit&& visit) {
    each_older(targets, target, begin, end, visit);
    for (const std::uint32_t k : any()) {
      for (; left_[k] > 0; --left_[k]) {
        const std::uint32_t level = left_[k] - 1;
        const Tick t = targets.times(level)[target[k]];
        if (t >= end) break;
        visit(k, t, targets.post(level, target[k]));
      }
    }
  }

 private:
  // The levels after the first two.
  void list_older(const Histories<Post>& targets, const std::uint16_t* target, Tick from) {
    while (levels_ >= 2 && levels_ < most) {
      const Tick* times = targets.times(levels_);
      std::uint32_t* which = due_[levels_].which.data();
      std::uint32_t count = 0;
      for (const std::uint32_t k : due_[levels_ - 1].list()) {
        which[count] = k;
        count += times[target[k]] >= from ? 1 : 0;
      }
      due_[levels_].n = count;
      if (count == 0) break;
      ++levels_;
    }
  }

  template <class Visit>
  void each_older(const Histories<Post>& targets, const std::uint16_t* target, Tick begin, Tick end,
                  Visit&& visit) const {
    if (levels_ < most) return;
    for (const std::uint32_t k : due_[most - 1].list()) {
      const auto older = targets.older(target[k]);
      for (std::size_t s = first_from(older, begin); s < older.size() && older[s].t < end; ++s)
        visit(k, older[s].t, older[s].post);
    }
  }

  struct Due {
    std::vector<std::uint32_t> which;
    std::uint32_t n = 0;
    std::span<const std::uint32_t> list() const { return std::span(which).first(n); }
  };

  static std::size_t first_from(Spikes spikes, Tick from) {
    return static_cast<std::size_t>(
        std::partition_point(spikes.begin(), spikes.end(), [from](const auto& s) { return s.t < from; }) -
        spikes.begin());
  }

  std::array<Due, most> due_;
  std::uint32_t levels_ = 0;         // lists that are not empty
  std::vector<std::uint32_t> left_;  // by synapse of the run: spikes in the levels that are still to come
};

}  // namespace pysnn
