// As csrc/plasticity/power_law_stdp.cpp: Morrison, Aertsen & Diesmann (2007).
#include "power.cl"
#define PRE_RATE RATE_PLUS
#include "pre_trace.cl"
#define POST_RATE RATE_MINUS
#include "post_trace.cl"

static inline Real on_post(Rule rule, Real m, Pre pre, long since, Post post) {
  return (Real)((double)m + rated(UP) * power((double)m / c(W_0), c(MU)) * x_after(rule, pre, since));
}
static inline Real on_pre(Rule rule, Real m, Post post, long since, Pre now) {
  const Real to = (Real)((double)m - rated(DOWN) * (double)m * y_after(rule, post, since));
  const Real least = (Real)c(W_MIN);
  return to < least ? least : to;
}
