#include "network/loss.hpp"

#include <algorithm>
#include <cmath>

#include "core/error.hpp"

namespace pysnn {
namespace {

std::vector<double> softmax(std::span<const double> y) {
  const double top = *std::max_element(y.begin(), y.end());
  std::vector<double> p(y.size());
  double sum = 0.0;
  for (std::size_t k = 0; k < y.size(); ++k) sum += p[k] = std::exp(y[k] - top);
  for (double& share : p) share /= sum;
  return p;
}

std::size_t class_of(double number, std::size_t n) {
  if (number >= 0.0 && number < static_cast<double>(n) && number == std::floor(number))
    return static_cast<std::size_t>(number);
  throw ParameterError("expected the number of a class, 0 to " + std::to_string(n - 1) + " (got " + show(number) + ")");
}

std::vector<double> after_a_guess(std::vector<double> p, std::size_t right, double uniform) {
  std::size_t guess = 0;
  double below = p[0];
  while (guess + 1 < p.size() && uniform >= below) below += p[++guess];
  const double surprise = (guess == right ? 1.0 : 0.0) - p[guess];
  for (std::size_t k = 0; k < p.size(); ++k) p[k] = -surprise * ((k == guess ? 1.0 : 0.0) - p[k]);
  return p;
}

}  // namespace

Loss to_loss(const std::string& name) {
  if (name == "softmax") return Loss::softmax;
  if (name == "squared") return Loss::squared;
  if (name == "reward") return Loss::reward;
  throw ParameterError("loss: expected 'softmax', 'squared' or 'reward' (got '" + name + "')");
}

std::vector<double> error_of(Loss loss, std::span<const double> y, std::span<const double> wanted, double uniform) {
  const bool labelled = wanted.size() == 1 && (y.size() > 1 || loss != Loss::squared);
  if ((!labelled && wanted.size() != y.size()) || (labelled && loss == Loss::squared) ||
      (!labelled && loss == Loss::reward))
    throw ParameterError("expected " +
                         (loss == Loss::softmax   ? "the number of a class, or a value for each of "
                          : loss == Loss::squared ? "a value for each of "
                                                  : std::string("the number of a class, one of ")) +
                         std::to_string(y.size()) + " readout neurons (got " + std::to_string(wanted.size()) +
                         " values)");
  if (loss == Loss::reward) return after_a_guess(softmax(y), class_of(wanted[0], y.size()), uniform);
  std::vector<double> e = loss == Loss::softmax ? softmax(y) : std::vector<double>(y.begin(), y.end());
  if (labelled)
    e[class_of(wanted[0], y.size())] -= 1.0;
  else
    for (std::size_t k = 0; k < e.size(); ++k) e[k] -= wanted[k];
  return e;
}

}  // namespace pysnn
