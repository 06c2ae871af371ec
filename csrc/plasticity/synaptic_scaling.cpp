// Synaptic scaling towards a target rate, with pair STDP or alone (van Rossum, Bi & Turrigiano 2000), m = |w|:
//
//   dm/dt = m / tau_scaling (1 - r / f_target),   r += 1 / tau_rate at a postsynaptic spike, decaying with tau_rate,
//   postsynaptic spike:  m += a_plus x,    y += 1
//   presynaptic spike:   m -= a_minus m y, x += 1
//
// Over a time D without an event, from r on, m is multiplied by
//
//   exp((D - r / f_target tau_rate (1 - e^{-D / tau_rate})) / tau_scaling),
//
// which is the target's: what comes between two of its spikes is worked out once, when it fires.
// x and y decay with tau_plus and tau_minus and are read before their own jump; m is clipped to [w_min, w_max] at every
// event. Weights scale whether or not there have been spikes.
#include "math/decay.hpp"
#include "math/exp.hpp"
#include "plasticity/register_rule.hpp"

namespace pysnn {
namespace {

class SynapticScaling {
 public:
  struct Pre {
    double x = 0.0;
  };
  // A time without a spike of the target: by how much the logarithm of a weight grows, and a weight at the rule's own
  // rate.
  struct Gap {
    double growth = 0.0, factor = 1.0;
  };
  // r in units of f_target; the gap is the one before the spike.
  struct Post {
    double r = 0.0, y = 0.0;
    Gap gap;
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
      : plus_(p["tau_plus"], time), minus_(p["tau_minus"], time), unit_(time.unit()), tau_r_(p["tau_rate"]),
        l_r_(1.0 / tau_r_), l_scaling_(1.0 / p["tau_scaling"]), jump_(1000.0 / (p["tau_rate"] * p["f_target"])),
        up_(p["a_plus"]), down_(p["a_minus"]), w_max_(p["w_max"]), w_min_(p["w_min"]) {}

  Pre first_pre() const { return {}; }
  Pre next_pre(Pre p, Tick gap, bool first) const { return {first ? 1.0 : p.x * plus_(gap) + 1.0}; }
  Post first_post() const { return {}; }
  Post next_post(Post p, Tick gap, bool first) const {
    if (first) return {jump_, 1.0, {}};
    return {p.r * exp_of(-l_r_ * ms(gap)) + jump_, p.y * minus_(gap) + 1.0, this->gap(p, 0, gap)};
  }

  // For kernels/synaptic_scaling.cl.
  Constants constants() const {
    return {{"rate_plus", plus_.rate()},
            {"rate_minus", minus_.rate()},
            {"unit", unit_},
            {"tau_r", tau_r_},
            {"l_r", l_r_},
            {"l_scaling", l_scaling_},
            {"jump", jump_},
            {"up", up_},
            {"down", down_},
            {"w_min", w_min_},
            {"w_max", w_max_}};
  }

  // From so long after a spike of the target on.
  Gap gap(const Post& post, Tick since, Tick length) const {
    const double growth = Kernel(*this).growth(post.r, since, length);
    return {growth, exp_of(growth)};
  }
  template <class Real>
  Real over_gap(Real m, double rate, const Pre&, Tick, const Gap& gap) const {
    return bounded<Real>(static_cast<double>(m) * (rate == 1.0 ? gap.factor : exp_of(rate * gap.growth)), w_min_,
                         w_max_);
  }

  struct Kernel : PlainSteps<Kernel> {
    explicit Kernel(const SynapticScaling& rule)
        : plus(rule.plus_), minus(rule.minus_), unit(rule.unit_), tau_r(rule.tau_r_), l_r(rule.l_r_),
          l_scaling(rule.l_scaling_), up(rule.up_), down(rule.down_), w_min(rule.w_min_), w_max(rule.w_max_) {}
    Decay::View plus, minus;
    double unit, tau_r, l_r, l_scaling, up, down, w_min, w_max;
    void at_rate(double rate) {
      up *= rate;
      down *= rate;
    }

    PYSNN_INLINE double growth(double r, Tick since, Tick length) const {
      const double d = static_cast<double>(length) * unit, lost = std::max(-l_r * d, -708.0);
      return l_scaling *
             (d + r * exp_of(-l_r * (static_cast<double>(since) * unit)) * tau_r * Exponential(lost).minus_one());
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

  PYSNN_DECLARE_WEIGHT_PRE_LOOP()
  PYSNN_DECLARES_CLONES static void loop_gap(const Kernel&, double rate, std::uint32_t, const double*, const Tick*,
                                             const Tick*, double*);
  PYSNN_DECLARES_CLONES static void loop_scale(const Kernel&, std::uint32_t, const double*, float*);
  PYSNN_DECLARES_CLONES static void loop_scale(const Kernel&, std::uint32_t, const double*, double*);

 private:
  double ms(Tick t) const { return static_cast<double>(t) * unit_; }

  Decay plus_, minus_;
  double unit_, tau_r_, l_r_, l_scaling_, jump_, up_, down_, w_max_, w_min_;
};

template <class Real>
PYSNN_INLINE void scale(const SynapticScaling::Kernel& kernel, std::uint32_t n, const double* factor, Real* w) {
  const double least = kernel.w_min, most = kernel.w_max;
  for (std::uint32_t k = 0; k < n; ++k)
    w[k] = std::copysign(bounded<Real>(static_cast<double>(std::abs(w[k])) * factor[k], least, most), w[k]);
}

// The factors of gaps at a rate; r at the target's spike before, the time since then, and from there on.
PYSNN_CLONES void SynapticScaling::loop_gap(const Kernel& kernel, double rate, std::uint32_t n, const double* r,
                                            const Tick* since, const Tick* length, double* factor) {
  const Kernel k = kernel;
  for (std::uint32_t i = 0; i < n; ++i) factor[i] = exp_of(rate * k.growth(r[i], since[i], length[i]));
}
PYSNN_CLONES void SynapticScaling::loop_scale(const Kernel& kernel, std::uint32_t n, const double* factor, float* w) {
  scale(kernel, n, factor, w);
}
PYSNN_CLONES void SynapticScaling::loop_scale(const Kernel& kernel, std::uint32_t n, const double* factor, double* w) {
  scale(kernel, n, factor, w);
}
PYSNN_WEIGHT_PRE_LOOP(SynapticScaling)

const RegisterPlasticity<SynapticScaling> registered;

}  // namespace
}  // namespace pysnn
