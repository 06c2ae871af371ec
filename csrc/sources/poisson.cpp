// Homogeneous Poisson spike trains, independent between sources; rates may differ. With a dead time intervals are that
// and an exponential one (Deger, Helias, Boucsein & Rotter 2012, J. Comput. Neurosci. 32:443-463), in equilibrium from
// the start.
//
// Two exact ways to draw them, chosen by the expected number of spikes a step:
//  * intervals: exponential waiting times in continuous time, keyed by (source, how many before); on a
//    grid a spike takes effect at the end of the step it falls into. One comparison a source and step.
//  * counts: the number of spikes in a step, keyed by (step, source): a pure function, so that a one-to-one
//    projection adds it straight to its targets. Probabilities are resolved to 2^-32. On a grid only, without dead
//    time.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "core/compiler.hpp"
#include "core/dispatch.hpp"
#include "math/philox.hpp"
#include "math/poisson_table.hpp"
#include "sources/point_process.hpp"
#if PYSNN_HAS_CLONES
#include <immintrin.h>
#endif

namespace pysnn {
namespace {

// Below this many expected spikes a step, 2^-32 is no longer small beside the law's tail.
constexpr double counts_from = 0.02;

// The draws of a tile of sources. Sixteen bits decide nearly all of them, 32 sources to a vector; where those stand
// at a cut of the table, sixteen more are drawn. Philox has seven rounds here: with ten, words cost more than all that
// is done with them.
constexpr std::uint32_t tile = 256, blocks = tile / 8, lanes = PoissonTable::columns;
typedef std::uint16_t Lanes __attribute__((vector_size(2 * lanes)));

PYSNN_CLONES void fill_portably(std::uint64_t key, std::uint64_t step, std::uint32_t first, std::uint32_t part,
                                std::uint32_t (*word)[blocks]) {
  const auto low = static_cast<std::uint32_t>(step), high = static_cast<std::uint32_t>(step >> 32);
  for (std::uint32_t b = 0; b < blocks; ++b) {
    const Word4 w = philox<7>(key, low, high, first + b, part);
    for (int k = 0; k < 4; ++k) word[k][b] = w[static_cast<std::size_t>(k)];
  }
}

#if PYSNN_HAS_CLONES
// The same words: in lanes of 64 bits the product of two words needs no shuffling, and what is left in the upper
// half of a lane is not looked at. (The masks are there because GCC 12 warns of the plain forms' own code.)
__attribute__((target("avx512f,avx512vl"))) void fill_by_512(std::uint64_t key, std::uint64_t step, std::uint32_t first,
                                                             std::uint32_t part, std::uint32_t (*word)[blocks]) {
  constexpr __mmask8 all = 0xFF;
  const __m512i m0 = _mm512_set1_epi64(0xD2511F53), m1 = _mm512_set1_epi64(0xCD9E8D57);
  for (std::uint32_t b = 0; b < blocks; b += 8) {
    __m512i c0 = _mm512_set1_epi64(static_cast<std::int64_t>(step & 0xFFFFFFFF));
    __m512i c1 = _mm512_set1_epi64(static_cast<std::int64_t>(step >> 32));
    __m512i c2 = _mm512_add_epi64(_mm512_set1_epi64(first + b), _mm512_set_epi64(7, 6, 5, 4, 3, 2, 1, 0));
    __m512i c3 = _mm512_set1_epi64(part);
    auto k0 = static_cast<std::uint32_t>(key), k1 = static_cast<std::uint32_t>(key >> 32);
    for (int round = 0; round < 7; ++round) {
      constexpr int parity = 0x96;  // x ^ y ^ z
      const __m512i p0 = _mm512_maskz_mul_epu32(all, c0, m0), p1 = _mm512_maskz_mul_epu32(all, c2, m1);
      c0 = _mm512_ternarylogic_epi64(_mm512_maskz_srli_epi64(all, p1, 32), c1, _mm512_set1_epi64(k0), parity);
      c2 = _mm512_ternarylogic_epi64(_mm512_maskz_srli_epi64(all, p0, 32), c3, _mm512_set1_epi64(k1), parity);
      c1 = p1;
      c3 = p0;
      k0 += 0x9E3779B9u;
      k1 += 0xBB67AE85u;
    }
    const __m512i words[4] = {c0, c1, c2, c3};
    for (int w = 0; w < 4; ++w)
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(word[w] + b), _mm512_maskz_cvtepi64_epi32(all, words[w]));
  }
}
#endif

// The upper sixteen bits for each source of a tile.
void fill_upper(std::uint64_t key, std::uint64_t step, std::uint32_t tile_index, std::uint32_t part,
                std::uint16_t* upper) {
  alignas(64) std::uint32_t word[4][blocks];
#if PYSNN_HAS_CLONES
  static const bool wide = __builtin_cpu_supports("avx512vl") != 0;
  if (wide)
    fill_by_512(key, step, tile_index * blocks, part, word);
  else
#endif
    fill_portably(key, step, tile_index * blocks, part, word);
  std::memcpy(upper, word, sizeof word);
}

// The lower ones of a single source.
std::uint16_t lower_bits(std::uint64_t key, std::uint64_t step, std::uint32_t index, std::uint32_t part) {
  const auto low = static_cast<std::uint32_t>(step), high = static_cast<std::uint32_t>(step >> 32);
  return static_cast<std::uint16_t>(philox<7>(subkey(key, 1), low, high, index, part)[0]);
}

// Add the draws of a tile's sources to `count`.
PYSNN_INLINE void draw_tile(std::uint64_t key, std::uint64_t step, std::uint32_t tile_index, std::uint32_t part,
                            const PoissonTable& table, std::uint16_t* count) {
  alignas(64) std::uint16_t upper[tile];
  fill_upper(key, step, tile_index, part, upper);
  Lanes cut, alias;
  std::memcpy(&cut, table.upper_cut().data(), sizeof cut);
  std::memcpy(&alias, table.alias().data(), sizeof alias);
  for (std::uint32_t first = 0; first < tile; first += lanes) {
    Lanes bits, sum;
    std::memcpy(&bits, upper + first, sizeof bits);
    std::memcpy(&sum, count + first, sizeof sum);
    const Lanes column = bits & static_cast<std::uint16_t>(PoissonTable::columns - 1);
    Lanes end, other;
    shuffle<lanes>(cut, column, end);
    shuffle<lanes>(alias, column, other);
    const Lanes place = bits >> PoissonTable::column_bits;
    Lanes drawn = place < end ? column : other;
    const Lanes tied = place == end ? bits - bits + 1 : bits - bits;
    std::uint64_t ties[lanes / 4], any = 0;
    std::memcpy(ties, &tied, sizeof tied);
    for (const std::uint64_t four : ties) any |= four;
    if (any != 0) {
      for (std::uint32_t k = 0; k < lanes; ++k)
        if (tied[k] != 0) drawn[k] = table(bits[k], lower_bits(key, step, tile_index * tile + first + k, part));
    }
    sum += drawn;
    std::memcpy(count + first, &sum, sizeof sum);
  }
}

template <class Real>
PYSNN_INLINE std::uint64_t drive_tiles(std::uint64_t key, std::uint64_t step, std::uint32_t first, std::uint32_t n,
                                       const PoissonTable& table, std::uint32_t parts, Real weight, Real* sum) {
  std::uint64_t total = 0;
  alignas(64) std::uint16_t count[tile];
  for (std::uint32_t t = first / tile; t * tile < first + n; ++t) {
    std::memset(count, 0, sizeof count);
    for (std::uint32_t part = 0; part < parts; ++part) draw_tile(key, step, t, part, table, count);
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
                                   const PoissonTable& table, std::uint32_t parts, float weight, float* sum) {
  return drive_tiles(key, step, first, n, table, parts, weight, sum);
}

PYSNN_CLONES std::uint64_t drive64(std::uint64_t key, std::uint64_t step, std::uint32_t first, std::uint32_t n,
                                   const PoissonTable& table, std::uint32_t parts, double weight, double* sum) {
  return drive_tiles(key, step, first, n, table, parts, weight, sum);
}

class PoissonCounts final : public Source {
 public:
  explicit PoissonCounts(const SourceConfig& config, double mean)
      : owned_(config.owned), key_(config.key),
        parts_(static_cast<std::uint32_t>(mean / PoissonTable::largest_mean) + 1), table_(mean / parts_),
        count_(config.owned.size()) {}

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
    return drive64(key_, absolute(step), first, n, table_, parts_, weight, sum);
  }
  std::uint64_t drive(Tick step, std::uint32_t first, std::uint32_t n, float weight, float* sum) override {
    return drive32(key_, absolute(step), first, n, table_, parts_, weight, sum);
  }
  Tick next(Tick now) const override { return now; }
  void io(const Archive& archive, const Emitted& so_far) override {
    if (archive.restoring()) shift_ = static_cast<Tick>(so_far.epoch);
  }
  void rebase(Tick ticks) override { shift_ += ticks; }

 private:
  std::uint64_t absolute(Tick step) const { return static_cast<std::uint64_t>(step + shift_); }

  Range owned_;
  std::uint64_t key_;
  std::uint32_t parts_;  // a large number is the sum of so many draws
  PoissonTable table_;
  std::vector<float> count_;
  Tick shift_ = 0;
};

class PoissonIntervals {
 public:
  PoissonIntervals(const SourceConfig& config, const std::vector<double>& rates)
      : key_(config.key), unit_(config.time.unit()), rates_(rates), dead_(config, rates) {}

  bool next(std::uint32_t index, std::uint32_t, std::uint64_t count, Moment& at) const {
    const double rate = of_source(rates_, index);
    if (rate == 0.0) return false;
    const Word4 w = philox(key_, index, static_cast<std::uint32_t>(count), static_cast<std::uint32_t>(count >> 32), 1);
    const double unit_exponential = -std::log(unit_interval(w[0], w[1]));
    if (dead_.none()) return at.pass(unit_exponential * 1000.0 / rate / unit_);
    const double behind = unit_exponential * 1000.0 / dead_.rate_behind(index, rate);
    const double dead = count == 0 ? dead_.left(index, rate, unit_interval(w[2], w[3])) : dead_.of(index);
    return at.pass((behind + dead) / unit_);
  }

 private:
  std::uint64_t key_;
  double unit_;
  std::vector<double> rates_;
  DeadTime dead_;
};

struct Poisson {
  // A rate must be given: there is none to fall back on.
  static ModelInfo info() {
    constexpr double none = std::numeric_limits<double>::quiet_NaN();
    return {.name = "Poisson", .params = {{"rate", "Hz", none, true}, {"dead_time", "ms", 0.0, true}}};
  }

  static std::unique_ptr<Source> make(const SourceConfig& config) {
    const auto& rates = by_source(config, "rate");
    for (const double rate : rates)
      if (!(rate >= 0.0) || !std::isfinite(rate))
        throw ParameterError("source '" + config.name + "': rate must be >= 0 Hz (got " + show(rate) + ")");
    const bool uniform = std::all_of(rates.begin(), rates.end(), [&](double r) { return r == rates[0]; });
    const double mean = rates[0] * config.time.unit() * 1e-3;
    const bool counts = config.time.grid() && uniform && DeadTime(config, rates).none();
    if (counts && (config.drives || (mean >= counts_from && mean < 500.0)))
      return std::make_unique<PoissonCounts>(config, mean);
    return std::make_unique<PointProcess<PoissonIntervals>>(config, PoissonIntervals(config, rates),
                                                            config.time.grid() ? 1 : 0);
  }
};

const RegisterSource<Poisson> registered;

}  // namespace
}  // namespace pysnn
