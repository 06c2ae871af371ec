// As csrc/plasticity/triplet_stdp.cpp: Pfister & Gerstner (2006). Of a spike its neuron keeps the fast trace just after
// it, and what the slow one was just before it.
#define N_PRE 2
#define N_POST 2

typedef struct {
  double r1, r2;
} Pre;
typedef struct {
  double o1, o2;
} Post;

static inline Pre first_pre(void) { return (Pre){0.0, 0.0}; }
static inline Post first_post(void) { return (Post){0.0, 0.0}; }
static inline double after_jump(Rule rule, double trace) { return c(NEAREST) != 0.0 ? 1.0 : trace + 1.0; }
static inline Pre next_pre(Rule rule, Pre p, long gap, bool first) {
  if (first) return (Pre){1.0, 0.0};
  return (Pre){after_jump(rule, p.r1 * decay(RATE_PLUS, gap)), after_jump(rule, p.r2) * decay(RATE_X, gap)};
}
static inline Post next_post(Rule rule, Post p, long gap, bool first) {
  if (first) return (Post){1.0, 0.0};
  return (Post){after_jump(rule, p.o1 * decay(RATE_MINUS, gap)), after_jump(rule, p.o2) * decay(RATE_Y, gap)};
}
static inline Real on_post(Rule rule, Real m, Pre pre, long since, Post post) {
  const double change = pre.r1 * decay(RATE_PLUS, since) * (rated(UP_PAIR) + rated(UP_TRIPLET) * post.o2);
  const Real to = (Real)((double)m + change), most = (Real)c(W_MAX);
  return most < to ? most : to;
}
static inline Real on_pre(Rule rule, Real m, Post post, long since, Pre now) {
  const double down = (c(DOWN_PAIR) + c(DOWN_TRIPLET) * now.r2) * rule.rate;
  const Real to = (Real)((double)m - down * (post.o1 * decay(RATE_MINUS, since))), least = (Real)c(W_MIN);
  return to < least ? least : to;
}
