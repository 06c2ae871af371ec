#include "engine/clock/static_rows.hpp"

#include "core/dispatch.hpp"
#include "core/error.hpp"
#include "engine/clock/bitmap_sum.hpp"

namespace pysnn {
namespace {

// A run is asked for so many runs before it is delivered: it is rarely in a cache.
constexpr std::size_t ahead = 12, line = 64;

PYSNN_INLINE void prefetch_bytes(const std::uint8_t* begin, std::size_t bytes) {
  for (std::size_t at = 0; at < bytes; at += line) __builtin_prefetch(begin + at);
}

// Call visit(run) for every run; each takes `bytes` a synapse from `data` on.
template <class Visit>
PYSNN_INLINE void for_each_run(std::span<const RunEntry> runs, const std::uint8_t* data, std::size_t bytes,
                               Visit&& visit) {
  for (std::size_t r = 0; r < runs.size(); ++r) {
    if (r + ahead < runs.size()) {
      const RunEntry& later = runs[r + ahead];
      prefetch_bytes(data + later.begin * bytes, later.length * bytes);
    }
    visit(runs[r]);
  }
}

template <class Weight, class Real>
PYSNN_INLINE void scatter(const std::uint8_t* target, const std::uint8_t* weight, std::uint32_t n, Real* sum) {
  for (std::uint32_t k = 0; k < n; ++k) {
    std::uint16_t t;
    Weight w;
    std::memcpy(&t, target + k * sizeof t, sizeof t);
    std::memcpy(&w, weight + k * sizeof w, sizeof w);
    sum[t] += static_cast<Real>(w);
  }
}

constexpr std::uint32_t widened = 64;  // halves at a time

PYSNN_CLONES void widen(const std::uint8_t* halves, std::uint32_t n, float* floats) {
  for (std::uint32_t k = 0; k < n; ++k) {
    Half half;
    std::memcpy(&half, halves + k * sizeof half, sizeof half);
    floats[k] = half;
  }
}

template <class Weight, class Real>
void add_packed(std::span<const RunEntry> runs, const std::uint8_t* packed, Real* sum) {
  constexpr std::size_t bytes = sizeof(std::uint16_t) + sizeof(Weight);
  for_each_run(runs, packed, bytes, [&](const RunEntry& run) {
    const std::uint8_t* target = packed + run.begin * bytes;
    const std::uint8_t* weight = target + run.length * sizeof(std::uint16_t);
    if constexpr (std::is_same_v<Weight, Half>) {
      alignas(64) float wide[widened];
      for (std::uint32_t first = 0; first < run.length; first += widened) {
        const std::uint32_t n = std::min(widened, run.length - first);
        widen(weight + first * sizeof(Half), n, wide);
        scatter<float>(target + first * sizeof(std::uint16_t), reinterpret_cast<const std::uint8_t*>(wide), n, sum);
      }
    } else {
      scatter<Weight>(target, weight, run.length, sum);
    }
  });
}

template <class Count>
void scatter_counts(std::span<const RunEntry> runs, const std::uint16_t* target, Count* count) {
  for_each_run(runs, reinterpret_cast<const std::uint8_t*>(target), sizeof(std::uint16_t), [&](const RunEntry& run) {
    for (std::uint32_t k = 0; k < run.length; ++k) ++count[target[run.begin + k]];
  });
}

PYSNN_CLONES void add_counts(std::uint16_t* __restrict count, std::uint32_t n, float weight, float* __restrict sum) {
  for (std::uint32_t t = 0; t < n; ++t) {
    sum[t] += weight * static_cast<float>(count[t]);
    count[t] = 0;
  }
}
PYSNN_CLONES void add_counts(std::uint16_t* __restrict count, std::uint32_t n, double weight, double* __restrict sum) {
  for (std::uint32_t t = 0; t < n; ++t) {
    sum[t] += weight * static_cast<double>(count[t]);
    count[t] = 0;
  }
}
template <class Real>
void add_counts(std::uint32_t* count, std::uint32_t n, Real weight, Real* sum) {
  for (std::uint32_t t = 0; t < n; ++t) {
    sum[t] += weight * static_cast<Real>(count[t]);
    count[t] = 0;
  }
}

// The same where few targets are hit: goes through the runs again. A target's later visits add 0.
template <class Real, class Count>
void add_few_counts(std::span<const RunEntry> runs, const std::uint16_t* target, Count* count, Real weight, Real* sum) {
  for (const RunEntry& run : runs) {
    for (std::uint32_t k = 0; k < run.length; ++k) {
      const std::uint16_t t = target[run.begin + k];
      sum[t] += weight * static_cast<Real>(count[t]);
      count[t] = 0;
    }
  }
}

// The most synapses that a run has at one target; in bitmaps the first of them is a bit.
std::uint32_t most_of_a_pair(const Block& block) {
  const std::uint32_t* bounds = block.is_bitmap() ? block.extra.data() : block.run_begin.data();
  const std::uint32_t first = block.is_bitmap() ? 2 : 1;
  std::uint32_t most = 1;
  for (std::uint32_t run = 0; run < block.runs(); ++run) {
    std::uint32_t same = first;
    for (std::uint32_t q = bounds[run]; q < bounds[run + 1]; ++q) {
      same = q > bounds[run] && block.target[q] == block.target[q - 1] ? same + 1 : first;
      most = std::max(most, same);
    }
  }
  return most;
}

}  // namespace

template <class Real>
StaticRows<Real>::StaticRows(const Block& block) : block_(block) {
  if (!block.constant_weight) {
    if (block.size() > 0 && !block.is_packed())
      throw ParameterError("the clock engine needs a network compiled with packs_rows");
    return;
  }
  for (const Member& member : block.members) width_ = std::max(width_, member.end);
  counts_ = Array<std::uint16_t>(std::max(width_, block.words * 64), 0);
  most_of_pair_ = most_of_a_pair(block);
  was_bitmap_ = block.is_bitmap();
}

template <class Real>
void StaticRows<Real>::prefetch(std::span<const RunEntry> runs) const {
  if (block_.is_bitmap()) return;
  const auto* data =
      block_.is_packed() ? block_.packed.data() : reinterpret_cast<const std::uint8_t*>(block_.target.data());
  const std::size_t bytes = block_.is_packed() ? block_.synapse_bytes() : sizeof(std::uint16_t);
  for (const RunEntry& run : runs.first(std::min(ahead, runs.size())))
    prefetch_bytes(data + run.begin * bytes, run.length * bytes);
}

template <class Real>
void StaticRows<Real>::deliver(std::span<RunEntry> runs, std::span<const Straggler> stragglers, Real* sum) {
  if (runs.empty() && stragglers.empty()) return;
  if (block_.constant_weight) {
    if (runs.size() * most_of_pair_ + stragglers.size() <= 0xFFFF) {
      count(runs, stragglers, counts_, sum);
    } else {
      if (large_counts_.empty()) large_counts_ = Array<std::uint32_t>(counts_.size(), 0);
      count(runs, stragglers, large_counts_, sum);
    }
    return;
  }
  if (was_bitmap_) {
    // Weights were made apart since: runs that were on their way then are known by their numbers.
    for (RunEntry& run : runs)
      if (run.length == 0)
        run = {block_.run_begin[run.begin], block_.run_begin[run.begin + 1] - block_.run_begin[run.begin]};
  }
  block_.with_weights([&](const auto& weights) {
    using Weight = std::remove_cvref_t<decltype(weights[0])>;
    for (const Straggler& one : stragglers)
      sum[block_.target_of(one.synapse)] += static_cast<Real>(block_.template weight_of<Weight>(one.synapse));
    add_packed<Weight>(runs, block_.packed.data(), sum);
  });
}

template <class Real>
template <class Count>
void StaticRows<Real>::count(std::span<RunEntry> runs, std::span<const Straggler> stragglers, Array<Count>& counts,
                             Real* sum) {
  const Real weight =
      block_.with_weights([](const auto& weights) { return static_cast<Real>(static_cast<double>(weights[0])); });
  const std::uint16_t* target = block_.target.data();
  if (block_.is_bitmap()) {
    bitmaps_.clear();
    for (RunEntry& run : runs) {
      bitmaps_.push_back(run.begin);
      run = {block_.extra[run.begin], block_.extra[run.begin + 1] - block_.extra[run.begin]};
    }
    sum_bitmaps(bitmaps_, block_.bits.data(), block_.words, counts.data());
    scatter_counts(runs, target, counts.data());
    add_counts(counts.data(), width_, weight, sum);
    return;
  }
  std::uint64_t synapses = 0;
  for (const RunEntry& run : runs) synapses += run.length;
  for (const Straggler& one : stragglers) ++counts[target[one.synapse]];
  scatter_counts(runs, target, counts.data());
  if (stragglers.empty() && synapses * 4 < width_)
    add_few_counts(std::span<const RunEntry>(runs), target, counts.data(), weight, sum);
  else
    add_counts(counts.data(), width_, weight, sum);
}

template class StaticRows<float>;
template class StaticRows<double>;

}  // namespace pysnn
