// As csrc/plasticity/synaptic_scaling.cpp, which has the mathematics: van Rossum, Bi & Turrigiano (2000).
#include "exp.cl"
#define ACTS_WITHOUT_PRE
#define DRIFTS
#define PRE_RATE RATE_PLUS
#include "pre_trace.cl"

#define N_POST 2
typedef struct {
  double r, y;  // r in units of f_target
} Post;

static inline Post first_post(void) { return (Post){0.0, 0.0}; }
static inline Post next_post(Rule rule, Post p, long gap, bool first) {
  if (first) return (Post){c(JUMP), 1.0};
  return (Post){p.r * exp_of_double(-c(L_R) * ((double)gap * c(UNIT))) + c(JUMP), p.y * decay(RATE_MINUS, gap) + 1.0};
}

static inline Real over_gap(Rule rule, Real m, Pre pre, long since_pre, Post post, long since_post, long length) {
  const double d = (double)length * c(UNIT), fades = -c(L_R) * d;
  const double left = exp_of_double(-c(L_R) * ((double)since_post * c(UNIT)));
  const double growth =
      c(L_SCALING) * (d + post.r * left * c(TAU_R) * minus_one(exponential(fades < -708.0 ? -708.0 : fades)));
  return bounded((double)m * exp_of_double(rule.rate * growth), c(W_MIN), c(W_MAX));
}
static inline Real on_post(Rule rule, Real m, Pre pre, long since, Post post) {
  return bounded((double)m + rated(UP) * x_after(rule, pre, since), c(W_MIN), c(W_MAX));
}
static inline Real on_pre(Rule rule, Real m, Post post, long since, Pre now) {
  return bounded((double)m * (1.0 - rated(DOWN) * (post.y * decay(RATE_MINUS, since))), c(W_MIN), c(W_MAX));
}
