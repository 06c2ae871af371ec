// BCM on rate traces (Bienenstock, Cooper & Munro 1982; threshold after Intrator & Cooper 1992), with
// u = |w| / w_max, x the presynaptic trace, r the postsynaptic rate in units of r_0:
//
//   du/dt = eta x r (r - theta),     tau_theta dtheta/dt = r^2 - theta,
//   x += 1 at a presynaptic spike, r += 1 / (tau_r r_0) at a postsynaptic one, both decaying in between.
//
// Between two events r falls exponentially, so with l = 1/tau and c = r^2 l_th / (l_th - 2 l_r)
//
//   theta(D) = (theta - c) e^{-l_th D} + c e^{-2 l_r D},
//   du = eta x r [ r E(a) - theta E(b) - r^2 l_th (E(d) - E(b)) / (b - d) ]
//
// where E(a) = (1 - e^{-a D}) / a, a = l_x + 2 l_r, b = l_x + l_r + l_th, d = l_x + 3 l_r and b - d = l_th - 2 l_r:
// the two terms with c are joined into a divided difference, which stays finite where l_th = 2 l_r.
// Of that all but x is the target's: what comes between two of its spikes is worked out once, when it fires.
// |w| is clipped to [w_min, w_max] at the end of each gap between events.
#include "math/exp.hpp"
#include "plasticity/register_rule.hpp"

namespace pysnn {
namespace {

class BCM {
 public:
  struct Pre {
    double x = 0.0;
  };
  // What du is of a time without a spike of the target, with eta x of 1 at its begin.
  using Gap = double;
  // The gap is the one before the spike.
  struct Post {
    double r = 0.0, theta = 0.0;
    Gap gap = 0.0;
  };
  static constexpr bool drifts = true, stays_finite = false;

  static ModelInfo info() {
    return {.name = "BCM",
            .params = {{"eta", "1/ms", 1e-5},
                       {"tau_x", "ms", 20.0},
                       {"tau_r", "ms", 50.0},
                       {"tau_theta", "ms", 5000.0},
                       {"r_0", "Hz", 10.0},
                       {"w_max", "", 1.0},
                       {"w_min", "", 0.0}}};
  }

  BCM(const ParamSet& p, const TimeBase& time)
      : unit_(time.unit()), l_x_(1.0 / p["tau_x"]), l_r_(1.0 / p["tau_r"]), l_theta_(1.0 / p["tau_theta"]),
        jump_(1000.0 / (p["tau_r"] * p["r_0"])), w_max_(p["w_max"]), eta_(p["eta"] * w_max_), w_min_(p["w_min"]) {}

  Pre first_pre() const { return {}; }
  Pre next_pre(Pre p, Tick gap, bool first) const { return {first ? 1.0 : p.x * exp_of(-l_x_ * ms(gap)) + 1.0}; }
  Post first_post() const { return {}; }
  Post next_post(const Post& p, Tick gap, bool first) const {
    if (first) return {p.r + jump_, p.theta, 0.0};
    const Post then = after(p, ms(gap));
    return {then.r + jump_, then.theta, this->gap(p, 0, gap)};
  }

  double w_max() const { return w_max_; }

  // From so long after a spike of the target on.
  Gap gap(const Post& post, Tick since, Tick length) const {
    const Post p = since == 0 ? post : after(post, ms(since));
    // theta(t) = theta e^{-l_th t} + r^2 l_th (e^{-2 l_r t} - e^{-l_th t}) / (l_th - 2 l_r), integrated against
    // x r e^{-(l_x + l_r) t}; the quotient of differences is a divided difference of E.
    const double base = l_x_ + l_r_, d = ms(length);
    return p.r * (p.r * decayed(base + l_r_, d) - p.theta * decayed(base + l_theta_, d) -
                  p.r * p.r * l_theta_ * divided(base + 2.0 * l_r_, base + l_theta_, d));
  }
  template <class Real>
  Real over_gap(Real m, double rate, const Pre& pre, Tick since_pre, Gap gap) const {
    const double x = pre.x * exp_of(-l_x_ * ms(since_pre));
    return static_cast<Real>(std::clamp(static_cast<double>(m) + eta_ * rate * x * gap, w_min_, w_max_));
  }

  // For kernels/bcm.cl.
  Constants constants() const {
    return {{"unit", unit_}, {"l_x", l_x_}, {"l_r", l_r_},     {"l_theta", l_theta_},
            {"jump", jump_}, {"eta", eta_}, {"w_min", w_min_}, {"w_max", w_max_}};
  }

 private:
  double ms(Tick t) const { return static_cast<double>(t) * unit_; }

  Post after(const Post& p, double d) const {
    const double decay = exp_of(-l_theta_ * d), slow = exp_of(-l_r_ * d);
    // q = (e^{-2 l_r d} - e^{-l_th d}) / (l_th - 2 l_r), without its cancellation where the rates are close
    const double rate = l_theta_ - 2.0 * l_r_, x = rate * d;
    const double q = std::abs(x) > 1.0    ? (slow * slow - decay) / rate
                     : std::abs(x) < 1e-8 ? decay * d * (1.0 + 0.5 * x)
                                          : decay * d * Exponential(x).minus_one() / x;
    return {p.r * slow, p.theta * decay + p.r * p.r * l_theta_ * q, 0.0};
  }

  // E(a) = integral of e^{-a t} over [0, d].
  static double decayed(double a, double d) { return -Exponential(std::max(-a * d, -708.0)).minus_one() / a; }

  // Integral over [0, d] of (e^{-a t} - e^{-b t}) / (b - a): (E(a) - E(b)) / (b - a), by its series where
  // a and b are close: the integrand is then t e^{-m t} (1 + (h t)^2/6 + ...), m the mean and h half the difference.
  static double divided(double a, double b, double d) {
    const double h = 0.5 * (b - a);
    if (std::abs(h) * d > 1e-3 && std::abs(h) > 1e-3 * (a + b)) return (decayed(a, d) - decayed(b, d)) / (b - a);
    const double m = 0.5 * (a + b);
    return moment(1, m, d) + h * h / 6.0 * moment(3, m, d) + h * h * h * h / 120.0 * moment(5, m, d);
  }

  static double power_of(double d, int n) {
    double product = d;
    for (int k = 1; k < n; ++k) product *= d;
    return product;
  }

  // Integral over [0, d] of t^n e^{-m t} (n small), by a power series where m d is small.
  static double moment(int n, double m, double d) {
    const double z = m * d;
    if (z < 2.0) {
      // e^{-z} sum_k z^k n! / (n + 1 + k)!: all terms positive
      double term = 1.0 / (n + 1), sum = 0.0;
      for (int k = 0; k < 60 && term > 1e-18; ++k) {
        sum += term;
        term *= z / (n + 2 + k);
      }
      return exp_of(-z) * power_of(d, n + 1) * sum;
    }
    double factorial = 1.0, tail = 1.0, power = 1.0;
    for (int k = 1; k <= n; ++k) {
      factorial *= k;
      power *= z / k;
      tail += power;
    }
    return factorial * (1.0 - exp_of(-z) * tail) / power_of(m, n + 1);
  }

  double unit_, l_x_, l_r_, l_theta_, jump_, w_max_, eta_, w_min_;
};

const RegisterPlasticity<BCM> registered;

}  // namespace
}  // namespace pysnn
