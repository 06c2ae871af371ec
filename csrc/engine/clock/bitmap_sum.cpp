// Bits are added 512 at a time by carry-save adders (Harley & Seal; Mula, Kurz & Lemire 2018): plane p holds bit p of
// 512 counts, so that one addition costs a few logical operations on whole vectors, however many bits are set.
#include "engine/clock/bitmap_sum.hpp"

#include <algorithm>

#include "core/dispatch.hpp"
#if PYSNN_HAS_CLONES
#include <immintrin.h>
#endif

namespace pysnn {
namespace {

constexpr std::uint32_t planes = 6, most = (1u << planes) - 1;  // bitmaps between two emptyings of the planes
constexpr std::uint32_t lanes = 8;                              // words added at a time

template <class Count>
PYSNN_INLINE void sum_by_words(const std::uint32_t* runs, std::size_t n, const std::uint64_t* bits, std::uint32_t words,
                               Count* count) {
  for (std::uint32_t word = 0; word < words; word += lanes) {
    std::uint64_t plane[planes][lanes] = {};
    for (std::size_t r = 0; r < n; ++r) {
      const std::uint64_t* bitmap = bits + std::size_t{runs[r]} * words + word;
      for (std::uint32_t k = 0; k < lanes; ++k) {
        std::uint64_t carry = bitmap[k];
        for (std::uint32_t p = 0; p < planes; ++p) {
          const std::uint64_t next = plane[p][k] & carry;
          plane[p][k] ^= carry;
          carry = next;
        }
      }
    }
    for (std::uint32_t k = 0; k < lanes; ++k) {
      Count* to = count + (word + k) * 64;
      for (std::uint32_t p = 0; p < planes; ++p)
        for (std::uint32_t bit = 0; bit < 64; ++bit)
          to[bit] = static_cast<Count>(to[bit] + ((plane[p][k] >> bit & 1u) << p));
    }
  }
}

PYSNN_CLONES void sum_portably(const std::uint32_t* runs, std::size_t n, const std::uint64_t* bits, std::uint32_t words,
                               std::uint16_t* count) {
  sum_by_words(runs, n, bits, words, count);
}
PYSNN_CLONES void sum_portably(const std::uint32_t* runs, std::size_t n, const std::uint64_t* bits, std::uint32_t words,
                               std::uint32_t* count) {
  sum_by_words(runs, n, bits, words, count);
}

#if PYSNN_HAS_CLONES
#define PYSNN_AVX512 __attribute__((target("avx512f,avx512bw,avx512vl")))

// Sum and carry of three bits are their parity and their majority.
constexpr int parity = 0x96, majority = 0xE8;

PYSNN_AVX512 inline void add_to_count(__m512i low, __m512i high, std::uint16_t* count) {
  _mm512_storeu_si512(count, _mm512_add_epi16(_mm512_loadu_si512(count), low));
  _mm512_storeu_si512(count + 32, _mm512_add_epi16(_mm512_loadu_si512(count + 32), high));
}
PYSNN_AVX512 inline void add_to_count(__m512i low, __m512i high, std::uint32_t* count) {
  for (int half = 0; half < 2; ++half) {
    const __m512i part = half == 0 ? low : high;
    // (GCC 12 warns of the plain forms' own code, hence the masks.)
    const __m512i wide[2] = {_mm512_maskz_cvtepu16_epi32(0xFFFF, _mm512_maskz_extracti64x4_epi64(0xFF, part, 0)),
                             _mm512_maskz_cvtepu16_epi32(0xFFFF, _mm512_maskz_extracti64x4_epi64(0xFF, part, 1))};
    for (int k = 0; k < 2; ++k) {
      std::uint32_t* to = count + half * 32 + k * 16;
      _mm512_storeu_si512(to, _mm512_add_epi32(_mm512_loadu_si512(to), wide[k]));
    }
  }
}

template <class Count>
PYSNN_AVX512 void sum_by_512(std::span<const std::uint32_t> runs, const std::uint64_t* bits, std::uint32_t words,
                             Count* count) {
  for (std::uint32_t word = 0; word < words; word += lanes) {
    __m512i p0 = _mm512_setzero_si512(), p1 = p0, p2 = p0, p3 = p0, p4 = p0, p5 = p0;
    const std::uint64_t* column = bits + word;
    std::size_t r = 0;
    for (; r + 3 <= runs.size(); r += 3) {
      const __m512i x = _mm512_loadu_si512(column + std::size_t{runs[r]} * words);
      const __m512i y = _mm512_loadu_si512(column + std::size_t{runs[r + 1]} * words);
      const __m512i z = _mm512_loadu_si512(column + std::size_t{runs[r + 2]} * words);
      const __m512i one = _mm512_ternarylogic_epi64(x, y, z, parity);
      const __m512i two = _mm512_ternarylogic_epi64(x, y, z, majority);
      const __m512i c0 = _mm512_and_si512(p0, one);
      const __m512i c1 = _mm512_ternarylogic_epi64(p1, two, c0, majority);
      const __m512i c2 = _mm512_and_si512(p2, c1), c3 = _mm512_and_si512(p3, c2), c4 = _mm512_and_si512(p4, c3);
      p0 = _mm512_xor_si512(p0, one);
      p1 = _mm512_ternarylogic_epi64(p1, two, c0, parity);
      p2 = _mm512_xor_si512(p2, c1);
      p3 = _mm512_xor_si512(p3, c2);
      p4 = _mm512_xor_si512(p4, c3);
      p5 = _mm512_xor_si512(p5, c4);
    }
    for (; r < runs.size(); ++r) {
      const __m512i c0 = _mm512_loadu_si512(column + std::size_t{runs[r]} * words);
      const __m512i c1 = _mm512_and_si512(p0, c0), c2 = _mm512_and_si512(p1, c1), c3 = _mm512_and_si512(p2, c2);
      const __m512i c4 = _mm512_and_si512(p3, c3), c5 = _mm512_and_si512(p4, c4);
      p0 = _mm512_xor_si512(p0, c0);
      p1 = _mm512_xor_si512(p1, c1);
      p2 = _mm512_xor_si512(p2, c2);
      p3 = _mm512_xor_si512(p3, c3);
      p4 = _mm512_xor_si512(p4, c4);
      p5 = _mm512_xor_si512(p5, c5);
    }
    alignas(64) std::uint32_t bit[planes][2 * lanes];
    const __m512i plane[planes] = {p0, p1, p2, p3, p4, p5};
    for (std::uint32_t p = 0; p < planes; ++p) _mm512_store_si512(bit[p], plane[p]);
    for (std::uint32_t k = 0; k < lanes; ++k) {
      __m512i low = _mm512_setzero_si512(), high = low;
      for (std::uint32_t p = 0; p < planes; ++p) {
        const __m512i value = _mm512_set1_epi16(static_cast<short>(1 << p));
        low = _mm512_mask_add_epi16(low, bit[p][2 * k], low, value);
        high = _mm512_mask_add_epi16(high, bit[p][2 * k + 1], high, value);
      }
      add_to_count(low, high, count + (word + k) * 64);
    }
  }
}
#endif

template <class Count>
void sum(std::span<const std::uint32_t> runs, const std::uint64_t* bits, std::uint32_t words, Count* count) {
#if PYSNN_HAS_CLONES
  static const bool wide = __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
#endif
  for (std::size_t first = 0; first < runs.size(); first += most) {
    const auto part = runs.subspan(first, std::min<std::size_t>(most, runs.size() - first));
#if PYSNN_HAS_CLONES
    if (wide) {
      sum_by_512(part, bits, words, count);
      continue;
    }
#endif
    sum_portably(part.data(), part.size(), bits, words, count);
  }
}

}  // namespace

void sum_bitmaps(std::span<const std::uint32_t> runs, const std::uint64_t* bits, std::uint32_t words,
                 std::uint16_t* count) {
  sum(runs, bits, words, count);
}
void sum_bitmaps(std::span<const std::uint32_t> runs, const std::uint64_t* bits, std::uint32_t words,
                 std::uint32_t* count) {
  sum(runs, bits, words, count);
}

}  // namespace pysnn
