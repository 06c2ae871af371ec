// Asking for memory that will be needed soon.
#pragma once
#include <cstddef>
#include <cstdint>

#include "core/dispatch.hpp"

namespace pysnn {

// The cache lines of the n values from `at` on.
template <class T>
PYSNN_INLINE void prefetch(const T* at, std::size_t n) {
  constexpr std::uintptr_t line = 64;
  const auto begin = reinterpret_cast<std::uintptr_t>(at);
  for (std::uintptr_t p = begin & ~(line - 1); p < begin + n * sizeof(T); p += line)
    __builtin_prefetch(reinterpret_cast<const void*>(p));
  // GCC takes a function of nothing but prefetches for one without effects, and drops the calls of it.
  asm volatile("");
}

}  // namespace pysnn
