// Pair STDP, as csrc/plasticity/pair_stdp.cpp, which has the papers: all pairings but the pre-centred one
// (pre_centred_stdp.cl), whose synapses have a trace of their own.
#include "weight_dependence.cl"
#define N_PRE 2
#define N_POST 1

enum { ALL_TO_ALL, NEAREST, NEAREST_RESTRICTED };

// Of all to all and nearest: the trace, and what it was before the spike; restricted: the time since the one before.
typedef struct {
  double x, before;
} Pre;
typedef struct {
  double y;
} Post;

static inline Pre first_pre(void) { return (Pre){0.0, 1e300}; }
static inline Post first_post(void) { return (Post){-1.0}; }

static inline Pre next_pre(Rule rule, Pre p, long gap, bool first) {
  if (c(PAIRING) == NEAREST_RESTRICTED) return (Pre){0.0, first ? 1e300 : (double)gap};
  const double before = first ? 0.0 : p.x * decay(RATE_PLUS, gap);
  return (Pre){c(PAIRING) == NEAREST ? 1.0 : before + 1.0, before};
}

static inline Post next_post(Rule rule, Post p, long gap, bool first) {
  if (c(PAIRING) == NEAREST_RESTRICTED) return (Post){first ? 1e300 : (double)gap};
  return (Post){first || c(PAIRING) == NEAREST ? 1.0 : p.y * decay(RATE_MINUS, gap) + 1.0};
}

static inline double x_of(Rule rule, Pre pre, long since, Post post) {
  const bool ties = c(TIE) == 0.0;
  if (c(PAIRING) != NEAREST_RESTRICTED) return !ties && since == 0 ? pre.before : pre.x * decay(RATE_PLUS, since);
  if (ties) return post.y > (double)since ? decay(RATE_PLUS, since) : 0.0;
  if (since > 0) return post.y >= (double)since ? decay(RATE_PLUS, since) : 0.0;
  // At a tie the source's spike before is the nearest.
  return pre.before < 1e300 && post.y >= pre.before ? decay(RATE_PLUS, (long)pre.before) : 0.0;
}

static inline double y_of(Rule rule, Post post, long since, Pre now) {
  if (post.y < 0.0) return 0.0;  // the target has not fired
  if (c(PAIRING) != NEAREST_RESTRICTED) return post.y * decay(RATE_MINUS, since);
  return (double)since <= now.before ? decay(RATE_MINUS, since) : 0.0;
}

static inline Real on_post(Rule rule, Real m, Pre pre, long since, Post post) {
  const double u = 1.0 - (double)m * (1.0 / c(W_MAX));
  const Real to = (Real)((double)m + rated(UP) * share_of(u, c(MU_PLUS)) * x_of(rule, pre, since, post));
  const Real most = (Real)c(W_MAX);
  return most < to ? most : to;
}

static inline Real on_pre(Rule rule, Real m, Post post, long since, Pre now) {
  const double u = (double)m * (1.0 / c(W_MAX));
  const Real to = (Real)((double)m - rated(DOWN) * share_of(u, c(MU_MINUS)) * y_of(rule, post, since, now));
  const Real least = (Real)c(W_MIN);
  return to > least ? to : least;
}
