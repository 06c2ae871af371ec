// STDP at postsynaptic spikes towards a target trace (Diehl & Cook 2015), with m = |w| and u = m / w_max:
//
//   postsynaptic spike:  u += eta (x - x_target) (1 - u)^mu
//   presynaptic spike:   x += 1 (nearest: x = 1)
//
// x decays with tau; m stays in [w_min, w_max]. A postsynaptic spike counts whether or not a presynaptic one has come.
#include "core/dispatch.hpp"
#include "math/power.hpp"
#include "plasticity/register_rule.hpp"

namespace pysnn {
namespace {

class DiehlCookSTDP {
 public:
  struct Pre {
    double x = 0.0;
  };
  struct Post {};
  static constexpr bool drifts = false, stays_finite = true, acts_without_pre = true, acts_at_pre = false;

  static ModelInfo info() {
    return {.name = "DiehlCookSTDP",
            .params = {{"eta", "", 0.01},
                       {"x_target", "", 0.4},
                       {"tau", "ms", 20.0},
                       {"mu", "", 1.0},
                       {"w_max", "", 1.0},
                       {"w_min", "", 0.0},
                       {"pairing", "", 0.0}}};
  }

  DiehlCookSTDP(const ParamSet& p, const TimeBase& time)
      : decay_(p["tau"], time), w_max_(p["w_max"]), w_min_(p["w_min"]), eta_(p["eta"] * w_max_),
        x_target_(p["x_target"]), mu_(p["mu"]), nearest_(p["pairing"] != 0.0) {}

  Pre first_pre() const { return {}; }
  Pre next_pre(Pre p, Tick gap, bool first) const { return {first || nearest_ ? 1.0 : p.x * decay_(gap) + 1.0}; }
  Post first_post() const { return {}; }
  Post next_post(Post, Tick, bool) const { return {}; }
  double w_max() const { return w_max_; }

  // For kernels/diehl_cook_stdp.cl.
  Constants constants() const {
    return {{"rate", decay_.rate()},           {"eta", eta_},     {"x_target", x_target_}, {"mu", mu_},
            {"nearest", nearest_ ? 1.0 : 0.0}, {"w_min", w_min_}, {"w_max", w_max_}};
  }

  struct Kernel : PlainSteps<Kernel> {
    explicit Kernel(const DiehlCookSTDP& rule)
        : decay(rule.decay_), eta(rule.eta_), x_target(rule.x_target_), mu(rule.mu_), w_min(rule.w_min_),
          w_max(rule.w_max_) {}
    Decay::View decay;
    double eta, x_target, mu, w_min, w_max;
    void at_rate(double rate) { eta *= rate; }

    template <class Real>
    PYSNN_INLINE Real on_post(Real m, const Pre& pre, Tick since) const {
      const double left = std::max(1.0 - static_cast<double>(m) / w_max, 0.0);
      const double share = mu == 0.0 ? 1.0 : mu == 1.0 ? left : power(left, mu);
      const double change = eta * (pre.x * decay(since) - x_target) * share;
      return bounded<Real>(static_cast<double>(m) + change, w_min, w_max);
    }
  };
  Kernel kernel() const { return Kernel(*this); }

 private:
  Decay decay_;
  double w_max_, w_min_, eta_, x_target_, mu_;
  bool nearest_;
};

const RegisterPlasticity<DiehlCookSTDP> registered;

}  // namespace
}  // namespace pysnn
