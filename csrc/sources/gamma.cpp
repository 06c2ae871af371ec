// Renewal spike trains with gamma-distributed intervals, in equilibrium from the start: the first interval is what
// remains of one that was under way at time 0, that is, a uniform share of one chosen in proportion to its length
// (Cox 1962, Renewal Theory, ch. 5.3). Length-biased, a gamma law of shape k is one of shape k + 1. With a dead time,
// an interval is that and a gamma-distributed one; under way at time 0 is either.
#include <cmath>
#include <limits>

#include "math/distribution.hpp"
#include "math/philox.hpp"
#include "sources/point_process.hpp"

namespace pysnn {
namespace {

// Draws of one purpose for spike number `count` of a source.
struct Draws {
  std::uint64_t key;
  std::uint32_t index;
  std::uint64_t count;

  Word4 words(std::uint32_t attempt) const {
    return philox(key, index, static_cast<std::uint32_t>(count), static_cast<std::uint32_t>(count >> 32), attempt);
  }
  double uniform() const {
    const Word4 w = words(0);
    return unit_interval(w[0], w[1]);
  }
};

// A gamma variate of unit scale and shape >= 1 (Marsaglia & Tsang 2000, ACM TOMS 26:363-372): rejected a few times
// in a hundred.
double standard_gamma(const Draws& draws, double shape) {
  const double d = shape - 1.0 / 3.0, c = 1.0 / std::sqrt(9.0 * d);
  for (std::uint32_t attempt = 0;; ++attempt) {
    const Word4 w = draws.words(attempt);
    const double x = normal_quantile(unit_interval(w[0], w[1])), root = 1.0 + c * x;
    if (root <= 0.0) continue;
    const double v = root * root * root;
    if (std::log(unit_interval(w[2], w[3])) < 0.5 * x * x + d * (1.0 - v + std::log(v))) return d * v;
  }
}

class GammaIntervals {
 public:
  explicit GammaIntervals(const SourceConfig& config)
      : key_(config.key), boost_key_(subkey(config.key, 1)), share_key_(subkey(config.key, 2)),
        dead_key_(subkey(config.key, 3)), unit_(config.time.unit()), rate_(by_source(config, "rate")),
        shape_(by_source(config, "shape")), dead_(config, rate_) {
    const std::string what = "source '" + config.name + "': ";
    for (const double rate : rate_)
      if (!(rate >= 0.0) || !std::isfinite(rate))
        throw ParameterError(what + "rate must be >= 0 Hz (got " + show(rate) + ")");
    for (const double shape : shape_)
      if (!(shape > 0.0) || !std::isfinite(shape))
        throw ParameterError(what + "shape must be > 0 (got " + show(shape) + ")");
  }

  bool next(std::uint32_t index, std::uint32_t, std::uint64_t count, Moment& at) const {
    const double rate = of_source(rate_, index), shape = of_source(shape_, index);
    if (rate == 0.0) return false;
    const double scale = 1000.0 / dead_.rate_behind(index, rate) / shape / unit_;  // ticks
    const double left = count == 0 ? dead_.left(index, rate, Draws{dead_key_, index, 0}.uniform()) : dead_.of(index);
    const bool whole = count > 0 || left > 0.0;  // a gamma-distributed part from its begin on
    return at.pass((whole ? gamma(index, count, shape, scale) : rest_of_gamma(index, shape, scale)) + left / unit_);
  }

 private:
  double gamma(std::uint32_t index, std::uint64_t count, double shape, double scale) const {
    const Draws draws{key_, index, count};
    if (shape >= 1.0) return scale * standard_gamma(draws, shape);
    // The boost for small shapes (there, section 6).
    const double boost = std::pow(Draws{boost_key_, index, count}.uniform(), 1.0 / shape);
    return scale * standard_gamma(draws, shape + 1.0) * boost;
  }
  double rest_of_gamma(std::uint32_t index, double shape, double scale) const {
    return scale * standard_gamma({key_, index, 0}, shape + 1.0) * Draws{share_key_, index, 0}.uniform();
  }

  std::uint64_t key_, boost_key_, share_key_, dead_key_;
  double unit_;
  std::vector<double> rate_, shape_;
  DeadTime dead_;
};

struct Gamma {
  // Both must be given: there is nothing to fall back on.
  static ModelInfo info() {
    constexpr double none = std::numeric_limits<double>::quiet_NaN();
    return {.name = "Gamma",
            .params = {{"rate", "Hz", none, true}, {"shape", "", none, true}, {"dead_time", "ms", 0.0, true}}};
  }
  static std::unique_ptr<Source> make(const SourceConfig& config) {
    return std::make_unique<PointProcess<GammaIntervals>>(config, GammaIntervals(config));
  }
};

const RegisterSource<Gamma> registered;

}  // namespace
}  // namespace pysnn
