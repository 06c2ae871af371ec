// Hebb's rule with spikes (Kempter, Gerstner & van Hemmen 1999), with m = |w| and u = m / w_max:
//
//   presynaptic spike:   u += eta (w_in + y),    x += 1
//   postsynaptic spike:  u += eta (w_out + x),   y += 1
//
// x and y decay with tau_pre and tau_post and are read before their own jump; m stays in [w_min, w_max]. A postsynaptic
// spike counts whether or not a presynaptic one has come.
#include "core/dispatch.hpp"
#include "plasticity/register_rule.hpp"

namespace pysnn {
namespace {

class Hebb {
 public:
  struct Pre {
    double x = 0.0;
  };
  struct Post {
    double y = 0.0;
  };
  static constexpr bool drifts = false, stays_finite = true, acts_without_pre = true;

  static ModelInfo info() {
    return {.name = "Hebb",
            .params = {{"eta", "", 0.001},
                       {"tau_pre", "ms", 20.0},
                       {"tau_post", "ms", 20.0},
                       {"w_in", "", 0.0},
                       {"w_out", "", 0.0},
                       {"w_max", "", 1.0},
                       {"w_min", "", 0.0}}};
  }

  Hebb(const ParamSet& p, const TimeBase& time)
      : pre_(p["tau_pre"], time), post_(p["tau_post"], time), w_max_(p["w_max"]), w_min_(p["w_min"]),
        eta_(p["eta"] * w_max_), in_(p["w_in"]), out_(p["w_out"]) {}

  Pre first_pre() const { return {}; }
  Pre next_pre(Pre p, Tick gap, bool first) const { return {first ? 1.0 : p.x * pre_(gap) + 1.0}; }
  Post first_post() const { return {}; }
  Post next_post(Post p, Tick gap, bool first) const { return {first ? 1.0 : p.y * post_(gap) + 1.0}; }
  double w_max() const { return w_max_; }
  // For kernels/hebb.cl.
  Constants constants() const {
    return {{"rate_pre", pre_.rate()},
            {"rate_post", post_.rate()},
            {"eta", eta_},
            {"in", in_},
            {"out", out_},
            {"w_min", w_min_},
            {"w_max", w_max_}};
  }

  struct Kernel : PlainSteps<Kernel> {
    explicit Kernel(const Hebb& rule)
        : pre_decay(rule.pre_), post_decay(rule.post_), eta(rule.eta_), in(rule.in_), out(rule.out_),
          w_min(rule.w_min_), w_max(rule.w_max_) {}
    Decay::View pre_decay, post_decay;
    double eta, in, out, w_min, w_max;
    void at_rate(double rate) { eta *= rate; }

    template <class Real>
    PYSNN_INLINE Real on_post(Real m, const Pre& pre, Tick since) const {
      return bounded<Real>(static_cast<double>(m) + eta * (out + pre.x * pre_decay(since)), w_min, w_max);
    }
    PYSNN_INLINE double seen(const Post& post, Tick since) const { return post.y * post_decay(since); }
    template <class Real>
    PYSNN_INLINE Real on_pre(Real m, double y) const {
      return bounded<Real>(static_cast<double>(m) + eta * (in + y), w_min, w_max);
    }
  };
  Kernel kernel() const { return Kernel(*this); }
  PYSNN_DECLARE_RULE_LOOPS(Histories<Post>::Spike)

 private:
  Decay pre_, post_;
  double w_max_, w_min_, eta_, in_, out_;
};

PYSNN_RULE_LOOPS(Hebb, Histories<Hebb::Post>::Spike)

const RegisterPlasticity<Hebb> registered;

}  // namespace
}  // namespace pysnn
