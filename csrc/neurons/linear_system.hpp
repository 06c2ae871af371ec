// dx/dt = A x + b I + c in continuous time, for any A: real or complex eigenvalues, alike or not, stable or not. And
// the first time at which y = q x + r comes up to 0.
//
// A time is so many steps of u and a rest. Over powers of two of u a table has the matrix exponential, doubled from one
// to the next; over what is shorter, where |A| u <= 1/2, its series to the order 16 has all digits (Moler & Van Loan
// 2003, SIAM Rev. 45:3). On each u, y is that polynomial, of which the first root is found by bounds and bisection: one
// that only just touches 0 is not missed.
#pragma once
#include <cstdint>
#include <vector>

#include "core/time.hpp"
#include "math/propagator.hpp"

namespace pysnn {

class LinearSystem {
 public:
  // Columns of `system`: the states, I, 1; its last row is (q, 0, r). A tick is `unit` ms.
  LinearSystem(const Eigen::MatrixXd& system, double unit);

  std::size_t size() const { return n_; }
  // x after so many ticks.
  void advance(double* x, double current, Tick ticks) const;
  double above(const double* x) const;

  // How far the segments of a search are apart.
  Tick segment() const { return Tick{1} << shift_; }
  // In which fraction of a segment y comes up to 0, or above 1; x, at which y < 0, is taken to its end.
  double first_root(double* x, double current) const;
  // Whether y stays below 0 for ever; and ms within which it does in any case.
  bool stays_below(const double* x, double current) const;
  double quiet(const double* x, double current) const;

 private:
  static constexpr int order = 16;
  struct Entry {
    std::uint32_t row, column;
    double value;
  };
  // dx/dt.
  void slope(const double* x, double current, double* d) const;
  void apply(const std::vector<double>& power, double* x, double current) const;
  void series(double* x, double current, double h, double* y) const;

  std::size_t n_;
  double unit_;
  unsigned shift_ = 0;
  std::vector<Entry> entries_;  // of A
  std::vector<double> per_current_, constant_, q_;
  double r_;
  std::vector<std::vector<double>> powers_;  // of 1, 2, 4, ... segments: rows of n + 2 numbers
  bool settles_ = false;                     // the last of them is as good as for ever
  // Bounds: |y(t) - y(for ever)| <= most_ sum weight |x - x(for ever)|.
  std::vector<double> weight_, rest_per_current_, rest_;
  double most_ = 0.0;
};

}  // namespace pysnn
