// Inhibitory plasticity (Vogels, Sprekeler, Zenke, Clopath & Gerstner 2011), with m = |w| and u = m / w_max:
//
//   postsynaptic spike:  u += eta x,             y += 1
//   presynaptic spike:   u += eta (y - alpha),   x += 1
//
// x and y decay with tau and are read before their own jump, alpha = 2 rho_0 tau; m stays in [w_min, w_max].
#include "core/dispatch.hpp"
#include "plasticity/register_rule.hpp"

namespace pysnn {
namespace {

class VogelsSTDP {
 public:
  struct Pre {
    double x = 0.0;
  };
  struct Post {
    double y = 0.0;
  };
  static constexpr bool drifts = false, stays_finite = true;

  static ModelInfo info() {
    return {.name = "VogelsSTDP",
            .params = {
                {"eta", "", 0.01}, {"tau", "ms", 20.0}, {"rho_0", "Hz", 5.0}, {"w_max", "", 1.0}, {"w_min", "", 0.0}}};
  }

  VogelsSTDP(const ParamSet& p, const TimeBase& time)
      : decay_(p["tau"], time), w_max_(p["w_max"]), w_min_(p["w_min"]), eta_(p["eta"] * w_max_),
        alpha_(2.0 * p["rho_0"] * p["tau"] / 1000.0) {}

  Pre first_pre() const { return {}; }
  Pre next_pre(Pre p, Tick gap, bool first) const { return {first ? 1.0 : p.x * decay_(gap) + 1.0}; }
  Post first_post() const { return {}; }
  Post next_post(Post p, Tick gap, bool first) const { return {first ? 1.0 : p.y * decay_(gap) + 1.0}; }
  double w_max() const { return w_max_; }

  // For kernels/vogels_stdp.cl.
  Constants constants() const {
    return {{"rate", decay_.rate()}, {"eta", eta_}, {"alpha", alpha_}, {"w_min", w_min_}, {"w_max", w_max_}};
  }

  struct Kernel : PlainSteps<Kernel> {
    explicit Kernel(const VogelsSTDP& rule)
        : decay(rule.decay_), eta(rule.eta_), alpha(rule.alpha_), w_min(rule.w_min_), w_max(rule.w_max_) {}
    Decay::View decay;
    double eta, alpha, w_min, w_max;
    void at_rate(double rate) { eta *= rate; }

    template <class Real>
    PYSNN_INLINE Real on_post(Real m, const Pre& pre, Tick since) const {
      return bounded<Real>(static_cast<double>(m) + eta * (pre.x * decay(since)), w_min, w_max);
    }
    PYSNN_INLINE double seen(const Post& post, Tick since) const { return post.y * decay(since); }
    template <class Real>
    PYSNN_INLINE Real on_pre(Real m, double y) const {
      return bounded<Real>(static_cast<double>(m) + eta * (y - alpha), w_min, w_max);
    }
  };
  Kernel kernel() const { return Kernel(*this); }
  PYSNN_DECLARE_RULE_LOOPS(Histories<Post>::Spike)

 private:
  Decay decay_;
  double w_max_, w_min_, eta_, alpha_;
};

PYSNN_RULE_LOOPS(VogelsSTDP, Histories<VogelsSTDP::Post>::Spike)

const RegisterPlasticity<VogelsSTDP> registered;

}  // namespace
}  // namespace pysnn
