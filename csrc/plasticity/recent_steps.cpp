#include "plasticity/recent_steps.hpp"

#include <cmath>
#include <type_traits>

#include "core/dispatch.hpp"

namespace pysnn {
namespace {

template <class T>
PYSNN_INLINE void look_up_loop(std::uint32_t n, const std::uint16_t* __restrict target, const T* __restrict of,
                               T* __restrict found) {
  for (std::uint32_t k = 0; k < n; ++k) found[k] = of[target[k]];
}

// Some synapses at a time through all steps, in registers.
template <class Real>
PYSNN_INLINE void gains_loop(std::uint32_t n, const RecentSteps::Word* __restrict words, std::uint32_t steps,
                             const RecentSteps::Word* bits, const Real* gains, Real* __restrict sum) {
  constexpr std::uint32_t lanes = 64 / sizeof(Real);
  typedef Real Sums __attribute__((vector_size(64), aligned(sizeof(Real)), may_alias));
  typedef RecentSteps::Word Words
      __attribute__((vector_size(4 * lanes), aligned(sizeof(RecentSteps::Word)), may_alias));
  using Wide = std::conditional_t<sizeof(Real) == 4, std::int32_t, std::int64_t>;
  typedef Wide Masks __attribute__((vector_size(64)));
  std::uint32_t k = 0;
  for (; k + lanes <= n; k += lanes) {
    Sums s = *reinterpret_cast<const Sums*>(sum + k);
    const Masks fired = __builtin_convertvector(*reinterpret_cast<const Words*>(words + k), Masks);
    for (std::uint32_t step = 0; step < steps; ++step)
      s = (fired & static_cast<Wide>(bits[step])) != 0 ? s + gains[step] : s;
    *reinterpret_cast<Sums*>(sum + k) = s;
  }
  for (; k < n; ++k)
    for (std::uint32_t step = 0; step < steps; ++step)
      if ((words[k] & bits[step]) != 0) sum[k] += gains[step];
}

template <class Real>
PYSNN_INLINE bool within_loop(std::uint32_t n, const Real* __restrict values, Real most) {
  std::uint32_t beyond = 0;
  for (std::uint32_t k = 0; k < n; ++k) beyond |= std::abs(values[k]) <= most ? 0u : 1u;
  return beyond == 0;
}

}  // namespace

// A clone must be a plain function.
PYSNN_CLONES void look_up(std::uint32_t n, const std::uint16_t* target, const RecentSteps::Word* words,
                          RecentSteps::Word* found) {
  look_up_loop(n, target, words, found);
}
PYSNN_CLONES void look_up(std::uint32_t n, const std::uint16_t* target, const double* values, double* found) {
  look_up_loop(n, target, values, found);
}
PYSNN_CLONES void add_gains(std::uint32_t n, const RecentSteps::Word* words, std::uint32_t steps,
                            const RecentSteps::Word* bits, const float* gains, float* sum) {
  gains_loop(n, words, steps, bits, gains, sum);
}
PYSNN_CLONES void add_gains(std::uint32_t n, const RecentSteps::Word* words, std::uint32_t steps,
                            const RecentSteps::Word* bits, const double* gains, double* sum) {
  gains_loop(n, words, steps, bits, gains, sum);
}
PYSNN_CLONES bool all_within(std::uint32_t n, const float* values, float most) { return within_loop(n, values, most); }
PYSNN_CLONES bool all_within(std::uint32_t n, const double* values, double most) {
  return within_loop(n, values, most);
}

}  // namespace pysnn
