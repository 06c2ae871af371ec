// The field of csrc/neurons/hodgkin_huxley.cpp. State: v, m, h, n, g_exc, g_inh, steps left refractory (none ever is).
#include "exp.cl"
#define N 6
#define PARTS 2
#define RESETS 0

// x/(e^x - 1), by its series where both vanish.
static inline Real opening(Real x) {
  const Real near_0 = REAL_BITS == 32 ? (Real)0.05 : (Real)1e-4;
  const bool small = x < near_0 && x > -near_0;
  const Real away = small ? (Real)1 : x;
  return small ? 1 - x / 2 + x * x / 12 : away / (exp_of(away) - 1);
}

typedef struct {
  Real alpha[3], beta[3];  // of m, h and n, in 1/ms
} Gates;

static inline Gates gates_at(Real u) {
  Gates g;
  g.alpha[0] = (Real)(0.32 * 4) * opening(((Real)13 - u) / 4);
  g.beta[0] = (Real)(0.28 * 5) * opening((u - (Real)40) / 5);
  g.alpha[1] = (Real)0.128 * exp_of(((Real)17 - u) / 18);
  g.beta[1] = 4 / (1 + exp_of(((Real)40 - u) / 5));
  g.alpha[2] = (Real)(0.032 * 5) * opening(((Real)15 - u) / 5);
  g.beta[2] = (Real)0.5 * exp_of(((Real)10 - u) / 40);
  return g;
}

static inline void field(const Real* x, Real current, const double* c, Real* d) {
  const Real v = x[0], n2 = x[3] * x[3];
  const Gates g = gates_at(v - C(V_T));
  d[0] = C(PER_C) * ((C(G_L) * (C(E_L) - v) + C(G_NA) * (x[1] * x[1] * x[1] * x[2]) * (C(E_NA) - v) +
                      C(G_K) * (n2 * n2) * (C(E_K) - v)) +
                     (x[4] * (C(E_REV_EXC) - v) + x[5] * (C(E_REV_INH) - v)) + (C(I_E) + current));
  for (uint k = 0; k < 3; ++k) d[1 + k] = g.alpha[k] - (g.alpha[k] + g.beta[k]) * x[1 + k];
  d[4] = -C(RATE_EXC) * x[4];
  d[5] = -C(RATE_INH) * x[5];
}
static inline void arrive(Real* x, const Real* in) {
  x[4] += in[0];
  x[5] += in[1];
}
static inline void reset(Real* x, const double* c) {}
static inline Real rate_v(const Real* x, const double* c) {
  const Real n2 = x[3] * x[3];
  return C(PER_C) *
         ((C(G_L) + C(G_NA) * (x[1] * x[1] * x[1] * x[2])) + (C(G_K) * (n2 * n2) + (x[4] + x[5])));
}
// The channels' rates are those of a membrane, 80 mV below v_t to 115 mV above it.
static inline bool strays(const Real* before, const Real* after, Real current, Real h, Real dt, const double* c) {
  const Real lowest = smaller(before[0], after[0]) - C(V_T), highest = larger(before[0], after[0]) - C(V_T);
  const Real outside = larger((Real)-80 - lowest, highest - (Real)115);
  return !(larger(h * rate_v(before, c) - (Real)2.7, outside) <= (Real)0);
}
static inline void rates(const Real* x, const double* c, Real* r) {
  const Gates g = gates_at(x[0] - C(V_T));
  r[0] = larger(rate_v(x, c), (Real)0);
  for (uint k = 0; k < 3; ++k) r[1 + k] = g.alpha[k] + g.beta[k];
  r[4] = C(RATE_EXC);
  r[5] = C(RATE_INH);
}
#include "runge_kutta.cl"

static inline bool step(Real* s, const Real* in, Real current, const double* c, double uniform) {
  return runge_kutta(s, in, current, c);
}
