// Three-factor STDP: e-prop (Bellec et al. 2020) with the postsynaptic spike in place of the surrogate derivative, with
// an eligibility e of each synapse and a learning signal L, of each target or of all, that comes at moments:
//
//   postsynaptic spike:  e += x
//   presynaptic spike:   x += 1
//   moment:              w -= eta L e, within [w_min, w_max]; then e = 0 if it is cleared
//
// x and e decay with tau_x and tau_e, either of which may be infinite.
#include "math/decay.hpp"
#include "plasticity/stateful_rows.hpp"

namespace pysnn {
namespace {

class ThreeFactorSTDP {
 public:
  struct Pre {
    double x = 0.0;
  };
  struct Post {};
  struct Mod {};
  struct Synapse {
    double w = 0.0, e = 0.0;
    template <class F>
    PYSNN_INLINE void each(F&& f) {
      f(e);
    }
  };
  static constexpr bool signed_weights = true, stays_finite = false;
  static constexpr bool meets_pre = false, meets_post = true, meets_moments = true;

  static ModelInfo info() {
    constexpr double inf = std::numeric_limits<double>::infinity();
    return {.name = "ThreeFactorSTDP",
            .params = {{"eta", "", 0.01},
                       {"tau_x", "ms", 20.0},
                       {"tau_e", "ms", inf},
                       {"after", "", 0.0},
                       {"w_max", "", inf},
                       {"w_min", "", -inf}}};
  }

  ThreeFactorSTDP(const ParamSet& p, const TimeBase& time)
      : x_(p["tau_x"], time), e_(p["tau_e"], time), moves_(!std::isinf(p["tau_e"])), eta_(p["eta"]),
        kept_(p["after"] != 0.0 ? 1.0 : 0.0), w_max_(p["w_max"]), w_min_(p["w_min"]) {}

  Pre first_pre() const { return {}; }
  Pre next_pre(Pre p, Tick gap, bool first) const { return {first ? 1.0 : p.x * x_(gap) + 1.0}; }
  Post first_post() const { return {}; }
  Post next_post(Post, Tick, bool) const { return {}; }
  Mod first_mod() const { return {}; }

  struct Gap {
    double keep;
    PYSNN_INLINE void over(Synapse& s) const { s.e *= keep; }
  };
  bool moves() const { return moves_; }
  Gap gap(const Mod&, Tick, Tick length) const { return {e_(length)}; }

  struct Kernel {
    Decay::View decay;
    double eta, kept, w_max, w_min;
    PYSNN_INLINE double gain(const Pre& pre, Tick since) const { return pre.x * decay(since); }
    PYSNN_INLINE double at_moment(const Pre&, Tick) const { return eta; }
    PYSNN_INLINE void on_moment(Synapse& s, double value, double rate) const {
      const double to = s.w - rate * value * s.e;
      s.w = to < w_min ? w_min : to > w_max ? w_max : to;  // what is no number stays none, to be found
      s.e *= kept;
    }
  };
  Kernel kernel() const { return {Decay::View(x_), eta_, kept_, w_max_, w_min_}; }

  PYSNN_DECLARE_GAP_LOOP(ThreeFactorSTDP)
  PYSNN_DECLARE_MOMENT_LOOP(ThreeFactorSTDP)

 private:
  Decay x_, e_;
  bool moves_;
  double eta_, kept_, w_max_, w_min_;
};

PYSNN_GAP_LOOP(ThreeFactorSTDP)
PYSNN_MOMENT_LOOP(ThreeFactorSTDP)

const RegisterStatefulRows<ThreeFactorSTDP> registered;

}  // namespace
}  // namespace pysnn
