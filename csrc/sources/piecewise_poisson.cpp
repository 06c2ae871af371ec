// Poisson spike trains of piecewise constant rate, exact: the integral of the rate between two spikes is a unit
// exponential (time rescaling; Cinlar 1975, ch. 4.7), which is inverted segment by segment.
#include <algorithm>
#include <cmath>
#include <limits>

#include "math/philox.hpp"
#include "sources/point_process.hpp"

namespace pysnn {
namespace {

class PiecewiseRate {
 public:
  explicit PiecewiseRate(const SourceConfig& config) : key_(config.key), per_tick_(config.params.array("rates")) {
    const std::string what = "source '" + config.name + "': PiecewisePoisson.";
    for (const double ms : config.params.array("times")) {
      times_.push_back(config.time.long_tick(ms, what + "times"));
      if (times_.back() < 0) throw ParameterError(what + "times: must be >= 0 ms (got " + show(ms) + ")");
      if (times_.size() > 1 && times_.back() < times_[times_.size() - 2])
        throw ParameterError(what + "times: must ascend (got " + show(ms) + " ms)");
    }
    const std::size_t n = times_.size();
    if (n == 0 || (per_tick_.size() != n && per_tick_.size() != n * config.n))
      throw ParameterError(what + "rates: expected " + std::to_string(n) + " entries, one a time, or as many a source" +
                           " (got " + std::to_string(per_tick_.size()) + ")");
    row_ = per_tick_.size() == n ? 0 : n;
    for (double& rate : per_tick_) {
      if (!(rate >= 0.0) || !std::isfinite(rate))
        throw ParameterError(what + "rates: must be >= 0 Hz (got " + show(rate) + ")");
      rate *= 1e-3 * config.time.unit();
    }
    const auto begun = std::upper_bound(times_.begin(), times_.end(), config.begin) - times_.begin();
    begun_.assign(config.owned.size(), static_cast<std::uint32_t>(begun));
  }

  bool next(std::uint32_t index, std::uint32_t local, std::uint64_t count, Moment& at) {
    const Word4 w = philox(key_, index, static_cast<std::uint32_t>(count), static_cast<std::uint32_t>(count >> 32), 1);
    double left = -std::log(unit_interval(w[0], w[1]));
    for (std::uint32_t& segment = begun_[local];; ++segment) {
      const double rate = segment == 0 ? 0.0 : per_tick_[row_ * index + segment - 1];
      if (segment == times_.size()) return rate > 0.0 && at.pass(left / rate);
      const double room = static_cast<double>(times_[segment] - at.whole) - at.fraction;
      if (left < rate * room) return at.pass(left / rate);
      left -= rate * room;
      at = {times_[segment], 0.0};
    }
  }

  void io(const Archive& archive, std::uint32_t n, Range owned) {
    archive.part("segment", n, owned.begin, owned.size(), [&](std::size_t k) -> std::uint32_t& { return begun_[k]; });
    for (const std::uint32_t segment : begun_)
      if (segment > times_.size()) archive.wrong("segment", "beyond the times");
  }

 private:
  std::uint64_t key_;
  std::vector<double> per_tick_;  // one row for all sources, or one for each
  std::size_t row_ = 0;           // from one source's to the next one's
  std::vector<LongTick> times_;
  std::vector<std::uint32_t> begun_;  // by source: how many of the times lie behind its latest spike
};

struct PiecewisePoisson {
  // Both must be given: there is nothing to fall back on.
  static ModelInfo info() {
    constexpr double none = std::numeric_limits<double>::quiet_NaN();
    return {.name = "PiecewisePoisson", .params = {{"times", "ms", none}, {"rates", "Hz", none}}};
  }
  static std::unique_ptr<Source> make(const SourceConfig& config) {
    return std::make_unique<PointProcess<PiecewiseRate>>(config, PiecewiseRate(config));
  }
};

const RegisterSource<PiecewisePoisson> registered;

}  // namespace
}  // namespace pysnn
