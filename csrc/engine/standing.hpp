// What may be asked of an engine now. It is ready, or a thread is at work in it, or an error within a run has left its
// parts at different times, and it stays broken. Every call from outside is a Use: nobody waits, and nobody sees an
// engine that another thread is changing.
#pragma once
#include <atomic>
#include <exception>
#include <new>
#include <string>

#include "core/error.hpp"

namespace pysnn {

class Standing {
 public:
  class Use {
   public:
    explicit Use(Standing& standing) : standing_(standing) {}
    ~Use() { standing_.busy_.store(false, std::memory_order_release); }
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;

   private:
    Standing& standing_;
  };

  // For everything that needs a whole engine; `what` is asked for.
  Use use(const char* what) {
    take(what);
    if (broken_) {
      busy_.store(false, std::memory_order_release);
      throw BrokenError(std::string(what) + ": the simulation is " + how_ + " (what was recorded stays readable)");
    }
    return Use(*this);
  }
  // For what was recorded, which stays readable.
  Use read(const char* what) {
    take(what);
    return Use(*this);
  }

  // Called within a Use.
  void breaks(double ms, const std::exception& error) noexcept {
    if (broken_) return;
    broken_ = true;
    try {
      const bool memory = dynamic_cast<const std::bad_alloc*>(&error) != nullptr;
      how_ = "broken at t = " + show(ms) + " ms by: " + (memory ? "memory ran out" : error.what());
    } catch (...) {
      how_.clear();  // no memory for a sentence
    }
  }

 private:
  void take(const char* what) {
    if (busy_.exchange(true, std::memory_order_acquire))
      throw RunningError(std::string(what) + ": the simulation is running in another thread");
  }

  std::atomic<bool> busy_{false};
  bool broken_ = false;
  std::string how_ = "broken";
};

}  // namespace pysnn
