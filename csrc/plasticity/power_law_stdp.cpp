// Pair STDP with power-law potentiation and multiplicative depression, all-to-all (Morrison, Aertsen & Diesmann
// 2007; NEST's stdp_pl_synapse_hom), with m = |w|:
//
//   postsynaptic spike:  m += a_plus w_0^(1 - mu) m^mu x,     y += 1
//   presynaptic spike:   m -= a_minus m y,                    x += 1
//
// x and y decay with tau_plus and tau_minus and are read before their own jump; m stays >= w_min and has no upper
// bound.
#include "core/dispatch.hpp"
#include "math/power.hpp"
#include "plasticity/register_rule.hpp"

namespace pysnn {
namespace {

class PowerLawSTDP {
 public:
  struct Pre {
    double x = 0.0;
  };
  struct Post {
    double y = 0.0;
  };
  static constexpr bool drifts = false, stays_finite = false;

  static ModelInfo info() {
    return {.name = "PowerLawSTDP",
            .params = {{"tau_plus", "ms", 15.0},
                       {"tau_minus", "ms", 30.0},
                       {"a_plus", "", 0.1},
                       {"a_minus", "", 0.00513},
                       {"mu", "", 0.4},
                       {"w_0", "", 1.0},
                       {"w_min", "", 0.0}}};
  }

  PowerLawSTDP(const ParamSet& p, const TimeBase& time)
      : plus_(p["tau_plus"], time), minus_(p["tau_minus"], time), w_0_(p["w_0"]), up_(p["a_plus"] * w_0_),
        down_(p["a_minus"]), mu_(p["mu"]), w_min_(p["w_min"]) {}

  Pre first_pre() const { return {}; }
  Pre next_pre(Pre p, Tick gap, bool first) const { return {first ? 1.0 : p.x * plus_(gap) + 1.0}; }
  Post first_post() const { return {}; }
  Post next_post(Post p, Tick gap, bool first) const { return {first ? 1.0 : p.y * minus_(gap) + 1.0}; }

  // For kernels/power_law_stdp.cl.
  Constants constants() const {
    return {{"rate_plus", plus_.rate()},
            {"rate_minus", minus_.rate()},
            {"w_0", w_0_},
            {"up", up_},
            {"down", down_},
            {"mu", mu_},
            {"w_min", w_min_}};
  }

  struct Kernel {
    Decay::View plus, minus;
    double w_0, up, down, mu, w_min;
    void at_rate(double rate) {
      up *= rate;
      down *= rate;
    }

    template <class Real>
    PYSNN_INLINE Real on_post(Real m, const Pre& pre, Tick since) const {
      return static_cast<Real>(static_cast<double>(m) +
                               up * power(static_cast<double>(m) / w_0, mu) * (pre.x * plus(since)));
    }
    PYSNN_INLINE double seen(const Post& post, Tick since) const { return post.y * minus(since); }
    template <class Real>
    PYSNN_INLINE Real on_pre(Real m, double y) const {
      const Real to = static_cast<Real>(static_cast<double>(m) - down * static_cast<double>(m) * y);
      const Real least = static_cast<Real>(w_min);
      return to < least ? least : to;  // what is no number stays none, to be found
    }
    template <class Loop>
    PYSNN_INLINE void with_on_post(Loop&& loop) const {
      loop([k = *this](auto m, const Pre& pre, Tick since)
               __attribute__((always_inline)) { return k.on_post(m, pre, since); });
    }
    template <class Loop>
    PYSNN_INLINE void with_on_pre(Loop&& loop) const {
      loop([k = *this](auto m, double y) __attribute__((always_inline)) { return k.on_pre(m, y); });
    }
  };
  Kernel kernel() const { return {Decay::View(plus_), Decay::View(minus_), w_0_, up_, down_, mu_, w_min_}; }
  PYSNN_DECLARE_RULE_LOOPS(Histories<Post>::Spike)

 private:
  Decay plus_, minus_;
  double w_0_, up_, down_, mu_, w_min_;
};

PYSNN_RULE_LOOPS(PowerLawSTDP, Histories<PowerLawSTDP::Post>::Spike)

const RegisterPlasticity<PowerLawSTDP> registered;

}  // namespace
}  // namespace pysnn
