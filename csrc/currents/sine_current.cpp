// A sine sampled and held: in every interval its mean over that interval, which is that of the middle times sinc.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "currents/current.hpp"

namespace pysnn {
namespace {

class SineCurrent final : public Current {
 public:
  static ModelInfo info() {
    constexpr double none = std::numeric_limits<double>::quiet_NaN(),
                     infinite = std::numeric_limits<double>::infinity();
    return {.name = "SineCurrent",
            .params = {{"amplitude", "pA", none},
                       {"frequency", "Hz", none},
                       {"phase", "rad", 0.0},
                       {"offset", "pA", 0.0},
                       {"interval", "ms", 1.0},
                       {"start", "ms", 0.0},
                       {"stop", "ms", infinite}}};
  }
  static std::unique_ptr<const Current> make(const CurrentConfig& config) {
    return std::make_unique<const SineCurrent>(config);
  }

  explicit SineCurrent(const CurrentConfig& config)
      : time_(config.time), amplitude_(config.params["amplitude"]), per_ms_(1e-3 * config.params["frequency"]),
        turns_(config.params["phase"] / (2.0 * std::numbers::pi)), offset_(config.params["offset"]) {
    const auto ticks = [&](const char* name) {
      return config.time.long_tick(config.params[name], config.owner + ": SineCurrent." + name);
    };
    start_ = ticks("start");
    stop_ = ticks("stop");
    interval_ = ticks("interval");
    if (interval_ < 1)
      throw ParameterError(config.owner + ": SineCurrent.interval: must be at least " + show(config.time.unit()) +
                           " ms here (got " + show(config.params["interval"]) + " ms)");
  }

  LongTick next_change(LongTick t) const override {
    if (t >= stop_) return long_never;
    return t < start_ ? start_ : end_of(t);
  }

  void levels(LongTick t, Range, std::vector<double>& pA) const override {
    pA.assign(1, t < start_ || t >= stop_ ? 0.0 : mean(start_ + (t - start_) / interval_ * interval_, end_of(t)));
  }

 private:
  // Of the interval that `t` falls into.
  LongTick end_of(LongTick t) const { return std::min(start_ + ((t - start_) / interval_ + 1) * interval_, stop_); }

  double mean(LongTick begin, LongTick end) const {
    const double middle = 0.5 * (time_.ms(begin) + time_.ms(end)),
                 half = std::numbers::pi * per_ms_ * time_.ms(end - begin);
    // Whole turns are left out first: far ahead they would cost the digits of the rest.
    const double turns = std::fmod(per_ms_ * middle, 1.0) + turns_;
    const double sinc = half == 0.0 ? 1.0 : std::sin(half) / half;
    return offset_ + amplitude_ * std::sin(2.0 * std::numbers::pi * turns) * sinc;
  }

  TimeBase time_;
  double amplitude_, per_ms_, turns_, offset_;  // periods a ms; the phase in periods
  LongTick start_ = 0, stop_ = long_never, interval_ = 1;
};

const RegisterCurrent<SineCurrent> registered;

}  // namespace
}  // namespace pysnn
