// As csrc/plasticity/vogels_stdp.cpp: Vogels, Sprekeler, Zenke, Clopath & Gerstner (2011).
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
  return (Pre){first ? 1.0 : p.x * decay(RATE, gap) + 1.0};
}
static inline Post next_post(Rule rule, Post p, long gap, bool first) {
  return (Post){first ? 1.0 : p.y * decay(RATE, gap) + 1.0};
}
static inline Real on_post(Rule rule, Real m, Pre pre, long since, Post post) {
  return bounded((double)m + c(ETA) * (pre.x * decay(RATE, since)), c(W_MIN), c(W_MAX));
}
static inline Real on_pre(Rule rule, Real m, Post post, long since, Pre now) {
  return bounded((double)m + c(ETA) * (post.y * decay(RATE, since) - c(ALPHA)), c(W_MIN), c(W_MAX));
}
