// Triplet STDP (Pfister & Gerstner 2006), all-to-all or nearest spikes, with m = |w| and u = m / w_max:
//
//   postsynaptic spike:  u += r1 (a2_plus + a3_plus o2),     o1 += 1, o2 += 1 (nearest: to 1)
//   presynaptic spike:   u -= o1 (a2_minus + a3_minus r2),   r1 += 1, r2 += 1 (nearest: to 1)
//
// r1, r2, o1, o2 decay with tau_plus, tau_x, tau_minus and tau_y and are read before their own jump; m stays in
// [w_min, w_max].
#include "core/dispatch.hpp"
#include "plasticity/register_rule.hpp"

namespace pysnn {
namespace {

class TripletSTDP {
 public:
  // The fast trace just after a spike, and what the slow one was just before it, which that very spike reads.
  struct Pre {
    double r1 = 0.0, r2 = 0.0;
  };
  struct Post {
    double o1 = 0.0, o2 = 0.0;
  };
  static constexpr bool drifts = false, stays_finite = true;

  static ModelInfo info() {
    return {.name = "TripletSTDP",
            .params = {{"tau_plus", "ms", 16.8},
                       {"tau_minus", "ms", 33.7},
                       {"tau_x", "ms", 101.0},
                       {"tau_y", "ms", 125.0},
                       {"a2_plus", "", 5e-10},
                       {"a3_plus", "", 6.2e-3},
                       {"a2_minus", "", 7e-3},
                       {"a3_minus", "", 2.3e-4},
                       {"w_max", "", 1.0},
                       {"w_min", "", 0.0},
                       {"pairing", "", 0.0}}};
  }

  TripletSTDP(const ParamSet& p, const TimeBase& time)
      : plus_(p["tau_plus"], time), minus_(p["tau_minus"], time), x_(p["tau_x"], time), y_(p["tau_y"], time),
        w_max_(p["w_max"]), w_min_(p["w_min"]), up_{p["a2_plus"] * w_max_, p["a3_plus"] * w_max_},
        down_{p["a2_minus"] * w_max_, p["a3_minus"] * w_max_}, nearest_(p["pairing"] != 0.0) {}

  Pre first_pre() const { return {}; }
  Pre next_pre(Pre p, Tick gap, bool first) const {
    return first ? Pre{1.0, 0.0} : Pre{after(p.r1 * plus_(gap)), after(p.r2) * x_(gap)};
  }
  Post first_post() const { return {}; }
  Post next_post(Post p, Tick gap, bool first) const {
    return first ? Post{1.0, 0.0} : Post{after(p.o1 * minus_(gap)), after(p.o2) * y_(gap)};
  }
  double w_max() const { return w_max_; }

  // For kernels/triplet_stdp.cl.
  Constants constants() const {
    return {{"rate_plus", plus_.rate()},
            {"rate_minus", minus_.rate()},
            {"rate_x", x_.rate()},
            {"rate_y", y_.rate()},
            {"up_pair", up_.pair},
            {"up_triplet", up_.triplet},
            {"down_pair", down_.pair},
            {"down_triplet", down_.triplet},
            {"nearest", nearest_ ? 1.0 : 0.0},
            {"w_min", w_min_},
            {"w_max", w_max_}};
  }

  // Changes that a pair makes, and those that a slow trace of 1 adds.
  struct Rates {
    double pair, triplet;
  };
  struct Kernel : PlainSteps<Kernel> {
    Kernel(const TripletSTDP& rule, double r2)
        : plus(rule.plus_), minus(rule.minus_), up(rule.up_), down(rule.down_.pair + rule.down_.triplet * r2),
          w_min(rule.w_min_), w_max(rule.w_max_) {}
    Decay::View plus, minus;
    Rates up;
    double down, w_min, w_max;
    void at_rate(double rate) {
      up.pair *= rate;
      up.triplet *= rate;
      down *= rate;
    }

    template <class Real>
    PYSNN_INLINE Real on_post(Real m, const Pre& pre, Tick since, const Post& post) const {
      const double change = pre.r1 * plus(since) * (up.pair + up.triplet * post.o2);
      return std::min(static_cast<Real>(static_cast<double>(m) + change), static_cast<Real>(w_max));
    }
    PYSNN_INLINE double seen(const Post& post, Tick since) const { return post.o1 * minus(since); }
    template <class Real>
    PYSNN_INLINE Real on_pre(Real m, double o1) const {
      return std::max(static_cast<Real>(static_cast<double>(m) - down * o1), static_cast<Real>(w_min));
    }
  };
  Kernel kernel() const { return {*this, 0.0}; }
  Kernel kernel(const Pre& now) const { return {*this, now.r2}; }
  PYSNN_DECLARE_RULE_LOOPS(Histories<Post>::Spike)

 private:
  // A trace after its jump.
  double after(double trace) const { return nearest_ ? 1.0 : trace + 1.0; }

  Decay plus_, minus_, x_, y_;
  double w_max_, w_min_;
  Rates up_, down_;
  bool nearest_;
};

PYSNN_RULE_LOOPS(TripletSTDP, Histories<TripletSTDP::Post>::Spike)

const RegisterPlasticity<TripletSTDP> registered;

}  // namespace
}  // namespace pysnn
