// White noise sampled and held: an independent normal draw for every neuron and interval, keyed by both.
#include <cmath>
#include <limits>
#include <numeric>

#include "currents/current.hpp"
#include "math/distribution.hpp"

namespace pysnn {
namespace {

class NoiseCurrent final : public Current {
 public:
  static ModelInfo info() {
    constexpr double none = std::numeric_limits<double>::quiet_NaN(),
                     infinite = std::numeric_limits<double>::infinity();
    return {.name = "NoiseCurrent",
            .params = {{"mean", "pA", none},
                       {"std", "pA", none},
                       {"interval", "ms", 1.0},
                       {"start", "ms", 0.0},
                       {"stop", "ms", infinite}}};
  }
  static std::unique_ptr<const Current> make(const CurrentConfig& config) {
    return std::make_unique<const NoiseCurrent>(config);
  }

  explicit NoiseCurrent(const CurrentConfig& config) : key_(config.key) {
    const auto ticks = [&](const char* name) {
      return config.time.long_tick(config.params[name], config.owner + ": NoiseCurrent." + name);
    };
    start_ = ticks("start");
    stop_ = ticks("stop");
    interval_ = ticks("interval");
    if (interval_ < 1)
      throw ParameterError(config.owner + ": NoiseCurrent.interval: must be at least " + show(config.time.unit()) +
                           " ms here (got " + show(config.params["interval"]) + " ms)");
    ParamSet normal;
    normal.set("mean", {config.params["mean"]});
    normal.set("std", {config.params["std"]});
    normal.set("min", {-std::numeric_limits<double>::infinity()});
    normal.set("max", {std::numeric_limits<double>::infinity()});
    draw_ = Distribution::make("normal", normal, config.owner);
  }

  LongTick next_change(LongTick t) const override {
    if (t >= stop_) return long_never;
    return t < start_ ? start_ : std::min(start_ + (number(t) + 1) * interval_, stop_);
  }

  void levels(LongTick t, Range neurons, std::vector<double>& pA) const override {
    if (t < start_ || t >= stop_) {
      pA.assign(1, 0.0);
      return;
    }
    const auto n = static_cast<std::uint64_t>(number(t));
    std::vector<std::uint32_t> index(neurons.size());
    std::iota(index.begin(), index.end(), neurons.begin);
    const std::vector<std::uint32_t> high(neurons.size(), static_cast<std::uint32_t>(n >> 32));
    pA.resize(neurons.size());
    draw_.fill(key_, static_cast<std::uint32_t>(n), index, high, {}, pA);
  }

  std::unique_ptr<const Current> with_key(std::uint64_t key) const override {
    auto other = std::make_unique<NoiseCurrent>(*this);
    other->key_ = key;
    return other;
  }

 private:
  // Of the interval that `t` falls into.
  LongTick number(LongTick t) const { return (t - start_) / interval_; }

  std::uint64_t key_;
  LongTick start_ = 0, stop_ = long_never, interval_ = 1;
  Distribution draw_;
};

const RegisterCurrent<NoiseCurrent> registered;

}  // namespace
}  // namespace pysnn
