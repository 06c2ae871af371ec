// What neurons keep for a rule from equations: traces that fade exponentially, N_SOURCE of a source and N_TARGET of a
// target, as csrc/plasticity/equation_rule.hpp has them. What a spike makes of them, and what events make of synapses, is
// printed from the equations (pysnn/equations/rule_opencl.py) and stands before this file.

// Just after a spike; of targets also just before it, as that spike itself sees them.
typedef struct {
  double of[N_PRE];
} Pre;
typedef struct {
  double of[N_POST / 2], before[N_POST / 2];
} Post;

#define WORDS(rule) ((rule).numbers + N_SOURCE + N_TARGET)

static inline Pre first_pre(void) {
  Pre p;
  for (uint k = 0; k < N_PRE; ++k) p.of[k] = 0.0;
  return p;
}
static inline Post first_post(void) {
  Post p;
  for (uint k = 0; k < N_POST / 2; ++k) p.of[k] = p.before[k] = 0.0;
  return p;
}

// The first tables are those of the source's traces, then come the target's.
static inline void source_after(Rule rule, const Pre* p, long since, double* x) {
  for (uint k = 0; k < N_SOURCE; ++k) x[k] = p->of[k] * decay(k, since);
}
static inline void target_after(Rule rule, global const Post* p, long since, double* y) {
  for (uint k = 0; k < N_TARGET; ++k) y[k] = p->of[k] * decay(N_SOURCE + k, since);
}

static inline Pre next_pre(Rule rule, Pre p, long gap, bool first) {
  source_after(rule, &p, gap, p.of);
  pre_jump(p.of, WORDS(rule));
  return p;
}
static inline Post next_post(Rule rule, Post p, long gap, bool first) {
  for (uint k = 0; k < N_TARGET; ++k) p.of[k] = p.before[k] = p.of[k] * decay(N_SOURCE + k, gap);
  post_jump(p.of, WORDS(rule));
  return p;
}
