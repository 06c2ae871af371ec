// As csrc/plasticity/vogels_stdp.cpp: Vogels, Sprekeler, Zenke, Clopath & Gerstner (2011).
#define PRE_RATE RATE
#include "pre_trace.cl"
#define POST_RATE RATE
#include "post_trace.cl"

static inline Real on_post(Rule rule, Real m, Pre pre, long since, Post post) {
  return bounded((double)m + rated(ETA) * x_after(rule, pre, since), c(W_MIN), c(W_MAX));
}
static inline Real on_pre(Rule rule, Real m, Post post, long since, Pre now) {
  return bounded((double)m + rated(ETA) * (y_after(rule, post, since) - c(ALPHA)), c(W_MIN), c(W_MAX));
}
