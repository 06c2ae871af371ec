// A flat, aligned, uninitialised array: pages are touched first by the thread that fills them, and
// large arrays ask for huge pages (a row scattered over 4 KiB pages costs a TLB miss a page).
#pragma once
#include <cstddef>
#include <cstdint>
#include <new>
#include <span>
#include <type_traits>
#include <utility>

#include "core/compiler.hpp"

namespace pysnn {

template <class T>
class Array {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  Array() = default;
  explicit Array(std::size_t size) : size_(size) {
    if (size == 0) return;
    constexpr std::size_t huge = std::size_t{2} << 20;
    const std::size_t align = size * sizeof(T) >= huge ? huge : 64;
    if (size > (std::size_t{1} << 62) / sizeof(T)) throw std::bad_alloc();
    const std::size_t bytes = (size * sizeof(T) + align - 1) / align * align;
    data_ = static_cast<T*>(allocate_aligned(align, bytes));
    if (!data_) throw std::bad_alloc();
    if (align == huge) ask_for_huge_pages(data_, bytes);
  }
  Array(std::size_t size, T value) : Array(size) {
    for (std::size_t i = 0; i < size; ++i) data_[i] = value;
  }
  Array(Array&& other) noexcept { swap(other); }
  Array& operator=(Array&& other) noexcept {
    Array moved(std::move(other));
    swap(moved);
    return *this;
  }
  Array(const Array&) = delete;
  Array& operator=(const Array&) = delete;
  ~Array() { free_aligned(data_); }

  // The same memory as bytes, to keep it without its type.
  Array<std::uint8_t> bytes() && {
    Array<std::uint8_t> moved;
    moved.data_ = reinterpret_cast<std::uint8_t*>(std::exchange(data_, nullptr));
    moved.size_ = std::exchange(size_, 0) * sizeof(T);
    return moved;
  }

  std::size_t size() const { return size_; }
  std::size_t nbytes() const { return size_ * sizeof(T); }
  bool empty() const { return size_ == 0; }
  T* data() { return data_; }
  const T* data() const { return data_; }
  T& operator[](std::size_t i) { return data_[i]; }
  const T& operator[](std::size_t i) const { return data_[i]; }
  T* begin() { return data_; }
  T* end() { return data_ + size_; }
  const T* begin() const { return data_; }
  const T* end() const { return data_ + size_; }
  operator std::span<T>() { return {data_, size_}; }
  operator std::span<const T>() const { return {data_, size_}; }

  void swap(Array& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
  }

  template <class>
  friend class Array;

 private:
  T* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace pysnn
