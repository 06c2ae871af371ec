// exp(-t/tau) for whole numbers of ticks: on a grid from a table of std::exp (and 0 from e^-40 on, 4e-18: below
// the rounding of a trace), elsewhere by std::exp.
#pragma once
#include <algorithm>
#include <cmath>
#include <vector>

#include "core/dispatch.hpp"
#include "core/time.hpp"

namespace pysnn {

class Decay {
 public:
  Decay() = default;
  Decay(double tau_ms, const TimeBase& time) : rate_(std::min(time.unit() / tau_ms, 1e300)) {
    const double span = 40.0 / rate_;
    if (!time.grid() || span > 65536.0) return;
    // At 0 it is 1, however fast it is.
    table_.resize(static_cast<std::size_t>(std::max(span, 1.0)) + 1);
    for (std::size_t k = 0; k + 1 < table_.size(); ++k) table_[k] = std::exp(-rate_ * static_cast<double>(k));
  }

  // What a loop keeps in registers; valid as long as the Decay is.
  class View {
   public:
    explicit View(const Decay& of)
        : table_(of.table_.data()), last_(static_cast<Tick>(of.table_.size()) - 1), rate_(of.rate_) {}
    PYSNN_INLINE double operator()(Tick t) const {
      return last_ < 0 ? std::exp(-rate_ * static_cast<double>(t)) : table_[std::min(t, last_)];
    }

    // Where all comes from a table: it and its last entry, which is 0.
    bool has_table() const { return last_ >= 0; }
    const double* table() const { return table_; }
    Tick last() const { return last_; }

   private:
    const double* table_;
    Tick last_;
    double rate_;
  };

  double operator()(Tick t) const { return View(*this)(t); }
  // Of the exponent, a tick.
  double rate() const { return rate_; }

 private:
  double rate_ = 1.0;
  std::vector<double> table_;
};

}  // namespace pysnn
