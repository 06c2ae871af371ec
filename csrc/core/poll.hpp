// Work that can be called off: a long loop asks now and then whether anybody still wants its result.
#pragma once
#include <atomic>
#include <cstdint>
#include <exception>

#include "core/array.hpp"

namespace pysnn {

// Thrown out of work that was called off.
struct Interrupted : std::exception {
  const char* what() const noexcept override { return "interrupted"; }
};

inline const std::atomic<bool> never_stops{false};

// One for each thread. Looking at the flag costs a miss where another thread has just written it, so it is looked at
// once in so many units of work.
class Poll {
 public:
  explicit Poll(const std::atomic<bool>& stop = never_stops) : stop_(&stop) {}

  // A loop whose turns are too short to poll at each does so once in this many.
  static constexpr std::uint32_t far = 1u << 16;

  // So much more was done, a unit taking some nanoseconds. Throws Interrupted where the rest is not wanted.
  void operator()(std::uint64_t work = 1) {
    if (work < left_) [[likely]] {
      left_ -= work;
      return;
    }
    left_ = between;
    if (stop_->load(std::memory_order_relaxed)) throw Interrupted();
  }

 private:
  static constexpr std::uint64_t between = 4096;

  const std::atomic<bool>* stop_;
  std::uint64_t left_ = between;
};

// Ask the system for the pages of an array that is about to be written all over: of a large one that takes as long as
// filling it, and on a machine short of memory longer by far.
template <class T>
void touch_pages(Array<T>& array, Poll& poll) {
  constexpr std::size_t page = std::size_t{2} << 20;
  auto* bytes = reinterpret_cast<std::uint8_t*>(array.data());
  for (std::size_t at = 0; at < array.nbytes(); at += page) {
    poll(page);
    bytes[at] = 0;
  }
}

}  // namespace pysnn
