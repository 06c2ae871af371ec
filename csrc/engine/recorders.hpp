// What engines record: spikes of a population, samples of its state. Buffers are handed over and cleared by the
// caller between slices, never while threads run.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "engine/engine.hpp"
#include "plasticity/plastic_synapses.hpp"

namespace pysnn {

// State samples at 0, every, 2 every, ... of chosen neurons. Each shard writes its own columns.
class StateProbe {
 public:
  StateProbe(std::uint32_t population, std::size_t state, std::vector<std::uint32_t> indices, LongTick every,
             const std::vector<Shard>& shards);

  // Begin at the first multiple of `every` that is not before `now`, a time of that epoch.
  void start(Tick now, LongTick epoch = 0) {
    epoch_ = epoch;
    taken_ = (epoch + now + every_ - 1) / every_ * every_;
    for (auto& part : parts_) part.due = taken_;
  }
  std::uint32_t population() const { return population_; }
  std::size_t state() const { return state_; }
  // The first sample time not yet taken by shard s, as the epoch has it.
  Tick due(std::uint32_t s) const { return in_epoch(parts_[s].due, epoch_); }

  // Take shard s's sample of its due time: value(local index) for each of its neurons.
  template <class Value>
  void sample(std::uint32_t s, Value&& value) {
    Part& part = parts_[s];
    for (const std::uint32_t local : part.local) part.values.push_back(value(local));
    part.due += every_;
    ++part.rows;
  }

  // All complete samples; called when no thread runs.
  StateRecord take(const TimeBase& time) {
    return take([&](LongTick t) { return time.ms(t); });
  }
  StateRecord take(const TimeBase& time, double epoch_ms) {
    return take([&](LongTick t) { return epoch_ms + time.ms(t - epoch_); });
  }
  void rebase(Tick ticks) { epoch_ += ticks; }

 private:
  StateRecord take(const std::function<double(LongTick)>& ms);

  struct Part {
    std::vector<std::uint32_t> local, column;
    std::vector<double> values;
    LongTick due = 0;  // since the start
    std::size_t rows = 0;
  };
  std::uint32_t population_;
  std::size_t state_, width_;
  LongTick every_, taken_ = 0, epoch_ = 0;
  std::vector<Part> parts_;
};

// Spikes of the populations asked for, in order of (time, index).
class SpikeRecorder {
 public:
  explicit SpikeRecorder(std::size_t populations) : wanted_(populations, false), records_(populations) {}

  void record(std::uint32_t population) { wanted_[population] = true; }
  bool wants(std::uint32_t population) const { return wanted_[population]; }
  void add(std::uint32_t population, double ms, std::uint32_t index) {
    records_[population].times.push_back(ms);
    records_[population].indices.push_back(index);
    ++held_;
  }
  // How many spikes wait to be taken: engines return early rather than let them grow without bound.
  std::size_t held() const { return held_; }
  SpikeRecord take(std::uint32_t population) {
    held_ -= records_[population].times.size();
    return std::exchange(records_[population], {});
  }

 private:
  std::vector<bool> wanted_;
  std::vector<SpikeRecord> records_;
  std::size_t held_ = 0;
};

inline constexpr std::size_t most_spikes_held = std::size_t{1} << 22;

// Weight changes of all shards of a projection, by time.
ChangeRecord collect_changes(std::vector<std::vector<WeightChange>> by_shard, const TimeBase& time, LongTick epoch);
ChangeRecord collect_changes(std::vector<std::vector<WeightChange>> by_shard, const TimeBase& time, double epoch_ms);

}  // namespace pysnn
