// As csrc/plasticity/reward_stdp.cpp, which has the mathematics: Izhikevich (2007), Florian (2007).
#define N_STATE 1
#define N_MOD 1
#define PRE_RATE RATE_PLUS
#include "pre_trace.cl"
#define POST_RATE RATE_MINUS
#include "post_trace.cl"

typedef struct {
  double n;
} Mod;
typedef struct {
  double w, c;
} Synapse;

static inline Mod first_mod(void) { return (Mod){0.0}; }
static inline double n_after(Rule rule, Mod mod, long since) { return mod.n * decay(FADE_N, since); }
static inline Mod next_mod(Rule rule, Mod mod, long gap, double value, bool first) {
  return (Mod){first ? value : n_after(rule, mod, gap) + value};
}

static inline void on_post(Rule rule, Synapse* s, Pre pre, long since) { s->c += c(UP) * x_after(rule, pre, since); }
static inline void on_pre(Rule rule, Synapse* s, Post post, long since) { s->c -= c(DOWN) * y_after(rule, post, since); }
static inline void on_moment(Rule rule, Synapse* s, Pre pre, long since, double value) {}

static inline void over_gap(Rule rule, Synapse* s, Mod mod, long since, long length) {
  const double lost = decay(LOST_C, length), both = decay(LOST_BOTH, length) / c(LOST_BOTH);
  const double gain = c(W_MAX) * (n_after(rule, mod, since) * both - c(B) * lost / c(LOST_C)) * rule.rate;
  const double to = s->w + s->c * gain;
  s->w = to < c(W_MIN) ? c(W_MIN) : to > c(W_MAX) ? c(W_MAX) : to;  // what is no number stays none, to be found
  s->c *= 1.0 - lost;
}
