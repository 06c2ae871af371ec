// The delta rule (Widrow & Hoff 1960), with an error e of each target, or one of all, that comes at moments:
//
//   presynaptic spike:   x += 1
//   moment:              w -= eta e x, within [w_min, w_max]
//
// x decays with tau_x, which may be infinite. Its synapses need no state beside the weight.
#include "math/decay.hpp"
#include "plasticity/stateful_rows.hpp"

namespace pysnn {
namespace {

class DeltaRule {
 public:
  struct Pre {
    double x = 0.0;
  };
  struct Post {};
  struct Mod {};
  struct Synapse {
    double w = 0.0;
    template <class F>
    PYSNN_INLINE void each(F&&) {}
  };
  static constexpr bool signed_weights = true, stays_finite = false;
  static constexpr bool meets_pre = false, meets_post = false, meets_moments = true;

  static ModelInfo info() {
    constexpr double inf = std::numeric_limits<double>::infinity();
    return {.name = "DeltaRule",
            .params = {{"eta", "", 0.01}, {"tau_x", "ms", inf}, {"w_max", "", inf}, {"w_min", "", -inf}}};
  }

  DeltaRule(const ParamSet& p, const TimeBase& time)
      : x_(p["tau_x"], time), eta_(p["eta"]), w_max_(p["w_max"]), w_min_(p["w_min"]) {}

  Pre first_pre() const { return {}; }
  Pre next_pre(Pre p, Tick gap, bool first) const { return {first ? 1.0 : p.x * x_(gap) + 1.0}; }
  Post first_post() const { return {}; }
  Post next_post(Post, Tick, bool) const { return {}; }
  Mod first_mod() const { return {}; }
  bool moves() const { return false; }

  struct Kernel {
    Decay::View decay;
    double eta, w_max, w_min;
    double at_moment(const Pre& pre, Tick since) const { return eta * (pre.x * decay(since)); }
    PYSNN_INLINE void on_moment(Synapse& s, double value, double step) const {
      const double to = s.w - step * value;
      s.w = to < w_min ? w_min : to > w_max ? w_max : to;  // what is no number stays none, to be found
    }
  };
  Kernel kernel() const { return {Decay::View(x_), eta_, w_max_, w_min_}; }

  PYSNN_DECLARE_MOMENT_LOOP(DeltaRule)

 private:
  Decay x_;
  double eta_, w_max_, w_min_;
};

PYSNN_MOMENT_LOOP(DeltaRule)

const RegisterStatefulRows<DeltaRule> registered;

}  // namespace
}  // namespace pysnn
