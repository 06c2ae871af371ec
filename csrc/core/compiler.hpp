// What compilers and systems say each in its own way: everything that is not C++20, but for the choice of the
// instruction set (dispatch.hpp) and the clocks of threads (thread_time.hpp).
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#if !defined(__GNUC__)
#error "pysnn needs GCC or Clang (on Windows clang++): vectors as types, attributes of lambdas, integers of 128 bits"
#endif
#if !defined(__SIZEOF_INT128__)
#error "pysnn needs a target that has integers of 128 bits"
#endif

#ifdef _WIN32
#include <malloc.h>
#endif
#ifdef __linux__
#include <sys/mman.h>
#endif

namespace pysnn {

using Int128 = __int128;
using UInt128 = unsigned __int128;

// Memory that begins at a multiple of `align`, of which `bytes` is one; null if there is none. For free_aligned alone.
inline void* allocate_aligned(std::size_t align, std::size_t bytes) {
#ifdef _WIN32
  return _aligned_malloc(bytes, align);
#else
  return std::aligned_alloc(align, bytes);
#endif
}

inline void free_aligned(void* memory) {
#ifdef _WIN32
  _aligned_free(memory);
#else
  std::free(memory);
#endif
}

// Whole pages, which go back to the system when they are freed, in one call of their own; null if there are none. For
// free_pages alone, which is told how many bytes they were.
inline void* allocate_pages(std::size_t bytes) {
#ifdef __linux__
  void* const pages = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return pages == MAP_FAILED ? nullptr : pages;
#else
  return std::malloc(bytes);
#endif
}

inline void free_pages(void* pages, [[maybe_unused]] std::size_t bytes) {
#ifdef __linux__
  munmap(pages, bytes);
#else
  std::free(pages);
#endif
}

// Pages as large as the system has them, where one asks for that.
inline void ask_for_huge_pages([[maybe_unused]] void* memory, [[maybe_unused]] std::size_t bytes) {
#ifdef __linux__
  madvise(memory, bytes, MADV_HUGEPAGE);
#endif
}

// found[k] = table[index[k]] of vectors of n lanes.
template <int n, class Lanes>
inline __attribute__((always_inline)) void shuffle(const Lanes& table, const Lanes& index, Lanes& found) {
#if defined(__clang__)  // which has no shuffle by a variable
  for (int k = 0; k < n; ++k) found[k] = table[index[k]];
#else
  found = __builtin_shuffle(table, index);
#endif
}

}  // namespace pysnn

// Before a loop of which no turn reads what another writes.
#if defined(__clang__)
#define PYSNN_INDEPENDENT_TURNS _Pragma("clang loop vectorize(assume_safety)")
#else
#define PYSNN_INDEPENDENT_TURNS _Pragma("GCC ivdep")
#endif
