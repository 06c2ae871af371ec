// Given levels: amplitudes[k] pA from times[k] on, 0 before the first; of one number for all neurons, or one for each.
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

  explicit StepCurrent(const CurrentConfig& config)
      : first_(config.neurons.begin), list_(config.list), amplitudes_(config.params.array("amplitudes")) {
    for (const double ms : config.params.array("times"))
      times_.push_back(config.time.long_tick(ms, config.owner + ": times"));
    const std::size_t n = times_.size();
    if (amplitudes_.size() != n) row_ = list_ ? list_->size() : config.neurons.size();
    if (amplitudes_.size() != n * row_)
      throw ParameterError(config.owner + ": amplitudes: expected " + std::to_string(n) + ", one a time, or " +
                           std::to_string(n * row_) + ", one a time and neuron (got " +
                           std::to_string(amplitudes_.size()) + ")");
  }

  LongTick next_change(LongTick t) const override {
    const auto next = after(t);
    return next < times_.size() ? times_[next] : long_never;
  }

  void levels(LongTick t, Range neurons, std::vector<double>& pA) const override {
    const auto next = after(t);
    if (next == 0) {
      pA.assign(1, 0.0);
      return;
    }
    const double* row = amplitudes_.data() + (next - 1) * row_;
    if (row_ == 1) {
      pA.assign(1, *row);
    } else if (list_) {
      pA.assign(neurons.size(), 0.0);
      for (std::size_t j = 0; j < row_; ++j)
        if (const std::uint32_t k = (*list_)[j]; neurons.begin <= k && k < neurons.end) pA[k - neurons.begin] = row[j];
    } else {
      pA.assign(row + (neurons.begin - first_), row + (neurons.end - first_));
    }
  }

 private:
  // How many of the times are not after `t`.
  std::size_t after(LongTick t) const {
    return static_cast<std::size_t>(std::upper_bound(times_.begin(), times_.end(), t) - times_.begin());
  }

  std::uint32_t first_;  // of the neurons
  NeuronList list_;
  std::vector<LongTick> times_;
  std::vector<double> amplitudes_;
  std::size_t row_ = 1;  // from one time's to the next one's
};

const RegisterCurrent<StepCurrent> registered;

}  // namespace
}  // namespace pysnn
