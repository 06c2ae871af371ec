// Sources that only drive populations which step: they too go by steps, within continuous time, and make their spikes
// known one by one only where somebody records them.
#pragma once
#include <memory>
#include <utility>
#include <vector>

#include "sources/source.hpp"

namespace pysnn {

class SteppedSource {
 public:
  SteppedSource(std::unique_ptr<Source> source, Tick dt) : source_(std::move(source)), dt_(dt), end_(dt) {}

  Source& source() { return *source_; }
  const Source& source() const { return *source_; }
  // Steps whose spikes are known.
  Tick steps() const { return done_; }
  template <class F>
  void replace(F&& f) {
    source_ = f(std::move(source_));
  }
  void emit_always() { emits_ = true; }

  // The spikes of all steps that end by `to`, if they are wanted.
  void emit(Tick to, std::vector<TimedSpike>& spikes) {
    const Tick steps = to < end_ ? 0 : (to - end_) / dt_ + 1;
    if (emits_ && steps > 0) {
      emitted_.clear();
      source_->emit(done_, done_ + steps, emitted_);
      for (const TimedSpike& spike : emitted_) spikes.push_back({end_ + (spike.time - done_ - 1) * dt_, spike.index});
    }
    done_ += steps;
    end_ += steps * dt_;
  }

  void io(const Archive& archive) {
    archive.value("steps", done_);
    archive.value("end of step", end_);
    source_->io(archive, {0, done_});
  }
  void rebase(Tick ticks) { end_ -= ticks; }
  // From time 0 again, with the source as it begins; null for the one that it has, which does so already.
  void begin_again(std::unique_ptr<Source> source) {
    if (source) source_ = std::move(source);
    end_ = dt_;
    done_ = 0;
  }

 private:
  std::unique_ptr<Source> source_;
  Tick dt_, end_, done_ = 0;  // of a step; where the next one ends; steps
  bool emits_ = false;
  std::vector<TimedSpike> emitted_;
};

}  // namespace pysnn
