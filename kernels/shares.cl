// What a synapse sends of its weight, of which its spike carries the share. STOCHASTIC: all of it, with that probability;
// draws are by (source, delay, target, which of the synapses of one pair and delay, number of the spike).
#include "philox.cl"

// A further key, as csrc/math/philox.hpp makes it.
static inline ulong subkey(ulong key, ulong purpose) {
  ulong z = key + 0x9E3779B97F4A7C15UL * (purpose + 1);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
  return z ^ (z >> 31);
}

#define SHARE_ARGUMENTS , global const double* share, global const ulong* number, ulong key
#define SENT(w) \
  sent(w, share[spike], number[spike], key, row_base + row, run_delay, target, run_begin, row_run[row], run, q)

// What synapse q sends of its weight.
static inline Real sent(Real weight, double share, ulong number, ulong key, uint row, global const uint* run_delay,
                        global const uint* target, global const uint* run_begin, uint first_run, uint run, uint q) {
#ifdef STOCHASTIC
  const uint delay = run_delay[run];
  uint ordinal = 0;
  while (q - ordinal > run_begin[run] && target[q - ordinal - 1] == target[q]) ++ordinal;
  // Runs of one delay are several where they have other dendritic delays.
  for (uint r = run; r-- > first_run && run_delay[r] == delay;)
    for (uint p = run_begin[r]; p < run_begin[r + 1]; ++p) ordinal += target[p] == target[q] ? 1 : 0;
  const uint4 w = philox(subkey(subkey(key, row), delay), target[q], ordinal, (uint)number, (uint)(number >> 32));
  return unit_interval(w.x, w.y) < share ? weight : (Real)0;
#else
  return weight * (Real)share;
#endif
}
