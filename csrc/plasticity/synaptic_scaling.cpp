// Synaptic scaling towards a target rate, with pair STDP or alone (van Rossum, Bi & Turrigiano 2000), m = |w|:
//
//   dm/dt = m / tau_scaling (1 - r / f_target),   r += 1 / tau_rate at a postsynaptic spike, decaying with tau_rate,
//   postsynaptic spike:  m += a_plus x,    y += 1
//   presynaptic spike:   m -= a_minus m y, x += 1
//
// Over a time D without an event, from r on, m is multiplied by
//
//   exp((D - r / f_target tau_rate (1 - e^{-D / tau_rate})) / tau_scaling).
//
// x and y decay with tau_plus and tau_minus and are read before their own jump; m is clipped to [w_min, w_max] at every
// event. Weights scale whether or not there have been spikes.
#include "math/decay.hpp"
#include "plasticity/register_rule.hpp"

namespace pysnn {
namespace {

class SynapticScaling {
 public:
  struct Pre {
    double x = 0.0;
  };
  // r in units of f_target.
  struct Post {
    double r = 0.0, y = 0.0;
  };
  static constexpr bool drifts = true, stays_finite = false, acts_without_pre = true;

  static ModelInfo info() {
    return {.name = "SynapticScaling",
            .params = {{"f_target", "Hz", 10.0},
                       {"tau_rate", "ms", 10000.0},
                       {"tau_scaling", "ms", 100000.0},
                       {"a_plus", "", 0.0},
                       {"a_minus", "", 0.0},
                       {"tau_plus", "ms", 20.0},
                       {"tau_minus", "ms", 20.0},
                       {"w_max", "", std::numeric_limits<double>::infinity()},
                       {"w_min", "", 0.0}}};
  }

  SynapticScaling(const ParamSet& p, const TimeBase& time)
      : plus_(p["tau_plus"], time), minus_(p["tau_minus"], time), unit_(time.unit()), l_r_(1.0 / p["tau_rate"]),
        l_scaling_(1.0 / p["tau_scaling"]), jump_(1000.0 / (p["tau_rate"] * p["f_target"])), up_(p["a_plus"]),
        down_(p["a_minus"]), w_max_(p["w_max"]), w_min_(p["w_min"]) {}

  Pre first_pre() const { return {}; }
  Pre next_pre(Pre p, Tick gap, bool first) const { return {first ? 1.0 : p.x * plus_(gap) + 1.0}; }
  Post first_post() const { return {}; }
  Post next_post(Post p, Tick gap, bool first) const {
    if (first) return {jump_, 1.0};
    return {p.r * std::exp(-l_r_ * ms(gap)) + jump_, p.y * minus_(gap) + 1.0};
  }

  // For kernels/synaptic_scaling.cl.
  Constants constants() const {
    return {{"rate_plus", plus_.rate()},
            {"rate_minus", minus_.rate()},
            {"fade_r", l_r_},
            {"lost_r", l_r_},
            {"unit", unit_},
            {"l_scaling", l_scaling_},
            {"jump", jump_},
            {"up", up_},
            {"down", down_},
            {"w_min", w_min_},
            {"w_max", w_max_}};
  }

  template <class Real>
  Real over_gap(Real m, double rate, const Pre&, Tick, const Post& post, Tick since_post, Tick length) const {
    const double d = ms(length), r = post.r * std::exp(-l_r_ * ms(since_post));
    const double grows = l_scaling_ * (d + r * std::expm1(-l_r_ * d) / l_r_);
    return bounded<Real>(static_cast<double>(m) * std::exp(rate * grows), w_min_, w_max_);
  }

  struct Kernel : PlainSteps<Kernel> {
    explicit Kernel(const SynapticScaling& rule)
        : plus(rule.plus_), minus(rule.minus_), up(rule.up_), down(rule.down_), w_min(rule.w_min_), w_max(rule.w_max_) {
    }
    Decay::View plus, minus;
    double up, down, w_min, w_max;
    void at_rate(double rate) {
      up *= rate;
      down *= rate;
    }

    template <class Real>
    PYSNN_INLINE Real on_post(Real m, const Pre& pre, Tick since) const {
      return bounded<Real>(static_cast<double>(m) + up * (pre.x * plus(since)), w_min, w_max);
    }
    PYSNN_INLINE double seen(const Post& post, Tick since) const { return post.y * minus(since); }
    template <class Real>
    PYSNN_INLINE Real on_pre(Real m, double y) const {
      return bounded<Real>(static_cast<double>(m) * (1.0 - down * y), w_min, w_max);
    }
  };
  Kernel kernel() const { return Kernel(*this); }

 private:
  double ms(Tick t) const { return static_cast<double>(t) * unit_; }

  Decay plus_, minus_;
  double unit_, l_r_, l_scaling_, jump_, up_, down_, w_max_, w_min_;
};

const RegisterPlasticity<SynapticScaling> registered;

}  // namespace
}  // namespace pysnn
