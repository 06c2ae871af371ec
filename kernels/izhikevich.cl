// The field and the published scheme of csrc/neurons/izhikevich.cpp. State: v, u, steps left refractory (none ever is).
#define N 2
#define PARTS 4
#define RESETS 1
#define HAS_LONGEST_PIECE

static inline void field(const Real* x, Real current, const double* c, Real* d) {
  d[0] = (C(K2) * x[0] + C(K1)) * x[0] + (C(K0) + current - x[1]);
  d[1] = C(A) * (C(B) * (x[0] - C(V_R)) - x[1]);
}
static inline void arrive(Real* x, const Real* in) { x[0] += in[0]; }
static inline void reset(Real* x, const double* c) {
  x[0] = C(C);
  x[1] += C(D);
}
static inline bool strays(const Real* before, const Real* after, Real current, Real h, Real dt, const double* c) {
  Real d[2];
  field(before, current, c, d);
  const Real lowest = before[0] + smaller(dt * d[0], (Real)0);
  return !(h * -(2 * C(K2) * lowest + C(K1)) <= (Real)1) | !(h * C(A) <= (Real)1);
}
static inline void rates(const Real* x, const double* c, Real* r) {
  r[0] = larger(-(2 * C(K2) * x[0] + C(K1)), (Real)0);
  r[1] = larger(C(A), (Real)0);
}
static inline Real longest_piece(const Real* x, Real current, const double* c) {
  Real d[2], r[2];
  field(x, current, c, d);
  rates(x, c, r);
  return fabs(d[0]) > r[0] ? (Real)0.25 / larger(r[0], (Real)1e-6) : (Real)1;
}
#include "runge_kutta.cl"

static inline bool published(Real* s, const Real* in, Real current, const double* c) {
  Real x[2] = {s[0], s[1]}, d[2];
  for (uint half_step = 0; half_step < 2; ++half_step) {
    field(x, current, c, d);
    x[0] += C(DT) / 2 * d[0] + in[0] / 2;
  }
  field(x, current, c, d);
  x[1] += C(DT) * d[1];
  const bool fires = x[0] >= C(PEAK);
  s[0] = fires ? C(C) : x[0];
  s[1] = fires ? x[1] + C(D) : x[1];
  return fires;
}

static inline bool step(Real* s, const Real* in, Real current, const double* c, double uniform) {
  return C(AS_PUBLISHED) > (Real)0 ? published(s, in, current, c) : runge_kutta(s, in, current, c);
}
