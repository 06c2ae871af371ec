// dx/dt = A x + b I + c in continuous time, for any A: real or complex eigenvalues, alike or not, stable or not. And
// the first time at which y = q x + r comes up to 0.
//
// A time is a number of short spans, whose digits are taken one by one from tables of the matrix exponential, and a
// rest, over which its series to the order 3 has all digits (Moler & Van Loan 2003, SIAM Rev. 45:3). A segment is
// 2^16 spans, with |A| times it at most 1/2: over one, y is its series to the order 16, a polynomial, of which the
// first root is found by bounds and bisection: one that only just touches 0 is not missed.
#pragma once
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include "core/array.hpp"
#include "core/time.hpp"
#include "math/propagator.hpp"
#include "neurons/linear_jump.hpp"

namespace pysnn {

// About the greatest eigenvalue's size, which units have no part in: the 16th root of the norm of the 16th power.
double spectral_size(const Eigen::MatrixXd& given);

// The first root on [0, 1] of a polynomial that is not above 0 at 0, or 2; no number where its coefficients are not
// finite. `width` is that of the whole in the units of `resolution`.
double first_root_of(const double* coefficients, int order, double width, double resolution);

// With at most n states; those that are not there stay 0.
template <std::size_t n>
class LinearSystem {
 public:
  // Columns of `system`: the states, I, 1; its last row is (q, 0, r). A tick is `unit` ms.
  LinearSystem(const Eigen::MatrixXd& system, double unit, const LinearJump& jump) : unit_(unit), jump_(jump.function) {
    const Eigen::Index size = system.rows() - 1;
    const Eigen::MatrixXd a = system.topLeftCorner(size, size);
    for (Eigen::Index row = 0; row < size; ++row) {
      for (Eigen::Index column = 0; column < size; ++column)
        if (a(row, column) != 0.0)
          entries_.push_back({static_cast<std::uint32_t>(row), static_cast<std::uint32_t>(column), a(row, column)});
      per_current_[row] = system(row, size);
      constant_[row] = system(row, size + 1);
      q_[row] = system(size, row);
    }
    r_ = system(size, size + 1);
    const double longest = 0.5 / std::max(spectral_size(a), 1e-9) / unit;
    while (segment_ < Tick{1} << 48 && 2.0 * static_cast<double>(segment_) <= longest) segment_ *= 2;
    while (segment_ >> (shift_ + LinearJump::span_bits) > 0) ++shift_;
    weigh(a, system.row(size).head(size));
    tabulate(system, jump);
    sharpen(a, system.row(size).head(size));
  }

  // Whether what bounds y are numbers.
  bool finite() const {
    return std::isfinite(most_) && std::all_of(weight_, weight_ + n, [](double w) { return std::isfinite(w); });
  }

  // x after so many ticks.
  void advance(double* x, double current, Tick ticks) const {
    jump_(x, current, ticks, unit_, shift_, levels_, tables_.data());
  }

  double above(const double* x) const {
    double y = r_;
    for (std::size_t k = 0; k < n; ++k) y += q_[k] * x[k];
    return y;
  }

  // How far the segments of a search are apart.
  Tick segment() const { return segment_; }
  // In which fraction of a segment y comes up to 0, or above 1; x, at which y < 0, is taken to its end. No number where
  // y is none.
  double first_root(double* x, double current) const {
    double y[order + 1];
    const auto ticks = static_cast<double>(segment_);
    series(x, current, ticks * unit_, y);
    return first_root_of(y, order, ticks, 0.1);
  }

  // Whether y stays below 0 for ever.
  bool stays_below(const double* x, double current) const {
    if (!settles_) return false;
    double far = 0.0, rest = r_, size = std::abs(r_);
    for (std::size_t k = 0; k < n; ++k) {
      const double there = rest_per_current_[k] * current + rest_[k];
      far += weight_[k] * std::abs(x[k] - there);
      rest += q_[k] * there;
      size += std::abs(q_[k] * there);
    }
    return rest + most_ * far + 1e-9 * size < 0.0;
  }

  // ms within which y stays below 0 in any case: y(t) <= y + y' t + t^2/2 max|y''|.
  double quiet(const double* x, double current) const {
    double d[n], curved[n] = {}, steep = 0.0, bent = 0.0;
    slope(x, current, d);
    for (const Entry& e : entries_) curved[e.row] += e.value * d[e.column];
    for (std::size_t k = 0; k < n; ++k) {
      steep += q_[k] * d[k];
      bent += weight_[k] * std::abs(curved[k]);
    }
    const double y = above(x), most = most_ * bent;
    // The root of it without cancellation, whichever sign the slope has.
    double root = std::sqrt(steep * steep - 2.0 * most * y);
    if (!std::isfinite(root)) [[unlikely]]
      root = std::hypot(steep, std::sqrt(2.0 * most) * std::sqrt(-y));
    const double time = steep > 0.0 ? -2.0 * y / (steep + root) : (root - steep) / most;
    const double sure = !(most > 0.0 || steep > 0.0) ? HUGE_VAL : time > 0.0 ? time * (1.0 - 1e-9) : 0.0;
    return settles_ ? sure : std::min(sure, static_cast<double>(segment_) * unit_);
  }

 private:
  static constexpr int order = 16;
  struct Entry {
    std::uint32_t row, column;
    double value;
  };

  // dx/dt.
  void slope(const double* x, double current, double* d) const {
    for (std::size_t k = 0; k < n; ++k) d[k] = per_current_[k] * current + constant_[k];
    for (const Entry& e : entries_) d[e.row] += e.value * x[e.column];
  }

  // x after h ms, and the coefficients of y as a polynomial of the fraction of h.
  void series(double* x, double current, double h, double (&y)[order + 1]) const {
    double term[n], next[n];
    y[0] = above(x);
    slope(x, current, term);
    for (std::size_t k = 0; k < n; ++k) term[k] *= h;
    for (int power = 1;; ++power) {
      y[power] = 0.0;
      for (std::size_t k = 0; k < n; ++k) {
        x[k] += term[k];
        y[power] += q_[k] * term[k];
      }
      if (power == order) return;
      const double factor = h / (power + 1);
      std::fill(next, next + n, 0.0);
      for (const Entry& e : entries_) next[e.row] += e.value * term[e.column];
      for (std::size_t k = 0; k < n; ++k) term[k] = next[k] * factor;
    }
  }

  // By how much y feels each state, now or after a while, so that bounds do not depend on units.
  void weigh(const Eigen::MatrixXd& a, Eigen::RowVectorXd q) {
    Eigen::RowVectorXd felt = q.cwiseAbs();
    for (Eigen::Index k = 0; k < a.rows(); ++k) {
      q = q * a * (static_cast<double>(segment_) * unit_);
      felt = felt.cwiseMax(q.cwiseAbs());
    }
    const double largest = std::max(felt.maxCoeff(), 1e-300);
    for (Eigen::Index k = 0; k < a.rows(); ++k) weight_[k] = std::max(felt(k), 1e-12 * largest);
  }

  void tabulate(const Eigen::MatrixXd& system, const LinearJump& jump) {
    const Eigen::Index size = system.rows() - 1;
    Eigen::MatrixXd whole = Eigen::MatrixXd::Zero(size + 2, size + 2);
    whole.topRows(size) = system.topRows(size);
    const Eigen::VectorXd d = Eigen::Map<const Eigen::VectorXd>(weight_, size);
    const auto norm = [&](const Eigen::MatrixXd& m) {
      return (d.asDiagonal() * m.topLeftCorner(size, size) * d.cwiseInverse().asDiagonal())
          .cwiseAbs()
          .colwise()
          .sum()
          .maxCoeff();
    };
    std::vector<double> tables;
    const auto keep = [&](const Eigen::MatrixXd& m) {
      const std::size_t at = tables.size();
      tables.resize(at + jump.stride);
      for (std::size_t k = 0; k < jump.entries.size(); ++k)
        tables[at + k] = m(jump.entries[k].row, jump.entries[k].column);
    };
    keep(whole);
    const double within = std::exp(norm(whole * (static_cast<double>(segment_) * unit_)));
    most_ = within;
    Eigen::MatrixXd last;
    for (unsigned begins = shift_; begins < 62; begins += LinearJump::digit_bits, ++levels_) {
      // (Each level anew: powers of powers would lose a digit with each.)
      const Eigen::MatrixXd one = propagator(whole, std::ldexp(unit_, static_cast<int>(begins)));
      const double left = norm(one);
      settles_ = left < 1e-18;
      if (settles_) last = one;  // what is left after longer than any table has
      if (settles_ || (levels_ > 0 && !std::isfinite(left))) break;
      Eigen::MatrixXd power = Eigen::MatrixXd::Identity(size + 2, size + 2);
      double most = 1.0;  // of the digits of this level
      for (unsigned digit = 0; digit < LinearJump::digits; ++digit, power = power * one) {
        keep(power);
        most = std::max(most, norm(power));
        last = power;
      }
      if (segment_ >> (begins + LinearJump::digit_bits) == 0) most_ *= most;
    }
    keep(last);
    tables_ = Array<double>(tables.size());
    std::copy(tables.begin(), tables.end(), tables_.begin());
    if (!settles_) {
      most_ = within;
      return;
    }
    for (Eigen::Index k = 0; k < size; ++k) {
      rest_per_current_[k] = last(k, size);
      rest_[k] = last(k, size + 1);
    }
  }

  // What each state can do to y at any time to come, from how e^{At} acts on q: at the end of each segment, and by
  // e^{|A| t} within one. (Of what does not settle, within the first.) Where time constants lie so far apart that there
  // are too many segments, all that follow count by what a state can ever do to another.
  void sharpen(const Eigen::MatrixXd& a, Eigen::RowVectorXd q) {
    const Eigen::MatrixXd within = propagator(a.cwiseAbs(), static_cast<double>(segment_) * unit_);
    const Eigen::MatrixXd ahead = propagator(a, static_cast<double>(segment_) * unit_);
    const Eigen::RowVectorXd d = Eigen::Map<const Eigen::RowVectorXd>(weight_, q.size());
    Eigen::RowVectorXd most = q.cwiseAbs() * within;
    for (int segments = 0; settles_; ++segments) {
      // Nothing later can do more than what was met.
      const double later = q.cwiseQuotient(d).cwiseAbs().maxCoeff() * most_;
      if ((later * d.array() <= most.array()).all()) break;
      if (segments == 4096) {
        most = most.cwiseMax(q.cwiseAbs() * ever(ahead, within));
        break;
      }
      q = q * ahead;
      most = most.cwiseMax(q.cwiseAbs() * within);
    }
    if (!most.allFinite()) return;
    std::copy(most.begin(), most.end(), weight_);
    most_ = 1.0;
  }

  // At least |e^{At}| for all t, from e^{At} at a time and a bound up to there, by twice the time after time.
  static Eigen::MatrixXd ever(Eigen::MatrixXd there, Eigen::MatrixXd most) {
    for (int doublings = 0; doublings < 64; ++doublings) {
      const Eigen::MatrixXd later = there.cwiseAbs() * most;
      most = most.cwiseMax(later);
      there = there * there;
    }
    return most;
  }

  double unit_;
  LinearJump::Function jump_;
  Tick segment_ = 1;
  unsigned shift_ = 0;          // a span is 2^shift_ ticks
  std::vector<Entry> entries_;  // of A
  double per_current_[n] = {}, constant_[n] = {}, q_[n] = {}, r_;
  unsigned levels_ = 0;   // digits of a number of spans
  Array<double> tables_;  // as a LinearJump takes them
  bool settles_ = false;  // the last of them is as good as for ever
  // |y(t) - y(for ever)| <= most_ sum weight |x - x(for ever)|.
  double weight_[n] = {}, rest_per_current_[n] = {}, rest_[n] = {}, most_ = 0.0;
};

}  // namespace pysnn
