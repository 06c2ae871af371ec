// BCM by spike triplets with a sliding threshold (Pfister & Gerstner 2006; Gjorgjieva, Clopath, Audet & Pfister 2011),
// with m = |w| and u = m / w_max:
//
//   postsynaptic spike:  u += a_plus r1 o2,                o1 += 1, o2 += 1, rho += 1 / tau_theta
//   presynaptic spike:   u -= a_minus (rho / rho_0)^2 o1,  r1 += 1
//
// r1, o1, o2 and rho decay with tau_plus, tau_minus, tau_y and tau_theta and are read before their own jump; m stays in
// [w_min, w_max].
#include "core/dispatch.hpp"
#include "plasticity/register_rule.hpp"

namespace pysnn {
namespace {

class TripletBCM {
 public:
  struct Pre {
    double r1 = 0.0;
  };
  // o1 and rho (in units of rho_0) just after a spike, and what o2 was just before it, which that very spike reads.
  struct Post {
    double o1 = 0.0, o2 = 0.0, rho = 0.0;
  };
  static constexpr bool drifts = false, stays_finite = true;

  static ModelInfo info() {
    return {.name = "TripletBCM",
            .params = {{"tau_plus", "ms", 16.8},
                       {"tau_minus", "ms", 33.7},
                       {"tau_y", "ms", 114.0},
                       {"tau_theta", "ms", 5000.0},
                       {"a_plus", "", 6.5e-3},
                       {"a_minus", "", 7.1e-3},
                       {"rho_0", "Hz", 10.0},
                       {"w_max", "", 1.0},
                       {"w_min", "", 0.0}}};
  }

  TripletBCM(const ParamSet& p, const TimeBase& time)
      : plus_(p["tau_plus"], time), minus_(p["tau_minus"], time), y_(p["tau_y"], time), theta_(p["tau_theta"], time),
        w_max_(p["w_max"]), w_min_(p["w_min"]), up_(p["a_plus"] * w_max_), down_(p["a_minus"] * w_max_),
        jump_(1000.0 / (p["tau_theta"] * p["rho_0"])) {}

  Pre first_pre() const { return {}; }
  Pre next_pre(Pre p, Tick gap, bool first) const { return {first ? 1.0 : p.r1 * plus_(gap) + 1.0}; }
  Post first_post() const { return {}; }
  Post next_post(Post p, Tick gap, bool first) const {
    if (first) return {1.0, 0.0, jump_};
    return {p.o1 * minus_(gap) + 1.0, (p.o2 + 1.0) * y_(gap), p.rho * theta_(gap) + jump_};
  }
  double w_max() const { return w_max_; }

  // For kernels/triplet_bcm.cl.
  Constants constants() const {
    return {{"rate_plus", plus_.rate()},
            {"rate_minus", minus_.rate()},
            {"rate_y", y_.rate()},
            {"rate_theta", theta_.rate()},
            {"up", up_},
            {"down", down_},
            {"jump", jump_},
            {"w_min", w_min_},
            {"w_max", w_max_}};
  }

  struct Kernel : PlainSteps<Kernel> {
    explicit Kernel(const TripletBCM& rule)
        : plus(rule.plus_), minus(rule.minus_), theta(rule.theta_), up(rule.up_), down(rule.down_), w_min(rule.w_min_),
          w_max(rule.w_max_) {}
    Decay::View plus, minus, theta;
    double up, down, w_min, w_max;
    void at_rate(double rate) {
      up *= rate;
      down *= rate;
    }

    template <class Real>
    PYSNN_INLINE Real on_post(Real m, const Pre& pre, Tick since, const Post& post) const {
      const double change = up * (pre.r1 * plus(since)) * post.o2;
      return std::min(static_cast<Real>(static_cast<double>(m) + change), static_cast<Real>(w_max));
    }
    PYSNN_INLINE double seen(const Post& post, Tick since) const {
      const double rho = post.rho * theta(since);
      return rho * rho * (post.o1 * minus(since));
    }
    template <class Real>
    PYSNN_INLINE Real on_pre(Real m, double scaled) const {
      return std::max(static_cast<Real>(static_cast<double>(m) - down * scaled), static_cast<Real>(w_min));
    }
  };
  Kernel kernel() const { return Kernel(*this); }
  PYSNN_DECLARE_RULE_LOOPS(Histories<Post>::Spike)

 private:
  Decay plus_, minus_, y_, theta_;
  double w_max_, w_min_, up_, down_, jump_;
};

PYSNN_RULE_LOOPS(TripletBCM, Histories<TripletBCM::Post>::Spike)

const RegisterPlasticity<TripletBCM> registered;

}  // namespace
}  // namespace pysnn
