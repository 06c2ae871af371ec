#include "sources/source.hpp"

#include <algorithm>
#include <limits>
#include <utility>

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
                                    std::uint64_t key) {
  const ParamSet& params = population.params;
  const auto tick = [&](const char* name, double otherwise) {
    const double ms = params.has(name) ? params[name] : otherwise;
    return time.long_tick(ms, "source '" + population.name + "': " + population.model + "." + name);
  };
  const LongTick start = std::max(now, tick("start", 0.0)), stop = tick("stop", infinite);
  auto source =
      Sources::get("source", population.model).make({population.name, owned, population.n, params, time, key, start});
  if (start == 0 && stop == long_never) return source;
  return std::make_unique<Windowed>(std::move(source), start, stop);
}

}  // namespace pysnn
