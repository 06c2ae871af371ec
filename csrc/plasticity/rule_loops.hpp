// The loops of a rule whose weights jump at spikes that are without branches: the rule's own file compiles them for
// every instruction set.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>

#include "core/dispatch.hpp"
#include "core/time.hpp"
#include "plasticity/targets_now.hpp"

namespace pysnn {

// So many synapses are taken through such loops at a time, so that what one writes is at hand in the next.
inline constexpr std::uint32_t strip = 256;
// Where lists are made of them the ends of loops cost more than that.
inline constexpr std::uint32_t long_strip = 1024;

// For a Kernel whose steps have nothing to decide outside the loop.
template <class Kernel>
struct PlainSteps {
  template <class Loop>
  PYSNN_INLINE void with_on_post(Loop&& loop) const {
    loop([k = static_cast<const Kernel&>(*this)](auto m, const auto&... seen)
             __attribute__((always_inline)) { return k.on_post(m, seen...); });
  }
  template <class Loop>
  PYSNN_INLINE void with_on_pre(Loop&& loop) const {
    loop([k = static_cast<const Kernel&>(*this)](auto m, double seen)
             __attribute__((always_inline)) { return k.on_pre(m, seen); });
  }
};

// A weight within its bounds.
template <class Real>
PYSNN_INLINE Real bounded(double m, double least, double most) {
  const Real to = static_cast<Real>(m);
  return std::min(std::max(to, static_cast<Real>(least)), static_cast<Real>(most));
}

// A presynaptic spike arrives at synapses with weights w and sees `seen` of their targets. A Kernel gives its step by
// `with_on_pre`, so that what depends on parameters alone is decided outside the loop.
template <class Kernel, class Real>
PYSNN_INLINE void pre_loop(const Kernel& kernel, std::uint32_t n, const double* __restrict seen, Real* __restrict w) {
  kernel.with_on_pre([&](const auto& on_pre) __attribute__((always_inline)) {
    for (std::uint32_t k = 0; k < n; ++k) w[k] = std::copysign(on_pre(std::abs(w[k]), seen[k]), w[k]);
  });
}

// Postsynaptic spikes arrive at synapses with weights w and meet `amplitude` x of the source; 0 is no spike.
template <class Kernel, class Real>
PYSNN_INLINE void post_loop(const Kernel& kernel, std::uint32_t n, double amplitude, const double* __restrict x,
                            Real* __restrict w) {
  kernel.with_on_met([&](const auto& on_met) __attribute__((always_inline)) {
    for (std::uint32_t k = 0; k < n; ++k) w[k] = std::copysign(on_met(std::abs(w[k]), amplitude * x[k]), w[k]);
  });
}

// What is seen at t of targets whose newest spikes are these. (Of a spike after t, still in its dendrite, the caller
// knows better; but it must not be looked up before the begin of a table.)
template <class Kernel, class Spike>
PYSNN_INLINE void seen_loop(const Kernel& kernel, std::uint32_t n, const Spike* __restrict newest, Tick t,
                            double* __restrict seen) {
  const Kernel k = kernel;
  for (std::uint32_t j = 0; j < n; ++j) seen[j] = k.seen(newest[j].post, std::max(t - newest[j].t, Tick{0}));
}

// All that is asked of targets whose newest spikes are these, and whose second newest were at `second`.
template <class Kernel, class Spike>
PYSNN_INLINE void now_loop(const Kernel& kernel, std::uint32_t n, const Spike* __restrict newest,
                           const Tick* __restrict second, Tick t, TargetNow* __restrict now) {
  const Kernel k = kernel;
  for (std::uint32_t j = 0; j < n; ++j)
    now[j] = {k.seen(newest[j].post, std::max(t - newest[j].t, Tick{0})), TargetNow::age(newest[j].t, t),
              TargetNow::age(second[j], t)};
}

// Declares them inside a rule, and compiles them: a clone must be a plain function.
#define PYSNN_DECLARE_WEIGHT_PRE_LOOP()                                                            \
  PYSNN_DECLARES_CLONES static void loop_pre(const Kernel&, std::uint32_t, const double*, float*); \
  PYSNN_DECLARES_CLONES static void loop_pre(const Kernel&, std::uint32_t, const double*, double*);

#define PYSNN_WEIGHT_PRE_LOOP(Rule)                                                                        \
  PYSNN_CLONES void Rule::loop_pre(const Kernel& kernel, std::uint32_t n, const double* seen, float* w) {  \
    pre_loop(kernel, n, seen, w);                                                                          \
  }                                                                                                        \
  PYSNN_CLONES void Rule::loop_pre(const Kernel& kernel, std::uint32_t n, const double* seen, double* w) { \
    pre_loop(kernel, n, seen, w);                                                                          \
  }

#define PYSNN_DECLARE_WEIGHT_POST_LOOP()                                                                    \
  PYSNN_DECLARES_CLONES static void loop_post(const Kernel&, std::uint32_t, double, const double*, float*); \
  PYSNN_DECLARES_CLONES static void loop_post(const Kernel&, std::uint32_t, double, const double*, double*);

#define PYSNN_WEIGHT_POST_LOOP(Rule)                                                                          \
  PYSNN_CLONES void Rule::loop_post(const Kernel& kernel, std::uint32_t n, double amplitude, const double* x, \
                                    float* w) {                                                               \
    post_loop(kernel, n, amplitude, x, w);                                                                    \
  }                                                                                                           \
  PYSNN_CLONES void Rule::loop_post(const Kernel& kernel, std::uint32_t n, double amplitude, const double* x, \
                                    double* w) {                                                              \
    post_loop(kernel, n, amplitude, x, w);                                                                    \
  }

// Of a rule in which a presynaptic spike sees the newest one of the target.
#define PYSNN_DECLARE_RULE_LOOPS(Spike) \
  PYSNN_DECLARE_WEIGHT_PRE_LOOP()       \
  PYSNN_DECLARES_CLONES static void loop_seen(const Kernel&, std::uint32_t, const Spike*, Tick, double*);

#define PYSNN_RULE_LOOPS(Rule, Spike)                                                                   \
  PYSNN_WEIGHT_PRE_LOOP(Rule)                                                                           \
  PYSNN_CLONES void Rule::loop_seen(const Kernel& kernel, std::uint32_t n, const Spike* newest, Tick t, \
                                    double* seen) {                                                     \
    seen_loop(kernel, n, newest, t, seen);                                                              \
  }

// What is asked besides of one whose source fades (see lazy_rows.hpp).
#define PYSNN_DECLARE_POST_LOOP(Spike)                                                                      \
  PYSNN_DECLARES_CLONES static void loop_now(const Kernel&, std::uint32_t, const Spike*, const Tick*, Tick, \
                                             TargetNow*);                                                   \
  PYSNN_DECLARE_WEIGHT_POST_LOOP()

#define PYSNN_POST_LOOP(Rule, Spike)                                                                               \
  PYSNN_CLONES void Rule::loop_now(const Kernel& kernel, std::uint32_t n, const Spike* newest, const Tick* second, \
                                   Tick t, TargetNow* now) {                                                       \
    now_loop(kernel, n, newest, second, t, now);                                                                   \
  }                                                                                                                \
  PYSNN_WEIGHT_POST_LOOP(Rule)

}  // namespace pysnn
