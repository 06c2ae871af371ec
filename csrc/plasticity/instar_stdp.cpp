// The instar rule at postsynaptic spikes (Grossberg 1976), with m = |w|:
//
//   postsynaptic spike:  m += eta (c x - m)
//   presynaptic spike:   x += 1 (nearest: x = 1)
//
// x decays with tau; m stays in [w_min, w_max]. A postsynaptic spike counts whether or not a presynaptic one has come.
#include "core/dispatch.hpp"
#include "plasticity/register_rule.hpp"

namespace pysnn {
namespace {

class InstarSTDP {
 public:
  struct Pre {
    double x = 0.0;
  };
  struct Post {};
  static constexpr bool drifts = false, stays_finite = false, acts_without_pre = true, acts_at_pre = false;

  static ModelInfo info() {
    return {.name = "InstarSTDP",
            .params = {{"eta", "", 0.01},
                       {"c", "", 1.0},
                       {"tau", "ms", 20.0},
                       {"w_max", "", std::numeric_limits<double>::infinity()},
                       {"w_min", "", 0.0},
                       {"pairing", "", 0.0}}};
  }

  InstarSTDP(const ParamSet& p, const TimeBase& time)
      : decay_(p["tau"], time), eta_(p["eta"]), c_(p["c"]), w_max_(p["w_max"]), w_min_(p["w_min"]),
        nearest_(p["pairing"] != 0.0) {}

  Pre first_pre() const { return {}; }
  Pre next_pre(Pre p, Tick gap, bool first) const { return {first || nearest_ ? 1.0 : p.x * decay_(gap) + 1.0}; }
  Post first_post() const { return {}; }
  Post next_post(Post, Tick, bool) const { return {}; }

  // For kernels/instar_stdp.cl.
  Constants constants() const {
    return {{"rate", decay_.rate()},           {"eta", eta_},     {"c", c_},
            {"nearest", nearest_ ? 1.0 : 0.0}, {"w_min", w_min_}, {"w_max", w_max_}};
  }

  struct Kernel : PlainSteps<Kernel> {
    explicit Kernel(const InstarSTDP& rule)
        : decay(rule.decay_), eta(rule.eta_), c(rule.c_), w_min(rule.w_min_), w_max(rule.w_max_) {}
    Decay::View decay;
    double eta, c, w_min, w_max;
    void at_rate(double rate) { eta *= rate; }

    template <class Real>
    PYSNN_INLINE Real on_post(Real m, const Pre& pre, Tick since) const {
      const double from = static_cast<double>(m);
      return bounded<Real>(from + eta * (c * (pre.x * decay(since)) - from), w_min, w_max);
    }
  };
  Kernel kernel() const { return Kernel(*this); }

 private:
  Decay decay_;
  double eta_, c_, w_max_, w_min_;
  bool nearest_;
};

const RegisterPlasticity<InstarSTDP> registered;

}  // namespace
}  // namespace pysnn
