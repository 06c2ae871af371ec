// Reward-modulated STDP (Izhikevich 2007; Florian 2007), with u = |w| / w_max, an eligibility c of each synapse and a
// modulator n of all:
//
//   postsynaptic spike:  c += a_plus x,     y += 1
//   presynaptic spike:   c -= a_minus y,    x += 1
//   moment of value r:   n += r
//   dc/dt = -c / tau_c,  dn/dt = -n / tau_n,  du/dt = c (n - b)
//
// x and y decay with tau_plus and tau_minus and are read before their own jump. Over a time D without events, with
// l = 1/tau_c + 1/tau_n,
//
//   du = c [ n (1 - e^{-l D}) / l - b tau_c (1 - e^{-D/tau_c}) ],
//
// at the end of which |w| is clipped to [w_min, w_max].
#include "math/decay.hpp"
#include "plasticity/register_stateful_rule.hpp"

namespace pysnn {
namespace {

class RewardSTDP {
 public:
  struct Pre {
    double x = 0.0;
  };
  struct Post {
    double y = 0.0;
  };
  struct Mod {
    double n = 0.0;
  };
  struct Synapse {
    double w = 0.0, c = 0.0;
    template <class F>
    PYSNN_INLINE void each(F&& f) {
      f(c);
    }
  };
  static constexpr bool signed_weights = false, stays_finite = false;
  static constexpr bool meets_pre = true, meets_post = true, meets_moments = false;

  static ModelInfo info() {
    return {.name = "RewardSTDP",
            .params = {{"tau_plus", "ms", 20.0},
                       {"tau_minus", "ms", 20.0},
                       {"a_plus", "1/ms", 1e-4},
                       {"a_minus", "1/ms", 1.5e-4},
                       {"tau_c", "ms", 1000.0},
                       {"tau_n", "ms", 200.0},
                       {"b", "", 0.0},
                       {"w_max", "", 1.0},
                       {"w_min", "", 0.0}}};
  }

  RewardSTDP(const ParamSet& p, const TimeBase& time)
      : plus_(p["tau_plus"], time), minus_(p["tau_minus"], time), unit_(time.unit()), l_c_(1.0 / p["tau_c"]),
        l_n_(1.0 / p["tau_n"]), up_(p["a_plus"]), down_(p["a_minus"]), b_(p["b"]), w_max_(p["w_max"]),
        w_min_(p["w_min"]) {}

  Pre first_pre() const { return {}; }
  Pre next_pre(Pre p, Tick gap, bool first) const { return {first ? 1.0 : p.x * plus_(gap) + 1.0}; }
  Post first_post() const { return {}; }
  Post next_post(Post p, Tick gap, bool first) const { return {first ? 1.0 : p.y * minus_(gap) + 1.0}; }
  Mod first_mod() const { return {}; }
  Mod next_mod(Mod m, Tick gap, double value, bool first) const { return {first ? value : n(m, gap) + value}; }

  double w_max() const { return w_max_; }
  // For kernels/reward_stdp.cl.
  Constants constants() const {
    return {{"rate_plus", plus_.rate()},
            {"rate_minus", minus_.rate()},
            {"fade_n", l_n_},
            {"lost_c", l_c_},
            {"lost_both", l_c_ + l_n_},
            {"up", up_},
            {"down", down_},
            {"b", b_},
            {"w_min", w_min_},
            {"w_max", w_max_}};
  }

  struct Gap {
    double keep, gain, w_min, w_max;
    void at_rate(double rate) { gain *= rate; }
    PYSNN_INLINE void over(Synapse& s) const {
      const double to = s.w + s.c * gain;
      s.w = to < w_min ? w_min : to > w_max ? w_max : to;  // what is no number stays none, to be found
      s.c *= keep;
    }
  };
  bool moves() const { return true; }
  Gap gap(const Mod& mod, Tick since, Tick length) const {
    const double d = ms(length), both = l_c_ + l_n_, lost = -std::expm1(-l_c_ * d);
    const double gain = n(mod, since) * (-std::expm1(-both * d) / both) - b_ * lost / l_c_;
    return {1.0 - lost, w_max_ * gain, w_min_, w_max_};
  }

  struct Kernel {
    Decay::View plus, minus;
    double up, down;
    void at_rate(double) {}  // of the eligibility nothing is a change of the weight
    PYSNN_INLINE void on_post(Synapse& s, const Pre& pre, Tick since) const { s.c += up * (pre.x * plus(since)); }
    PYSNN_INLINE double seen(const Post& post, Tick since) const { return post.y * minus(since); }
    PYSNN_INLINE void on_pre(Synapse& s, double y) const { s.c -= down * y; }
  };
  Kernel kernel() const { return {Decay::View(plus_), Decay::View(minus_), up_, down_}; }

  PYSNN_DECLARE_GAP_LOOP(RewardSTDP)
  PYSNN_DECLARE_PRE_LOOP(RewardSTDP)

 private:
  double ms(Tick t) const { return static_cast<double>(t) * unit_; }
  double n(const Mod& m, Tick since) const { return m.n * std::exp(-l_n_ * ms(since)); }

  Decay plus_, minus_;
  double unit_, l_c_, l_n_, up_, down_, b_, w_max_, w_min_;
};

PYSNN_GAP_LOOP(RewardSTDP)
PYSNN_PRE_LOOP(RewardSTDP)

const RegisterStatefulRows<RewardSTDP> registered;

}  // namespace
}  // namespace pysnn
