// Pair-based STDP (Guetig, Aharonov, Rotter & Sompolinsky 2003), with m = |w| and u = m / w_max:
//
//   postsynaptic spike:  u += a_plus (1 - u)^mu_plus x
//   presynaptic spike:   u -= a_minus u^mu_minus y
//
// x and y decay with tau_plus and tau_minus and are read before their own jump; m stays in [w_min, w_max]. Which spikes
// they are of is the pairing (Morrison, Diesmann & Gerstner 2008), and what becomes of a pair at one instant the tie:
//
//   all_to_all          of all spikes: x += 1, y += 1
//   nearest             of the latest: x = 1, y = 1
//   nearest_restricted  of the latest, if the reader's own side has not fired since: no spike is in two pairs of a kind
//   nearest_pre_centred x of all spikes since the target's latest, y of the latest
//   tie none            of a pair at one instant neither spike sees the other
#include "core/dispatch.hpp"
#include "math/power.hpp"
#include "plasticity/lazy_rows.hpp"
#include "plasticity/stateful_rows.hpp"

namespace pysnn {
namespace {

// ---- Pairings: traces of both sides, and x and y as they are read ------------------------------------------------

// All to all, or nearest (symmetric).
struct Traces {
  struct Pre {
    double x = 0.0;
  };
  struct Post {
    double y = 0.0;
  };
  Decay plus, minus;
  bool nearest;

  Pre next_pre(const Pre& p, Tick gap, bool first) const { return {first || nearest ? 1.0 : p.x * plus(gap) + 1.0}; }
  Post next_post(const Post& p, Tick gap, bool first) const {
    return {first || nearest ? 1.0 : p.y * minus(gap) + 1.0};
  }

  struct View {
    Decay::View plus, minus;
    explicit View(const Traces& t) : plus(t.plus), minus(t.minus) {}
    PYSNN_INLINE double amplitude(const Pre& pre) const { return pre.x; }
    PYSNN_INLINE double x(const Pre& pre, Tick since) const { return pre.x * plus(since); }
    PYSNN_INLINE double seen(const Post& post, Tick since) const { return post.y * minus(since); }
    PYSNN_INLINE double y(double seen) const { return seen; }
  };
  View view() const { return View(*this); }
};

// The same where a pair at one instant does not count: a postsynaptic spike at a tie reads x as it was before.
struct TracesWithoutTies {
  struct Pre {
    double x = 0.0, before = 0.0;
  };
  using Post = Traces::Post;
  Decay plus, minus;
  bool nearest;

  Pre next_pre(const Pre& p, Tick gap, bool first) const {
    const double before = first ? 0.0 : p.x * plus(gap);
    return {nearest ? 1.0 : before + 1.0, before};
  }
  Post next_post(const Post& p, Tick gap, bool first) const {
    return {first || nearest ? 1.0 : p.y * minus(gap) + 1.0};
  }

  struct View {
    Decay::View plus, minus;
    explicit View(const TracesWithoutTies& t) : plus(t.plus), minus(t.minus) {}
    PYSNN_INLINE double x(const Pre& pre, Tick since) const { return since == 0 ? pre.before : pre.x * plus(since); }
    PYSNN_INLINE double seen(const Post& post, Tick since) const { return post.y * minus(since); }
    PYSNN_INLINE double y(double seen) const { return seen; }
  };
  View view() const { return View(*this); }
};

// Nearest, restricted. What a neuron keeps of a spike is the time since its one before [ticks]: whether the other
// side's latest spike came in between.
template <bool ties>
struct Restricted {
  static constexpr double never = 1e300;
  struct Pre {
    double gap = never;
  };
  struct Post {
    double gap = -1.0;  // of a target that has not fired
  };
  Decay plus, minus;

  Pre next_pre(const Pre&, Tick gap, bool first) const { return {first ? never : static_cast<double>(gap)}; }
  Post next_post(const Post&, Tick gap, bool first) const { return {first ? never : static_cast<double>(gap)}; }

  struct View {
    Decay::View plus, minus;
    double longest;  // the presynaptic spike that arrives sees postsynaptic ones of so long ago
    View(const Restricted& r, double most) : plus(r.plus), minus(r.minus), longest(most) {}
    PYSNN_INLINE double x(const Pre& pre, Tick since, const Post& post) const {
      const double age = static_cast<double>(since);
      if (ties) return post.gap > age ? plus(since) : 0.0;
      if (since > 0) return post.gap >= age ? plus(since) : 0.0;
      // At a tie the source's spike before is the nearest.
      return pre.gap < never && post.gap >= pre.gap ? plus(static_cast<Tick>(pre.gap)) : 0.0;
    }
    PYSNN_INLINE double seen(const Post& post, Tick since) const {
      return post.gap < 0.0 ? -1.0 : static_cast<double>(since);
    }
    PYSNN_INLINE double y(double seen) const {
      return seen >= 0.0 && seen <= longest ? minus(static_cast<Tick>(std::max(seen, 0.0))) : 0.0;
    }
  };
  View view() const { return {*this, -1.0}; }
  View view(const Pre& now) const { return {*this, now.gap}; }
};

// ---- The rule ----------------------------------------------------------------------------------------------------

struct Parameters {
  double w_max, up, down, mu_plus, mu_minus, w_min;
  explicit Parameters(const ParamSet& p)
      : w_max(p["w_max"]), up(p["a_plus"] * w_max), down(p["a_minus"] * w_max), mu_plus(p["mu_plus"]),
        mu_minus(p["mu_minus"]), w_min(p["w_min"]) {}
  void at_rate(double rate) {
    up *= rate;
    down *= rate;
  }
};

PYSNN_INLINE double share_of(double u, double mu) {
  if (mu == 0.0) return 1.0;
  if (mu == 1.0) return u;
  return power(std::max(u, 0.0), mu);
}

// Call use(share) with share_of that mu.
template <class Use>
PYSNN_INLINE void with_share(double mu, Use&& use) {
  if (mu == 0.0)
    use([](double) __attribute__((always_inline)) { return 1.0; });
  else if (mu == 1.0)
    use([](double u) __attribute__((always_inline)) { return u; });
  else
    use([mu](double u) __attribute__((always_inline)) { return power(std::max(u, 0.0), mu); });
}

template <class Pairs>
class PairRule {
 public:
  using Pre = typename Pairs::Pre;
  using Post = typename Pairs::Post;
  static constexpr bool drifts = false, stays_finite = true;

  PairRule(const ParamSet& p, const TimeBase& time) : params_(p), pairs_(pairs(p, time)) {}

  Pre first_pre() const { return {}; }
  Pre next_pre(const Pre& p, Tick gap, bool first) const { return pairs_.next_pre(p, gap, first); }
  Post first_post() const { return {}; }
  Post next_post(const Post& p, Tick gap, bool first) const { return pairs_.next_post(p, gap, first); }
  double w_max() const { return params_.w_max; }

  struct Kernel : Parameters {
    typename Pairs::View pairs;
    double per_w_max;
    Kernel(const Parameters& params, const typename Pairs::View& view)
        : Parameters(params), pairs(view), per_w_max(1.0 / w_max) {}

    template <class Real, class... Seen>
      requires requires(const typename Pairs::View& view, const Seen&... seen) { view.x(seen...); }
    PYSNN_INLINE Real on_post(Real m, const Seen&... seen) const {
      return potentiated(m, pairs.x(seen...), [this](double u) { return share_of(u, mu_plus); });
    }
    template <class Loop>
    PYSNN_INLINE void with_on_post(Loop&& loop) const {
      with_share(mu_plus, [&loop, k = *this](const auto& share) __attribute__((always_inline)) {
        loop([k, share](auto m, const auto&... seen)
                 __attribute__((always_inline)) { return k.potentiated(m, k.pairs.x(seen...), share); });
      });
    }
    PYSNN_INLINE double amplitude(const Pre& pre) const
      requires requires(const typename Pairs::View& view) { view.amplitude(pre); }
    {
      return pairs.amplitude(pre);
    }
    PYSNN_INLINE const Decay::View& fading() const { return pairs.plus; }
    template <class Loop>
    PYSNN_INLINE void with_on_met(Loop&& loop) const {
      with_share(mu_plus, [&loop, k = *this](const auto& share) __attribute__((always_inline)) {
        loop([k, share](auto m, double x) __attribute__((always_inline)) { return k.potentiated(m, x, share); });
      });
    }
    template <class Real, class Share>
    PYSNN_INLINE Real potentiated(Real m, double x, Share&& share) const {
      const double to = static_cast<double>(m) + up * share(1.0 - static_cast<double>(m) * per_w_max) * x;
      return std::min(static_cast<Real>(to), static_cast<Real>(w_max));
    }

    PYSNN_INLINE double seen(const Post& post, Tick since) const { return pairs.seen(post, since); }
    template <class Real>
    PYSNN_INLINE Real on_pre(Real m, double seen) const {
      return depressed(m, seen, [this](double u) { return share_of(u, mu_minus); });
    }
    template <class Loop>
    PYSNN_INLINE void with_on_pre(Loop&& loop) const {
      with_share(mu_minus, [&loop, k = *this](const auto& share) __attribute__((always_inline)) {
        loop([k, share](auto m, double seen) __attribute__((always_inline)) { return k.depressed(m, seen, share); });
      });
    }
    template <class Real, class Share>
    PYSNN_INLINE Real depressed(Real m, double seen, Share&& share) const {
      const Real to =
          static_cast<Real>(static_cast<double>(m) - down * share(static_cast<double>(m) * per_w_max) * pairs.y(seen));
      const Real least = static_cast<Real>(w_min);
      return to > least ? to : least;
    }
  };
  Kernel kernel() const { return {params_, pairs_.view()}; }
  Kernel kernel(const Pre& now) const
    requires requires(const Pairs& pairs, const Pre& pre) { pairs.view(pre); }
  {
    return {params_, pairs_.view(now)};
  }

 private:
  static Pairs pairs(const ParamSet& p, const TimeBase& time) {
    const Decay plus(p["tau_plus"], time), minus(p["tau_minus"], time);
    if constexpr (requires(Pairs of) { of.nearest; })
      return {plus, minus, p["pairing"] != 0.0};
    else
      return {plus, minus};
  }

  Parameters params_;
  Pairs pairs_;
};

// A clone must be a function of no template: one class a pairing.
#define PYSNN_PAIRED(Rule, Pairs, ...)               \
  class Rule : public PairRule<Pairs> {              \
   public:                                           \
    using PairRule::PairRule;                        \
    PYSNN_DECLARE_RULE_LOOPS(Histories<Post>::Spike) \
    __VA_ARGS__                                      \
  };                                                 \
  PYSNN_RULE_LOOPS(Rule, Histories<Rule::Post>::Spike)

PYSNN_PAIRED(Paired, Traces, PYSNN_DECLARE_POST_LOOP(Histories<Post>::Spike))
PYSNN_POST_LOOP(Paired, Histories<Paired::Post>::Spike)
PYSNN_PAIRED(PairedWithoutTies, TracesWithoutTies)
PYSNN_PAIRED(PairedRestricted, Restricted<true>)
PYSNN_PAIRED(PairedRestrictedWithoutTies, Restricted<false>)

// Nearest, pre-centred: every presynaptic spike is paired with the target's spike before it and the one after. Which
// have come since the target fired is a matter of both neurons: a trace k of the synapse, 0 after a postsynaptic spike.
class PairedPreCentred {
 public:
  struct Pre {};
  struct Post {
    double fired = 0.0;
  };
  struct Mod {};
  struct Synapse {
    double w = 0.0, k = 0.0;
    template <class F>
    PYSNN_INLINE void each(F&& f) {
      f(k);
    }
  };
  static constexpr bool signed_weights = false, stays_finite = true;
  static constexpr bool meets_pre = true, meets_post = true, meets_moments = false;

  PairedPreCentred(const ParamSet& p, const TimeBase& time)
      : params_(p), plus_(p["tau_plus"], time), minus_(p["tau_minus"], time), ties_(p["tie"] == 0.0) {}

  Pre first_pre() const { return {}; }
  Pre next_pre(const Pre&, Tick, bool) const { return {}; }
  Post first_post() const { return {}; }
  Post next_post(const Post&, Tick, bool) const { return {1.0}; }
  Mod first_mod() const { return {}; }
  Mod next_mod(const Mod&, Tick, double, bool) const { return {}; }
  double w_max() const { return params_.w_max; }

  struct Gap {
    double keep;
    PYSNN_INLINE void over(Synapse& s) const { s.k *= keep; }
  };
  bool moves() const { return true; }
  Gap gap(const Mod&, Tick, Tick length) const { return {plus_(length)}; }

  struct Kernel : Parameters {
    Decay::View minus;
    bool ties;
    PYSNN_INLINE void on_post(Synapse& s, const Pre&, Tick since) const {
      // Of spikes at one instant that do not count together, the source's waits for the target's next.
      const double waits = !ties && since == 0 ? 1.0 : 0.0;
      const double to = s.w + up * share_of(1.0 - s.w / w_max, mu_plus) * (s.k - waits);
      s.w = std::min(to, w_max);
      s.k = waits;
    }
    PYSNN_INLINE double seen(const Post& post, Tick since) const { return post.fired * minus(since); }
    PYSNN_INLINE void on_pre(Synapse& s, double y) const {
      s.w = std::max(s.w - down * share_of(s.w / w_max, mu_minus) * y, w_min);
      s.k += 1.0;
    }
  };
  Kernel kernel() const { return {params_, Decay::View(minus_), ties_}; }
  PYSNN_DECLARE_GAP_LOOP(PairedPreCentred)
  PYSNN_DECLARE_PRE_LOOP(PairedPreCentred)

 private:
  Parameters params_;
  Decay plus_, minus_;
  bool ties_;
};

PYSNN_GAP_LOOP(PairedPreCentred)
PYSNN_PRE_LOOP(PairedPreCentred)

enum Pairing { all_to_all, nearest, nearest_restricted, nearest_pre_centred };

template <class Real>
std::unique_ptr<PlasticSynapses<Real>> make(const PlasticConfig& config) {
  const ParamSet& p = config.projection.plasticity_params;
  const bool ties = p["tie"] == 0.0;
  if (p["pairing"] == double{nearest_pre_centred})
    return std::make_unique<StatefulRows<PairedPreCentred, Real>>(config);
  if (p["pairing"] == double{nearest_restricted}) {
    if (ties) return std::make_unique<LazyRows<PairedRestricted, Real>>(config);
    return std::make_unique<LazyRows<PairedRestrictedWithoutTies, Real>>(config);
  }
  if (ties) return std::make_unique<LazyRows<Paired, Real>>(config);
  return std::make_unique<LazyRows<PairedWithoutTies, Real>>(config);
}

// For kernels/pair_stdp.cl, and pre_centred_stdp.cl.
Constants constants(const ParamSet& p, const TimeBase& time) {
  const Parameters of(p);
  return {{"rate_plus", Decay(p["tau_plus"], time).rate()},
          {"rate_minus", Decay(p["tau_minus"], time).rate()},
          {"w_max", of.w_max},
          {"up", of.up},
          {"down", of.down},
          {"mu_plus", of.mu_plus},
          {"mu_minus", of.mu_minus},
          {"w_min", of.w_min},
          {"pairing", p["pairing"]},
          {"tie", p["tie"]}};
}

const ModelInfo info{.name = "PairSTDP",
                     .params = {{"tau_plus", "ms", 20.0},
                                {"tau_minus", "ms", 20.0},
                                {"a_plus", "", 0.01},
                                {"a_minus", "", 0.0105},
                                {"w_max", "", 1.0},
                                {"mu_plus", "", 0.0},
                                {"mu_minus", "", 0.0},
                                {"pairing", "", 0.0},
                                {"w_min", "", 0.0},
                                {"tie", "", 0.0}}};

const Registration<PlasticityEntry> registered(info.name,
                                               PlasticityEntry{info, &make<float>, &make<double>, &constants});

}  // namespace
}  // namespace pysnn
