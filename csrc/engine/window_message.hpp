// What a rank tells all others of a window: what each thread lets the others know, summed up, and its spikes.
//
// Words of 32 bits: the head, then for each population with spikes its number, how many there are, and the spikes, each
// its time since the window began and its index; where a time does not fit, as two words.
#pragma once
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <vector>

#include "engine/spike_board.hpp"

namespace pysnn {

// What a window was, of all shards that are summed up in it.
struct WindowReport {
  Tick earliest = never;       // before which nothing is due
  std::uint64_t arrivals = 0;  // at most, at one shard
  double wall = 0.0;           // seconds that it took, at most
  std::uint32_t leave = 0;     // why to leave the loop after it; the highest counts, 0 is not to
  bool failed = false;

  void take_in(const WindowReport& other) {
    earliest = std::min(earliest, other.earliest);
    arrivals = std::max(arrivals, other.arrivals);
    wall = std::max(wall, other.wall);
    leave = std::max(leave, other.leave);
    failed = failed || other.failed;
  }
};

class WindowMessage {
 public:
  using Words = std::vector<std::uint32_t>;

  // Of a window that begins at `from`: the pages of this rank's shards.
  const Words& write(const WindowReport& report, Tick from, std::span<const SpikeLists> pages) {
    words_.clear();
    bool fits = true;
    for (const SpikeLists& page : pages)
      for (const auto& list : page)
        if (!list.empty()) {
          const auto [first, last] = std::minmax_element(list.begin(), list.end());
          fits = fits && first->time >= from && last->time - from <= std::numeric_limits<std::uint32_t>::max();
        }
    put(static_cast<std::uint64_t>(report.earliest));
    put(report.arrivals);
    put(report.wall);
    words_.push_back(report.leave << 2 | (fits ? 2u : 0u) | (report.failed ? 1u : 0u));
    for (const PopulationId p : pages.front().ids()) {
      std::size_t n = 0;
      for (const SpikeLists& page : pages) n += page[p].size();
      if (n == 0) continue;
      words_.push_back(p.index());
      words_.push_back(static_cast<std::uint32_t>(n));
      // Shards in turn: at one time their indices ascend.
      for (const SpikeLists& page : pages)
        for (const TimedSpike& spike : page[p]) {
          if (fits)
            words_.push_back(static_cast<std::uint32_t>(spike.time - from));
          else
            put(static_cast<std::uint64_t>(spike.time - from));
          words_.push_back(spike.index);
        }
    }
    return words_;
  }

  // The report of a message; its spikes are added to `page`, by population.
  static WindowReport read(std::span<const std::uint32_t> words, Tick from, SpikeLists& page) {
    WindowReport report;
    report.earliest = static_cast<Tick>(take<std::uint64_t>(words));
    report.arrivals = take<std::uint64_t>(words);
    report.wall = take<double>(words);
    const auto flags = take<std::uint32_t>(words);
    report.leave = flags >> 2;
    report.failed = (flags & 1u) != 0;
    const bool fits = (flags & 2u) != 0;
    while (!words.empty()) {
      std::vector<TimedSpike>& list = page[PopulationId(take<std::uint32_t>(words))];
      const auto n = take<std::uint32_t>(words);
      for (std::uint32_t k = 0; k < n; ++k) {
        const Tick since =
            fits ? static_cast<Tick>(take<std::uint32_t>(words)) : static_cast<Tick>(take<std::uint64_t>(words));
        list.push_back({from + since, take<std::uint32_t>(words)});
      }
    }
    return report;
  }

  // Lists in which at one time indices ascend, by (time, index).
  void sort(SpikeLists& page) {
    for (auto& list : page) {
      if (std::is_sorted(list.begin(), list.end(), earlier)) continue;
      const auto [first, last] = std::minmax_element(list.begin(), list.end(), earlier);
      const Tick begin = first->time;
      const auto span = static_cast<std::uint64_t>(last->time - begin);
      if (span < list.size())
        sort_by_counting(list, begin, span);
      else
        std::stable_sort(list.begin(), list.end(), earlier);
    }
  }

 private:
  static bool earlier(const TimedSpike& a, const TimedSpike& b) { return a.time < b.time; }

  // Where there are more spikes than times, as on steps.
  void sort_by_counting(std::vector<TimedSpike>& list, Tick begin, std::uint64_t span) {
    at_.assign(span + 2, 0);
    for (const TimedSpike& spike : list) ++at_[static_cast<std::size_t>(spike.time - begin) + 1];
    for (std::size_t t = 1; t < at_.size(); ++t) at_[t] += at_[t - 1];
    sorted_.resize(list.size());
    for (const TimedSpike& spike : list) sorted_[at_[static_cast<std::size_t>(spike.time - begin)]++] = spike;
    list.swap(sorted_);
  }

  template <class T>
  void put(T value) {
    std::uint32_t words[sizeof(T) / sizeof(std::uint32_t)];
    std::memcpy(words, &value, sizeof value);
    words_.insert(words_.end(), std::begin(words), std::end(words));
  }
  template <class T>
  static T take(std::span<const std::uint32_t>& words) {
    T value;
    std::memcpy(&value, words.data(), sizeof value);
    words = words.subspan(sizeof(T) / sizeof(std::uint32_t));
    return value;
  }

  Words words_;
  std::vector<std::size_t> at_;
  std::vector<TimedSpike> sorted_;
};

}  // namespace pysnn
