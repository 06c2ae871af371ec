#include "math/distribution.hpp"

#include <algorithm>
#include <cmath>

#include "core/dispatch.hpp"
#include "math/philox.hpp"

namespace pysnn {

Distribution Distribution::make(const std::string& kind, const ParamSet& params, const std::string& owner) {
  Distribution made;
  made.owner_ = owner;
  if (params.has("step")) made.step_ = params["step"];
  if (kind == "constant") {
    made.draw_ = Constant{params["value"]};
  } else if (kind == "uniform") {
    made.draw_ = Uniform{params["low"], params["high"]};
  } else if (kind == "normal") {
    made.draw_ = Normal{params["mean"], params["std"], params["min"], params["max"], false};
  } else if (kind == "lognormal") {
    made.draw_ = Normal{params["mu"], params["sigma"], params["min"], params["max"], true};
  } else if (kind == "array") {
    made.draw_ = Values{std::make_shared<const std::vector<double>>(params.array("values"))};
  } else {
    throw ParameterError(owner + ": unknown distribution '" + kind +
                         "' (valid: array, constant, lognormal, normal, uniform)");
  }
  return made;
}

namespace {

// Half the width of the quantile's central range, where one rational function of q = p - 1/2 does.
constexpr double central_range = 0.425;

PYSNN_INLINE double central_quantile(double q) {
  const double r = 0.180625 - q * q;
  return q *
         (((((((2.5090809287301226727e3 * r + 3.3430575583588128105e4) * r + 6.7265770927008700853e4) * r +
              4.5921953931549871457e4) *
                 r +
             1.3731693765509461125e4) *
                r +
            1.9715909503065514427e3) *
               r +
           1.3314166789178437745e2) *
              r +
          3.3871328727963666080e0) /
         (((((((5.2264952788528545610e3 * r + 2.8729085735721942674e4) * r + 3.9307895800092710610e4) * r +
              2.1213794301586595867e4) *
                 r +
             5.3941960214247511077e3) *
                r +
            6.8718700749205790830e2) *
               r +
           4.2313330701600911252e1) *
              r +
          1.0);
}

PYSNN_INLINE double stepped(double value, double step) {
  return step > 0.0 ? std::nearbyint(value / step) * step : value;
}

PYSNN_CLONES void fill_uniform(std::uint64_t key, std::uint32_t a, const std::uint32_t* b, const std::uint32_t* c,
                               std::size_t n, double* out) {
  for (std::size_t k = 0; k < n; ++k) {
    const Word4 w = philox(key, a, b[k], c[k], 0);
    out[k] = unit_interval(w[0], w[1]);
  }
}

PYSNN_CLONES void fill_central(const double* uniform, std::size_t n, double* out) {
  for (std::size_t k = 0; k < n; ++k) out[k] = central_quantile(uniform[k] - 0.5);
}

}  // namespace

double Distribution::shaped(const Normal& normal, double quantile) const {
  const double value = normal.mean + normal.std * quantile;
  return stepped(normal.log ? std::exp(value) : value, step_);
}

double Distribution::operator()(std::uint64_t key, std::uint32_t a, std::uint32_t b, std::uint32_t c,
                                std::uint64_t entry) const {
  if (const auto* constant = std::get_if<Constant>(&draw_)) return constant->value;
  if (const auto* values = std::get_if<Values>(&draw_)) return (*values->values)[entry];
  if (const auto* uniform = std::get_if<Uniform>(&draw_)) {
    const Word4 w = philox(key, a, b, c, 0);
    return stepped(uniform->low + (uniform->high - uniform->low) * unit_interval(w[0], w[1]), step_);
  }
  const auto& normal = std::get<Normal>(draw_);
  constexpr std::uint32_t attempts = 100000;
  for (std::uint32_t attempt = 0; attempt < attempts; ++attempt) {
    const Word4 w = philox(key, a, b, c, attempt);
    const double value = shaped(normal, normal_quantile(unit_interval(w[0], w[1])));
    if (value >= normal.min && value <= normal.max) return value;
  }
  throw ParameterError(owner_ + ": no draw within [" + show(normal.min) + ", " + show(normal.max) + "] in " +
                       std::to_string(attempts) + " attempts; widen the bounds");
}

void Distribution::fill(std::uint64_t key, std::uint32_t a, std::span<const std::uint32_t> b,
                        std::span<const std::uint32_t> c, std::span<const std::uint32_t> entry,
                        std::span<double> out) const {
  const std::size_t n = out.size();
  if (const auto* constant = std::get_if<Constant>(&draw_)) {
    std::fill(out.begin(), out.end(), constant->value);
  } else if (const auto* values = std::get_if<Values>(&draw_)) {
    for (std::size_t k = 0; k < n; ++k) out[k] = (*values->values)[entry[k]];
  } else if (const auto* uniform = std::get_if<Uniform>(&draw_)) {
    fill_uniform(key, a, b.data(), c.data(), n, out.data());
    for (std::size_t k = 0; k < n; ++k) out[k] = stepped(uniform->low + (uniform->high - uniform->low) * out[k], step_);
  } else {
    const auto& normal = std::get<Normal>(draw_);
    constexpr std::size_t tile = 256;
    double word[tile];
    for (std::size_t begin = 0; begin < n; begin += tile) {
      const std::size_t m = std::min(tile, n - begin);
      double* part = out.data() + begin;
      fill_uniform(key, a, b.data() + begin, c.data() + begin, m, word);
      normal_quantiles({word, m}, part);
      for (std::size_t k = 0; k < m; ++k) {
        part[k] = shaped(normal, part[k]);
        // What the bounds reject, one by one.
        if (!(part[k] >= normal.min && part[k] <= normal.max)) part[k] = (*this)(key, a, b[begin + k], c[begin + k]);
      }
    }
  }
}

void normal_quantiles(std::span<const double> p, double* out) {
  fill_central(p.data(), p.size(), out);
  for (std::size_t k = 0; k < p.size(); ++k)
    if (std::abs(p[k] - 0.5) > central_range) out[k] = normal_quantile(p[k]);
}

// clang-format off: coefficients as the paper lists them
double normal_quantile(double p) {
  const double q = p - 0.5;
  if (std::abs(q) <= central_range) return central_quantile(q);
  double r = std::sqrt(-std::log(q < 0.0 ? p : 1.0 - p));
  double value;
  if (r <= 5.0) {
    r -= 1.6;
    value = (((((((7.74545014278341407640e-4 * r + 2.27238449892691845833e-2) * r + 2.41780725177450611770e-1) * r +
                 1.27045825245236838258e0) * r + 3.64784832476320460504e0) * r + 5.76949722146069140550e0) * r +
              4.63033784615654529590e0) * r + 1.42343711074968357734e0) /
            (((((((1.05075007164441684324e-9 * r + 5.47593808499534494600e-4) * r + 1.51986665636164571966e-2) * r +
                 1.48103976427480074590e-1) * r + 6.89767334985100004550e-1) * r + 1.67638483018380384940e0) * r +
              2.05319162663775882187e0) * r + 1.0);
  } else {
    r -= 5.0;
    value = (((((((2.01033439929228813265e-7 * r + 2.71155556874348757815e-5) * r + 1.24266094738807843860e-3) * r +
                 2.65321895265761230930e-2) * r + 2.96560571828504891230e-1) * r + 1.78482653991729133580e0) * r +
              5.46378491116411436990e0) * r + 6.65790464350110377720e0) /
            (((((((2.04426310338993978564e-15 * r + 1.42151175831644588870e-7) * r + 1.84631831751005468180e-5) * r +
                 7.86869131145613259100e-4) * r + 1.48753612908506148525e-2) * r + 1.36929880922735805310e-1) * r +
              5.99832206555887937690e-1) * r + 1.0);
  }
  return q < 0.0 ? -value : value;
}
// clang-format on

}  // namespace pysnn
