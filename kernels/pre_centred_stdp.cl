// The pre-centred pairing of pair STDP, as csrc/plasticity/pair_stdp.cpp: a trace k of the synapse, 0 after a
// postsynaptic spike.
#include "weight_dependence.cl"
#define N_STATE 1
#define N_PRE 1
#define N_POST 1
#include "no_mod_trace.cl"

typedef struct {
  double nothing;
} Pre;
typedef struct {
  double fired;
} Post;
typedef struct {
  double w, k;
} Synapse;

static inline Pre first_pre(void) { return (Pre){0.0}; }
static inline Pre next_pre(Rule rule, Pre p, long gap, bool first) { return p; }
static inline Post first_post(void) { return (Post){0.0}; }
static inline Post next_post(Rule rule, Post p, long gap, bool first) { return (Post){1.0}; }

static inline void on_post(Rule rule, Synapse* s, Pre pre, long since) {
  // Of spikes at one instant that do not count together, the source's waits for the target's next.
  const double waits = c(TIE) != 0.0 && since == 0 ? 1.0 : 0.0;
  const double to = s->w + rated(UP) * share_of(1.0 - s->w / c(W_MAX), c(MU_PLUS)) * (s->k - waits);
  s->w = c(W_MAX) < to ? c(W_MAX) : to;
  s->k = waits;
}
static inline void on_pre(Rule rule, Synapse* s, Post post, long since) {
  const double y = post.fired * decay(RATE_MINUS, since);
  const double to = s->w - rated(DOWN) * share_of(s->w / c(W_MAX), c(MU_MINUS)) * y;
  s->w = to < c(W_MIN) ? c(W_MIN) : to;
  s->k += 1.0;
}
static inline void on_moment(Rule rule, Synapse* s, Pre pre, long since, double value) {}
static inline void over_gap(Rule rule, Synapse* s, Mod mod, long since, long length) { s->k *= decay(RATE_PLUS, length); }
