// Spike sources. A source's file defines one class
//
//   struct X { static ModelInfo info();
//              static std::unique_ptr<Source> make(const SourceConfig&); };
//
// and registers it. A source emits for both engines: by step on a grid, by window in continuous time. When it starts
// and stops is a parameter of every source, which no file of a source knows of: see `make_source`.
#pragma once
#include <compare>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/archive.hpp"
#include "core/params.hpp"
#include "core/registry.hpp"
#include "core/time.hpp"
#include "network/network.hpp"

namespace pysnn {

struct SourceConfig {
  std::string name;
  Range owned;          // the sources that this shard emits for
  std::uint32_t n = 0;  // of the whole population
  const ParamSet& params;
  const TimeBase& time;
  std::uint64_t key = 0;
  LongTick begin = 0;   // no spike up to here will be asked for: what happened before need not be drawn
  bool drives = false;  // whether it has to be able to drive its targets, if it can at all
};

struct TimedSpike {
  Tick time;
  std::uint32_t index;
  auto operator<=>(const TimedSpike&) const = default;
};

inline void spikes_io(const Archive& archive, const std::string& name, std::vector<TimedSpike>& spikes) {
  if (archive.restoring()) spikes.resize(archive.rows(name + ": times"));
  archive.part(name + ": times", spikes.size(), 0, spikes.size(),
               [&](std::size_t k) -> Tick& { return spikes[k].time; });
  archive.part(name + ": indices", spikes.size(), 0, spikes.size(),
               [&](std::size_t k) -> std::uint32_t& { return spikes[k].index; });
}

// How far a source has come: all of (0, emitted] is out, a time of the epoch that began so many ticks after the start.
struct Emitted {
  LongTick epoch = 0;
  Tick emitted = 0;
};

// A spike that is handed in, at so many ticks since the start.
struct FedSpike {
  LongTick time;
  std::uint32_t index;
  auto operator<=>(const FedSpike&) const = default;
};

class Source {
 public:
  virtual ~Source() = default;

  // Append the spikes of (from, to], ordered by (time, index); several of one source and instant repeat.
  // Windows are asked for in order, each once. Times are ticks of the network.
  virtual void emit(Tick from, Tick to, std::vector<TimedSpike>& spikes) = 0;

  // Whether the spikes of a step are a pure function of (step, index) that `drive` can give at any time.
  virtual bool can_drive() const { return false; }

  // Add weight * (spikes of source `first + k` in `step`) to sum[k], k < n; return the spikes.
  virtual std::uint64_t drive(Tick step, std::uint32_t first, std::uint32_t n, double weight, double* sum);
  virtual std::uint64_t drive(Tick step, std::uint32_t first, std::uint32_t n, float weight, float* sum);

  // The earliest time at which it may emit, not before `now` (lets an idle engine skip ahead).
  virtual Tick next(Tick now) const = 0;

  // Save what a source that has come so far keeps beside what it was made of, by the sources of the population; or
  // bring one as it was made to that place.
  virtual void io(const Archive& archive, const Emitted& so_far) = 0;
  // Whether it plays what is handed in from outside, between two windows.
  virtual bool takes_spikes() const { return false; }
  // Spikes to come, in any order; those of sources that it does not own are others'.
  virtual void feed(std::span<const FedSpike> spikes);
  // All that another source of as many emits, which begins now.
  virtual void feed(std::unique_ptr<Source> source);

  // Whether it only knows times so far ahead that they would overflow: shift all by -ticks.
  virtual void rebase(Tick ticks) = 0;

  // Begin at time 0 again, with the draws of this key; false where it has to be made anew for that.
  virtual bool begin_again([[maybe_unused]] std::uint64_t key) { return false; }
};

struct SourceEntry {
  ModelInfo info;
  std::function<std::unique_ptr<Source>(const SourceConfig&)> make;
};
using Sources = Registry<SourceEntry>;

// The sources of a population that a shard owns, which emit in (start, stop] of its parameters and at no other time;
// and after `now` alone.
std::unique_ptr<Source> make_source(const Population& population, Range owned, const TimeBase& time, LongTick now = 0);
// The same with draws of another key; `drives` as SourceConfig has it.
std::unique_ptr<Source> make_source(const Population& population, Range owned, const TimeBase& time, LongTick now,
                                    std::uint64_t key, bool drives = false);

// The same group, of which from `now` on (ticks of an epoch that began at `epoch`) the sources `changed` have the
// parameters of `population`. What they draw is new; the others go on as if nothing had happened.
struct SourceChange {
  const Population& population;
  std::span<const std::uint32_t> changed;
  LongTick now, epoch;
  Tick epoch_length;
  std::uint64_t noise = 0;                        // that its draws are joined with
  std::uint64_t serial = 1;                       // of the change, from 1 on
  std::span<const std::uint64_t> forgotten = {};  // changes (0: what there was before any) that nobody asks for again
};
std::unique_ptr<Source> change_source(std::unique_ptr<Source> source, const SourceChange& change, Range owned,
                                      const TimeBase& time);
// Throws what that would throw.
void check_change(const Source& source, const SourceChange& change, Range owned, const TimeBase& time);

// What a source declares, and what all sources have.
ModelInfo with_window(ModelInfo info);

template <class Model>
struct RegisterSource {
  RegisterSource() : registration(Model::info().name, SourceEntry{with_window(Model::info()), &Model::make}) {}
  Registration<SourceEntry> registration;
};

}  // namespace pysnn
