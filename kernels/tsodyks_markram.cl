// As csrc/dynamics/tsodyks_markram.cpp, which has the papers.
#define N_LAW 3

typedef struct {
  double u, x, y;
} Law;

static inline Law first_law(Rule rule) { return (Law){c(U_FIRST), 1.0, 0.0}; }
static inline Law next_law(Rule rule, Law p, long gap) {
  const double u = c(U_FIRST) + p.u * (1.0 - c(U_FIRST)) * decay(WHOLE_FORGETTING, gap);
  const double lost = decay(WHOLE_RECOVERY, gap);
  if (c(AT_ONCE) != 0.0) return (Law){u, 1.0 + (p.x - p.x * p.u - 1.0) * lost, 0.0};
  const double used = p.y + p.u * p.x, active = decay(WHOLE_PASSING, gap), h = (double)gap, q = c(APART) * h;
  const double inactive =
      c(ALIKE) != 0.0 ? h * lost * (1.0 - q * (0.5 - q * (1.0 / 6.0 - q * (1.0 / 24.0)))) : (lost - active) / c(APART);
  const double y = used * active;
  return (Law){u, 1.0 + (p.x + p.y - 1.0) * lost - used * c(WHOLE_PASSING) * inactive - y, y};
}
static inline double release(Rule rule, Law p) { return p.u * p.x; }
