// As csrc/plasticity/triplet_bcm.cpp: Pfister & Gerstner (2006), Gjorgjieva, Clopath, Audet & Pfister (2011).
#define PRE_RATE RATE_PLUS
#include "pre_trace.cl"

#define N_POST 3
typedef struct {
  double o1, o2, rho;
} Post;

static inline Post first_post(void) { return (Post){0.0, 0.0, 0.0}; }
static inline Post next_post(Rule rule, Post p, long gap, bool first) {
  if (first) return (Post){1.0, 0.0, c(JUMP)};
  return (Post){p.o1 * decay(RATE_MINUS, gap) + 1.0, (p.o2 + 1.0) * decay(RATE_Y, gap),
                p.rho * decay(RATE_THETA, gap) + c(JUMP)};
}
static inline Real on_post(Rule rule, Real m, Pre pre, long since, Post post) {
  const double change = rated(UP) * x_after(rule, pre, since) * post.o2;
  const Real to = (Real)((double)m + change), most = (Real)c(W_MAX);
  return most < to ? most : to;
}
static inline Real on_pre(Rule rule, Real m, Post post, long since, Pre now) {
  const double rho = post.rho * decay(RATE_THETA, since);
  const double scaled = rho * rho * (post.o1 * decay(RATE_MINUS, since));
  const Real to = (Real)((double)m - rated(DOWN) * scaled), least = (Real)c(W_MIN);
  return to < least ? least : to;
}
