// As csrc/neurons/srm0.cpp. State: v, eta, steps left refractory.
#include "exp.cl"
#include "leak.cl"
#include "philox.cl"
#define DRAWS

// Exponents beyond this make rates that are as good as none, or as a spike at once.
static inline double within(double x) {
  const double above = x > -700.0 ? x : -700.0;
  return above < 700.0 ? above : 700.0;
}

static inline bool step(Real* s, const Real* in, Real current, const double* c, double uniform) {
  const Real eta = s[1] * C(DECAY_ETA);
  const Real h = leak(c, s[0] - s[1], current, in[0]);
  const Real v = h + eta;
  const double expected = value_of(exponential(within(((double)v - c[V_TH]) * c[PER_MV] + c[LOG_RATE])));
  const bool fires = is_free(s[2]) && uniform <= -minus_one(exponential(within(-expected)));
  s[1] = fires ? -C(ETA_0) : eta;
  s[0] = fires ? h - C(ETA_0) : v;
  s[2] = hold_next(s[2], fires, C(REFRACTORY));
  return fires;
}
