// What engines record: spikes of a population, samples of its state. Buffers are handed over and cleared by the
// caller between slices, never while threads run.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "engine/engine.hpp"
#include "plasticity/plastic_synapses.hpp"
#include "sources/source.hpp"

namespace pysnn {

// State samples at 0, every, 2 every, ... of chosen neurons. Each shard writes its own columns.
class StateProbe {
 public:
  StateProbe(PopulationId population, std::size_t state, std::vector<std::uint32_t> indices, LongTick every,
             const ById<ShardId, Shard>& shards);

  // Begin at the first multiple of `every` that is not before `now`, a time of that epoch.
  void start(Tick now, LongTick epoch = 0) {
    epoch_ = epoch;
    taken_ = (epoch + now + every_ - 1) / every_ * every_;
    for (auto& part : parts_) part.due = taken_;
  }
  // From time 0 again, without what was sampled so far.
  void begin_again() {
    for (auto& part : parts_) {
      part.values.clear();
      part.rows = 0;
    }
    start(0);
  }
  PopulationId population() const { return population_; }
  std::size_t state() const { return state_; }
  // The first sample time not yet taken by shard s, as the epoch has it.
  Tick due(ShardId s) const { return in_epoch(parts_[s].due, epoch_); }

  // Take shard s's sample of its due time: value(local index) for each of its neurons.
  template <class Value>
  void sample(ShardId s, Value&& value) {
    Part& part = parts_[s];
    for (const std::uint32_t local : part.local) part.values.push_back(value(local));
    part.due += every_;
    ++part.rows;
  }

  // When the next sample is due; all before it have been taken.
  void io(const Archive& archive, LongTick epoch) {
    epoch_ = epoch;
    archive.value("due", taken_);
    if (archive.saving()) return;
    for (auto& part : parts_) part.due = taken_;
  }

  // All complete samples; called when no thread runs.
  StateRecord take(const TimeBase& time);
  void rebase(Tick ticks) { epoch_ += ticks; }

 private:
  struct Part {
    std::vector<std::uint32_t> local, column;
    std::vector<double> values;
    LongTick due = 0;  // since the start
    std::size_t rows = 0;
  };
  PopulationId population_;
  std::size_t state_, width_;
  LongTick every_, taken_ = 0, epoch_ = 0;
  ById<ShardId, Part> parts_;
};

// Spikes of the populations asked for, in order of (time, index). What is recorded of a window is kept whole or, where
// memory runs out on the way, not at all.
class SpikeRecorder {
 public:
  explicit SpikeRecorder(std::size_t populations) : records_(populations) {}

  void record(PopulationId population) { records_[population].wanted = true; }
  bool wants(PopulationId population) const { return records_[population].wanted; }
  // How many spikes wait to be taken: engines return early rather than let them grow without bound.
  std::size_t held() const { return held_; }

  // Add the spikes of a window that ends at `to`: spikes(population) for all that are wanted, and their times by
  // ms(tick). What sources emit beyond `to` waits for its time.
  template <class Spikes, class Ms>
  void add(Tick to, Spikes&& spikes, Ms&& ms) {
    try {
      for (const PopulationId p : records_.ids())
        if (records_[p].wanted) append(records_[p], spikes(p), to, ms);
    } catch (...) {
      for (Recorded& r : records_) r.undo();
      throw;
    }
    for (Recorded& r : records_) held_ += r.keep(to);
  }

  // What sources have emitted beyond the windows so far. What can be taken has been.
  void io(const Archive& archive) {
    for (const PopulationId p : records_.ids())
      if (records_[p].wanted) spikes_io(archive.in(p.index()), "spikes ahead", records_[p].later);
    if (archive.saving()) return;
    for (Recorded& r : records_) r.was_later = r.later.size();
  }

  // From time 0 again, without what was recorded so far.
  void begin_again() {
    for (Recorded& r : records_) {
      const bool wanted = r.wanted;
      r = {};
      r.wanted = wanted;
    }
    held_ = 0;
  }

  SpikeRecord take(PopulationId population) {
    Recorded& r = records_[population];
    held_ -= r.kept;
    r.kept = 0;
    return std::exchange(r.record, {});
  }

 private:
  struct Recorded {
    SpikeRecord record;
    std::vector<TimedSpike> later;  // beyond the windows so far
    std::size_t kept = 0, was_later = 0;
    bool wanted = false;

    void undo() noexcept {
      record.times.resize(std::min(record.times.size(), kept));
      record.indices.resize(std::min(record.indices.size(), kept));
      later.resize(std::min(later.size(), was_later));
    }
    std::size_t keep(Tick to) noexcept {
      std::erase_if(later, [to](const TimedSpike& spike) { return spike.time <= to; });
      was_later = later.size();
      return record.times.size() - std::exchange(kept, record.times.size());
    }
  };

  template <class Ms>
  static void append(Recorded& r, std::span<const TimedSpike> spikes, Tick to, Ms& ms) {
    const auto add = [&](const TimedSpike& spike) {
      r.record.times.push_back(ms(spike.time));
      r.record.indices.push_back(spike.index);
    };
    for (const TimedSpike& spike : r.later)
      if (spike.time <= to) add(spike);
    for (const TimedSpike& spike : spikes) {
      if (spike.time <= to)
        add(spike);
      else
        r.later.push_back(spike);
    }
  }

  ById<PopulationId, Recorded> records_;
  std::size_t held_ = 0;
};

inline constexpr std::size_t most_spikes_held = std::size_t{1} << 22;

// Weight changes of all shards of a projection, by time.
ChangeRecord collect_changes(const ById<ShardId, std::vector<WeightChange>>& by_shard, const TimeBase& time,
                             LongTick epoch);

}  // namespace pysnn
