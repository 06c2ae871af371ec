// Presynaptic arrivals at runs whose synapses have not gone through what came before them, because nothing depends on
// it yet: where postsynaptic spikes only add to an eligibility, which counts at the next moment of a modulator. Then
// the synapses of a run go through all of it at once.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "core/time.hpp"
#include "plasticity/long_ago.hpp"

namespace pysnn {

template <class Pre>
class WaitingArrivals {
 public:
  // What arrives in [from, end) meets the presynaptic trace `pre` as of `last`.
  struct Interval {
    Tick last, from, end;
    Pre pre;
  };
  using Intervals = std::vector<Interval>;

  explicit WaitingArrivals(std::size_t runs) : of_(runs), told_(runs), listed_(runs, 0) {}

  // Whether an arrival at a run is one of those that are known to wait: where synapses are asked one by one. The one
  // before came at `last`; who had to be visited then has to be so for it.
  bool knows(std::uint32_t run, Tick at) const { return at > told_[run].after && at <= told_[run].until; }
  void know(std::uint32_t run, Tick last, Tick at) {
    Told& told = told_[run];
    if (told.until != last || last == long_ago) told.after = last;
    told.until = at;
  }

  // Of a run, in order.
  const Intervals& of(std::uint32_t run) const { return of_[run]; }
  void add(std::uint32_t run, const Interval& interval) {
    if (listed_[run] == 0) runs_.push_back(run);
    listed_[run] = 1;
    of_[run].push_back(interval);
    many_ |= of_[run].size() >= enough;
  }
  Interval take_last(std::uint32_t run) {
    const Interval last = of_[run].back();
    of_[run].pop_back();
    return last;
  }
  void drop(std::uint32_t run) { of_[run].clear(); }

  // All runs of which any have come to wait, though they may be none by now; whether of one so many do that it is time.
  const std::vector<std::uint32_t>& runs() const { return runs_; }
  bool many() const { return many_; }

  void clear() {
    for (const std::uint32_t run : runs_) {
      of_[run].clear();
      listed_[run] = 0;
    }
    runs_.clear();
    many_ = false;
  }
  // Time begins anew.
  void forget() {
    clear();
    std::fill(told_.begin(), told_.end(), Told{});
  }
  // Runs have been cut, each a part of one. (What arrived by now has arrived.)
  void divide(const std::vector<std::uint32_t>& from_run) {
    WaitingArrivals divided(from_run.size());
    for (std::uint32_t run = 0; run < from_run.size(); ++run)
      for (const Interval& interval : of_[from_run[run]]) divided.add(run, interval);
    *this = std::move(divided);
  }
  void rebase(Tick ticks) {
    for (Told& told : told_)
      for (Tick* t : {&told.after, &told.until}) *t = rebased(*t, ticks);
    for (const std::uint32_t run : runs_)
      for (Interval& interval : of_[run])
        for (Tick* t : {&interval.last, &interval.from, &interval.end}) *t = rebased(*t, ticks);
  }
  std::size_t nbytes() const {
    std::size_t bytes = of_.size() * (sizeof(Intervals) + sizeof(Told) + 1) + runs_.capacity() * sizeof(std::uint32_t);
    for (const Intervals& intervals : of_) bytes += intervals.capacity() * sizeof(Interval);
    return bytes;
  }

 private:
  static constexpr std::size_t enough = 32;

  struct Told {
    Tick after = long_ago, until = long_ago;
  };

  std::vector<Intervals> of_;  // by run,
  std::vector<Told> told_;
  std::vector<char> listed_;
  std::vector<std::uint32_t> runs_;
  bool many_ = false;
};

}  // namespace pysnn
