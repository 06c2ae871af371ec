// As csrc/neurons/lif.cpp. State: v, steps left refractory.
#include "leak.cl"
#include "reset.cl"

static inline bool step(Real* s, const Real* in, Real current, const double* c, double uniform) {
  const bool free = is_free(s[1]);
  const Real v = free ? leak(c, s[0], current, in[0]) : s[0];
  const bool fires = free && larger(v, s[0]) >= C(V_TH);
  s[0] = fires ? reset(c, v) : v;
  s[1] = hold_next(s[1], fires, C(REFRACTORY));
  return fires;
}

// What rules see of that step: v before a reset, the threshold, whether the neuron is refractory.
#define WATCHED
static inline bool watched(const Real* s, const Real* in, Real current, const double* c, Real* v, Real* threshold) {
  const bool free = is_free(s[1]);
  *v = free ? leak(c, s[0], current, in[0]) : s[0];
  *threshold = C(V_TH);
  return !free;
}
