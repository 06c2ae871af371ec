// The delta rule (Widrow & Hoff 1960), with an error e of each target, or one of all, that comes at moments:
//
//   presynaptic spike:   x += 1
//   moment:              w -= eta e x, within [w_min, w_max]
//
// x decays with tau_x, which may be infinite. Its synapses need no state beside the weight; with a batch of trials e x
// is gathered instead, for the optimiser.
#include "math/decay.hpp"
#include "plasticity/register_stateful_rule.hpp"

namespace pysnn {
namespace {

template <class Of>
class Delta {
 public:
  struct Pre {
    double x = 0.0;
  };
  struct Post {};
  struct Mod {};
  using Synapse = Of;
  static constexpr bool signed_weights = true, stays_finite = false;
  static constexpr bool meets_pre = false, meets_post = false, meets_moments = true;

  static ModelInfo info() {
    constexpr double inf = std::numeric_limits<double>::infinity();
    ModelInfo info{.name = "DeltaRule",
                   .params = {{"eta", "", 0.01}, {"tau_x", "ms", inf}, {"w_max", "", inf}, {"w_min", "", -inf}}};
    add_optimiser_params(info.params);
    return info;
  }

  Delta(const ParamSet& p, const TimeBase& time)
      : x_(p["tau_x"], time), eta_(p["eta"]), w_max_(p["w_max"]), w_min_(p["w_min"]) {}

  Pre first_pre() const { return {}; }
  Pre next_pre(Pre p, Tick gap, bool first) const { return {first ? 1.0 : p.x * x_(gap) + 1.0}; }
  Post first_post() const { return {}; }
  Post next_post(Post, Tick, bool) const { return {}; }
  Mod first_mod() const { return {}; }
  bool moves() const { return false; }

  // For kernels/delta_rule.cl.
  Constants constants() const { return {{"rate_x", x_.rate()}, {"eta", eta_}, {"w_min", w_min_}, {"w_max", w_max_}}; }

  double eta() const { return eta_; }
  double w_min() const { return w_min_; }
  double most() const { return w_max_; }

  struct Kernel {
    Decay::View decay;
    double eta, w_max, w_min;
    void at_rate(double rate) { eta *= rate; }
    double at_moment(const Pre& pre, Tick since) const {
      const double x = pre.x * decay(since);
      return requires(Synapse s) { s.g; } ? x : eta * x;
    }
    PYSNN_INLINE void on_moment(Synapse& s, double value, double step) const {
      if constexpr (requires { s.g; }) {
        s.g += step * value;
      } else {
        const double to = s.w - step * value;
        s.w = to < w_min ? w_min : to > w_max ? w_max : to;  // what is no number stays none, to be found
      }
    }
  };
  Kernel kernel() const { return {Decay::View(x_), eta_, w_max_, w_min_}; }

 private:
  Decay x_;
  double eta_, w_max_, w_min_;
};

struct Plain {
  double w = 0.0;
  template <class F>
  PYSNN_INLINE void each(F&&) {}
};
struct Gathering {
  double w = 0.0, g = 0.0;
  template <class F>
  PYSNN_INLINE void each(F&& f) {
    f(g);
  }
};

// A clone must be a function of no template.
#define PYSNN_DELTA_RULE(Rule, Of)  \
  class Rule : public Delta<Of> {   \
   public:                          \
    using Delta::Delta;             \
    PYSNN_DECLARE_MOMENT_LOOP(Rule) \
  };                                \
  PYSNN_MOMENT_LOOP(Rule)

PYSNN_DELTA_RULE(AtOnce, Plain)
PYSNN_DELTA_RULE(InBatches, Gathering)

const RegisterInBatches<AtOnce, InBatches> registered;

}  // namespace
}  // namespace pysnn
