// Pair STDP with power-law potentiation and multiplicative depression, all-to-all (Morrison, Aertsen & Diesmann
// 2007; NEST's stdp_pl_synapse_hom), with m = |w|:
//
//   postsynaptic spike:  m += a_plus w_0^(1 - mu) m^mu x,     y += 1
//   presynaptic spike:   m -= a_minus m y,                    x += 1
//
// x and y decay with tau_plus and tau_minus and are read before their own jump; m stays >= 0 and has no upper bound.
#include "core/dispatch.hpp"
#include "core/power.hpp"
#include "plasticity/lazy_rows.hpp"

namespace pysnn {
namespace {

class PowerLawSTDP {
 public:
  struct Pre {
    double x = 0.0;
  };
  struct Post {
    double y = 0.0;
  };
  static constexpr bool drifts = false;

  static ModelInfo info() {
    return {.name = "PowerLawSTDP",
            .params = {{"tau_plus", "ms", 15.0},
                       {"tau_minus", "ms", 30.0},
                       {"a_plus", "", 0.1},
                       {"a_minus", "", 0.00513},
                       {"mu", "", 0.4},
                       {"w_0", "", 1.0}}};
  }

  PowerLawSTDP(const ParamSet& p, const TimeBase& time)
      : plus_(p["tau_plus"], time), minus_(p["tau_minus"], time), w_0_(p["w_0"]), up_(p["a_plus"] * w_0_),
        down_(p["a_minus"]), mu_(p["mu"]) {}

  Pre first_pre() const { return {}; }
  Pre next_pre(Pre p, Tick gap, bool first) const { return {first ? 1.0 : p.x * plus_(gap) + 1.0}; }
  Post first_post() const { return {}; }
  Post next_post(Post p, Tick gap, bool first) const { return {first ? 1.0 : p.y * minus_(gap) + 1.0}; }

  template <class Real>
  Real on_post(Real m, const Pre& pre, Tick since) const {
    const double up = up_ * power(static_cast<double>(m) / w_0_, mu_) * (pre.x * plus_(since));
    return static_cast<Real>(static_cast<double>(m) + up);
  }

  template <class Real>
  Real on_pre(Real m, const Post& post, Tick since) const {
    return depressed(m, post.y * minus_(since));
  }

  template <class Real>
  Real over_gap(Real m, const Pre&, Tick, const Post&, Tick, Tick) const {
    return m;
  }

  // on_pre for a run: the same operations, looked up in the table and vectorised (for LazyRows).
  struct Tables {
    const std::vector<double>* minus;
  };
  Tables tables() const { return {&minus_.table()}; }
  static void depress_run(const PowerLawSTDP& rule, const std::uint16_t* target, std::uint32_t n, const Tick* newest,
                          const Post* post, Tick at, float* weight);
  static void depress_run(const PowerLawSTDP& rule, const std::uint16_t* target, std::uint32_t n, const Tick* newest,
                          const Post* post, Tick at, double* weight);

  template <class Real>
  PYSNN_INLINE void depress(const std::uint16_t* target, std::uint32_t n, const Tick* newest, const Post* post, Tick at,
                            Real* weight) const {
    const double* table = minus_.table().data();
    const Tick last = minus_.last();
#pragma GCC ivdep
    for (std::uint32_t k = 0; k < n; ++k) {
      const std::uint32_t j = target[k];
      const double y = post[j].y * table[std::min(at - newest[j], last)];
      weight[k] = std::copysign(depressed(std::abs(weight[k]), y), weight[k]);
    }
  }

 private:
  template <class Real>
  PYSNN_INLINE Real depressed(Real m, double y) const {
    const Real to = static_cast<Real>(static_cast<double>(m) - down_ * static_cast<double>(m) * y);
    return to > Real(0) ? to : Real(0);
  }

  Decay plus_, minus_;
  double w_0_, up_, down_, mu_;
};

PYSNN_CLONES void PowerLawSTDP::depress_run(const PowerLawSTDP& rule, const std::uint16_t* target, std::uint32_t n,
                                            const Tick* newest, const Post* post, Tick at, float* weight) {
  rule.depress(target, n, newest, post, at, weight);
}

PYSNN_CLONES void PowerLawSTDP::depress_run(const PowerLawSTDP& rule, const std::uint16_t* target, std::uint32_t n,
                                            const Tick* newest, const Post* post, Tick at, double* weight) {
  rule.depress(target, n, newest, post, at, weight);
}

const RegisterPlasticity<PowerLawSTDP> registered;

}  // namespace
}  // namespace pysnn
