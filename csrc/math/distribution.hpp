// What a weight, delay or initial value is drawn from. A draw is a pure function of
// (key, three counters); redraws of a truncated distribution advance a fourth.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "core/params.hpp"

namespace pysnn {

struct Constant {
  double value = 0.0;
};

// Low <= value < high.
struct Uniform {
  double low, high;
};

// Truncated to [min, max] by redraw; `log` draws exp of it.
struct Normal {
  double mean, std, min, max;
  bool log;
};

// One value for each entry: of a population, or of the arrays a projection was given.
struct Values {
  std::shared_ptr<const std::vector<double>> values;
};

class Distribution {
 public:
  Distribution() = default;
  Distribution(double value) : draw_(Constant{value}) {}  // NOLINT: a number is a constant
  // `kind` and `params` as the contract with Python has them; `owner` begins the message of an error.
  static Distribution make(const std::string& kind, const ParamSet& params, const std::string& owner);

  bool is_constant() const { return std::holds_alternative<Constant>(draw_); }
  bool is_array() const { return std::holds_alternative<Values>(draw_); }
  double constant() const { return std::get<Constant>(draw_).value; }
  const std::vector<double>& values() const { return *std::get<Values>(draw_).values; }

  // The draw at counters (a, b, c); `entry` picks from an array.
  double operator()(std::uint64_t key, std::uint32_t a, std::uint32_t b, std::uint32_t c,
                    std::uint64_t entry = 0) const;

  // The draws at counters (a, b[k], c[k]), the same bits as one by one, at a few ns each.
  void fill(std::uint64_t key, std::uint32_t a, std::span<const std::uint32_t> b, std::span<const std::uint32_t> c,
            std::span<const std::uint32_t> entry, std::span<double> out) const;

 private:
  double shaped(const Normal& normal, double quantile) const;

  std::variant<Constant, Uniform, Normal, Values> draw_ = Constant{};
  double step_ = 0.0;
  std::string owner_;
};

// Quantile of the standard normal (Wichura 1988, AS 241, PPND16: relative error about 1e-16).
double normal_quantile(double p);
// The same of each of p.
void normal_quantiles(std::span<const double> p, double* out);

}  // namespace pysnn
