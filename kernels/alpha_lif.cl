// As csrc/neurons/alpha_lif.cpp. State: v, i_exc, i_inh, rise_exc, rise_inh, steps left refractory.
#include "reset.cl"

static inline bool step(Real* s, const Real* in, Real current, const double* c, double uniform) {
  const Real moved = C(E_L) + (s[0] - C(E_L)) * C(DECAY_V) + (s[1] * C(EXC_TO_V) + s[3] * C(RISE_EXC_TO_V)) +
                     (s[2] * C(INH_TO_V) + s[4] * C(RISE_INH_TO_V)) + (C(DRIVE) + C(GAIN) * current);
  const bool free = is_free(s[5]);
  const Real v = free ? moved : s[0];
  const bool fires = free && larger(v, s[0]) >= C(V_TH);
  s[0] = fires ? reset(c, v) : v;
  s[1] = s[1] * C(DECAY_EXC) + s[3] * C(RISE_TO_EXC);
  s[2] = s[2] * C(DECAY_INH) + s[4] * C(RISE_TO_INH);
  s[3] = s[3] * C(DECAY_EXC) + C(JUMP) * in[0];
  s[4] = s[4] * C(DECAY_INH) + C(JUMP) * in[1];
  s[5] = hold_next(s[5], fires, C(REFRACTORY));
  return fires;
}
