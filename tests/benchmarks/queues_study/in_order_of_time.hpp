// Queues that hand out one arrival after the other, in order of time: push(entry), top(), pop().
#pragma once
#include <algorithm>
#include <bit>
#include <functional>
#include <queue>
#include <string>
#include <vector>

#include "queues_study/workload.hpp"

namespace pysnn::study {

struct Entry {
  Tick time;
  std::uint32_t target;
  float weight;
};

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

}  // namespace pysnn::study
