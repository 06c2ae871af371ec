// Homogeneous Poisson spike trains, independent between sources; rates may differ.
//
// Two exact ways to draw them, chosen by the expected number of spikes a step:
//  * intervals: exponential waiting times in continuous time, keyed by (source, how many before); on a
//    grid a spike takes effect at the end of the step it falls into. One comparison a source and step.
//  * counts: the number of spikes in a step, by inversion of the Poisson law, keyed by (step, source): a pure
//    function, so that a one-to-one projection adds it straight to its targets. Probabilities are resolved
//    to 2^-32. On a grid only.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "core/dispatch.hpp"
#include "core/philox.hpp"
#include "sources/source.hpp"

namespace pysnn {
namespace {

// Below this many expected spikes a step, 2^-32 is no longer small beside the law's tail.
constexpr double counts_from = 0.02;

double rate_of(const std::vector<double>& rates, std::uint32_t i) { return rates[rates.size() == 1 ? 0 : i]; }

// Inversion table of the Poisson law: the count is the number of thresholds that a 32-bit word reaches.
class CountTable {
 public:
  explicit CountTable(double mean) {
    double term = std::exp(-mean), below = term;
    for (int k = 1;; ++k) {
      const double word = std::nearbyint(below * 0x1p32);
      if (word >= 0x1p32 || (k > mean && term < 0x1p-34)) break;
      threshold.push_back(static_cast<std::uint32_t>(word));
      term *= mean / k;
      below += term;
    }
    for (const std::uint32_t word : threshold)
      if (word >> 16 < 0xFFFF) upper.push_back(static_cast<std::uint16_t>(word >> 16));
  }
  std::vector<std::uint32_t> threshold;
  std::vector<std::uint16_t> upper;  // their upper halves, but for those at the end, where every draw is a tie
};

// The draws of a tile of sources. Sixteen bits decide nearly all of them, 32 sources to a vector; where those stand
// at a threshold, sixteen more are drawn, so that the law is that of 32 bits. Philox has seven rounds here: with ten,
// words cost more than all that is done with them.
constexpr std::uint32_t tile = 256, blocks = tile / 8, lanes = 32;
typedef std::uint16_t Lanes __attribute__((vector_size(2 * lanes)));

PYSNN_INLINE void fill_upper(std::uint64_t key, std::uint64_t step, std::uint32_t tile_index, std::uint16_t* upper) {
  const auto low = static_cast<std::uint32_t>(step), high = static_cast<std::uint32_t>(step >> 32);
  std::uint32_t word[4][blocks];
  for (std::uint32_t b = 0; b < blocks; ++b) {
    const Word4 w = philox<7>(key, low, high, tile_index * blocks + b, 0);
    word[0][b] = w[0];
    word[1][b] = w[1];
    word[2][b] = w[2];
    word[3][b] = w[3];
  }
  std::memcpy(upper, word, sizeof word);
}

PYSNN_INLINE std::uint16_t draw_exactly(std::uint64_t key, std::uint64_t step, std::uint32_t index, std::uint16_t upper,
                                        const std::vector<std::uint32_t>& threshold) {
  const auto low = static_cast<std::uint32_t>(step), high = static_cast<std::uint32_t>(step >> 32);
  const std::uint32_t word = std::uint32_t{upper} << 16 | philox<7>(key, low, high, index, 1)[0] >> 16;
  return static_cast<std::uint16_t>(std::upper_bound(threshold.begin(), threshold.end(), word) - threshold.begin());
}

template <class Real>
PYSNN_INLINE std::uint64_t drive_tiles(std::uint64_t key, std::uint64_t step, std::uint32_t first, std::uint32_t n,
                                       const CountTable& table, Real weight, Real* sum) {
  std::uint64_t total = 0;
  alignas(64) std::uint16_t upper[tile], count[tile];
  const std::uint16_t* level = table.upper.data();
  const std::size_t levels = table.upper.size();
  for (std::uint32_t t = first / tile; t * tile < first + n; ++t) {
    fill_upper(key, step, t, upper);
    for (std::uint32_t part = 0; part < tile; part += 2 * lanes) {
      Lanes mine[2], reached[2] = {}, nearest[2];
      std::memcpy(mine, upper + part, sizeof mine);
      for (int v = 0; v < 2; ++v) nearest[v] = ~mine[v];
      for (std::size_t l = 0; l < levels; ++l) {
        for (int v = 0; v < 2; ++v) {
          reached[v] -= (Lanes)(mine[v] > level[l]);
          const Lanes off = mine[v] ^ level[l];
          nearest[v] = off < nearest[v] ? off : nearest[v];
        }
      }
      std::memcpy(count + part, reached, sizeof reached);
      const Lanes tied[2] = {(Lanes)(nearest[0] == 0), (Lanes)(nearest[1] == 0)};
      std::uint64_t ties[lanes / 4], any = 0;
      const Lanes both = tied[0] | tied[1];
      std::memcpy(ties, &both, sizeof both);
      for (const std::uint64_t four : ties) any |= four;
      if (any == 0) continue;
      for (std::uint32_t k = 0; k < 2 * lanes; ++k)
        if (tied[k / lanes][k % lanes] != 0)
          count[part + k] = draw_exactly(key, step, t * tile + part + k, upper[part + k], table.threshold);
    }
    const std::uint32_t begin = std::max(first, t * tile), end = std::min(first + n, (t + 1) * tile);
    const std::uint16_t* mine = count + (begin - t * tile);
    Real* into = sum + (begin - first);
    std::uint32_t here = 0;
    for (std::uint32_t k = 0; k < end - begin; ++k) {
      here += mine[k];
      into[k] += weight * static_cast<Real>(mine[k]);
    }
    total += here;
  }
  return total;
}

PYSNN_CLONES std::uint64_t drive32(std::uint64_t key, std::uint64_t step, std::uint32_t first, std::uint32_t n,
                                   const CountTable& table, float weight, float* sum) {
  return drive_tiles(key, step, first, n, table, weight, sum);
}

PYSNN_CLONES std::uint64_t drive64(std::uint64_t key, std::uint64_t step, std::uint32_t first, std::uint32_t n,
                                   const CountTable& table, double weight, double* sum) {
  return drive_tiles(key, step, first, n, table, weight, sum);
}

class PoissonCounts final : public Source {
 public:
  explicit PoissonCounts(const SourceConfig& config, double mean)
      : owned_(config.owned), key_(config.key), table_(mean), count_(config.owned.size()) {}

  void emit(Tick from, Tick to, std::vector<TimedSpike>& spikes) override {
    for (Tick step = from + 1; step <= to; ++step) {
      std::fill(count_.begin(), count_.end(), 0.0f);
      drive(step, owned_.begin, owned_.size(), 1.0f, count_.data());
      for (std::uint32_t k = 0; k < count_.size(); ++k)
        for (int c = 0; c < static_cast<int>(count_[k]); ++c) spikes.push_back({step, owned_.begin + k});
    }
  }

  bool can_drive() const override { return true; }
  std::uint64_t drive(Tick step, std::uint32_t first, std::uint32_t n, double weight, double* sum) override {
    return drive64(key_, absolute(step), first, n, table_, weight, sum);
  }
  std::uint64_t drive(Tick step, std::uint32_t first, std::uint32_t n, float weight, float* sum) override {
    return drive32(key_, absolute(step), first, n, table_, weight, sum);
  }
  Tick next(Tick now) const override { return now; }
  void rebase(Tick ticks) override { shift_ += ticks; }

 private:
  std::uint64_t absolute(Tick step) const { return static_cast<std::uint64_t>(step + shift_); }

  Range owned_;
  std::uint64_t key_;
  CountTable table_;
  std::vector<float> count_;
  Tick shift_ = 0;
};

class PoissonIntervals final : public Source {
 public:
  PoissonIntervals(const SourceConfig& config, const std::vector<double>& rates)
      : owned_(config.owned), key_(config.key), grid_(config.time.grid()), unit_(config.time.unit()), rates_(rates),
        next_(config.owned.size(), never), exact_(config.owned.size(), 0.0), count_(config.owned.size(), 0),
        soonest_((config.owned.size() + group - 1) / group) {
    for (std::uint32_t k = 0; k < next_.size(); ++k) advance(k);
    for (std::uint32_t g = 0; g < soonest_.size(); ++g) find_soonest(g);
  }

  void emit(Tick, Tick to, std::vector<TimedSpike>& spikes) override {
    const std::size_t begin = spikes.size();
    for (std::uint32_t g = 0; g < soonest_.size(); ++g) {
      if (soonest_[g] > to) continue;
      for (std::uint32_t k = g * group; k < group_end(g); ++k)
        for (; next_[k] <= to; advance(k)) spikes.push_back({next_[k], owned_.begin + k});
      find_soonest(g);
    }
    std::sort(spikes.begin() + static_cast<std::ptrdiff_t>(begin), spikes.end(),
              [](const TimedSpike& a, const TimedSpike& b) {
                return a.time != b.time ? a.time < b.time : a.index < b.index;
              });
  }

  Tick next(Tick) const override {
    return soonest_.empty() ? never : *std::min_element(soonest_.begin(), soonest_.end());
  }

  void rebase(Tick ticks) override {
    for (auto& t : next_)
      if (t != never) t -= ticks;
    for (auto& t : soonest_)
      if (t != never) t -= ticks;
  }

 private:
  // Most steps emit nothing: sources are looked at only where the soonest of their group is due.
  static constexpr std::uint32_t group = 64;
  std::uint32_t group_end(std::uint32_t g) const {
    return std::min(static_cast<std::uint32_t>(next_.size()), (g + 1) * group);
  }
  void find_soonest(std::uint32_t g) {
    soonest_[g] = *std::min_element(next_.begin() + g * group, next_.begin() + group_end(g));
  }

  // Whole ticks and the fraction of one apart, so that long runs lose no digits.
  void advance(std::uint32_t k) {
    const double rate = rate_of(rates_, owned_.begin + k);
    if (rate == 0.0) return;
    const std::uint64_t drawn = count_[k]++;
    const Word4 w =
        philox(key_, owned_.begin + k, static_cast<std::uint32_t>(drawn), static_cast<std::uint32_t>(drawn >> 32), 1);
    const double wait = -std::log(unit_interval(w[0], w[1])) * 1000.0 / rate / unit_ + exact_[k];
    if (!(wait < 4.0e18)) {
      next_[k] = never;
      return;
    }
    const double whole = std::floor(wait);
    exact_[k] = wait - whole;
    // `last` is the tick that the last spike fell into; a spike inside step s takes effect at its end.
    const Tick last = drawn == 0 ? 0 : next_[k] - (grid_ ? 1 : 0);
    next_[k] = last + static_cast<Tick>(whole) + (grid_ ? 1 : 0);
  }

  Range owned_;
  std::uint64_t key_;
  bool grid_;
  double unit_;
  std::vector<double> rates_;
  std::vector<Tick> next_;
  std::vector<double> exact_;
  std::vector<std::uint64_t> count_;
  std::vector<Tick> soonest_;
};

struct Poisson {
  // A rate must be given: there is none to fall back on.
  static ModelInfo info() {
    return {.name = "Poisson", .params = {{"rate", "Hz", std::numeric_limits<double>::quiet_NaN()}}};
  }

  static std::unique_ptr<Source> make(const SourceConfig& config) {
    const auto& rates = config.params.array("rate");
    if (rates.size() != 1 && rates.size() != config.n)
      throw ParameterError("source '" + config.name + "': rate: expected one number or " + std::to_string(config.n) +
                           " (got " + std::to_string(rates.size()) + ")");
    for (const double rate : rates)
      if (!(rate >= 0.0) || !std::isfinite(rate))
        throw ParameterError("source '" + config.name + "': rate must be >= 0 Hz (got " + show(rate) + ")");
    const bool uniform = std::all_of(rates.begin(), rates.end(), [&](double r) { return r == rates[0]; });
    const double mean = rates[0] * config.time.unit() * 1e-3;
    if (config.time.grid() && uniform && mean >= counts_from && mean < 500.0)
      return std::make_unique<PoissonCounts>(config, mean);
    return std::make_unique<PoissonIntervals>(config, rates);
  }
};

const RegisterSource<Poisson> registered;

}  // namespace
}  // namespace pysnn
