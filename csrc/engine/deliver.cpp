#include "engine/deliver.hpp"

#include "core/dispatch.hpp"

namespace pysnn {
namespace {

// The first lines of a run are asked for a few runs ahead; the processor streams the rest by itself.
constexpr std::size_t ahead = 4;

template <class Real, bool constant>
PYSNN_INLINE std::uint64_t scatter(std::span<const RunEntry> runs, const std::uint32_t* target, const Real* weight,
                                   Real* sum) {
  std::uint64_t delivered = 0;
  const Real same = weight[0];
  for (std::size_t r = 0; r < runs.size(); ++r) {
    if (r + ahead < runs.size()) {
      __builtin_prefetch(target + runs[r + ahead].begin);
      if constexpr (!constant) __builtin_prefetch(weight + runs[r + ahead].begin);
    }
    const std::uint32_t* t = target + runs[r].begin;
    const Real* w = weight + (constant ? 0 : runs[r].begin);
    const std::uint32_t n = runs[r].length;
    for (std::uint32_t k = 0; k < n; ++k) sum[t[k]] += constant ? same : w[k];
    delivered += n;
  }
  return delivered;
}

}  // namespace

std::uint64_t deliver(std::span<const RunEntry> runs, const std::uint32_t* target, const float* weight, bool constant,
                      float* sum) {
  if (runs.empty()) return 0;
  return constant ? scatter<float, true>(runs, target, weight, sum) : scatter<float, false>(runs, target, weight, sum);
}

std::uint64_t deliver(std::span<const RunEntry> runs, const std::uint32_t* target, const double* weight, bool constant,
                      double* sum) {
  if (runs.empty()) return 0;
  return constant ? scatter<double, true>(runs, target, weight, sum)
                  : scatter<double, false>(runs, target, weight, sum);
}

}  // namespace pysnn
