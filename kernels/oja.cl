// As csrc/plasticity/oja.cpp: Oja (1982). The target keeps its trace just before a spike, which that very spike reads.
#define ACTS_WITHOUT_PRE
#define NOT_AT_PRE
#define PRE_RATE RATE_PLUS
#include "pre_trace.cl"

#define N_POST 1
typedef struct {
  double y;
} Post;

static inline Post first_post(void) { return (Post){0.0}; }
static inline Post next_post(Rule rule, Post p, long gap, bool first) {
  return (Post){first ? 0.0 : (p.y + 1.0) * decay(RATE_MINUS, gap)};
}
static inline Real on_post(Rule rule, Real m, Pre pre, long since, Post post) {
  const double from = (double)m;
  return bounded(from + rated(ETA) * (c(C) * x_after(rule, pre, since) - post.y * from), c(W_MIN), c(W_MAX));
}
