// As csrc/neurons/readout.cpp. State: v, its mean, and over how long that is.
#include "leak.cl"

static inline bool step(Real* s, const Real* in, Real current, const double* c, double uniform) {
  const Real average = C(E_L) + (s[0] - C(E_L)) * C(OF_V) + (C(I_E) + current) * C(OF_CURRENT);
  s[2] += C(DT);
  s[1] += (average - s[1]) * (C(DT) / s[2]);
  s[0] = leak(c, s[0], current, in[0]);
  return false;
}
