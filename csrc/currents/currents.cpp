// Given levels: amplitudes[k] pA from times[k] on, 0 before the first.
#include <algorithm>
#include <limits>

#include "currents/current.hpp"

namespace pysnn {
namespace {

class StepCurrent final : public Current {
 public:
  // Both must be given: there is nothing to fall back on.
  static ModelInfo info() {
    constexpr double none = std::numeric_limits<double>::quiet_NaN();
    return {.name = "StepCurrent", .params = {{"times", "ms", none}, {"amplitudes", "pA", none}}};
  }
  static std::unique_ptr<const Current> make(const CurrentConfig& config) {
    return std::make_unique<const StepCurrent>(config);
  }

  explicit StepCurrent(const CurrentConfig& config) : amplitudes_(config.params.array("amplitudes")) {
    for (const double ms : config.params.array("times"))
      times_.push_back(config.time.long_tick(ms, config.owner + ": times"));
    if (times_.size() != amplitudes_.size())
      throw ParameterError(config.owner + ": times and amplitudes differ in length");
  }

  LongTick next_change(LongTick t) const override {
    const auto next = after(t);
    return next < times_.size() ? times_[next] : long_never;
  }

  void levels(LongTick t, Range, std::vector<double>& pA) const override {
    const auto next = after(t);
    pA.assign(1, next == 0 ? 0.0 : amplitudes_[next - 1]);
  }

 private:
  // How many of the times are not after `t`.
  std::size_t after(LongTick t) const {
    return static_cast<std::size_t>(std::upper_bound(times_.begin(), times_.end(), t) - times_.begin());
  }

  std::vector<LongTick> times_;
  std::vector<double> amplitudes_;
};

const RegisterCurrent<StepCurrent> registered;

}  // namespace
}  // namespace pysnn
