#include "math/propagator.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <unsupported/Eigen/MatrixFunctions>

namespace pysnn {
namespace {

constexpr int none = std::numeric_limits<int>::min() / 4;  // the exponent of 0

int exponent(double x) { return x == 0.0 ? none : std::ilogb(x); }

// e^B - 1 of a small B, by its series.
Eigen::MatrixXd series(const Eigen::MatrixXd& b) {
  constexpr int order = 11;  // (1/8)^12 / 12! is beyond all digits
  const Eigen::MatrixXd one = Eigen::MatrixXd::Identity(b.rows(), b.cols());
  Eigen::MatrixXd sum = one;
  for (int k = order; k > 1; --k) sum = one + b * sum / k;
  return b * sum;
}

// e^{A t} by scaling and squaring. What squaring e^B itself loses, as 1 - 1e-8 has half the digits of 1e-8, e^B - 1
// does not, which squares to (e^B - 1)^2 + 2 (e^B - 1); of what has nearly decayed e^B has the digits. Beside the
// diagonal both are alike, so that the diagonal alone is kept in both forms. In even units no entry is lost beside a
// larger one, and there are no more squarings than rates ask for (Al-Mohy & Higham 2009, SIAM J. Matrix Anal. Appl.
// 31:970).
Eigen::MatrixXd by_squaring(const Eigen::MatrixXd& a, double t) {
  const Eigen::Index n = a.rows();
  const std::vector<int> units = even_units(a);
  const Eigen::MatrixXd even = in_units(a, units);
  // The norm times t is at most 1/8.
  const int scale = exponent(even.cwiseAbs().maxCoeff()) + std::ilogb(static_cast<double>(n)) + 2;
  const int squarings = std::max(scale + std::ilogb(t) + 4, 0);
  Eigen::MatrixXd power = series(in_units(a, units, std::ilogb(t) - squarings) * std::scalbn(t, -std::ilogb(t)));
  Eigen::VectorXd less = power.diagonal(), whole = less.array() + 1.0;  // of the diagonal: e^B - 1, e^B
  power.diagonal().setZero();
  for (int k = 0; k < squarings; ++k) {
    const Eigen::MatrixXd product = power * power;
    for (Eigen::Index i = 0; i < n; ++i)
      for (Eigen::Index j = 0; j < n; ++j)
        if (i != j) power(i, j) = product(i, j) + power(i, j) * (whole(i) + whole(j));
    for (Eigen::Index i = 0; i < n; ++i) {
      const double squared = whole(i) * whole(i) + product(i, i);
      less(i) = less(i) * (2.0 + less(i)) + product(i, i);
      if (std::abs(less(i)) < 0.5)
        whole(i) = 1.0 + less(i);
      else
        less(i) = (whole(i) = squared) - 1.0;
    }
  }
  power.diagonal() = whole;
  std::vector<int> back(units);
  for (int& unit : back) unit = -unit;
  return in_units(power, back);
}

}  // namespace

std::vector<int> even_units(const Eigen::MatrixXd& a) {
  const Eigen::Index n = a.rows();
  std::vector<int> units(static_cast<std::size_t>(n), 0);
  int rate = none, least = std::numeric_limits<int>::max();
  for (Eigen::Index i = 0; i < n; ++i)
    for (Eigen::Index j = 0; j < n; ++j) {
      if (a(i, j) == 0.0) continue;
      if (i == j) rate = std::max(rate, std::ilogb(a(i, i)));
      least = std::min(least, std::ilogb(a(i, j)));
    }
  if (rate == none) rate = least;
  bool changes = true;
  for (int sweep = 0; changes && sweep < 1000; ++sweep) {
    changes = false;
    for (Eigen::Index i = 0; i < n; ++i) {
      int row = rate, column = rate;  // the largest that others do to i, and i to others
      for (Eigen::Index j = 0; j < n; ++j) {
        if (i == j) continue;
        const int apart = units[static_cast<std::size_t>(j)] - units[static_cast<std::size_t>(i)];
        if (a(i, j) != 0.0) row = std::max(row, std::ilogb(a(i, j)) + apart);
        if (a(j, i) != 0.0) column = std::max(column, std::ilogb(a(j, i)) - apart);
      }
      const int half = (row - column) / 2;
      units[static_cast<std::size_t>(i)] += half;
      changes |= half != 0;
    }
  }
  return units;
}

Eigen::MatrixXd in_units(const Eigen::MatrixXd& a, const std::vector<int>& exponents, int shift) {
  Eigen::MatrixXd even(a.rows(), a.cols());
  for (Eigen::Index i = 0; i < a.rows(); ++i)
    for (Eigen::Index j = 0; j < a.cols(); ++j)
      even(i, j) =
          std::scalbn(a(i, j), exponents[static_cast<std::size_t>(j)] - exponents[static_cast<std::size_t>(i)] + shift);
  return even;
}

Eigen::MatrixXd propagator(const Eigen::MatrixXd& a, double t) {
  constexpr double without_squaring = 5.0;  // as far as the approximant of the highest order goes
  if (!a.allFinite() || !std::isfinite(t))
    return Eigen::MatrixXd::Constant(a.rows(), a.cols(), std::numeric_limits<double>::quiet_NaN());
  const double size = a.cwiseAbs().colwise().sum().maxCoeff() * std::abs(t);
  if (size <= without_squaring) return (a * t).exp();
  return by_squaring(a, t);
}

}  // namespace pysnn
