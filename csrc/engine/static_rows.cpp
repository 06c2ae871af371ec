#include "engine/static_rows.hpp"

#include "core/dispatch.hpp"
#include "engine/bitmap_sum.hpp"

namespace pysnn {
namespace {

// The bounds of a run are asked for so many runs before it is delivered, and its first lines half as many.
constexpr std::size_t bounds_ahead = 16, lines_ahead = 8;
constexpr std::size_t line = 64;

template <class T>
PYSNN_INLINE void prefetch(const T* data, std::uint32_t begin, std::uint32_t end) {
  const auto* last = reinterpret_cast<const char*>(data + end);
  for (const auto* at = reinterpret_cast<const char*>(data + begin); at < last; at += line) __builtin_prefetch(at);
}

// Call visit(begin, end) for every run.
template <class Prefetch, class Visit>
PYSNN_INLINE void for_each_run(std::span<const std::uint32_t> runs, const std::uint32_t* bounds, Prefetch&& fetch,
                               Visit&& visit) {
  const std::size_t n = runs.size();
  for (std::size_t r = 0; r < n; ++r) {
    if (r + bounds_ahead < n) __builtin_prefetch(bounds + runs[r + bounds_ahead]);
    if (r + lines_ahead < n) {
      const std::uint32_t run = runs[r + lines_ahead];
      fetch(bounds[run], bounds[run + 1]);
    }
    visit(bounds[runs[r]], bounds[runs[r] + 1]);
  }
}

template <class Real, class Weight>
PYSNN_INLINE void scatter_weights(std::span<const std::uint32_t> runs, const std::uint32_t* bounds,
                                  const std::uint16_t* target, const Weight* weight, Real* sum) {
  for_each_run(
      runs, bounds,
      [&](std::uint32_t begin, std::uint32_t end) {
        prefetch(target, begin, end);
        prefetch(weight, begin, end);
      },
      [&](std::uint32_t begin, std::uint32_t end) {
        for (std::uint32_t q = begin; q < end; ++q) sum[target[q]] += static_cast<Real>(static_cast<float>(weight[q]));
      });
}

template <class Real>
PYSNN_INLINE void scatter_weights(std::span<const std::uint32_t> runs, const std::uint32_t* bounds,
                                  const std::uint16_t* target, const double* weight, Real* sum) {
  for_each_run(
      runs, bounds,
      [&](std::uint32_t begin, std::uint32_t end) {
        prefetch(target, begin, end);
        prefetch(weight, begin, end);
      },
      [&](std::uint32_t begin, std::uint32_t end) {
        for (std::uint32_t q = begin; q < end; ++q) sum[target[q]] += static_cast<Real>(weight[q]);
      });
}

// Synapses of all runs: how densely the targets are hit.
std::uint64_t total(std::span<const std::uint32_t> runs, const std::uint32_t* bounds) {
  std::uint64_t sum = 0;
  for (const std::uint32_t run : runs) sum += bounds[run + 1] - bounds[run];
  return sum;
}

template <class Count>
PYSNN_INLINE void scatter_counts(std::span<const std::uint32_t> runs, const std::uint32_t* bounds,
                                 const std::uint16_t* target, Count* count) {
  for_each_run(
      runs, bounds, [&](std::uint32_t begin, std::uint32_t end) { prefetch(target, begin, end); },
      [&](std::uint32_t begin, std::uint32_t end) {
        for (std::uint32_t q = begin; q < end; ++q) ++count[target[q]];
      });
}

template <class Real, class Count>
PYSNN_CLONES void add_counts(Count* __restrict count, std::uint32_t n, Real weight, Real* __restrict sum) {
  for (std::uint32_t t = 0; t < n; ++t) {
    sum[t] += weight * static_cast<Real>(count[t]);
    count[t] = 0;
  }
}

// The same where few targets are hit: goes through the runs again. A target's later visits add 0.
template <class Real, class Count>
void add_few_counts(std::span<const std::uint32_t> runs, const std::uint32_t* bounds, const std::uint16_t* target,
                    Count* count, Real weight, Real* sum) {
  for (const std::uint32_t run : runs) {
    for (std::uint32_t q = bounds[run]; q < bounds[run + 1]; ++q) {
      const std::uint16_t t = target[q];
      sum[t] += weight * static_cast<Real>(count[t]);
      count[t] = 0;
    }
  }
}

}  // namespace

template <class Real>
StaticRows<Real>::StaticRows(const Block& block) : block_(block) {
  for (const Member& member : block.members) width_ = std::max(width_, member.end);
  if (!block.constant_weight) return;
  counts_ = Array<std::uint16_t>(std::max(width_, block.words * 64), 0);
  const bool bitmap = block.is_bitmap();
  const std::uint32_t* bounds = bitmap ? block.extra.data() : block.run_begin.data();
  for (std::uint32_t run = 0; run < block.runs(); ++run) {
    std::uint32_t same = bitmap ? 2 : 1;
    for (std::uint32_t q = bounds[run] + 1; q < bounds[run + 1]; ++q) {
      same = block.target[q] == block.target[q - 1] ? same + 1 : bitmap ? 2 : 1;
      most_of_pair_ = std::max(most_of_pair_, same);
    }
    if (bitmap && bounds[run] < bounds[run + 1]) most_of_pair_ = std::max(most_of_pair_, 2u);
  }
}

template <class Real>
void StaticRows<Real>::deliver(std::span<const std::uint32_t> runs, Real* sum) {
  if (runs.empty()) return;
  if (block_.constant_weight) {
    if (runs.size() * most_of_pair_ <= 0xFFFF) {
      count(runs, counts_, sum);
    } else {
      if (large_counts_.empty()) large_counts_ = Array<std::uint32_t>(counts_.size(), 0);
      count(runs, large_counts_, sum);
    }
    return;
  }
  block_.with_weights([&](const auto& weights) {
    scatter_weights(runs, block_.run_begin.data(), block_.target.data(), weights.data(), sum);
  });
}

template <class Real>
template <class Count>
void StaticRows<Real>::count(std::span<const std::uint32_t> runs, Array<Count>& counts, Real* sum) {
  const Real weight =
      block_.with_weights([](const auto& weights) { return static_cast<Real>(static_cast<double>(weights[0])); });
  const std::uint16_t* target = block_.target.data();
  if (block_.is_bitmap()) {
    sum_bitmaps(runs, block_.bits.data(), block_.words, counts.data());
    scatter_counts(runs, block_.extra.data(), target, counts.data());
    add_counts(counts.data(), width_, weight, sum);
    return;
  }
  const std::uint32_t* bounds = block_.run_begin.data();
  scatter_counts(runs, bounds, target, counts.data());
  if (total(runs, bounds) * 4 < width_)
    add_few_counts(runs, bounds, target, counts.data(), weight, sum);
  else
    add_counts(counts.data(), width_, weight, sum);
}

template class StaticRows<float>;
template class StaticRows<double>;

}  // namespace pysnn
