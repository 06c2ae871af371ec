// CubaLIF by steps, as csrc/neurons/cuba_lif.cpp: Rotter & Diesmann (1999), Biol. Cybern. 81:381.
// State: v, i_exc, i_inh, steps left refractory. The constants are those of the C++ step.
enum { DECAY_V, DECAY_EXC, DECAY_INH, FROM_EXC, FROM_INH, GAIN, DRIVE, E_L, V_TH, V_RESET, REFRACTORY };

// input: [receptor][slice][n], summed weights of the arrivals at the end of each step, left at zero.
kernel void advance(long from, uint steps, uint n, uint slice, constant Real* c, global Real* state,
                    global Real* input, global const Real* current, global uchar* fired) {
  const uint i = get_global_id(0);
  if (i >= n) return;
  const ulong receptor = (ulong)slice * n;
  Real v = state[i], exc = state[(ulong)n + i], inh = state[2 * (ulong)n + i], refractory = state[3 * (ulong)n + i];
  for (uint k = 0; k < steps; ++k) {
    const ulong at = (ulong)k * n + i;
    const bool free = refractory <= (Real)0;
    const Real moved =
        c[E_L] + (v - c[E_L]) * c[DECAY_V] + exc * c[FROM_EXC] + inh * c[FROM_INH] + (c[DRIVE] + c[GAIN] * current[i]);
    const Real highest = max(free ? moved : v, v);
    v = free ? moved : v;
    const bool fires = free && highest >= c[V_TH];
    v = fires ? c[V_RESET] : v;
    exc = exc * c[DECAY_EXC] + input[at];
    inh = inh * c[DECAY_INH] + input[receptor + at];
    refractory = fires ? c[REFRACTORY] : (free ? (Real)0 : refractory - (Real)1);
    input[at] = (Real)0;
    input[receptor + at] = (Real)0;
    fired[at] = fires;
  }
  state[i] = v;
  state[(ulong)n + i] = exc;
  state[2 * (ulong)n + i] = inh;
  state[3 * (ulong)n + i] = refractory;
}
