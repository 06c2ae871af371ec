// Three-factor STDP: e-prop (Bellec et al. 2020) with the postsynaptic spike in place of the surrogate derivative, with
// an eligibility e of each synapse and a learning signal L, of each target or of all, that comes at moments:
//
//   postsynaptic spike:  e += x
//   presynaptic spike:   x += 1
//   moment:              w -= eta L e, within [w_min, w_max]; then e = 0 if it is cleared
//
// x and e decay with tau_x and tau_e, either of which may be infinite. With a batch of trials L e is gathered instead,
// for the optimiser.
#include "math/decay.hpp"
#include "plasticity/register_stateful_rule.hpp"

namespace pysnn {
namespace {

template <class Of>
class ThreeFactor {
 public:
  struct Pre {
    double x = 0.0;
  };
  struct Post {};
  struct Mod {};
  using Synapse = Of;
  static constexpr bool signed_weights = true, stays_finite = false;
  static constexpr bool meets_pre = false, meets_post = true, meets_moments = true;

  static ModelInfo info() {
    constexpr double inf = std::numeric_limits<double>::infinity();
    ModelInfo info{.name = "ThreeFactorSTDP",
                   .params = {{"eta", "", 0.01},
                              {"tau_x", "ms", 20.0},
                              {"tau_e", "ms", inf},
                              {"after", "", 0.0},
                              {"w_max", "", inf},
                              {"w_min", "", -inf}}};
    add_optimiser_params(info.params);
    return info;
  }

  ThreeFactor(const ParamSet& p, const TimeBase& time)
      : x_(p["tau_x"], time), e_(p["tau_e"], time), moves_(!std::isinf(p["tau_e"])), eta_(p["eta"]),
        kept_(p["after"] != 0.0 ? 1.0 : 0.0), w_max_(p["w_max"]), w_min_(p["w_min"]) {}

  Pre first_pre() const { return {}; }
  Pre next_pre(Pre p, Tick gap, bool first) const { return {first ? 1.0 : p.x * x_(gap) + 1.0}; }
  Post first_post() const { return {}; }
  Post next_post(Post, Tick, bool) const { return {}; }
  Mod first_mod() const { return {}; }

  // For kernels/three_factor_stdp.cl.
  Constants constants() const {
    return {{"rate_x", x_.rate()}, {"rate_e", e_.rate()}, {"eta", eta_},
            {"kept", kept_},       {"w_min", w_min_},     {"w_max", w_max_}};
  }

  double eta() const { return eta_; }
  double w_min() const { return w_min_; }
  double most() const { return w_max_; }

  struct Gap {
    double keep;
    PYSNN_INLINE void over(Synapse& s) const { s.e *= keep; }
  };
  bool moves() const { return moves_; }
  Gap gap(const Mod&, Tick, Tick length) const { return {e_(length)}; }

  struct Kernel {
    Decay::View decay;
    double eta, kept, w_max, w_min;
    void at_rate(double rate) { eta *= rate; }
    PYSNN_INLINE double gain(const Pre& pre, Tick since) const { return pre.x * decay(since); }
    PYSNN_INLINE double at_moment(const Pre&, Tick) const { return eta; }
    PYSNN_INLINE void on_moment(Synapse& s, double value, double rate) const {
      if constexpr (requires { s.g; }) {
        s.g += value * s.e;
      } else {
        const double to = s.w - rate * value * s.e;
        s.w = to < w_min ? w_min : to > w_max ? w_max : to;  // what is no number stays none, to be found
      }
      s.e *= kept;
    }
  };
  Kernel kernel() const { return {Decay::View(x_), eta_, kept_, w_max_, w_min_}; }

 private:
  Decay x_, e_;
  bool moves_;
  double eta_, kept_, w_max_, w_min_;
};

struct Eligible {
  double w = 0.0, e = 0.0;
  template <class F>
  PYSNN_INLINE void each(F&& f) {
    f(e);
  }
};
struct Gathering {
  double w = 0.0, e = 0.0, g = 0.0;
  template <class F>
  PYSNN_INLINE void each(F&& f) {
    f(e);
    f(g);
  }
};

// A clone must be a function of no template.
#define PYSNN_THREE_FACTORS(Rule, Of)   \
  class Rule : public ThreeFactor<Of> { \
   public:                              \
    using ThreeFactor::ThreeFactor;     \
    PYSNN_DECLARE_GAP_LOOP(Rule)        \
    PYSNN_DECLARE_MOMENT_LOOP(Rule)     \
  };                                    \
  PYSNN_GAP_LOOP(Rule)                  \
  PYSNN_MOMENT_LOOP(Rule)

PYSNN_THREE_FACTORS(AtOnce, Eligible)
PYSNN_THREE_FACTORS(InBatches, Gathering)

const RegisterInBatches<AtOnce, InBatches> registered;

}  // namespace
}  // namespace pysnn
