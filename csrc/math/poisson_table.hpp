// Drawing Poisson numbers from 32 random bits by an alias table (Walker 1977; Vose 1991): 5 bits choose one of 32
// columns, the other 27 one of the column's two values. All of it in whole numbers: the law drawn is the Poisson law
// with each probability rounded to a multiple of 2^-32.
#pragma once
#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

#include "core/dispatch.hpp"

namespace pysnn {

class PoissonTable {
 public:
  static constexpr std::uint32_t columns = 32, column_bits = 5;
  // With more, the law has values beyond the columns.
  static constexpr double largest_mean = 6.0;

  explicit PoissonTable(double mean) {
    // Sums of probabilities are rounded, so that the probabilities add up to 1.
    std::array<std::uint64_t, columns> mass{};
    double term = std::exp(-mean), below = term;
    std::uint64_t last = 0;
    for (std::uint32_t k = 0; k < columns; ++k) {
      const bool ends = k + 1 == columns || (k > mean && term < 0x1p-34);
      const std::uint64_t upto =
          ends ? whole : static_cast<std::uint64_t>(std::nearbyint(std::fmin(below, 1.0) * 0x1p32));
      mass[k] = upto - last;
      last = upto;
      if (ends) break;
      term *= mean / (k + 1);
      below += term;
    }
    std::vector<std::uint32_t> low, high;
    for (std::uint32_t k = 0; k < columns; ++k) (mass[k] < height ? low : high).push_back(k);
    cut_.fill(height);
    for (std::uint32_t k = 0; k < columns; ++k) alias_[k] = static_cast<std::uint16_t>(k);
    while (!low.empty() && !high.empty()) {
      // What a column lacks comes from a value that has too much.
      const std::uint32_t k = low.back(), giver = high.back();
      low.pop_back();
      cut_[k] = static_cast<std::uint32_t>(mass[k]);
      alias_[k] = static_cast<std::uint16_t>(giver);
      mass[giver] -= height - mass[k];
      if (mass[giver] < height) {
        high.pop_back();
        low.push_back(giver);
      }
    }
    for (std::uint32_t k = 0; k < columns; ++k) upper_cut_[k] = static_cast<std::uint16_t>(cut_[k] >> 16);
  }

  // The number that these bits stand for.
  PYSNN_INLINE std::uint16_t operator()(std::uint16_t upper, std::uint16_t lower) const {
    const std::uint32_t column = upper % columns;
    const std::uint32_t place = std::uint32_t{upper} >> column_bits << 16 | lower;
    return place < cut_[column] ? static_cast<std::uint16_t>(column) : alias_[column];
  }

  // For each column: the upper 11 bits of where its own value ends, and the value from there on.
  const std::array<std::uint16_t, columns>& upper_cut() const { return upper_cut_; }
  const std::array<std::uint16_t, columns>& alias() const { return alias_; }

 private:
  static constexpr std::uint64_t whole = std::uint64_t{1} << 32, height = whole / columns;
  std::array<std::uint32_t, columns> cut_;
  std::array<std::uint16_t, columns> upper_cut_, alias_;
};

}  // namespace pysnn
