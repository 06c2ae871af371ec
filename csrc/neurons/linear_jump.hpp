// What carries the states of linear equations over a time: compiled with them, so that it knows which entries a matrix
// can have (pysnn/equations/jump.py), from matrices that LinearSystem tabulates.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/time.hpp"

namespace pysnn {

struct LinearJump {
  // x after so many ticks of `unit` ms. `tables`: the matrix of the equations, then of each level its exponential over
  // 0 to `digits` - 1 times digits^level 2^shift ticks, and last the one for times longer than all levels together.
  using Function = void (*)(double* x, double current, Tick ticks, double unit, Tick shift, Tick levels,
                            const double* tables);
  static constexpr unsigned digit_bits = 4, digits = 1 << digit_bits;
  // Over less than 2^shift ticks it takes a series to the third order, which has all digits where |A| times that is at
  // most 2^-span_bits.
  static constexpr unsigned span_bits = 17;
  struct Entry {
    std::uint32_t row, column;
  };

  Function function = nullptr;
  std::vector<Entry> entries;  // of a matrix, one after the other; columns are the states, the current and 1
  std::size_t stride = 0;      // numbers a matrix
};

}  // namespace pysnn
