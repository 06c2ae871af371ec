// Vectors that are needed for a while, by many threads at once. What malloc is given back it keeps for the thread that
// gave it, so that of what eight threads fill and drop as much stays as of what they make: large ones are pages of
// their own, which the system has back at once.
#pragma once
#include <cstddef>
#include <memory>
#include <new>
#include <vector>

#include "core/compiler.hpp"

namespace pysnn {

template <class T>
struct PageAllocator {
  using value_type = T;

  static constexpr std::size_t least = std::size_t{128} << 10;  // bytes; smaller ones are malloc's

  PageAllocator() = default;
  template <class Other>
  PageAllocator(const PageAllocator<Other>&) {}  // NOLINT(google-explicit-constructor): allocators convert

  T* allocate(std::size_t n) {
    if (n * sizeof(T) < least) return std::allocator<T>().allocate(n);
    if (n > (std::size_t{1} << 62) / sizeof(T)) throw std::bad_alloc();
    auto* const pages = static_cast<T*>(allocate_pages(n * sizeof(T)));
    if (!pages) throw std::bad_alloc();
    return pages;
  }
  void deallocate(T* memory, std::size_t n) {
    if (n * sizeof(T) < least)
      std::allocator<T>().deallocate(memory, n);
    else
      free_pages(memory, n * sizeof(T));
  }
  friend bool operator==(const PageAllocator&, const PageAllocator&) { return true; }
};

template <class T>
using PagedVector = std::vector<T, PageAllocator<T>>;

}  // namespace pysnn
