// Sources whose spikes are points of continuous time, each drawn from the one before. On a grid a spike takes effect
// at the end of the step it falls into, and several may fall into one; in continuous time a tick is such a step.
//
//   struct Law {
//     // Move `at`, the spike number `count` - 1 of source `index` (or where the train begins), on to the next one.
//     // `local` is the index among the shard's own. Whether there is one.
//     bool next(std::uint32_t index, std::uint32_t local, std::uint64_t count, Moment& at);
//     // Optional, where it keeps more than that: of the sources `owned` of n.
//     void io(const Archive& archive, std::uint32_t n, Range owned);
//   };
#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "sources/source.hpp"

namespace pysnn {

// A point of time: whole ticks since the start and the fraction of one apart, so that long runs lose no digits.
struct Moment {
  LongTick whole = 0;
  double fraction = 0.0;

  // Go on by so many ticks, unless that is for ever.
  bool pass(double ticks) {
    const double sum = fraction + ticks;
    if (!(sum < 1e30)) return false;
    const double floor = std::floor(sum);
    // Nearly always 64 bits will do, which the processor has an instruction for.
    whole += floor < 0x1p62 ? static_cast<Tick>(floor) : static_cast<LongTick>(floor);
    fraction = sum - floor;
    return true;
  }
};

template <class Law>
class PointProcess final : public Source {
 public:
  // A spike takes effect `lag` ticks after the begin of the one that it falls into.
  PointProcess(const SourceConfig& config, Law law, Tick lag = 1)
      : owned_(config.owned), n_(config.n), law_(std::move(law)), lag_(lag), due_(owned_.size(), 0),
        fraction_(owned_.size(), 0.0), count_(owned_.size(), 0), soonest_((owned_.size() + group - 1) / group) {
    for (std::uint32_t k = 0; k < owned_.size(); ++k) advance(k, {config.begin, 0.0});
    for (std::uint32_t g = 0; g < soonest_.size(); ++g) find_soonest(g);
  }

  void emit(Tick, Tick to, std::vector<TimedSpike>& spikes) override {
    const std::size_t begin = spikes.size();
    for (std::uint32_t g = 0; g < soonest_.size(); ++g) {
      if (soonest_[g] > to) continue;
      for (std::uint32_t k = g * group; k < group_end(g); ++k)
        for (; due_[k] <= to; advance(k, latest(k))) spikes.push_back({due_[k], owned_.begin + k});
      find_soonest(g);
    }
    std::sort(spikes.begin() + static_cast<std::ptrdiff_t>(begin), spikes.end());
  }

  Tick next(Tick) const override {
    return soonest_.empty() ? never : *std::min_element(soonest_.begin(), soonest_.end());
  }

  void io(const Archive& archive, const Emitted& so_far) override {
    const auto part = [&](const char* name, auto&& at) { archive.part(name, n_, owned_.begin, owned_.size(), at); };
    std::vector<LongTick> due(owned_.size());
    for (std::uint32_t k = 0; k < owned_.size(); ++k) due[k] = due_at(k);
    part("next", [&](std::size_t k) -> LongTick& { return due[k]; });
    part("fraction", [&](std::size_t k) -> double& { return fraction_[k]; });
    part("count", [&](std::size_t k) -> std::uint64_t& { return count_[k]; });
    if constexpr (requires { law_.io(archive, n_, owned_); }) law_.io(archive, n_, owned_);
    if (archive.saving()) return;
    epoch_ = so_far.epoch;
    far_.clear();
    for (std::uint32_t k = 0; k < owned_.size(); ++k) set_due(k, due[k]);
    for (std::uint32_t g = 0; g < soonest_.size(); ++g) find_soonest(g);
  }

  void rebase(Tick ticks) override {
    epoch_ += ticks;
    for (Tick& due : due_)
      if (due != never) due -= ticks;
    std::erase_if(far_, [&](const auto& far) {
      due_[far.first] = in_epoch(far.second, epoch_);
      return due_[far.first] != never;
    });
    for (std::uint32_t g = 0; g < soonest_.size(); ++g) find_soonest(g);
  }

 private:
  // Most windows are empty: sources are looked at only where the soonest of their group is due.
  static constexpr std::uint32_t group = 64;
  std::uint32_t group_end(std::uint32_t g) const { return std::min(owned_.size(), (g + 1) * group); }
  void find_soonest(std::uint32_t g) {
    soonest_[g] = *std::min_element(due_.begin() + g * group, due_.begin() + group_end(g));
  }

  Moment latest(std::uint32_t k) const { return {epoch_ + due_[k] - lag_, fraction_[k]}; }

  void advance(std::uint32_t k, Moment at) {
    if (!law_.next(owned_.begin + k, k, count_[k]++, at)) {
      due_[k] = never;
      return;
    }
    fraction_[k] = at.fraction;
    set_due(k, at.whole + lag_);
  }

  // When the next spike of a source comes, since the start.
  LongTick due_at(std::uint32_t k) const {
    if (due_[k] != never) return epoch_ + due_[k];
    const auto far = far_.find(k);
    return far == far_.end() ? long_never : far->second;
  }
  void set_due(std::uint32_t k, LongTick t) {
    due_[k] = t == long_never ? never : in_epoch(t, epoch_);
    if (due_[k] == never && t != long_never) far_[k] = t;
  }

  Range owned_;
  std::uint32_t n_;
  Law law_;
  Tick lag_;
  std::vector<Tick> due_;  // the next spike of each, as the epoch has it; `never` where that lies too far ahead
  std::map<std::uint32_t, LongTick> far_;  // when those that do come
  std::vector<double> fraction_;           // of a tick, at which they do
  std::vector<std::uint64_t> count_;
  std::vector<Tick> soonest_;
  LongTick epoch_ = 0;
};

// A parameter that is one number, or one for each source.
inline const std::vector<double>& by_source(const SourceConfig& config, const std::string& name) {
  const auto& values = config.params.array(name);
  if (values.size() != 1 && values.size() != config.n)
    throw ParameterError("source '" + config.name + "': " + name + ": expected one number or " +
                         std::to_string(config.n) + " (got " + std::to_string(values.size()) + ")");
  return values;
}

inline double of_source(const std::vector<double>& values, std::uint32_t index) {
  return values[values.size() == 1 ? 0 : index];
}

// Sources whose intervals are a dead time, in which nothing happens, and a random part behind it, which is left 1 /
// rate - dead ms on average. A source that is in equilibrium is in its dead time with probability rate dead, and
// anywhere in it.
class DeadTime {
 public:
  DeadTime(const SourceConfig& config, const std::vector<double>& rates)
      : ms_(by_source(config, "dead_time")),
        none_(std::all_of(ms_.begin(), ms_.end(), [](double d) { return d == 0.0; })) {
    for (std::uint32_t i = 0; i < std::max(ms_.size(), rates.size()); ++i) {
      const double dead = of_source(ms_, i), rate = of_source(rates, i);
      if (!(dead >= 0.0) || !std::isfinite(dead))
        throw ParameterError("source '" + config.name + "': dead_time must be >= 0 ms (got " + show(dead) + ")");
      if (rate * 1e-3 * dead >= 1.0)
        throw ParameterError("source '" + config.name + "': dead_time must be < 1 / rate = " + show(1e3 / rate) +
                             " ms (got " + show(dead) + ")");
    }
  }

  bool none() const { return none_; }
  double of(std::uint32_t index) const { return of_source(ms_, index); }  // ms

  // How many spikes a second [Hz] the random part would have by itself.
  double rate_behind(std::uint32_t index, double rate) const { return rate / (1.0 - rate * 1e-3 * of(index)); }

  // ms that are left of a dead time under way, by a uniform number; 0 where none is.
  double left(std::uint32_t index, double rate, double uniform) const {
    const double left = uniform * 1e3 / rate;
    return left < of(index) ? left : 0.0;
  }

 private:
  std::vector<double> ms_;
  bool none_;
};

}  // namespace pysnn
