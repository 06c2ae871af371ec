// As csrc/dynamics/tsodyks_markram.cpp, which has the papers.
#define N_LAW 2

typedef struct {
  double u, x;
} Law;

static inline Law first_law(Rule rule) { return (Law){c(U_FIRST), 1.0}; }
static inline Law next_law(Rule rule, Law p, long gap) {
  return (Law){c(U_FIRST) + p.u * (1.0 - c(U_FIRST)) * decay(WHOLE_FORGETTING, gap),
               1.0 + (p.x - p.x * p.u - 1.0) * decay(WHOLE_RECOVERY, gap)};
}
static inline double release(Rule rule, Law p) { return p.u * p.x; }
