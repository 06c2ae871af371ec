// As csrc/plasticity/power_law_stdp.cpp: Morrison, Aertsen & Diesmann (2007).
#include "power.cl"
#define N_PRE 1
#define N_POST 1

typedef struct {
  double x;
} Pre;
typedef struct {
  double y;
} Post;

static inline Pre first_pre(void) { return (Pre){0.0}; }
static inline Post first_post(void) { return (Post){0.0}; }
static inline Pre next_pre(Rule rule, Pre p, long gap, bool first) {
  return (Pre){first ? 1.0 : p.x * decay(RATE_PLUS, gap) + 1.0};
}
static inline Post next_post(Rule rule, Post p, long gap, bool first) {
  return (Post){first ? 1.0 : p.y * decay(RATE_MINUS, gap) + 1.0};
}
static inline Real on_post(Rule rule, Real m, Pre pre, long since, Post post) {
  return (Real)((double)m + c(UP) * power((double)m / c(W_0), c(MU)) * (pre.x * decay(RATE_PLUS, since)));
}
static inline Real on_pre(Rule rule, Real m, Post post, long since, Pre now) {
  const Real to = (Real)((double)m - c(DOWN) * (double)m * (post.y * decay(RATE_MINUS, since)));
  const Real least = (Real)c(W_MIN);
  return to < least ? least : to;
}
