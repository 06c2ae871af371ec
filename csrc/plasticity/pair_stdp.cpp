// Pair-based STDP (Guetig, Aharonov, Rotter & Sompolinsky 2003), all-to-all or symmetric nearest neighbour
// (Morrison, Diesmann & Gerstner 2008), with m = |w| and u = m / w_max:
//
//   postsynaptic spike:  u += a_plus (1 - u)^mu_plus x,     y += 1 (nearest: y = 1)
//   presynaptic spike:   u -= a_minus u^mu_minus y,         x += 1 (nearest: x = 1)
//
// x and y decay with tau_plus and tau_minus and are read before their own jump; m stays in [w_min, w_max].
#include "core/dispatch.hpp"
#include "math/power.hpp"
#include "plasticity/lazy_rows.hpp"

namespace pysnn {
namespace {

class PairSTDP {
 public:
  struct Pre {
    double x = 0.0;
  };
  struct Post {
    double y = 0.0;
  };
  static constexpr bool drifts = false, stays_finite = true;

  static ModelInfo info() {
    return {.name = "PairSTDP",
            .params = {{"tau_plus", "ms", 20.0},
                       {"tau_minus", "ms", 20.0},
                       {"a_plus", "", 0.01},
                       {"a_minus", "", 0.0105},
                       {"w_max", "", 1.0},
                       {"mu_plus", "", 0.0},
                       {"mu_minus", "", 0.0},
                       {"pairing", "", 0.0},
                       {"w_min", "", 0.0}}};
  }

  PairSTDP(const ParamSet& p, const TimeBase& time)
      : plus_(p["tau_plus"], time), minus_(p["tau_minus"], time), w_max_(p["w_max"]), up_(p["a_plus"] * w_max_),
        down_(p["a_minus"] * w_max_), mu_plus_(p["mu_plus"]), mu_minus_(p["mu_minus"]), nearest_(p["pairing"] != 0.0),
        w_min_(p["w_min"]) {}

  Pre first_pre() const { return {}; }
  Pre next_pre(Pre p, Tick gap, bool first) const { return {first || nearest_ ? 1.0 : p.x * plus_(gap) + 1.0}; }
  Post first_post() const { return {}; }
  Post next_post(Post p, Tick gap, bool first) const { return {first || nearest_ ? 1.0 : p.y * minus_(gap) + 1.0}; }

  struct Kernel {
    Decay::View plus, minus;
    double w_max, per_w_max, up, down, mu_plus, mu_minus, w_min;

    template <class Real>
    PYSNN_INLINE Real on_post(Real m, const Pre& pre, Tick since) const {
      return potentiated(m, pre, since, [this](double u) { return power(u, mu_plus); });
    }
    template <class Loop>
    PYSNN_INLINE void with_on_post(Loop&& loop) const {
      const Kernel k = *this;
      if (k.mu_plus == 0.0)
        loop([k](auto m, const Pre& pre, Tick since)
                 __attribute__((always_inline)) { return k.potentiated(m, pre, since, [](double) { return 1.0; }); });
      else if (k.mu_plus == 1.0)
        loop([k](auto m, const Pre& pre, Tick since)
                 __attribute__((always_inline)) { return k.potentiated(m, pre, since, [](double u) { return u; }); });
      else
        loop([k](auto m, const Pre& pre, Tick since)
                 __attribute__((always_inline)) { return k.on_post(m, pre, since); });
    }
    template <class Real, class Share>
    PYSNN_INLINE Real potentiated(Real m, const Pre& pre, Tick since, Share&& share) const {
      const double to =
          static_cast<double>(m) + up * share(1.0 - static_cast<double>(m) * per_w_max) * (pre.x * plus(since));
      return std::min(static_cast<Real>(to), static_cast<Real>(w_max));
    }
    PYSNN_INLINE double seen(const Post& post, Tick since) const { return post.y * minus(since); }
    template <class Real>
    PYSNN_INLINE Real on_pre(Real m, double y) const {
      return depressed(m, y, [this](double u) { return power(u, mu_minus); });
    }
    template <class Loop>
    PYSNN_INLINE void with_on_pre(Loop&& loop) const {
      const Kernel k = *this;
      if (k.mu_minus == 0.0)
        loop([k](auto m, double y)
                 __attribute__((always_inline)) { return k.depressed(m, y, [](double) { return 1.0; }); });
      else if (k.mu_minus == 1.0)
        loop([k](auto m, double y)
                 __attribute__((always_inline)) { return k.depressed(m, y, [](double u) { return u; }); });
      else
        loop([k](auto m, double y) __attribute__((always_inline)) { return k.on_pre(m, y); });
    }

    template <class Real, class Share>
    PYSNN_INLINE Real depressed(Real m, double y, Share&& share) const {
      const Real to = static_cast<Real>(static_cast<double>(m) - down * share(static_cast<double>(m) * per_w_max) * y);
      const Real least = static_cast<Real>(w_min);
      return to > least ? to : least;
    }
  };
  double w_max() const { return w_max_; }
  // For kernels/pair_stdp.cl.
  Constants constants() const {
    return {{"w_max", w_max_},
            {"up", up_},
            {"down", down_},
            {"mu_plus", mu_plus_},
            {"mu_minus", mu_minus_},
            {"nearest", nearest_ ? 1.0 : 0.0},
            {"w_min", w_min_},
            {"rate_pre", plus_.rate()},
            {"rate_post", minus_.rate()}};
  }
  Kernel kernel() const {
    return {Decay::View(plus_), Decay::View(minus_), w_max_, 1.0 / w_max_, up_, down_, mu_plus_, mu_minus_, w_min_};
  }
  PYSNN_DECLARE_RULE_LOOPS(Histories<Post>::Spike)

 private:
  static PYSNN_INLINE double power(double u, double mu) {
    if (mu == 0.0) return 1.0;
    if (mu == 1.0) return u;
    return pysnn::power(std::max(u, 0.0), mu);
  }

  Decay plus_, minus_;
  double w_max_, up_, down_, mu_plus_, mu_minus_;
  bool nearest_;
  double w_min_;
};

PYSNN_RULE_LOOPS(PairSTDP, Histories<PairSTDP::Post>::Spike)

const RegisterPlasticity<PairSTDP> registered;

}  // namespace
}  // namespace pysnn
