// Oja's rule (1982) with spikes: of dw/dt = eta y (c x - y w) the first y is the postsynaptic spike train, the second
// and x are traces, with m = |w|:
//
//   postsynaptic spike:  m += eta (c x - y m),   y += 1
//   presynaptic spike:   x += 1
//
// x and y decay with tau_plus and tau_minus and are read before their own jump; m stays in [w_min, w_max]. A
// postsynaptic spike counts whether or not a presynaptic one has come.
#include "core/dispatch.hpp"
#include "plasticity/register_rule.hpp"

namespace pysnn {
namespace {

class Oja {
 public:
  struct Pre {
    double x = 0.0;
  };
  // The trace just before the spike, which that very spike reads.
  struct Post {
    double y = 0.0;
  };
  static constexpr bool drifts = false, stays_finite = false, acts_without_pre = true, acts_at_pre = false;

  static ModelInfo info() {
    return {.name = "Oja",
            .params = {{"eta", "", 0.001},
                       {"c", "", 1.0},
                       {"tau_plus", "ms", 20.0},
                       {"tau_minus", "ms", 20.0},
                       {"w_max", "", std::numeric_limits<double>::infinity()},
                       {"w_min", "", 0.0}}};
  }

  Oja(const ParamSet& p, const TimeBase& time)
      : plus_(p["tau_plus"], time), minus_(p["tau_minus"], time), eta_(p["eta"]), c_(p["c"]), w_max_(p["w_max"]),
        w_min_(p["w_min"]) {}

  Pre first_pre() const { return {}; }
  Pre next_pre(Pre p, Tick gap, bool first) const { return {first ? 1.0 : p.x * plus_(gap) + 1.0}; }
  Post first_post() const { return {}; }
  Post next_post(Post p, Tick gap, bool first) const { return {first ? 0.0 : (p.y + 1.0) * minus_(gap)}; }

  // For kernels/oja.cl.
  Constants constants() const {
    return {{"rate_plus", plus_.rate()},
            {"rate_minus", minus_.rate()},
            {"eta", eta_},
            {"c", c_},
            {"w_min", w_min_},
            {"w_max", w_max_}};
  }

  struct Kernel : PlainSteps<Kernel> {
    explicit Kernel(const Oja& rule)
        : plus(rule.plus_), eta(rule.eta_), c(rule.c_), w_min(rule.w_min_), w_max(rule.w_max_) {}
    Decay::View plus;
    double eta, c, w_min, w_max;
    void at_rate(double rate) { eta *= rate; }

    template <class Real>
    PYSNN_INLINE Real on_post(Real m, const Pre& pre, Tick since, const Post& post) const {
      const double from = static_cast<double>(m);
      return bounded<Real>(from + eta * (c * (pre.x * plus(since)) - post.y * from), w_min, w_max);
    }
  };
  Kernel kernel() const { return Kernel(*this); }

 private:
  Decay plus_, minus_;
  double eta_, c_, w_max_, w_min_;
};

const RegisterPlasticity<Oja> registered;

}  // namespace
}  // namespace pysnn
