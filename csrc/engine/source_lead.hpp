// How far the sources of a shard are ahead of its neurons. Sources hear nobody: where their delays are shorter than
// the windows that neurons allow they emit beforehand, so that only the delays of neurons bound a window.
#pragma once
#include <algorithm>

#include "engine/shard.hpp"

namespace pysnn {

class SourceLead {
 public:
  SourceLead() = default;
  // `delay`: the shortest of projections from sources whose spikes travel (of all shards); `never` without any.
  SourceLead(Tick delay, Tick longest_window) : delay_(delay), leads_(delay < longest_window) {}

  Tick delay() const { return delay_; }
  bool leads() const { return leads_; }
  // Up to where all spikes are known.
  Tick horizon() const { return horizon_; }
  // How far a window that begins at `now` may go, with nothing to come between the horizon and `now`. (With a delay of
  // 0 the first is empty: sources emit, and neurons wait for them.)
  Tick reach(Tick now) const { return delay_ == never ? never : std::max(horizon_, now) + delay_; }

  // What is to be emitted within this window: all spikes of (from, to].
  struct Span {
    Tick from, to;
    bool empty() const { return to <= from; }
  };
  Span move_on(const Window& window) {
    const Span span{std::max(horizon_, window.from), leads_ ? window.emit_to : window.to};
    horizon_ = std::max(span.from, span.to);
    return span;
  }
  void io(const Archive& archive) { archive.value("sources until", horizon_); }
  void rebase(Tick ticks) { horizon_ -= ticks; }
  void begin_again() { horizon_ = 0; }

 private:
  Tick delay_ = never, horizon_ = 0;
  bool leads_ = false;
};

}  // namespace pysnn
