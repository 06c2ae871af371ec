// Voltage-based STDP (Clopath, Buesing, Vasilaki & Gerstner 2010), with m = |w| and u_w = m / w_max:
//
//   each step of the target:  u_w += a_ltp x rise,   rise = dt (u - theta_plus)_+ (u_plus - theta_minus)_+
//   presynaptic spike:        u_w -= fall,           fall = a_ltd (u_minus - theta_minus)_+,   x += 1 / tau_x
//
// x decays with tau_x; m stays in [w_min, w_max]. See plasticity/clopath_membranes.hpp for the potentials. Between two
// presynaptic spikes m only rises: by the sum of rises, up to w_max, whether it meets that on the way or at the end.
#include "core/dispatch.hpp"
#include "plasticity/clopath_membranes.hpp"
#include "plasticity/watching_rows.hpp"

namespace pysnn {
namespace {

class ClopathSTDP {
 public:
  // x in units of its jump.
  struct Pre {
    double x = 0.0;
  };
  struct Post {};
  using Membranes = ClopathMembranes;

  static ModelInfo info() {
    return {.name = "ClopathSTDP",
            .params = {{"a_ltd", "1/mV", 14e-5},
                       {"a_ltp", "1/mV^2", 8e-5},
                       {"theta_minus", "mV", -70.6},
                       {"theta_plus", "mV", -45.3},
                       {"tau_minus", "ms", 10.0},
                       {"tau_plus", "ms", 7.0},
                       {"tau_x", "ms", 15.0},
                       {"delay_u", "ms", 5.0},
                       {"v_spike", "mV", 33.0},
                       {"t_spike", "ms", 2.0},
                       {"u_ref", "mV", 0.0},
                       {"e_l", "mV", -70.6},
                       {"tau_mean", "ms", 1000.0},
                       {"w_max", "", 1.0},
                       {"w_min", "", 0.0}}};
  }

  ClopathSTDP(const ParamSet& p, const TimeBase& time)
      : x_(p["tau_x"], time), w_max_(p["w_max"]), w_min_(p["w_min"]), up_(p["a_ltp"] * w_max_ / p["tau_x"]),
        of_membranes_(ClopathMembranes::constants(p, time.unit())) {}

  Pre first_pre() const { return {}; }
  Pre next_pre(Pre p, Tick gap, bool first) const { return {first ? 1.0 : p.x * x_(gap) + 1.0}; }
  Post first_post() const { return {}; }
  Post next_post(Post p, Tick, bool) const { return p; }
  double w_max() const { return w_max_; }
  // For kernels/clopath_stdp.cl.
  Constants constants() const {
    Constants all{{"rate_x", x_.rate()}, {"up", up_}, {"down", w_max_}, {"w_min", w_min_}, {"w_max", w_max_}};
    all.insert(all.end(), of_membranes_.begin(), of_membranes_.end());
    return all;
  }

  struct Kernel : PlainSteps<Kernel> {
    explicit Kernel(const ClopathSTDP& rule)
        : decay(rule.x_), up(rule.up_), down(rule.w_max_), w_min(rule.w_min_), w_max(rule.w_max_) {}
    Decay::View decay;
    double up, down, w_min, w_max;
    void at_rate(double rate) {
      up *= rate;
      down *= rate;
    }

    double amplitude(const Pre& pre) const { return up * pre.x; }
    const Decay::View& fading() const { return decay; }
    template <class Loop>
    PYSNN_INLINE void with_on_met(Loop&& loop) const {
      loop([most = w_max](auto m, double gain) __attribute__((always_inline)) {
        using Real = decltype(m);
        return std::min(static_cast<Real>(static_cast<double>(m) + gain), static_cast<Real>(most));
      });
    }
    template <class Real>
    PYSNN_INLINE Real on_pre(Real m, double fall) const {
      return std::max(static_cast<Real>(static_cast<double>(m) - down * fall), static_cast<Real>(w_min));
    }
  };
  Kernel kernel() const { return Kernel(*this); }

  PYSNN_DECLARE_WEIGHT_PRE_LOOP()
  PYSNN_DECLARE_WEIGHT_POST_LOOP()

 private:
  Decay x_;
  double w_max_, w_min_, up_;
  Constants of_membranes_;
};

PYSNN_WEIGHT_PRE_LOOP(ClopathSTDP)
PYSNN_WEIGHT_POST_LOOP(ClopathSTDP)

const RegisterWatchingRows<ClopathSTDP> registered;

}  // namespace
}  // namespace pysnn
