// A fixed step for models without closed form, as csrc/neurons/runge_kutta_step.hpp, which explains it. The model's
// file has defined
//
//   N, PARTS, RESETS                                     states of its field; parts of a step; whether a spike resets
//   void field(const Real* x, Real current, const double* c, Real* d)
//   void arrive(Real* x, const Real* in)
//   void reset(Real* x, const double* c)
//   bool strays(const Real* before, const Real* after, Real current, Real h, Real dt, const double* c)
//   void rates(const Real* x, const double* c, Real* r)
//   Real longest_piece(const Real* x, Real current, const double* c)   if it defines HAS_LONGEST_PIECE
#include "exp.cl"

enum { PIECES = 32, MOST_PIECES = 2048 };

// How far a state comes in h ms that changes by d a ms now and relaxes at a rate r.
static inline Real relaxed(Real d, Real r, Real h) {
  const double x = (double)r * (double)h;
  if (!(x > 0.0)) return d * h;
  const double most = 700.0 < x ? 700.0 : x;
  return (Real)((double)d * (-minus_one(exponential(-most)) / (double)r));
}

static inline void slope(Real* x, Real current, bool free, const double* c, Real* d) {
  if (RESETS) x[0] = smaller(x[0], C(PEAK));
  field(x, current, c, d);
  d[0] = free ? d[0] : (Real)0;
}

static inline void part_of_step(Real* x, Real current, bool free, const double* c) {
  const Real h = C(H);
  Real k1[N], k2[N], k3[N], k4[N], y[N];
  slope(x, current, free, c, k1);
  for (uint k = 0; k < N; ++k) y[k] = x[k] + h / 2 * k1[k];
  slope(y, current, free, c, k2);
  for (uint k = 0; k < N; ++k) y[k] = x[k] + h / 2 * k2[k];
  slope(y, current, free, c, k3);
  for (uint k = 0; k < N; ++k) y[k] = x[k] + h * k3[k];
  slope(y, current, free, c, k4);
  for (uint k = 0; k < N; ++k) x[k] += h / 6 * ((k1[k] + k4[k]) + 2 * (k2[k] + k3[k]));
}

// What arrives at the end, and whether it fires then.
static inline bool end_step(Real* s, Real* x, const Real* in, const double* c) {
  const Real before = s[0], peak = C(PEAK);
  x[0] = is_free(s[N]) ? x[0] : before;
  arrive(x, in);
  const Real highest = RESETS ? larger(x[0], before) : x[0];
  const bool may = RESETS ? is_free(s[N]) : before < peak;
  const bool fires = may && highest >= peak;
  Real after[N];
  for (uint k = 0; k < N; ++k) after[k] = x[k];
  reset(after, c);
  for (uint k = 0; k < N; ++k) s[k] = fires ? after[k] : x[k];
  s[N] = hold_next(s[N], fires, C(REFRACTORY));
  return fires;
}

static inline void relax_others(Real* x, Real current, Real h, const double* c) {
  Real d[N], r[N];
  field(x, current, c, d);
  rates(x, c, r);
  for (uint k = 1; k < N; ++k) x[k] += relaxed(d[k], r[k], h);
}

static bool in_pieces(Real* s, const Real* in, Real current, const double* c) {
  const bool free = is_free(s[N]);
  const Real dt = C(DT), peak = C(PEAK);
  Real x[N], d[N], r[N];
  for (uint k = 0; k < N; ++k) x[k] = s[k];
  if (RESETS) x[0] = smaller(x[0], peak);
  int taken = 0;
  for (Real left = dt; left > (Real)0;) {
    Real h = smaller(left, dt / PIECES);
#ifdef HAS_LONGEST_PIECE
    if (++taken <= MOST_PIECES) h = smaller(h, longest_piece(x, current, c));
#endif
    left = h < left ? left - h : (Real)0;
    relax_others(x, current, h / 2, c);
    // Once at the peak it fires.
    if (free && !(RESETS && x[0] >= peak)) {
      field(x, current, c, d);
      rates(x, c, r);
      x[0] += relaxed(d[0], r[0], h);
      if (RESETS) x[0] = smaller(x[0], peak);
    }
    relax_others(x, current, h / 2, c);
  }
  return end_step(s, x, in, c);
}

static inline bool runge_kutta(Real* s, const Real* in, Real current, const double* c) {
  const bool free = is_free(s[N]);
  Real before[N + 1], x[N];
  for (uint k = 0; k <= N; ++k) before[k] = s[k];
  for (uint k = 0; k < N; ++k) x[k] = s[k];
  for (uint part = 0; part < PARTS; ++part) part_of_step(x, current, free, c);
  const bool fires = end_step(s, x, in, c);
  if (!strays(before, s, current, C(H), C(DT), c)) return fires;
  for (uint k = 0; k <= N; ++k) s[k] = before[k];
  return in_pieces(s, in, current, c);
}
