// Depression and facilitation (Tsodyks & Markram 1997; Tsodyks, Uziel & Markram 2000; Markram, Wang & Tsodyks 1998),
// with x the resources that are there and u the share of them that a spike uses:
//
//   a spike sends w u x, and then     x -= u x,      x recovers to 1 with tau_rec,
//   before it                         u += U (1 - u), u falls back to U with tau_fac, as of the spike before.
//
// From spike to spike, h apart, with the u and x of the first:
//
//   x' = 1 + (x - x u - 1) e^(-h / tau_rec),     u' = U + u (1 - U) e^(-h / tau_fac),     first x = 1, u = U.
//
// What is used may be active for a while (Tsodyks, Uziel & Markram 2000): y decays with tau_psc into what recovers, so
// that
//
//   y' = (y + x u) e^(-a h),     x' = 1 + (x + y - 1) e^(-b h) - (y + x u) a (e^(-b h) - e^(-a h)) / (a - b) - y',
//
// with a = 1 / tau_psc, b = 1 / tau_rec and the y that the first spike met, 0 at first.
#include <cmath>

#include "dynamics/dynamics.hpp"

namespace pysnn {
namespace {

class TsodyksMarkram {
 public:
  struct State {
    double u = 0.0, x = 1.0, y = 0.0;  // as the latest spike met them
  };

  static ModelInfo info() {
    return {.name = "TsodyksMarkram",
            .params = {{"U", "", 0.5},
                       {"tau_rec", "ms", 800.0},
                       {"tau_fac", "ms", 0.0},
                       {"stochastic", "", 0.0},
                       {"tau_psc", "ms", 0.0}}};
  }

  TsodyksMarkram(const ParamSet& p, const TimeBase& time)
      : U_(p["U"]), recovery_(time.unit() / p["tau_rec"]), forgetting_(time.unit() / p["tau_fac"]),
        passing_(time.unit() / p["tau_psc"]), apart_(passing_ - recovery_),
        alike_(std::abs(apart_) < 1e-4 * recovery_) {}

  // For kernels/tsodyks_markram.cl.
  Constants constants() const {
    return {{"whole_recovery", recovery_},
            {"whole_forgetting", forgetting_},
            {"whole_passing", passing_},
            {"u_first", U_},
            {"apart", apart_},
            {"alike", alike_ ? 1.0 : 0.0},
            {"at_once", passing_ < infinity ? 0.0 : 1.0}};
  }

  State first() const { return {U_, 1.0, 0.0}; }
  State next(const State& s, Tick gap) const {
    const auto h = static_cast<double>(gap);
    const double kept = forgetting_ < infinity ? std::exp(-h * forgetting_) : 0.0;
    const double u = U_ + s.u * (1.0 - U_) * kept, lost = std::exp(-h * recovery_);
    if (!(passing_ < infinity)) return {u, 1.0 + (s.x - s.x * s.u - 1.0) * lost, 0.0};
    const double used = s.y + s.u * s.x, active = std::exp(-h * passing_), q = apart_ * h;
    // Where the rates are alike the difference of exponentials has few digits, and a series many.
    const double inactive =
        alike_ ? h * lost * (1.0 - q * (0.5 - q * (1.0 / 6.0 - q * (1.0 / 24.0)))) : (lost - active) / apart_;
    const double y = used * active;
    return {u, 1.0 + (s.x + s.y - 1.0) * lost - used * passing_ * inactive - y, y};
  }
  double release(const State& s) const { return s.u * s.x; }

 private:
  static constexpr double infinity = std::numeric_limits<double>::infinity();
  double U_, recovery_, forgetting_, passing_, apart_;  // rates by tick
  bool alike_;
};

const RegisterDynamics<TsodyksMarkram> registered;

}  // namespace
}  // namespace pysnn
