// As csrc/neurons/cuba_lif.cpp: Rotter & Diesmann (1999), Biol. Cybern. 81:381. State: v, i_exc, i_inh, steps left
// refractory.
#include "reset.cl"

static inline bool step(Real* s, const Real* in, Real current, const double* c, double uniform) {
  const Real moved = C(E_L) + (s[0] - C(E_L)) * C(DECAY_V) + s[1] * C(FROM_EXC) + s[2] * C(FROM_INH) +
                     (C(DRIVE) + C(GAIN) * current);
  const bool free = is_free(s[3]);
  const Real v = free ? moved : s[0];
  const bool fires = free && larger(v, s[0]) >= C(V_TH);
  s[0] = fires ? reset(c, v) : v;
  s[1] = s[1] * C(DECAY_EXC) + in[0];
  s[2] = s[2] * C(DECAY_INH) + in[1];
  s[3] = hold_next(s[3], fires, C(REFRACTORY));
  return fires;
}
