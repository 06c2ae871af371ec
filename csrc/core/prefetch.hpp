// Asking for memory that will be needed soon.
#pragma once
#include <cstddef>
#include <cstdint>

#include "core/dispatch.hpp"

namespace pysnn {

// The cache lines of the n values from `at` on.
template <class T>
PYSNN_INLINE void prefetch(const T* at, std::size_t n) {
  constexpr std::size_t line = 64;
  const auto* const begin = reinterpret_cast<const char*>(at);
  const char* const end = begin + n * sizeof(T);
  for (const char* p = begin - reinterpret_cast<std::uintptr_t>(begin) % line; p < end; p += line)
    __builtin_prefetch(p);
  // GCC takes a function of nothing but prefetches for one without effects, and drops the calls of it.
  asm volatile("");
}

}  // namespace pysnn
