// What is due later, in buckets of equal width: a ring for the near future, a heap for the rest. Entries of a
// bucket come out in the order they went in.
#pragma once
#include <algorithm>
#include <bit>
#include <cstdint>
#include <vector>

#include "core/time.hpp"

namespace pysnn {

// Where the present bucket lies, common to all calendars of a shard: it holds the ticks (begin, begin + width].
struct BucketClock {
  explicit BucketClock(Tick ticks) : width(ticks), per_tick(1.0 / static_cast<double>(ticks)) {}

  Tick begin = 0;
  Tick width;
  double per_tick;

  Tick end() const { return begin + width; }

  // How many buckets ahead t > begin lies. A product with the reciprocal and a check are faster than a division.
  std::uint64_t ahead(Tick t) const {
    const Tick since = t - begin - 1;
    auto n = static_cast<Tick>(static_cast<double>(since) * per_tick);
    if (n * width > since)
      --n;
    else if (since - n * width >= width)
      ++n;
    return static_cast<std::uint64_t>(n);
  }
};

template <class Payload>
class Calendar {
 public:
  struct Entry {
    Tick time;
    Payload payload;
  };

  Calendar() : Calendar(1) {}
  // A ring of as many buckets as reach `buckets` ahead; what is due later waits in the heap.
  explicit Calendar(std::uint64_t buckets)
      : ring_(std::bit_ceil(std::clamp<std::uint64_t>(buckets, 2, most_buckets))) {}

  void push(const BucketClock& clock, Tick t, const Payload& payload) {
    ++held_;
    const std::uint64_t n = clock.ahead(t);
    if (n == 0) ordered_ = false;
    if (n < ring_.size()) {
      slot(n).push_back({t, payload});
    } else {
      far_.push_back({t, far_count_++, payload});
      std::push_heap(far_.begin(), far_.end(), Later{});
    }
  }

  // Call visit(entry) for every entry of the present bucket up to `limit` and drop it: in order of time where part
  // of the bucket is taken, else as they came. Entries of one time always come out as they went in.
  template <class Visit>
  void take(Tick limit, const BucketClock& clock, Visit&& visit) {
    auto& bucket = slot(0);
    std::size_t end = bucket.size();
    if (limit < clock.end()) {
      order();
      end = head_;
      while (end < bucket.size() && bucket[end].time <= limit) ++end;
    }
    for (std::size_t k = head_; k < end; ++k) visit(bucket[k]);
    held_ -= end - head_;
    head_ = end;
    if (head_ < bucket.size()) return;
    bucket.clear();
    head_ = 0;
  }

  // Put what is left of the present bucket in order of time.
  void order() {
    if (ordered_) return;
    ordered_ = true;
    auto& bucket = slot(0);
    const auto before = [](const Entry& a, const Entry& b) { return a.time < b.time; };
    const auto begin = bucket.begin() + static_cast<std::ptrdiff_t>(head_);
    if (!std::is_sorted(begin, bucket.end(), before)) std::stable_sort(begin, bucket.end(), before);
  }

  // The entries of the present bucket, some of which may have been taken: to look ahead while taking.
  const std::vector<Entry>& present() const { return slot(0); }

  // Move on by n buckets, the first n of which are empty; `clock` has moved already.
  void move(std::uint64_t n, const BucketClock& clock) {
    if (n == 0) return;
    first_ += n;
    head_ = 0;
    ordered_ = false;
    while (!far_.empty()) {
      const std::uint64_t bucket = clock.ahead(far_.front().time);
      if (bucket >= ring_.size()) break;
      std::pop_heap(far_.begin(), far_.end(), Later{});
      slot(bucket).push_back({far_.back().time, far_.back().payload});
      far_.pop_back();
    }
  }

  // A time before which nothing is due: the very time in the present bucket, the begin of a later one.
  Tick earliest(const BucketClock& clock) {
    if (held_ == 0) return never;
    if (head_ < slot(0).size()) {
      order();
      return slot(0)[head_].time;
    }
    for (std::uint64_t n = 1; n < ring_.size(); ++n)
      if (!slot(n).empty()) return clock.begin + static_cast<Tick>(n) * clock.width + 1;
    return far_.empty() ? never : far_.front().time;
  }

  void rebase(Tick ticks) {
    for (auto& entry : far_) entry.time -= ticks;
    for (auto& bucket : ring_)
      for (auto& entry : bucket) entry.time -= ticks;
  }

 private:
  static constexpr std::uint64_t most_buckets = 1024;

  struct Far {
    Tick time;
    std::uint64_t count;  // in the order they came: a bucket must not be shuffled
    Payload payload;
  };
  struct Later {
    bool operator()(const Far& a, const Far& b) const { return a.time != b.time ? a.time > b.time : a.count > b.count; }
  };

  std::vector<Entry>& slot(std::uint64_t n) { return ring_[(first_ + n) & (ring_.size() - 1)]; }
  const std::vector<Entry>& slot(std::uint64_t n) const { return ring_[(first_ + n) & (ring_.size() - 1)]; }

  std::vector<std::vector<Entry>> ring_;
  std::vector<Far> far_;
  std::uint64_t first_ = 0, far_count_ = 0, held_ = 0;
  std::size_t head_ = 0;  // of the present bucket: what comes before has been taken
  bool ordered_ = false;
};

}  // namespace pysnn
