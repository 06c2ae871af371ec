// What is due later, in buckets of equal width: a ring for the near future, a heap for the rest. Entries of a
// bucket come out in the order they went in. Each holds its time relative to its bucket.
#pragma once
#include <algorithm>
#include <bit>
#include <cstdint>
#include <span>
#include <vector>

#include "core/pile.hpp"
#include "core/time.hpp"

namespace pysnn {

// Where the present bucket lies, common to all calendars of a shard: it holds the ticks (begin, begin + width].
struct BucketClock {
  static constexpr Tick widest = (Tick{1} << 44) - 1;  // what an arrival can hold
  explicit BucketClock(Tick ticks) : width(ticks), per_tick(1.0 / static_cast<double>(ticks)) {}

  Tick begin = 0;
  Tick width;
  double per_tick;

  Tick end() const { return begin + width; }

  // How many buckets ahead t > begin lies, and how far behind that bucket's begin.
  struct Place {
    std::uint64_t bucket;
    Tick since;
  };
  // A product with the reciprocal and a check are faster than a division.
  Place place(Tick t) const {
    const Tick ticks = t - begin - 1;
    auto n = static_cast<Tick>(static_cast<double>(ticks) * per_tick);
    Tick rest = ticks - n * width;
    if (rest < 0) [[unlikely]] {
      --n;
      rest += width;
    } else if (rest >= width) [[unlikely]] {
      ++n;
      rest -= width;
    }
    return {static_cast<std::uint64_t>(n), rest + 1};
  }
};

// An Entry has a member `since`, its time, which the calendar fills in.
template <class Entry>
class Calendar {
 public:
  Calendar() : Calendar(1) {}
  // A ring of as many buckets as reach `buckets` ahead; what is due later waits in the heap.
  explicit Calendar(std::uint64_t buckets)
      : ring_(std::bit_ceil(std::clamp<std::uint64_t>(buckets, 2, most_buckets))) {}

  void push(const BucketClock& clock, Tick t, Entry entry) {
    ++held_;
    const auto [bucket, since] = clock.place(t);
    entry.since = since;
    if (bucket == 0) ordered_ = false;
    if (bucket < ring_.size()) {
      slot(bucket).push(entry);
    } else {
      far_.push_back({t, far_count_++, entry});
      std::push_heap(far_.begin(), far_.end(), Later{});
    }
  }

  // Take the entries of the present bucket up to `limit`: in order of time where part of the bucket is taken, else
  // as they came. Entries of one time always come out as they went in. Valid until the next push or move.
  std::span<const Entry> take(Tick limit, const BucketClock& clock) {
    auto& bucket = slot(0);
    const std::size_t begin = taken_;
    std::size_t end = bucket.size();
    if (limit < clock.end()) {
      order();
      for (end = begin; end < bucket.size() && clock.begin + bucket[end].since <= limit;) ++end;
    }
    held_ -= end - begin;
    taken_ = end;
    return {bucket.begin() + begin, end - begin};
  }

  // Put what is left of the present bucket in order of time.
  void order() {
    if (ordered_) return;
    ordered_ = true;
    auto& bucket = slot(0);
    const auto before = [](const Entry& a, const Entry& b) { return a.since < b.since; };
    Entry* const begin = bucket.begin() + taken_;
    if (!std::is_sorted(begin, bucket.end(), before)) std::stable_sort(begin, bucket.end(), before);
  }

  // Move on by n buckets, the first n of which hold nothing that is not taken; `clock` has moved already.
  void move(std::uint64_t n, const BucketClock& clock) {
    if (n == 0) return;
    slot(0).clear();
    first_ += n;
    taken_ = 0;
    ordered_ = false;
    // Those of a bucket all come near at once. They go in as they came, like what comes later: whether an entry was far
    // follows from where windows end.
    near_.clear();
    while (!far_.empty() && clock.place(far_.front().time).bucket < ring_.size()) {
      std::pop_heap(far_.begin(), far_.end(), Later{});
      near_.push_back(far_.back());
      far_.pop_back();
    }
    std::sort(near_.begin(), near_.end(), [](const Far& a, const Far& b) { return a.count < b.count; });
    for (Far& far : near_) {
      const auto [bucket, since] = clock.place(far.time);
      far.entry.since = since;
      slot(bucket).push(far.entry);
    }
  }

  // A time before which nothing is due: the very time in the present bucket, the begin of a later one.
  Tick earliest(const BucketClock& clock) {
    if (held_ == 0) return never;
    if (taken_ < slot(0).size()) {
      order();
      return clock.begin + slot(0)[taken_].since;
    }
    for (std::uint64_t n = 1; n < ring_.size(); ++n)
      if (!slot(n).empty()) return clock.begin + static_cast<Tick>(n) * clock.width + 1;
    return far_.empty() ? never : far_.front().time;
  }

  void rebase(Tick ticks) {
    for (auto& far : far_) far.time -= ticks;
  }

  // Nothing is due any more.
  void clear() {
    for (auto& bucket : ring_) bucket.clear();
    far_.clear();
    far_count_ = held_ = 0;
    taken_ = 0;
    ordered_ = false;
  }

 private:
  static constexpr std::uint64_t most_buckets = 1024;

  struct Far {
    Tick time;
    std::uint64_t count;  // in the order they came: a bucket must not be shuffled
    Entry entry;
  };
  struct Later {
    bool operator()(const Far& a, const Far& b) const { return a.time != b.time ? a.time > b.time : a.count > b.count; }
  };

  Pile<Entry>& slot(std::uint64_t n) { return ring_[(first_ + n) & (ring_.size() - 1)]; }

  std::vector<Pile<Entry>> ring_;
  std::vector<Far> far_;
  std::vector<Far> near_;  // that are not any more
  std::uint64_t first_ = 0, far_count_ = 0, held_ = 0;
  std::size_t taken_ = 0;  // of the present bucket, from its begin
  bool ordered_ = false;
};

}  // namespace pysnn
