// How many threads share the shards. Threads that go in lockstep wait for one that has lost its core: on a busy machine
// two are then several times slower than one. No bit depends on their number, so it is tried out while they run.
//
// What counts is the work done a second: processor time of all threads, less what they spun at barriers. Where n
// threads do less than n / 2 would do if nobody disturbed them, half as many get a trial; where they did better they
// stay, and now and then, ever more seldom, the others get another.
#pragma once
#include <algorithm>
#include <cstdint>

namespace pysnn {

class ThreadChoice {
 public:
  ThreadChoice(std::uint32_t most, bool adapts) : most_(most), active_(most), adapts_(adapts && most > 1) {}

  std::uint32_t active() const { return active_; }
  bool adapts() const { return adapts_; }

  // So much wall time has passed since the last call, and so much work was done in it; whether the number changed.
  bool heard(double wall, double work) {
    wall_ += wall;
    work_ += work;
    if (wall_ < (settled_ ? hold_ : trial)) return false;
    const double rate = work_ / wall_;
    wall_ = work_ = 0.0;
    if (settled_) return look_around(rate);
    // The end of a trial.
    settled_ = true;
    if (rate > better * rate_before_) {
      hold_ = first_hold;
      return false;
    }
    hold_ = std::min(2.0 * hold_, longest_hold);
    std::swap(active_, before_);
    return true;
  }

 private:
  static constexpr double trial = 0.025, first_hold = 0.1, longest_hold = 3.2;  // seconds
  static constexpr double better = 1.05;

  bool look_around(double rate) {
    // Fewer only where these hinder one another, after a trial in vain a half of those; more only after fewer were
    // chosen.
    const bool hindered = rate < 0.5 * active_;
    fewer_ = hindered && active_ > 1 ? std::max(1u, (fewer_ > 1 && fewer_ < active_ ? fewer_ : active_) / 2) : 0;
    const std::uint32_t other = hindered ? fewer_ : std::min(2 * active_, most_);
    if (other == active_ || other == 0) return false;
    before_ = active_;
    active_ = other;
    rate_before_ = rate;
    settled_ = false;
    return true;
  }

  const std::uint32_t most_;
  std::uint32_t active_, before_ = 0, fewer_ = 0;
  const bool adapts_;
  bool settled_ = true;
  double hold_ = first_hold, wall_ = 0.0, work_ = 0.0, rate_before_ = 0.0;
};

}  // namespace pysnn
