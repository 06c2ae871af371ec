// As csrc/plasticity/delta_rule.cpp: Widrow & Hoff (1960). GATHERS: for an optimiser.
#define SIGNED
#define NOT_AT_PRE
#define PRE_RATE RATE_X
#include "pre_trace.cl"
#include "no_post_trace.cl"
#include "no_mod_trace.cl"

#define N_STATE 0
typedef struct {
  double w;
#ifdef GATHERS
  double g;
#endif
} Synapse;

static inline void on_post(Rule rule, Synapse* s, Pre pre, long since) {}
static inline void on_moment(Rule rule, Synapse* s, Pre pre, long since, double value) {
  const double x = x_after(rule, pre, since);
#ifdef GATHERS
  s->g += x * value;
#else
  const double to = s->w - rated(ETA) * x * value;
  s->w = to < c(W_MIN) ? c(W_MIN) : to > c(W_MAX) ? c(W_MAX) : to;  // what is no number stays none, to be found
#endif
}
static inline void over_gap(Rule rule, Synapse* s, Mod mod, long since, long length) {}
