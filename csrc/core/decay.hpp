// exp(-t/tau) for whole numbers of ticks: from a table of std::exp on a grid, by std::exp elsewhere. Both give
// the same bits, so no result depends on which was used.
#pragma once
#include <cmath>
#include <vector>

#include "core/time.hpp"

namespace pysnn {

class Decay {
 public:
  Decay() = default;
  Decay(double tau_ms, const TimeBase& time) : rate_(time.unit() / tau_ms) {
    if (!time.grid()) return;
    // e^-40 is below the last bit of a sum with anything that matters; beyond it std::exp answers.
    const double span = std::min(40.0 / rate_, 65536.0);
    table_.resize(static_cast<std::size_t>(span));
    for (std::size_t k = 0; k < table_.size(); ++k) table_[k] = std::exp(-rate_ * static_cast<double>(k));
  }

  double operator()(Tick t) const {
    const auto k = static_cast<std::size_t>(t);
    return k < table_.size() ? table_[k] : std::exp(-rate_ * static_cast<double>(t));
  }

 private:
  double rate_ = 1.0;
  std::vector<double> table_;
};

}  // namespace pysnn
