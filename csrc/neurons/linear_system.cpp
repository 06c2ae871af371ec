#include "neurons/linear_system.hpp"

#include <limits>

#include "math/crossing.hpp"

namespace pysnn {

double spectral_size(const Eigen::MatrixXd& given) {
  Eigen::MatrixXd a = in_units(given, even_units(given));  // else what matters is lost beside what units make large
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

double first_root_of(const double* c, int order, double width, double resolution) {
  if (c[0] >= 0.0) return 0.0;  // what rests at 0 is there, whatever slope rounding leaves it
  double rises = 0.0, falls = 0.0, steepest = c[1], flattest = c[1], end = c[0] + c[1];
  for (int k = 1; k <= order; ++k) {
    rises += std::max(c[k], 0.0);
    falls += std::min(c[k], 0.0);
  }
  if (!std::isfinite(c[0] + rises - falls)) return std::numeric_limits<double>::quiet_NaN();
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
    const auto value_and_slope = [&](double x) {
      double value = 0.0, slope = 0.0;
      for (int k = order; k >= 0; --k) {
        slope = slope * x + value;
        value = value * x + c[k];
      }
      return std::pair{value, slope};
    };
    return upward_root(value_and_slope, 0.0, 1.0, resolution / width);
  }
  double half[32] = {};
  for (int k = 0; k <= order; ++k) half[k] = std::ldexp(c[k], -k);
  const double early = first_root_of(half, order, width / 2, resolution);
  if (!(early > 1.0)) return early / 2;
  // About the middle.
  for (int k = 0; k < order; ++k)
    for (int j = order - 1; j >= k; --j) half[j] += half[j + 1];
  if (half[0] >= 0.0) return 0.5;
  const double late = first_root_of(half, order, width / 2, resolution);
  return late > 1.0 ? 2.0 : 0.5 + late / 2;
}

}  // namespace pysnn
