#include "plasticity/targets_now.hpp"

#if PYSNN_HAS_CLONES
#include <immintrin.h>
#endif

namespace pysnn {
namespace {

// From the k-th on, of which `count` are listed.
PYSNN_INLINE std::uint32_t look_up_rest(std::uint32_t k, std::uint32_t count, const std::uint16_t* target,
                                        std::uint32_t n, std::uint32_t ago, std::span<const double> fading,
                                        const TargetNow* of, double* x, double* y, std::uint32_t* twice) {
  const double* const table = fading.data();
  const auto last = static_cast<std::uint32_t>(fading.size() - 1);
  for (; k < n; ++k) {
    const TargetNow& one = of[target[k]];
    x[k] = table[std::min(ago - one.newest, last)];  // what is negative is large
    y[k] = one.seen;
    twice[count] = k;
    count += one.second <= ago ? 1 : 0;
  }
  return count;
}

#if PYSNN_HAS_CLONES
#define PYSNN_AVX512 __attribute__((target("avx512f,avx512vl,popcnt")))

// Two targets in the halves of a vector.
PYSNN_AVX512 inline __m256i both(const TargetNow& one, const TargetNow& other) {
  return _mm256_inserti128_si256(_mm256_castsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(&one))),
                                 _mm_loadu_si128(reinterpret_cast<const __m128i*>(&other)), 1);
}

// Four at a time: no compiler makes vectors of a loop that lists. (Gathering instructions are not faster.)
PYSNN_AVX512 std::uint32_t look_up_by_four(const std::uint16_t* target, std::uint32_t n, std::uint32_t ago,
                                           std::span<const double> fading, const TargetNow* of, double* x, double* y,
                                           std::uint32_t* twice) {
  static_assert(sizeof(TargetNow) == 16);
  const double* const table = fading.data();
  const __m256i since = _mm256_set1_epi64x(ago), last = _mm256_set1_epi64x(static_cast<long long>(fading.size() - 1));
  __m128i numbers = _mm_setr_epi32(0, 1, 2, 3);
  std::uint32_t k = 0, count = 0;
  for (; k + 4 <= n; k += 4) {
    const __m256i even = both(of[target[k]], of[target[k + 2]]), odd = both(of[target[k + 1]], of[target[k + 3]]);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(y + k), _mm256_unpacklo_epi64(even, odd));
    // The newest in the lower half of each word, the second in the upper; `last` has nothing there.
    const __m256i ages = _mm256_unpackhi_epi64(even, odd);
    const __m256i at = _mm256_min_epu32(_mm256_sub_epi32(since, ages), last);
    x[k] = table[_mm256_extract_epi64(at, 0)];
    x[k + 1] = table[_mm256_extract_epi64(at, 1)];
    x[k + 2] = table[_mm256_extract_epi64(at, 2)];
    x[k + 3] = table[_mm256_extract_epi64(at, 3)];
    const __mmask8 listed = _mm256_cmple_epu64_mask(_mm256_srli_epi64(ages, 32), since);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(twice + count), _mm_maskz_compress_epi32(listed, numbers));
    count += static_cast<std::uint32_t>(_mm_popcnt_u32(listed));
    numbers = _mm_add_epi32(numbers, _mm_set1_epi32(4));
  }
  return look_up_rest(k, count, target, n, ago, fading, of, x, y, twice);
}
#endif

}  // namespace

std::uint32_t look_up(const std::uint16_t* target, std::uint32_t n, std::uint32_t ago, std::span<const double> fading,
                      const TargetNow* of, double* x, double* y, std::uint32_t* twice) {
#if PYSNN_HAS_CLONES
  static const bool wide = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl");
  if (wide) return look_up_by_four(target, n, ago, fading, of, x, y, twice);
#endif
  return look_up_rest(0, 0, target, n, ago, fading, of, x, y, twice);
}

}  // namespace pysnn
