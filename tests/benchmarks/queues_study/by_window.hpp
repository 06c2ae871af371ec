// Queues under windows no longer than the shortest delay: within one no arrival causes another.
#pragma once
#include <algorithm>
#include <functional>
#include <queue>
#include <span>
#include <string>
#include <vector>

#include "engine/event/arrival_sorter.hpp"
#include "engine/event/calendar.hpp"
#include "engine/event/rows_under_way.hpp"
#include "queues_study/in_order_of_time.hpp"
#include "queues_study/workload.hpp"

namespace pysnn::study {

// A heap for each neuron, and for each window a list of the neurons that it has something for.
struct PerNeuron {
  static std::string name() { return "a heap for each neuron"; }
  struct Due {
    Tick time;
    float weight;
  };
  static bool later(const Due& a, const Due& b) { return a.time > b.time; }
  std::vector<std::vector<Due>> queues{neurons};
  std::vector<std::uint32_t> listed = std::vector<std::uint32_t>(neurons);  // a bit for each of the windows to come
  std::vector<std::vector<std::uint32_t>> agenda{32};

  void advance(const Workload& work, Tick, Tick to, std::size_t first, std::size_t last, Membranes& membranes) {
    const auto window = static_cast<std::uint32_t>((to - 1) / ms % 32);
    for (const std::uint32_t target : agenda[window]) {
      auto& queue = queues[target];
      while (!queue.empty() && queue.front().time <= to) {
        membranes.add(target, queue.front().time, queue.front().weight);
        std::pop_heap(queue.begin(), queue.end(), later);
        queue.pop_back();
      }
      listed[target] &= ~(1u << window);
    }
    agenda[window].clear();
    for (std::size_t k = first; k < last; ++k) {
      work.fetch(k);
      const auto [t, source] = work.spikes[k];
      work.for_row(source, [&, t = t](Tick delay, std::uint32_t target, float weight) {
        auto& queue = queues[target];
        queue.push_back({t + delay, weight});
        std::push_heap(queue.begin(), queue.end(), later);
        const auto n = static_cast<std::uint32_t>((t + delay - 1) / ms % 32);
        if (listed[target] >> n & 1) return;
        listed[target] |= 1u << n;
        agenda[n].push_back(target);
      });
    }
  }
};

// What both queues of the engine do with what arrives in a window.
template <bool AtOnce>
struct Sorted {
  ArrivalSorter sorter;
  void take(const Pile<Arrival>& arrivals, std::uint32_t shard, Tick origin, Membranes& membranes) {
    if (arrivals.empty()) return;
    const std::span<const Arrival> piece{arrivals.begin(), arrivals.size()};
    const auto sorted = sorter.sort({&piece, 1}, shard_size);
    if constexpr (AtOnce) {
      membranes.add(sorted.data(), sorted.size(), shard * shard_size, origin);
    } else {
      for (const Arrival& a : sorted)
        membranes.add(shard * shard_size + a.target(), origin + a.since(), static_cast<float>(a.weight()));
    }
  }
};

// The event engine's: rows travel whole, what arrives in a window is sorted by target.
template <bool AtOnce>
struct Rows {
  static std::string name() { return AtOnce ? "rows under way, 64 decays at once" : "rows under way"; }
  std::vector<RowsUnderWay<float>> rows{shards};
  Pile<Arrival> arrivals;
  Sorted<AtOnce> sorted;

  void advance(const Workload& work, Tick from, Tick to, std::size_t first, std::size_t last, Membranes& membranes) {
    for (std::uint32_t s = 0; s < shards; ++s) {
      arrivals.clear();
      rows[s].collect(work.blocks[s], from, to, 0, arrivals);
      sorted.take(arrivals, s, from, membranes);
      for (std::size_t k = first; k < last; ++k) {
        if (k + 8 < work.spikes.size()) work.blocks[s].row_run.prefetch(work.spikes[k + 8].source);
        if (k + 4 < work.spikes.size()) {
          const std::uint32_t source = work.spikes[k + 4].source;
          __builtin_prefetch(&work.blocks[s].run_begin[work.blocks[s].row_run[source]]);
          __builtin_prefetch(&work.blocks[s].run_begin[work.blocks[s].row_run[source + 1]]);
        }
        rows[s].set_out(work.blocks[s], work.spikes[k].source, work.spikes[k].time);
      }
    }
  }
};

// The event engine's where runs are long: a calendar of runs, here of one synapse each, sorted by target.
struct CalendarOfRuns {
  static std::string name() { return "calendar of runs"; }
  struct Run {
    Tick since;
    std::uint32_t run;
  };
  BucketClock clock{shortest};
  std::vector<Calendar<Run>> calendars;
  Pile<Arrival> arrivals;
  Sorted<false> sorted;

  CalendarOfRuns() {
    for (std::uint32_t s = 0; s < shards; ++s) calendars.emplace_back(longest / shortest + 2);
  }
  void advance(const Workload& work, Tick from, Tick to, std::size_t first, std::size_t last, Membranes& membranes) {
    for (std::uint32_t s = 0; s < shards; ++s) {
      const Block& block = work.blocks[s];
      arrivals.clear();
      calendars[s].order();
      for (const Run& due : calendars[s].take(to, clock)) {
        for (std::uint32_t q = block.run_begin[due.run]; q < block.run_begin[due.run + 1]; ++q)
          arrivals.push(Arrival::input(static_cast<std::uint64_t>(due.since), block.target[q], 0,
                                       static_cast<double>(block.weight32[q])));
      }
      sorted.take(arrivals, s, from, membranes);
    }
    clock.begin += shortest;
    for (auto& calendar : calendars) calendar.move(1, clock);
    for (std::size_t k = first; k < last; ++k) {
      work.fetch(k);
      const auto [t, source] = work.spikes[k];
      for (std::uint32_t s = 0; s < shards; ++s) {
        const Block& block = work.blocks[s];
        for (std::uint32_t run = block.row_run[source]; run < block.row_run[source + 1]; ++run)
          calendars[s].push(clock, t + block.run_delay[run], {0, run});
      }
    }
  }
};

// No queue: everything lies ready, in order of time, or by windows in order of target and time. What consuming costs.
struct Ready {
  bool by_target;
  std::vector<Entry> entries;
  std::size_t at = 0;

  Ready(const Workload& work, bool target) : by_target(target) {
    for (const Spike& spike : work.spikes)
      work.for_row(spike.source, [&](Tick delay, std::uint32_t to, float weight) {
        entries.push_back({spike.time + delay, to, weight});
      });
    std::sort(entries.begin(), entries.end(), [&](const Entry& a, const Entry& b) {
      const Tick x = by_target ? (a.time - 1) / ms : 0, y = by_target ? (b.time - 1) / ms : 0;
      return x != y ? x < y : by_target && a.target != b.target ? a.target < b.target : a.time < b.time;
    });
  }
  void advance(const Workload&, Tick, Tick to, std::size_t, std::size_t, Membranes& membranes) {
    for (; at < entries.size() && entries[at].time <= to; ++at)
      membranes.add(entries[at].target, entries[at].time, entries[at].weight);
  }
};

}  // namespace pysnn::study
