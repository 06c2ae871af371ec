// What engines record: spikes of a population, samples of its state. Buffers are handed over and cleared by the
// caller between slices, never while threads run.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "engine/engine.hpp"
#include "plasticity/plastic_synapses.hpp"

namespace pysnn {

// State samples at 0, every, 2 every, ... of chosen neurons. Each shard writes its own columns.
class StateProbe {
 public:
  StateProbe(std::uint32_t population, std::size_t state, std::vector<std::uint32_t> indices, Tick every,
             const std::vector<Shard>& shards);

  // Begin at the first multiple of `every` that is not before `now`; `phase` is how far the last multiple lies
  // before time 0.
  void start(Tick now, Tick phase = 0) {
    taken_ = (now + phase + every_ - 1) / every_ * every_ - phase;
    for (auto& part : parts_) part.due = taken_;
  }
  std::uint32_t population() const { return population_; }
  std::size_t state() const { return state_; }
  Tick every() const { return every_; }
  // The first sample time not yet taken by shard s.
  Tick due(std::uint32_t s) const { return parts_[s].due; }

  // Take shard s's sample of its due time: value(local index) for each of its neurons.
  template <class Value>
  void sample(std::uint32_t s, Value&& value) {
    Part& part = parts_[s];
    for (const std::uint32_t local : part.local) part.values.push_back(value(local));
    part.due += every_;
    ++part.rows;
  }

  // All complete samples; called when no thread runs.
  StateRecord take(const TimeBase& time, double epoch_ms);
  void rebase(Tick ticks);

 private:
  struct Part {
    std::vector<std::uint32_t> local, column;
    std::vector<double> values;
    Tick due = 0;
    std::size_t rows = 0;
  };
  std::uint32_t population_;
  std::size_t state_, width_;
  Tick every_, taken_ = 0;
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
ChangeRecord collect_changes(std::vector<std::vector<WeightChange>> by_shard, const TimeBase& time, double epoch_ms);

}  // namespace pysnn
