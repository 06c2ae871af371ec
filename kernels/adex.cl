// The field of csrc/neurons/adex.cpp. State: v, w, g_exc, g_inh, steps left refractory.
#include "exp.cl"
#define N 4
#define PARTS 1
#define RESETS 1

static inline void field(const Real* x, Real current, const double* c, Real* d) {
  const Real v = x[0], leak = v - C(E_L);
  d[0] = C(PER_C) * ((C(G_L) * (C(DELTA_T) * exp_of((v - C(V_TH)) * C(PER_DELTA)) - leak) - x[1]) +
                     (x[2] * (C(E_REV_EXC) - v) + x[3] * (C(E_REV_INH) - v)) + (C(I_E) + current));
  d[1] = C(RATE_W) * (C(A) * leak - x[1]);
  d[2] = -C(RATE_EXC) * x[2];
  d[3] = -C(RATE_INH) * x[3];
}
static inline void arrive(Real* x, const Real* in) {
  x[2] += in[0];
  x[3] += in[1];
}
static inline void reset(Real* x, const double* c) {
  x[0] = C(V_RESET);
  x[1] += C(B);
}
static inline bool strays(const Real* before, const Real* after, Real current, Real h, Real dt, const double* c) {
  return !(h * C(PER_C) * (C(G_L) + (before[2] + before[3])) <= (Real)1);
}
static inline void rates(const Real* x, const double* c, Real* r) {
  r[0] = larger(C(PER_C) * (C(G_L) + (x[2] + x[3])), (Real)0);
  r[1] = C(RATE_W);
  r[2] = C(RATE_EXC);
  r[3] = C(RATE_INH);
}
#include "runge_kutta.cl"

static inline bool step(Real* s, const Real* in, Real current, const double* c, double uniform) {
  return runge_kutta(s, in, current, c);
}
