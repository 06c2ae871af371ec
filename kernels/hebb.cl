// As csrc/plasticity/hebb.cpp: Kempter, Gerstner & van Hemmen (1999).
#define N_PRE 1
#define N_POST 1
#define ACTS_WITHOUT_PRE

typedef struct {
  double x;
} Pre;
typedef struct {
  double y;
} Post;

static inline Pre first_pre(void) { return (Pre){0.0}; }
static inline Post first_post(void) { return (Post){0.0}; }
static inline Pre next_pre(Rule rule, Pre p, long gap, bool first) {
  return (Pre){first ? 1.0 : p.x * decay(RATE_PRE, gap) + 1.0};
}
static inline Post next_post(Rule rule, Post p, long gap, bool first) {
  return (Post){first ? 1.0 : p.y * decay(RATE_POST, gap) + 1.0};
}
static inline Real on_post(Rule rule, Real m, Pre pre, long since, Post post) {
  return bounded((double)m + c(ETA) * (c(OUT) + pre.x * decay(RATE_PRE, since)), c(W_MIN), c(W_MAX));
}
static inline Real on_pre(Rule rule, Real m, Post post, long since, Pre now) {
  return bounded((double)m + c(ETA) * (c(IN) + post.y * decay(RATE_POST, since)), c(W_MIN), c(W_MAX));
}
