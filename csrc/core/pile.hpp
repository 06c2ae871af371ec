// A growing list without initialisation: what is piled up is written once, read once and dropped at once.
#pragma once
#include <algorithm>
#include <cstddef>

#include "core/array.hpp"

namespace pysnn {

template <class T>
class Pile {
 public:
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  void clear() { size_ = 0; }
  T* begin() { return held_.data(); }
  T* end() { return held_.data() + size_; }
  const T* begin() const { return held_.data(); }
  const T* end() const { return held_.data() + size_; }
  T& operator[](std::size_t k) { return held_[k]; }
  const T& operator[](std::size_t k) const { return held_[k]; }

  void push(const T& entry) {
    *room(1) = entry;
    keep(1);
  }
  // Room for n more at the end, to be written by the caller, who then says how many of them to keep.
  T* room(std::size_t n) {
    if (size_ + n > held_.size()) [[unlikely]]
      widen(n);
    return end();
  }
  void keep(std::size_t n) { size_ += n; }
  void keep_first(std::size_t n) { size_ = n; }

 private:
  [[gnu::noinline]] void widen(std::size_t n) {
    Array<T> wider(std::max(2 * held_.size(), size_ + n + 64));
    std::copy(begin(), end(), wider.begin());
    held_ = std::move(wider);
  }

  Array<T> held_;
  std::size_t size_ = 0;
};

}  // namespace pysnn
