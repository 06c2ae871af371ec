// exp(-t/tau) for whole numbers of ticks: on a grid from a table of std::exp (and 0 from e^-40 on, 4e-18: below
// the rounding of a trace), elsewhere by std::exp.
#pragma once
#include <algorithm>
#include <cmath>
#include <vector>

#include "core/time.hpp"

namespace pysnn {

class Decay {
 public:
  Decay() = default;
  Decay(double tau_ms, const TimeBase& time) : rate_(time.unit() / tau_ms) {
    const double span = 40.0 / rate_;
    if (!time.grid() || span > 65536.0) return;
    table_.resize(static_cast<std::size_t>(span) + 1);
    for (std::size_t k = 0; k + 1 < table_.size(); ++k) table_[k] = std::exp(-rate_ * static_cast<double>(k));
  }

  double operator()(Tick t) const {
    if (table_.empty()) return std::exp(-rate_ * static_cast<double>(t));
    return table_[static_cast<std::size_t>(std::min(t, last()))];
  }

  // The table, for loops that look up many: entry min(t, last()); the last entry is 0. Empty: there is none.
  const std::vector<double>& table() const { return table_; }
  Tick last() const { return static_cast<Tick>(table_.size()) - 1; }

 private:
  double rate_ = 1.0;
  std::vector<double> table_;
};

}  // namespace pysnn
