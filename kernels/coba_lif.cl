// As csrc/neurons/coba_lif.cpp, which explains the scheme. State: v, g_exc, g_inh, steps left refractory.
static inline bool step(Real* s, const Real* in, Real current, const double* c, double uniform) {
  const Real exc = C(MEAN_EXC) * s[1], inh = C(MEAN_INH) * s[2], rate = C(LEAK) + (exc + inh);
  const Real pull = (C(DRIVE) + C(PER_C) * current) + (exc * C(E_REV_EXC) + inh * C(E_REV_INH));
  const Real x = smaller(C(EIGHTH) * rate, (Real)12);
  const Real s1 = 1 + x * (1 + x * ((Real)(1.0 / 2) + x * ((Real)(1.0 / 6) + x * (Real)(1.0 / 24))));
  const Real s2 = s1 * s1, s4 = s2 * s2, s8 = s4 * s4;
  const Real moved = (pull * (s8 - 1) + s[0] * rate) / (rate * s8);
  const bool free = is_free(s[3]);
  const Real v = free ? moved : s[0];
  const bool fires = free && larger(v, s[0]) >= C(V_TH);
  s[0] = fires ? C(V_RESET) : v;
  s[1] = s[1] * C(DECAY_EXC) + in[0];
  s[2] = s[2] * C(DECAY_INH) + in[1];
  s[3] = hold_next(s[3], fires, C(REFRACTORY));
  return fires;
}
