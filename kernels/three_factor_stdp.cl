// As csrc/plasticity/three_factor_stdp.cpp: e-prop (Bellec et al. 2020) with the postsynaptic spike in place of the
// surrogate derivative. GATHERS: for an optimiser.
#define SIGNED
#define NOT_AT_PRE
#define PRE_RATE RATE_X
#include "pre_trace.cl"
#include "no_post_trace.cl"
#include "no_mod_trace.cl"

#define N_STATE 1
typedef struct {
  double w, e;
#ifdef GATHERS
  double g;
#endif
} Synapse;

static inline void on_post(Rule rule, Synapse* s, Pre pre, long since) { s->e += (double)(Real)x_after(rule, pre, since); }
static inline void on_moment(Rule rule, Synapse* s, Pre pre, long since, double value) {
#ifdef GATHERS
  s->g += value * s->e;
#else
  const double to = s->w - rated(ETA) * value * s->e;
  s->w = to < c(W_MIN) ? c(W_MIN) : to > c(W_MAX) ? c(W_MAX) : to;  // what is no number stays none, to be found
#endif
  s->e *= c(KEPT);
}
static inline void over_gap(Rule rule, Synapse* s, Mod mod, long since, long length) { s->e *= decay(RATE_E, length); }
