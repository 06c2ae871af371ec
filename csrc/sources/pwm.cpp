// Pulse-width modulation: each source fires once a period, where the rising sawtooth of the encoder of the same name
// meets its duty. Deterministic; one list of the sources in the order in which a period meets them.
#include <algorithm>
#include <cmath>
#include <limits>

#include "sources/point_process.hpp"

namespace pysnn {
namespace {

class PWM final : public Source {
 public:
  static ModelInfo info() {
    constexpr double none = std::numeric_limits<double>::quiet_NaN();
    return {
        .name = "PWM",
        .params = {{"duty", "", none, true}, {"period", "ms", 10.0}, {"phase", "", 0.0, true}, {"guard", "", 0.05}}};
  }
  static std::unique_ptr<Source> make(const SourceConfig& config) { return std::make_unique<PWM>(config); }

  explicit PWM(const SourceConfig& config) {
    const std::string what = "source '" + config.name + "': PWM.";
    const auto &duty = by_source(config, "duty"), &phase = by_source(config, "phase");
    const double guard = config.params["guard"], ms = config.params["period"];
    period_ = config.time.long_tick(ms, what + "period");
    if (period_ < 1) throw ParameterError(what + "period: must be > 0 ms (got " + show(ms) + " ms)");
    // Rounded to the nearest step a spike must stay in its period, as the encoder has it.
    const double room = 2.0 * ms * guard / (1.0 + 2.0 * guard);
    if (config.time.grid() && !(config.time.unit() < room))
      throw ParameterError(what + "period: needs dt < 2 period guard / (1 + 2 guard) = " + show(room) +
                           " ms (got dt = " + show(config.time.unit()) + " ms)");
    begin_ = config.begin / period_ * period_;
    for (std::uint32_t i = config.owned.begin; i < config.owned.end; ++i) {
      const double met = (of_source(duty, i) + guard) / (1.0 + 2.0 * guard) - of_source(phase, i);
      if (!(std::abs(met) < 1.0)) throw ParameterError(what + "duty, phase: must be >= 0 and <= 1");
      const auto offset = static_cast<LongTick>(std::nearbyint(met * static_cast<double>(period_)));
      spikes_.push_back({offset < 1 ? offset + period_ : offset, i});  // nothing fires at time 0
    }
    std::sort(spikes_.begin(), spikes_.end(),
              [](const Phase& a, const Phase& b) { return a.time != b.time ? a.time < b.time : a.index < b.index; });
  }

  void emit(Tick, Tick to, std::vector<TimedSpike>& spikes) override {
    if (spikes_.empty()) return;
    while (begin_ + spikes_[next_].time <= to) {
      spikes.push_back({static_cast<Tick>(begin_ + spikes_[next_].time), spikes_[next_].index});
      if (++next_ < spikes_.size()) continue;
      next_ = 0;
      begin_ += period_;
    }
  }

  Tick next(Tick) const override { return spikes_.empty() ? never : in_epoch(begin_ + spikes_[next_].time, 0); }
  void io(const Archive& archive, const Emitted& so_far) override {
    if (archive.saving() || spikes_.empty()) return;
    const LongTick emitted = so_far.epoch + so_far.emitted;
    // The period in which the last spike of a period is still to come; those of a period span less than two of it.
    if (const LongTick behind = emitted - spikes_.back().time - begin_; behind >= 0)
      begin_ += (behind / period_ + 1) * period_;
    while (begin_ + spikes_[next_].time <= emitted) ++next_;
    begin_ -= so_far.epoch;
  }
  void rebase(Tick ticks) override { begin_ -= ticks; }

 private:
  struct Phase {
    LongTick time;  // from the begin of a period
    std::uint32_t index;
  };
  LongTick period_ = 1;
  std::vector<Phase> spikes_;  // of one period
  std::size_t next_ = 0;
  LongTick begin_ = 0;  // of the period at hand, as the epoch has it
};

const RegisterSource<PWM> registered;

}  // namespace
}  // namespace pysnn
