#include "neurons/linear_system.hpp"

#include <algorithm>
#include <cmath>

#include "math/crossing.hpp"

namespace pysnn {
namespace {

constexpr std::size_t most_states = 32;

// About the greatest eigenvalue's size, which units have no part in: the 16th root of the norm of the 16th power.
double radius(Eigen::MatrixXd a) {
  double log_norm = 0.0;
  for (int k = 0; k < 4; ++k) {
    const double scale = a.cwiseAbs().rowwise().sum().maxCoeff();
    if (!(scale > 0.0)) return 0.0;
    a /= scale;
    log_norm += std::log(scale) / (1 << k);
    a = a * a;
  }
  return std::exp(log_norm + std::log(std::max(a.cwiseAbs().rowwise().sum().maxCoeff(), 1e-300)) / 16.0);
}

// The first root on (0, 1] of a polynomial that is below 0 at 0, or 2.
double first_root_of(const double* c, int order, double width, double resolution) {
  double rises = 0.0, steepest = c[1], flattest = c[1], end = c[0] + c[1];
  for (int k = 1; k <= order; ++k) rises += std::max(c[k], 0.0);
  if (c[0] + rises < 0.0) return 2.0;
  for (int k = 2; k <= order; ++k) {
    steepest += k * std::max(c[k], 0.0);
    flattest += k * std::min(c[k], 0.0);
    end += c[k];
  }
  if (steepest < 0.0) return 2.0;
  if (width <= resolution) return end >= 0.0 ? 1.0 : 2.0;
  if (flattest > 0.0) {
    if (end < 0.0) return 2.0;
    return upward_root(
        [&](double x) {
          double value = 0.0, slope = 0.0;
          for (int k = order; k >= 0; --k) {
            slope = slope * x + value;
            value = value * x + c[k];
          }
          return std::pair{value, slope};
        },
        0.0, 1.0, resolution / width);
  }
  double half[32];
  for (int k = 0; k <= order; ++k) half[k] = std::ldexp(c[k], -k);
  const double early = first_root_of(half, order, width / 2, resolution);
  if (early <= 1.0) return early / 2;
  for (int k = 0; k < order; ++k)
    for (int j = order - 1; j >= k; --j) half[j] += half[j + 1];
  if (half[0] >= 0.0) return 0.5;
  const double late = first_root_of(half, order, width / 2, resolution);
  return late <= 1.0 ? 0.5 + late / 2 : 2.0;
}

}  // namespace

LinearSystem::LinearSystem(const Eigen::MatrixXd& system, double unit)
    : n_(static_cast<std::size_t>(system.rows()) - 1), unit_(unit), r_(system(system.rows() - 1, system.cols() - 1)) {
  const auto n = static_cast<Eigen::Index>(n_);
  const Eigen::MatrixXd a = system.topLeftCorner(n, n);
  for (std::size_t row = 0; row < n_; ++row) {
    for (std::size_t column = 0; column < n_; ++column)
      if (a(row, column) != 0.0)
        entries_.push_back({static_cast<std::uint32_t>(row), static_cast<std::uint32_t>(column), a(row, column)});
    per_current_.push_back(system(row, n));
    constant_.push_back(system(row, n + 1));
    q_.push_back(system(n, row));
  }
  const double rate = std::max(radius(a), 1e-9);
  const double longest = 0.5 / rate / unit;
  while (shift_ < 52 && std::ldexp(1.0, static_cast<int>(shift_) + 1) <= longest) ++shift_;

  Eigen::MatrixXd whole = Eigen::MatrixXd::Zero(n + 2, n + 2);
  whole.topRows(n) = system.topRows(n);
  const double segment = static_cast<double>(Tick{1} << shift_) * unit;
  Eigen::MatrixXd power = propagator(whole, segment);
  // Weights by which y feels each state, so that bounds do not depend on units.
  Eigen::RowVectorXd q = system.row(n).head(n), felt = q.cwiseAbs();
  for (std::size_t k = 0; k < n_; ++k) {
    q = q * a * segment;
    felt = felt.cwiseMax(q.cwiseAbs());
  }
  const double largest = std::max(felt.maxCoeff(), 1e-300);
  for (std::size_t k = 0; k < n_; ++k) weight_.push_back(std::max(felt(k), 1e-12 * largest));
  const Eigen::VectorXd d = Eigen::Map<const Eigen::VectorXd>(weight_.data(), n);
  const auto norm = [&](const Eigen::MatrixXd& m) {
    return (d.asDiagonal() * m * d.cwiseInverse().asDiagonal()).cwiseAbs().colwise().sum().maxCoeff();
  };
  const double before_first = std::exp(norm(a * segment));
  most_ = before_first;
  for (unsigned k = 0; shift_ + k < 62; ++k) {
    powers_.emplace_back();
    for (Eigen::Index row = 0; row < n; ++row)
      for (Eigen::Index column = 0; column < n + 2; ++column) powers_.back().push_back(power(row, column));
    const double left = norm(power.topLeftCorner(n, n));
    if (!std::isfinite(left)) break;
    if (left < 1e-18) {
      settles_ = true;
      break;
    }
    most_ *= std::max(left, 1.0);
    power = power * power;
  }
  if (!settles_) {
    most_ = before_first;
    return;
  }
  for (std::size_t k = 0; k < n_; ++k) {
    rest_per_current_.push_back(powers_.back()[k * (n_ + 2) + n_]);
    rest_.push_back(powers_.back()[k * (n_ + 2) + n_ + 1]);
  }
}

double LinearSystem::above(const double* x) const {
  double y = r_;
  for (std::size_t k = 0; k < n_; ++k) y += q_[k] * x[k];
  return y;
}

void LinearSystem::slope(const double* x, double current, double* d) const {
  for (std::size_t k = 0; k < n_; ++k) d[k] = per_current_[k] * current + constant_[k];
  for (const Entry& e : entries_) d[e.row] += e.value * x[e.column];
}

void LinearSystem::apply(const std::vector<double>& power, double* x, double current) const {
  double to[most_states];
  const double* row = power.data();
  for (std::size_t k = 0; k < n_; ++k, row += n_ + 2) {
    double sum = row[n_] * current + row[n_ + 1];
    for (std::size_t j = 0; j < n_; ++j) sum += row[j] * x[j];
    to[k] = sum;
  }
  std::copy(to, to + n_, x);
}

// x after h ms, and if asked for the coefficients of y as a polynomial of the fraction of h.
void LinearSystem::series(double* x, double current, double h, double* y) const {
  double term[most_states], next[most_states];
  if (y) y[0] = above(x);
  slope(x, current, term);
  for (std::size_t k = 0; k < n_; ++k) term[k] *= h;
  for (int power = 1;; ++power) {
    double there = 0.0;
    for (std::size_t k = 0; k < n_; ++k) {
      x[k] += term[k];
      there += q_[k] * term[k];
    }
    if (y) y[power] = there;
    if (power == order) return;
    const double factor = h / (power + 1);
    std::fill(next, next + n_, 0.0);
    for (const Entry& e : entries_) next[e.row] += e.value * term[e.column];
    for (std::size_t k = 0; k < n_; ++k) term[k] = next[k] * factor;
  }
}

void LinearSystem::advance(double* x, double current, Tick ticks) const {
  const auto whole = static_cast<std::uint64_t>(ticks) >> shift_;
  const Tick rest = ticks - static_cast<Tick>(whole << shift_);
  for (unsigned k = 0; whole >> k != 0; ++k) {
    if (k + 1 >= powers_.size()) {
      // From there on it is settled, or out of the range of numbers.
      apply(powers_.back(), x, current);
      break;
    }
    if (whole >> k & 1) apply(powers_[k], x, current);
  }
  if (rest > 0) series(x, current, static_cast<double>(rest) * unit_, nullptr);
}

double LinearSystem::first_root(double* x, double current) const {
  double y[order + 1];
  const auto ticks = static_cast<double>(segment());
  series(x, current, ticks * unit_, y);
  return first_root_of(y, order, ticks, 0.1);
}

bool LinearSystem::stays_below(const double* x, double current) const {
  if (!settles_) return false;
  double far = 0.0, rest = r_, size = std::abs(r_);
  for (std::size_t k = 0; k < n_; ++k) {
    const double there = rest_per_current_[k] * current + rest_[k];
    far += weight_[k] * std::abs(x[k] - there);
    rest += q_[k] * there;
    size += std::abs(q_[k] * there);
  }
  return rest + most_ * far + 1e-9 * size < 0.0;
}

double LinearSystem::quiet(const double* x, double current) const {
  double d[most_states], fastest = 0.0;
  slope(x, current, d);
  for (std::size_t k = 0; k < n_; ++k) fastest += weight_[k] * std::abs(d[k]);
  const double time = -above(x) * (1.0 - 1e-9) / (most_ * fastest);
  return settles_ ? time : std::min(time, static_cast<double>(segment()) * unit_);
}

}  // namespace pysnn
