// As csrc/plasticity/synaptic_scaling.cpp, which has the mathematics: van Rossum, Bi & Turrigiano (2000). The exponential
// by which weights grow is the device's own, so that they are those of the C++ engine but for their last bits.
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
  return (Post){p.r * decay(FADE_R, gap) + c(JUMP), p.y * decay(RATE_MINUS, gap) + 1.0};
}

static inline Real over_gap(Rule rule, Real m, Pre pre, long since_pre, Post post, long since_post, long length) {
  const double d = (double)length * c(UNIT), r = post.r * decay(FADE_R, since_post);
  const double grows = c(L_SCALING) * (d - r * decay(LOST_R, length) / c(LOST_R));
  return bounded((double)m * exp(rule.rate * grows), c(W_MIN), c(W_MAX));
}
static inline Real on_post(Rule rule, Real m, Pre pre, long since, Post post) {
  return bounded((double)m + rated(UP) * x_after(rule, pre, since), c(W_MIN), c(W_MAX));
}
static inline Real on_pre(Rule rule, Real m, Post post, long since, Pre now) {
  return bounded((double)m * (1.0 - rated(DOWN) * (post.y * decay(RATE_MINUS, since))), c(W_MIN), c(W_MAX));
}
