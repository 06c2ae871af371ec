// Depression and facilitation (Tsodyks & Markram 1997; Tsodyks, Uziel & Markram 2000; Markram, Wang & Tsodyks 1998),
// with x the resources that are there and u the share of them that a spike uses:
//
//   a spike sends w u x, and then     x -= u x,      x recovers to 1 with tau_rec,
//   before it                         u += U (1 - u), u falls back to U with tau_fac, as of the spike before.
//
// From spike to spike, h apart, with the u and x of the first:
//
//   x' = 1 + (x - x u - 1) e^(-h / tau_rec),     u' = U + u (1 - U) e^(-h / tau_fac),     first x = 1, u = U.
#include <cmath>

#include "dynamics/dynamics.hpp"

namespace pysnn {
namespace {

class TsodyksMarkram {
 public:
  struct State {
    double u = 0.0, x = 1.0;  // as the latest spike met them
  };

  static ModelInfo info() {
    return {.name = "TsodyksMarkram",
            .params = {{"U", "", 0.5}, {"tau_rec", "ms", 800.0}, {"tau_fac", "ms", 0.0}, {"stochastic", "", 0.0}}};
  }

  TsodyksMarkram(const ParamSet& p, const TimeBase& time)
      : U_(p["U"]), recovery_(time.unit() / p["tau_rec"]), forgetting_(time.unit() / p["tau_fac"]) {}

  // For kernels/tsodyks_markram.cl.
  Constants constants() const {
    return {{"whole_recovery", recovery_}, {"whole_forgetting", forgetting_}, {"u_first", U_}};
  }

  State first() const { return {U_, 1.0}; }
  State next(const State& s, Tick gap) const {
    const auto h = static_cast<double>(gap);
    const double kept = forgetting_ < infinity ? std::exp(-h * forgetting_) : 0.0;
    return {U_ + s.u * (1.0 - U_) * kept, 1.0 + (s.x - s.x * s.u - 1.0) * std::exp(-h * recovery_)};
  }
  double release(const State& s) const { return s.u * s.x; }

 private:
  static constexpr double infinity = std::numeric_limits<double>::infinity();
  double U_, recovery_, forgetting_;  // rates by tick
};

const RegisterDynamics<TsodyksMarkram> registered;

}  // namespace
}  // namespace pysnn
