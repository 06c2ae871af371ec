// Arrays of one length that a loop goes through side by side, in one piece of memory, each at a place of its own within
// its page. A processor takes a load that shares its last twelve bits with an earlier store for one of what was stored,
// and lets it wait: so would all do that are a few elements behind another array within their pages, as arrays of
// nearly a page are that stand one after the other. All begin at parts of a page: those in the same part do not wait
// for each other, for a load that comes with a store is before it, and those in others are far enough apart.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "core/array.hpp"

namespace pysnn {

// In which part of a page they begin: states of neurons, what arrives at them, and parameters of their own.
enum class Place : std::size_t { states = 0, arrivals = 4, parameters = 6 };

// To which what a loop writes on the stack beside them is aligned too.
inline constexpr std::size_t page_part = 512;

template <class T>
class SideBySide {
 public:
  SideBySide() = default;
  SideBySide(std::size_t arrays, std::size_t size, Place place, T value) : size_(size) {
    const std::size_t bytes = size * sizeof(T);
    if (bytes < part) {  // few bytes do not wait for long, and many short ones shall not take a page each
      stride_ = (bytes + line - 1) / line * line / sizeof(T);
      memory_ = Array<T>(arrays * stride_);
    } else {
      // An odd number of parts of a page, so that all parts are taken in turn.
      stride_ = ((bytes + part - 1) / part | 1) * part / sizeof(T);
      memory_ = Array<T>(arrays * stride_ + 2 * page / sizeof(T));
      const auto address = reinterpret_cast<std::uintptr_t>(memory_.data());
      first_ = ((page - address % page) % page + static_cast<std::size_t>(place) * part) / sizeof(T);
    }
    for (std::size_t k = 0; k < arrays; ++k) std::ranges::fill((*this)[k], value);
  }

  std::span<T> operator[](std::size_t k) { return {memory_.data() + first_ + k * stride_, size_}; }
  std::span<const T> operator[](std::size_t k) const { return {memory_.data() + first_ + k * stride_, size_}; }

 private:
  static constexpr std::size_t line = 64, page = 4096, part = page_part;

  std::size_t size_ = 0, stride_ = 0, first_ = 0;  // in elements
  Array<T> memory_;
};

}  // namespace pysnn
