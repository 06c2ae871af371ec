#include "sources/source.hpp"

#include <algorithm>
#include <limits>
#include <numeric>
#include <utility>

#include "math/philox.hpp"

namespace pysnn {
namespace {

// Of another source what falls into (start, stop].
class Windowed final : public Source {
 public:
  Windowed(std::unique_ptr<Source> source, LongTick start, LongTick stop)
      : source_(std::move(source)), start_(start), stop_(stop) {}

  void emit(Tick from, Tick to, std::vector<TimedSpike>& spikes) override {
    if (to <= start_ || from >= stop_) return;
    const auto begin = static_cast<std::ptrdiff_t>(spikes.size());
    source_->emit(from, to, spikes);
    const auto after = [&](LongTick t) {
      return std::partition_point(spikes.begin() + begin, spikes.end(), [t](const auto& s) { return s.time <= t; });
    };
    spikes.erase(after(stop_), spikes.end());
    spikes.erase(spikes.begin() + begin, after(start_));
  }

  bool can_drive() const override { return source_->can_drive(); }
  std::uint64_t drive(Tick step, std::uint32_t first, std::uint32_t n, double weight, double* sum) override {
    return inside(step) ? source_->drive(step, first, n, weight, sum) : 0;
  }
  std::uint64_t drive(Tick step, std::uint32_t first, std::uint32_t n, float weight, float* sum) override {
    return inside(step) ? source_->drive(step, first, n, weight, sum) : 0;
  }

  Tick next(Tick now) const override {
    if (now >= stop_) return never;
    const Tick next = std::max(source_->next(now), in_epoch(start_, 0));
    return next > stop_ ? never : next;
  }

  void io(const Archive& archive, const Emitted& so_far) override {
    source_->io(archive, so_far);
    if (archive.saving()) return;
    start_ -= so_far.epoch;
    stop_ -= so_far.epoch;
  }
  bool takes_spikes() const override { return source_->takes_spikes(); }
  void feed(std::span<const FedSpike> spikes) override { source_->feed(spikes); }
  void feed(std::unique_ptr<Source> source) override { source_->feed(std::move(source)); }

  void rebase(Tick ticks) override {
    source_->rebase(ticks);
    start_ -= ticks;
    stop_ -= ticks;
  }

 private:
  bool inside(Tick step) const { return start_ < step && step <= stop_; }

  std::unique_ptr<Source> source_;
  LongTick start_, stop_;  // as the epoch has them
};

constexpr double infinite = std::numeric_limits<double>::infinity();

// What the key of a group is split by for what its sources draw after a change of their parameters.
constexpr std::uint64_t change_purpose = 0x6368'616e'6765;

// Neighbours of a group whose parameters are alike.
struct Run {
  Range range;
  ParamSet params;
};

bool differs_by_source(const Population& population) {
  const auto& declared = Sources::get("source", population.model).info.params;
  return std::any_of(declared.begin(), declared.end(),
                     [&](const ParamInfo& info) { return info.each && population.params.array(info.name).size() > 1; });
}

// `neurons` ascend; those of `owned` count. Where a part has to drive, also what models take by source must be alike.
std::vector<Run> runs_of(const Population& population, std::span<const std::uint32_t> neurons, Range owned,
                         bool drives) {
  Columns columns = population.columns;
  if (drives)
    for (const ParamInfo& info : Sources::get("source", population.model).info.params)
      if (info.each && population.params.array(info.name).size() > 1)
        columns[info.name] = population.params.array(info.name);
  const auto alike = [&](std::uint32_t a, std::uint32_t b) {
    return std::all_of(columns.begin(), columns.end(), [&](const auto& c) { return c.second[a] == c.second[b]; });
  };
  ParamsOfEach each(population.params, columns);
  std::vector<Run> runs;
  for (const std::uint32_t k : neurons) {
    if (k < owned.begin || k >= owned.end) continue;
    if (!runs.empty() && runs.back().range.end == k && alike(runs.back().range.begin, k))
      runs.back().range.end = k + 1;
    else
      runs.push_back({{k, k + 1}, each(k)});
  }
  return runs;
}

// Sources of one set of parameters, which begin at `from` or when they start.
std::unique_ptr<Source> make_run(const Population& population, const Run& run, const TimeBase& time, std::uint64_t key,
                                 LongTick from, bool drives) {
  const auto tick = [&](const char* name, double otherwise) {
    const double ms = run.params.has(name) ? run.params[name] : otherwise;
    return time.long_tick(ms, "source '" + population.name + "': " + population.model + "." + name);
  };
  const LongTick start = std::max(tick("start", 0.0), from), stop = tick("stop", infinite);
  auto source = Sources::get("source", population.model)
                    .make({population.name, run.range, population.n, run.params, time, key, start, drives});
  if (start == 0 && stop == long_never) return source;
  return std::make_unique<Windowed>(std::move(source), start, stop);
}

// A group in parts: sources that differ in what their model takes for all alike, and what came of changes. Of every
// source the part that began last is heard.
class SourceParts final : public Source {
 public:
  explicit SourceParts(Range owned) : owned_(owned), heard_(owned.size(), 0) {}

  void add(Range range, std::unique_ptr<Source> source, LongTick begin, std::uint64_t change) {
    drives_ = drives_ && source->can_drive();
    parts_.push_back({range, std::move(source), begin, change});
    find_heard(long_never, heard_);
  }

  // Which changes are needed is decided for all shards alike, so that another cut finds what was saved of them.
  void forget(std::span<const std::uint64_t> changes) {
    std::erase_if(parts_, [&](const Part& part) {
      return std::find(changes.begin(), changes.end(), part.change) != changes.end();
    });
    find_heard(long_never, heard_);
  }

  void emit(Tick from, Tick to, std::vector<TimedSpike>& spikes) override {
    const auto first = static_cast<std::ptrdiff_t>(spikes.size());
    for (std::uint32_t p = 0; p < parts_.size(); ++p) {
      if (!parts_[p].heard || parts_[p].source->next(from) > to) continue;
      emitted_.clear();
      parts_[p].source->emit(from, to, emitted_);
      for (const TimedSpike& spike : emitted_)
        if (heard_[spike.index - owned_.begin] == p) spikes.push_back(spike);
    }
    std::sort(spikes.begin() + first, spikes.end());
  }

  bool takes_spikes() const override { return !parts_.empty() && parts_[0].source->takes_spikes(); }

  void io(const Archive& archive, const Emitted& so_far) override {
    for (Part& part : parts_) {
      part.source->io(part.change == 0 ? archive : archive.in("change").in(part.change), so_far);
      if (archive.restoring()) part.begin -= so_far.epoch;
    }
  }

  bool can_drive() const override { return drives_; }
  std::uint64_t drive(Tick step, std::uint32_t first, std::uint32_t n, double weight, double* sum) override {
    return drive_parts(step, first, n, weight, sum);
  }
  std::uint64_t drive(Tick step, std::uint32_t first, std::uint32_t n, float weight, float* sum) override {
    return drive_parts(step, first, n, weight, sum);
  }

  Tick next(Tick now) const override {
    Tick next = never;
    for (const Part& part : parts_)
      if (part.heard) next = std::min(next, part.source->next(now));
    return next;
  }

  void rebase(Tick ticks) override {
    for (Part& part : parts_) {
      part.source->rebase(ticks);
      part.begin -= ticks;
    }
  }

 private:
  struct Part {
    Range range;
    std::unique_ptr<Source> source;
    LongTick begin;        // after which it is heard, as the epoch has it
    std::uint64_t change;  // that it came of; 0: none
    bool heard = false;
  };

  // By source, the part that a spike of `step` is of.
  void find_heard(LongTick step, std::vector<std::uint32_t>& heard) {
    for (std::uint32_t p = 0; p < parts_.size(); ++p) {
      const Range range = parts_[p].range;
      if (parts_[p].begin < step)
        std::fill(heard.begin() + (range.begin - owned_.begin), heard.begin() + (range.end - owned_.begin), p);
    }
    if (&heard != &heard_) return;
    for (Part& part : parts_) part.heard = false;
    for (const std::uint32_t p : heard_) parts_[p].heard = true;
  }

  template <class Real>
  std::uint64_t drive_parts(Tick step, std::uint32_t first, std::uint32_t n, Real weight, Real* sum) {
    const bool past = std::any_of(parts_.begin(), parts_.end(), [&](const Part& p) { return p.begin >= step; });
    if (past) {
      then_.resize(heard_.size());
      find_heard(step, then_);
    }
    const std::vector<std::uint32_t>& heard = past ? then_ : heard_;
    std::uint64_t total = 0;
    for (std::uint32_t k = 0; k < n;) {
      const std::uint32_t begin = k, part = heard[first + k - owned_.begin];
      while (k < n && heard[first + k - owned_.begin] == part) ++k;
      total += parts_[part].source->drive(step, first + begin, k - begin, weight, sum + begin);
    }
    return total;
  }

  Range owned_;
  bool drives_ = true;                       // as all of them do
  std::vector<Part> parts_;                  // in the order in which they began
  std::vector<std::uint32_t> heard_, then_;  // by source, the part that is heard now, or was at a step asked for
  std::vector<TimedSpike> emitted_;
};

// Draws after a change go by when it was made: a change at another time draws anew, one at the same time is the same.
std::uint64_t key_of_change(const SourceChange& change) {
  const LongTick at = change.epoch + change.now;
  const std::uint64_t group = change.population.noise_key;
  const std::uint64_t key = subkey(change.noise == 0 ? group : subkey(group, change.noise), change_purpose);
  return subkey(subkey(key, static_cast<std::uint64_t>(at)), static_cast<std::uint64_t>(at >> 64));
}

std::unique_ptr<Source> make_changed(const SourceChange& change, const Run& run, const TimeBase& time, bool drives) {
  auto made = make_run(change.population, run, time, key_of_change(change), change.epoch + change.now, drives);
  if (drives && !made->can_drive())
    throw ParameterError("source '" + change.population.name +
                         "': it was declared as one that drives its targets without a list of spikes, which it could "
                         "not with these parameters (dead_time): declare it with them");
  for (LongTick epoch = change.epoch; epoch > 0; epoch -= change.epoch_length) made->rebase(change.epoch_length);
  return made;
}

}  // namespace

std::uint64_t Source::drive(Tick, std::uint32_t, std::uint32_t, double, double*) {
  throw UnsupportedError("this source cannot drive its targets directly");
}

std::uint64_t Source::drive(Tick, std::uint32_t, std::uint32_t, float, float*) {
  throw UnsupportedError("this source cannot drive its targets directly");
}

void Source::feed(std::span<const FedSpike>) { throw UnsupportedError("this source plays nothing that is handed in"); }

void Source::feed(std::unique_ptr<Source>) { throw UnsupportedError("this source plays no other one"); }

ModelInfo with_window(ModelInfo info) {
  info.params.push_back({"start", "ms", 0.0});
  info.params.push_back({"stop", "ms", infinite});
  return info;
}

std::unique_ptr<Source> make_source(const Population& population, Range owned, const TimeBase& time, LongTick now) {
  return make_source(population, owned, time, now, population.noise_key);
}

std::unique_ptr<Source> make_source(const Population& population, Range owned, const TimeBase& time, LongTick now,
                                    std::uint64_t key, bool drives) {
  const bool alike = population.columns.empty() && !(drives && differs_by_source(population));
  if (alike || owned.size() == 0) return make_run(population, {owned, population.params}, time, key, now, drives);
  auto parts = std::make_unique<SourceParts>(owned);
  std::vector<std::uint32_t> all(owned.size());
  std::iota(all.begin(), all.end(), owned.begin);
  for (const Run& run : runs_of(population, all, owned, drives))
    parts->add(run.range, make_run(population, run, time, key, now, drives), -long_never, 0);
  if (parts->takes_spikes())
    throw ParameterError("source '" + population.name + "': what is fed to it starts and stops for all sources alike");
  return parts;
}

std::unique_ptr<Source> change_source(std::unique_ptr<Source> source, const SourceChange& change, Range owned,
                                      const TimeBase& time) {
  const bool drives = source->can_drive();
  const std::vector<Run> runs = runs_of(change.population, change.changed, owned, drives);
  if (!dynamic_cast<SourceParts*>(source.get())) {
    // A shard that has none of the sources forgets what they began as when all others do: nothing of it is saved then.
    if (runs.empty() && owned.size() > 0) return source;
    auto parts = std::make_unique<SourceParts>(owned);
    parts->add(owned, std::move(source), -long_never, 0);
    source = std::move(parts);
  }
  auto& parts = static_cast<SourceParts&>(*source);
  for (const Run& run : runs) parts.add(run.range, make_changed(change, run, time, drives), change.now, change.serial);
  parts.forget(change.forgotten);
  return source;
}

void check_change(const Source& source, const SourceChange& change, Range owned, const TimeBase& time) {
  if (source.takes_spikes())
    throw ParameterError("source '" + change.population.name + "' plays what it is fed and keeps its parameters");
  const bool drives = source.can_drive();
  for (const Run& run : runs_of(change.population, change.changed, owned, drives))
    make_changed(change, run, time, drives);
}

}  // namespace pysnn
