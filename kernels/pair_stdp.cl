// Pair STDP, as csrc/plasticity/pair_stdp.cpp: Guetig et al. (2003), J. Neurosci. 23:3697; nearest neighbour
// after Morrison, Diesmann & Gerstner (2008), Biol. Cybern. 98:459.
// The rates at which traces decay the host makes tables of.
enum { W_MAX, UP, DOWN, MU_PLUS, MU_MINUS, NEAREST, W_MIN, RATE_PRE, RATE_POST };

static inline double share(double u, double mu) {
  if (mu == 0.0) return 1.0;
  if (mu == 1.0) return u;
  return power(max(u, 0.0), mu);
}

static inline double next_pre(Rule r, double x, long gap, bool first) {
  return first || r.c[NEAREST] != 0.0 ? 1.0 : x * decay(r.plus, r.plus_last, gap) + 1.0;
}

static inline double next_post(Rule r, double y, long gap, bool first) {
  return first || r.c[NEAREST] != 0.0 ? 1.0 : y * decay(r.minus, r.minus_last, gap) + 1.0;
}

static inline Real on_post(Rule r, Real m, double x, long since) {
  const double trace = x * decay(r.plus, r.plus_last, since);
  const double up = r.c[UP] * share(1.0 - (double)m * (1.0 / r.c[W_MAX]), r.c[MU_PLUS]) * trace;
  const Real to = (Real)((double)m + up), most = (Real)r.c[W_MAX];
  return to < most ? to : most;
}

static inline Real on_pre(Rule r, Real m, double y, long since) {
  const double trace = y * decay(r.minus, r.minus_last, since);
  const double down = r.c[DOWN] * share((double)m * (1.0 / r.c[W_MAX]), r.c[MU_MINUS]) * trace;
  const Real to = (Real)((double)m - down), least = (Real)r.c[W_MIN];
  return to > least ? to : least;
}
