// As csrc/plasticity/hebb.cpp: Kempter, Gerstner & van Hemmen (1999).
#define ACTS_WITHOUT_PRE
#define PRE_RATE RATE_PRE
#include "pre_trace.cl"
#define POST_RATE RATE_POST
#include "post_trace.cl"

static inline Real on_post(Rule rule, Real m, Pre pre, long since, Post post) {
  return bounded((double)m + rated(ETA) * (c(OUT) + x_after(rule, pre, since)), c(W_MIN), c(W_MAX));
}
static inline Real on_pre(Rule rule, Real m, Post post, long since, Pre now) {
  return bounded((double)m + rated(ETA) * (c(IN) + y_after(rule, post, since)), c(W_MIN), c(W_MAX));
}
