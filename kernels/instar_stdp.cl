// As csrc/plasticity/instar_stdp.cpp: Grossberg (1976).
#define ACTS_WITHOUT_PRE
#define NOT_AT_PRE
#include "no_post_trace.cl"

#define N_PRE 1
typedef struct {
  double x;
} Pre;
static inline Pre first_pre(void) { return (Pre){0.0}; }
static inline Pre next_pre(Rule rule, Pre p, long gap, bool first) {
  return (Pre){first || c(NEAREST) != 0.0 ? 1.0 : p.x * decay(RATE, gap) + 1.0};
}
static inline Real on_post(Rule rule, Real m, Pre pre, long since, Post post) {
  const double from = (double)m;
  return bounded(from + rated(ETA) * (c(C) * (pre.x * decay(RATE, since)) - from), c(W_MIN), c(W_MAX));
}
