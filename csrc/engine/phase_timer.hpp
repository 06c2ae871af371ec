// Seconds by phase of an engine's loop; costs a branch unless switched on.
#pragma once
#include <array>
#include <chrono>
#include <cstddef>

namespace pysnn {

template <std::size_t n_phases>
class PhaseTimer {
  using clock = std::chrono::steady_clock;

 public:
  void set(bool on) { on_ = on; }
  void start() {
    if (on_) last_ = clock::now();
  }
  // What has passed since the last start or lap belongs to `phase`.
  void lap(std::size_t phase) {
    if (!on_) return;
    const auto now = clock::now();
    seconds_[phase] += std::chrono::duration<double>(now - last_).count();
    last_ = now;
  }
  double seconds(std::size_t phase) const { return seconds_[phase]; }

 private:
  bool on_ = false;
  clock::time_point last_{};
  std::array<double, n_phases> seconds_{};
};

}  // namespace pysnn
