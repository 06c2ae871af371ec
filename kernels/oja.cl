// As csrc/plasticity/oja.cpp: Oja (1982). The target keeps its trace just before a spike, which that very spike reads.
#define N_PRE 1
#define N_POST 1
#define ACTS_WITHOUT_PRE
#define NOT_AT_PRE

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
  return (Post){first ? 0.0 : (p.y + 1.0) * decay(RATE_MINUS, gap)};
}
static inline Real on_post(Rule rule, Real m, Pre pre, long since, Post post) {
  const double from = (double)m;
  return bounded(from + c(ETA) * (c(C) * (pre.x * decay(RATE_PLUS, since)) - post.y * from), c(W_MIN), c(W_MAX));
}
