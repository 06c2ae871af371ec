// What carries spikes from their emission to their targets: one workload through several queues (docs/queue.md).
//
// 100,000 neurons with 100 synapses each, weights and delays of their own (up to 20 ms, in ticks of 1e-12 ms), emit
// given Poisson spikes. Every arrival is put into the queue when its spike is emitted and meets its target in order of
// time, where a leaky membrane decays and adds it. The membranes must end with the same bits whatever the queue.
//
//   queues RATE_HZ DURATION_MS SHORTEST_DELAY_MS REPETITIONS [NAME...]
//
// prints a line of JSON for each queue: processor time in ns per arrival (after a first part that is not measured), of
// every repetition, and bytes allocated by it at peak.
#include <malloc.h>
#include <time.h>

#include <algorithm>
#include <bit>
#include <cstdio>
#include <cstring>
#include <functional>
#include <memory>
#include <queue>
#include <random>
#include <string>
#include <vector>

#include "engine/event/arrival_sorter.hpp"
#include "engine/event/calendar.hpp"
#include "engine/event/rows_under_way.hpp"
#include "math/exp_minus.hpp"
#include "network/block.hpp"

using namespace pysnn;

namespace {

constexpr std::uint32_t neurons = 100'000, synapses = 100, shards = 2, shard_size = neurons / shards;
constexpr Tick ms = 1'000'000'000'000, longest = 20 * ms;
Tick shortest = ms;  // delay; windows are as long
constexpr double tau_ms = 10.0;
constexpr Tick unmeasured = 50 * ms;

struct Spike {
  Tick time;
  std::uint32_t source;
};

// Rows as the engine keeps them: a shard's targets fit 16 bits, each row is in order of delay.
struct Workload {
  std::vector<Block> blocks{shards};
  std::vector<Spike> spikes;
  Tick duration;

  Workload(double rate_hz, double duration_ms) : duration(static_cast<Tick>(duration_ms) * ms) {
    std::mt19937_64 random(1);
    struct Synapse {
      Tick delay;
      std::uint16_t target;
      float weight;
    };
    std::vector<std::vector<Synapse>> rows(shards);
    struct Parts {
      std::vector<std::uint32_t> row_run{0}, run_begin;
      std::vector<Tick> delay;
      std::vector<std::uint16_t> target;
      std::vector<float> weight;
    };
    std::vector<Parts> parts(shards);
    for (std::uint32_t source = 0; source < neurons; ++source) {
      for (auto& row : rows) row.clear();
      for (std::uint32_t k = 0; k < synapses; ++k) {
        const auto target = static_cast<std::uint32_t>(random() % neurons);
        const Tick delay = shortest + static_cast<Tick>(random() % (longest - shortest + 1));
        const float weight = std::uniform_real_distribution(0.1f, 1.0f)(random);
        rows[target / shard_size].push_back({delay, static_cast<std::uint16_t>(target % shard_size), weight});
      }
      for (std::uint32_t s = 0; s < shards; ++s) {
        std::sort(rows[s].begin(), rows[s].end(), [](auto& a, auto& b) { return a.delay < b.delay; });
        Parts& part = parts[s];
        for (std::size_t k = 0; k < rows[s].size(); ++k) {
          if (k == 0 || rows[s][k].delay != rows[s][k - 1].delay) {
            part.run_begin.push_back(static_cast<std::uint32_t>(part.target.size()));
            part.delay.push_back(rows[s][k].delay);
          }
          part.target.push_back(rows[s][k].target);
          part.weight.push_back(rows[s][k].weight);
        }
        part.row_run.push_back(static_cast<std::uint32_t>(part.delay.size()));
      }
    }
    for (std::uint32_t s = 0; s < shards; ++s) {
      Parts& part = parts[s];
      part.run_begin.push_back(static_cast<std::uint32_t>(part.target.size()));
      const auto copy = [](auto& to, const auto& from) {
        to = std::remove_reference_t<decltype(to)>(from.size());
        std::copy(from.begin(), from.end(), to.begin());
      };
      Block& block = blocks[s];
      copy(block.row_run, part.row_run);
      copy(block.run_begin, part.run_begin);
      copy(block.target, part.target);
      copy(block.weight32, part.weight);
      block.weight_type = WeightType::single;
      block.run_delay = RunDelays(part.delay, false);
      block.min_delay = shortest;
      block.max_delay = longest;
    }
    std::exponential_distribution<double> wait(rate_hz * neurons / 1000.0);
    for (double t = wait(random); t < duration_ms; t += wait(random))
      spikes.push_back(
          {static_cast<Tick>(t * static_cast<double>(ms)), static_cast<std::uint32_t>(random() % neurons)});
  }

  // Call f(delay, target, weight) for all synapses of a source.
  template <class F>
  void for_row(std::uint32_t source, F&& f) const {
    for (std::uint32_t s = 0; s < shards; ++s) {
      const Block& block = blocks[s];
      block.run_delay.with([&](const auto& delay, Tick unit) {
        for (std::uint32_t run = block.row_run[source]; run < block.row_run[source + 1]; ++run)
          for (std::uint32_t q = block.run_begin[run]; q < block.run_begin[run + 1]; ++q)
            f(static_cast<Tick>(delay[run]) * unit, s * shard_size + block.target[q], block.weight32[q]);
      });
    }
  }

  // Rows lie anywhere: all queues may ask for the next ones ahead.
  void fetch(std::size_t spike) const {
    if (spike + 4 < spikes.size())
      for (const Block& block : blocks) __builtin_prefetch(&block.row_run[spikes[spike + 4].source]);
    if (spike + 2 >= spikes.size()) return;
    const std::uint32_t source = spikes[spike + 2].source;
    for (const Block& block : blocks) {
      const std::uint32_t run = block.row_run[source], end = block.row_run[source + 1];
      block.run_delay.with([&](const auto& delay, Tick) {
        for (std::uint32_t k = run; k < end; k += 8) __builtin_prefetch(&delay[k]);
      });
      for (std::uint32_t k = run; k < end; k += 16) {
        __builtin_prefetch(&block.run_begin[k]);
        __builtin_prefetch(&block.weight32[k]);  // nearly every run is one synapse
      }
      for (std::uint32_t k = run; k < end; k += 32) __builtin_prefetch(&block.target[k]);
    }
  }
};

// The consumer.
class Membranes {
 public:
  void add(std::uint32_t target, Tick t, float weight) {
    Membrane& m = membranes_[target];
    m.v = m.v * exp_minus(rate_ * static_cast<double>(t - m.last)) + static_cast<double>(weight);
    m.last = t;
    ++arrivals_;
  }

  // The same, decays of 64 arrivals at once, as the event engine does; they are in order of (target, time).
  void add(const Arrival* at, std::size_t n, std::uint32_t first, Tick origin) {
    double elapsed[arrivals_at_once], left[arrivals_at_once];
    arrivals_ += n;
    while (n > 0) {
      const std::size_t now = std::min(n, std::size_t{arrivals_at_once});
      for (std::size_t k = 0; k < now; ++k) {
        const bool again = k > 0 && at[k - 1].target() == at[k].target();
        const Tick last = again ? origin + at[k - 1].since() : membranes_[first + at[k].target()].last;
        elapsed[k] = static_cast<double>(origin + at[k].since() - last);
      }
      exp_minus(rate_, elapsed, left, now);
      for (std::size_t k = 0; k < now; ++k) {
        if (n > arrivals_at_once + k) __builtin_prefetch(&membranes_[first + at[k + arrivals_at_once].target()], 1);
        Membrane& m = membranes_[first + at[k].target()];
        m.v = m.v * left[k] + at[k].weight();
        m.last = origin + at[k].since();
      }
      at += now;
      n -= now;
    }
  }

  std::uint64_t arrivals() const { return arrivals_; }
  bool same_bits(const Membranes& other) const {
    return std::memcmp(membranes_.data(), other.membranes_.data(), neurons * sizeof(Membrane)) == 0;
  }

 private:
  struct Membrane {
    double v = 0.0;
    Tick last = 0;
  };
  std::vector<Membrane> membranes_{neurons};
  std::uint64_t arrivals_ = 0;
  double rate_ = 1.0 / (tau_ms * static_cast<double>(ms));
};

struct Entry {
  Tick time;
  std::uint32_t target;
  float weight;
};

// --- Queues that hand out one arrival after the other, in order of time: push(entry), empty(), top(), pop()
// -----------

struct BinaryHeap {
  static constexpr const char* name = "binary heap";
  struct Later {
    bool operator()(const Entry& a, const Entry& b) const { return a.time > b.time; }
  };
  std::priority_queue<Entry, std::vector<Entry>, Later> heap;
  void push(const Entry& e) { heap.push(e); }
  const Entry* top() { return heap.empty() ? nullptr : &heap.top(); }
  void pop() { heap.pop(); }
};

// Implicit; the root is at 3, so that the four children of a node share a cache line.
struct FourHeap {
  static constexpr const char* name = "4-ary heap";
  static constexpr std::size_t root = 3;
  Array<Entry> heap{1024};
  std::size_t end = root;

  void push(const Entry& e) {
    if (end == heap.size()) {
      Array<Entry> wider(2 * heap.size());
      std::copy(heap.begin(), heap.end(), wider.begin());
      heap = std::move(wider);
    }
    rise(end++, e);
  }
  const Entry* top() { return end == root ? nullptr : &heap[root]; }
  void pop() {
    const Entry last = heap[--end];
    std::size_t at = root;
    // The hole goes down to a leaf, then what was last goes up from there, which is seldom far.
    for (std::size_t child = first_child(at); child < end; child = first_child(at)) {
      std::size_t least = child;
      if (child + 4 <= end) {
        // Without branches, which nothing could foresee.
        const Entry* const four = &heap[child];
        const bool right_of_one = four[1].time < four[0].time, right_of_two = four[3].time < four[2].time;
        const Tick one = std::min(four[0].time, four[1].time), two = std::min(four[2].time, four[3].time);
        const bool second = two < one;
        least += second ? 2u + right_of_two : right_of_one;
      } else {
        for (std::size_t k = child + 1; k < end; ++k) least = heap[k].time < heap[least].time ? k : least;
      }
      heap[at] = heap[least];
      at = least;
    }
    rise(at, last);
  }

 private:
  static std::size_t first_child(std::size_t at) { return 4 * (at - 2); }
  void rise(std::size_t at, const Entry& e) {
    while (at > root) {
      const std::size_t parent = at / 4 + 2;
      if (heap[parent].time <= e.time) break;
      heap[at] = heap[parent];
      at = parent;
    }
    heap[at] = e;
  }
};

// A ring of buckets of 1/Parts ms that reaches over the longest delay; a bucket is sorted when it is come to.
template <int Parts>
struct BucketRing {
  static inline const std::string name = "bucket ring, 1/" + std::to_string(Parts) + " ms";
  static constexpr Tick width = ms / Parts;
  std::vector<std::vector<Entry>> ring{std::bit_ceil(static_cast<std::uint64_t>(longest / width + 2))};
  std::uint64_t now = 0;
  std::size_t taken = 0, held = 0;

  std::vector<Entry>& bucket(std::uint64_t n) { return ring[n & (ring.size() - 1)]; }
  static bool before(const Entry& a, const Entry& b) { return a.time < b.time; }

  void push(const Entry& e) {
    const auto n = static_cast<std::uint64_t>(e.time / width);
    ++held;
    if (n > now) [[likely]] {
      bucket(n).push_back(e);
    } else {
      auto& list = bucket(now);
      list.insert(std::upper_bound(list.begin() + static_cast<std::ptrdiff_t>(taken), list.end(), e, before), e);
    }
  }
  const Entry* top() {
    if (held == 0) return nullptr;
    while (taken == bucket(now).size()) {
      bucket(now++).clear();
      taken = 0;
      std::sort(bucket(now).begin(), bucket(now).end(), before);
    }
    return &bucket(now)[taken];
  }
  void pop() {
    ++taken;
    --held;
  }
};

// Tang, Goh & Thng 2005 (ACM TOMACS 15:175): an unsorted top, a ladder of rungs whose buckets hold lists, a sorted
// bottom. A bucket of more than 50 entries becomes a rung of its own. The bottom is kept with the earliest entry last.
struct Ladder {
  static constexpr const char* name = "ladder queue";
  static constexpr std::uint32_t most = 50, nil = ~std::uint32_t{0};
  static constexpr std::size_t most_rungs = 8;

  struct Node {
    Entry entry;
    std::uint32_t next;
  };
  struct Bucket {
    std::uint32_t first = nil, n = 0;
  };
  struct Rung {
    Tick start = 0, width = 1;
    std::size_t now = 0, size = 0;
    std::vector<Bucket> buckets;
    Tick current() const { return start + static_cast<Tick>(now) * width; }
  };
  std::vector<Node> nodes;
  std::uint32_t free = nil;
  std::vector<Entry> above;  // the top
  Tick above_start = 0, above_min = never, above_max = 0;
  Rung rungs[most_rungs];
  std::size_t n_rungs = 0;
  std::vector<Entry> bottom;

  static bool later(const Entry& a, const Entry& b) { return a.time > b.time; }

  std::uint32_t node(const Entry& e) {
    if (free == nil) {
      nodes.push_back({e, nil});
      return static_cast<std::uint32_t>(nodes.size() - 1);
    }
    const std::uint32_t n = free;
    free = nodes[n].next;
    nodes[n].entry = e;
    return n;
  }
  void hang(Bucket& bucket, std::uint32_t n) {
    nodes[n].next = bucket.first;
    bucket.first = n;
    ++bucket.n;
  }
  void hang(Rung& rung, std::uint32_t n) {
    hang(rung.buckets[static_cast<std::size_t>((nodes[n].entry.time - rung.start) / rung.width)], n);
  }
  void distribute(Rung& rung, Bucket& from) {
    for (std::uint32_t n = from.first; n != nil;) {
      const std::uint32_t next = nodes[n].next;
      hang(rung, n);
      n = next;
    }
    from = {};
  }
  Rung& add_rung(Tick start, Tick width, std::size_t size) {
    Rung& rung = rungs[n_rungs++];
    rung.start = start;
    rung.width = std::max(width, Tick{1});
    rung.now = 0;
    rung.size = size;
    rung.buckets.assign(size, {});
    return rung;
  }

  void push(const Entry& e) {
    if (e.time >= above_start) {
      above.push_back(e);
      above_min = std::min(above_min, e.time);
      above_max = std::max(above_max, e.time);
      return;
    }
    for (std::size_t r = 0; r < n_rungs; ++r)
      if (e.time >= rungs[r].current()) return hang(rungs[r], node(e));
    if (bottom.size() >= most && n_rungs < most_rungs) {
      const Tick first = std::min(bottom.back().time, e.time),
                 end = n_rungs ? rungs[n_rungs - 1].current() : above_start;
      Rung& rung = add_rung(first, (end - first) / most + 1, most + 1);
      for (const Entry& low : bottom) hang(rung, node(low));
      bottom.clear();
      return hang(rung, node(e));
    }
    bottom.insert(std::upper_bound(bottom.begin(), bottom.end(), e, later), e);
  }

  const Entry* top() {
    while (bottom.empty()) {
      if (n_rungs == 0) {
        if (above.empty()) return nullptr;
        const Tick width = std::max((above_max - above_min) / static_cast<Tick>(above.size()), Tick{1});
        Rung& rung = add_rung(above_min, width, static_cast<std::size_t>((above_max - above_min) / width) + 1);
        for (const Entry& e : above) hang(rung, node(e));
        above.clear();
        above_start = rung.start + static_cast<Tick>(rung.size) * width;
        above_min = never;
        above_max = 0;
      }
      Rung& rung = rungs[n_rungs - 1];
      while (rung.now < rung.size && rung.buckets[rung.now].n == 0) ++rung.now;
      if (rung.now == rung.size) {
        --n_rungs;
        continue;
      }
      Bucket& bucket = rung.buckets[rung.now];
      const Tick start = rung.current(), width = rung.width;
      ++rung.now;
      if (bucket.n > most && n_rungs < most_rungs) {
        distribute(add_rung(start, width / most + 1, most), bucket);
        continue;
      }
      for (std::uint32_t n = bucket.first; n != nil;) {
        bottom.push_back(nodes[n].entry);
        const std::uint32_t next = nodes[n].next;
        nodes[n].next = free;
        free = n;
        n = next;
      }
      bucket = {};
      std::sort(bottom.begin(), bottom.end(), later);
    }
    return &bottom.back();
  }
  void pop() { bottom.pop_back(); }
};

template <class Queue>
struct InOrderOfTime {
  static std::string name() { return Queue::name; }
  Queue queue;

  void run_until(Tick end, Membranes& membranes) {
    for (const Entry* e = queue.top(); e && e->time <= end; e = queue.top()) {
      membranes.add(e->target, e->time, e->weight);
      queue.pop();
    }
  }
  // All spikes in (from, to] and all arrivals up to `to`.
  void advance(const Workload& work, Tick, Tick to, std::size_t first, std::size_t last, Membranes& membranes) {
    for (std::size_t k = first; k < last; ++k) {
      const auto [t, source] = work.spikes[k];
      run_until(t, membranes);
      work.fetch(k);
      work.for_row(source, [&, t = t](Tick delay, std::uint32_t target, float weight) {
        queue.push({t + delay, target, weight});
      });
    }
    run_until(to, membranes);
  }
};

// --- Queues under windows no longer than the shortest delay: within one no arrival causes another
// ---------------------

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
        if (k + 8 < work.spikes.size()) __builtin_prefetch(&work.blocks[s].row_run[work.spikes[k + 8].source]);
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

double processor_seconds() {
  timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

std::size_t allocated() {
  const struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

// From the first spike to the last arrival, in windows of the shortest delay. The time is that after `unmeasured`; the
// peak is looked at after every window where it is asked for.
template <class Queue>
double run(const Workload& work, Queue& queue, Membranes& membranes, std::size_t* peak) {
  std::size_t first = 0;
  double start = processor_seconds();
  std::uint64_t before = 0;
  for (Tick now = 0; now < work.duration + longest; now += shortest) {
    if (now == unmeasured) {
      start = processor_seconds();
      before = membranes.arrivals();
    }
    std::size_t last = first;
    while (last < work.spikes.size() && work.spikes[last].time <= now + shortest) ++last;
    queue.advance(work, now, now + shortest, first, last, membranes);
    first = last;
    if (peak) *peak = std::max(*peak, allocated());
  }
  return 1e9 * (processor_seconds() - start) / static_cast<double>(membranes.arrivals() - before);
}

class Study {
 public:
  Study(double rate_hz, double duration_ms, int repetitions, std::vector<std::string> names)
      : work_(rate_hz, duration_ms), repetitions_(repetitions), names_(std::move(names)) {}

  template <class Make>
  void measure(const std::string& name, Make&& make) {
    if (!names_.empty() && std::find(names_.begin(), names_.end(), name) == names_.end()) return;
    std::string all;
    double least = 1e300;
    std::size_t peak = 0, before = 0;
    for (int k = -1; k < repetitions_; ++k) {
      auto membranes = std::make_unique<Membranes>();
      before = allocated();
      auto queue = make();
      const double ns = run(work_, *queue, *membranes, k < 0 ? &peak : nullptr);
      if (k < 0) peak -= before;
      if (!expected_) {
        expected_ = std::move(membranes);
      } else if (membranes->arrivals() != expected_->arrivals() || !membranes->same_bits(*expected_)) {
        std::fprintf(stderr, "%s: other sums than the first queue\n", name.c_str());
        std::exit(1);
      }
      if (k < 0) continue;
      least = std::min(least, ns);
      all += (k ? ", " : "") + std::to_string(ns);
    }
    std::printf(
        "{\"queue\": \"%s\", \"ns\": %.2f, \"all_ns\": [%s], \"peak_bytes\": %zu, "
        "\"arrivals\": %llu}\n",
        name.c_str(), least, all.c_str(), peak, static_cast<unsigned long long>(expected_->arrivals()));
    std::fflush(stdout);
  }
  template <class Queue>
  void measure() {
    measure(Queue::name(), [] { return std::make_unique<Queue>(); });
  }
  const Workload& work() const { return work_; }

 private:
  Workload work_;
  int repetitions_;
  std::vector<std::string> names_;
  std::unique_ptr<Membranes> expected_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) {
    std::fprintf(stderr, "queues RATE_HZ DURATION_MS SHORTEST_DELAY_MS REPETITIONS [NAME...]\n");
    return 2;
  }
  shortest = static_cast<Tick>(std::stod(argv[3]) * static_cast<double>(ms));
  Study study(std::stod(argv[1]), std::stod(argv[2]), std::stoi(argv[4]), {argv + 5, argv + argc});
  study.measure<InOrderOfTime<BinaryHeap>>();
  study.measure<InOrderOfTime<FourHeap>>();
  study.measure<InOrderOfTime<BucketRing<4>>>();
  study.measure<InOrderOfTime<BucketRing<32>>>();
  study.measure<InOrderOfTime<BucketRing<256>>>();
  study.measure<InOrderOfTime<Ladder>>();
  if (shortest == ms) study.measure<PerNeuron>();  // its lists are of whole ms
  study.measure<CalendarOfRuns>();
  study.measure<Rows<false>>();
  study.measure<Rows<true>>();
  study.measure("none, in order of time", [&] { return std::make_unique<Ready>(study.work(), false); });
  study.measure("none, by target", [&] { return std::make_unique<Ready>(study.work(), true); });
}
