// As csrc/plasticity/diehl_cook_stdp.cpp: Diehl & Cook (2015).
#include "power.cl"
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
  const double left = max(1.0 - (double)m / c(W_MAX), 0.0), mu = c(MU);
  const double share = mu == 0.0 ? 1.0 : mu == 1.0 ? left : power(left, mu);
  const double change = rated(ETA) * (pre.x * decay(RATE, since) - c(X_TARGET)) * share;
  return bounded((double)m + change, c(W_MIN), c(W_MAX));
}
