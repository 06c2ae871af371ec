// The step of a model's file for all neurons of a population, several times in one launch.
//
// EACH: every neuron has its own constants, [constant][n]. PAIRED: states are kept as the nearest float and what is
// left, while the step reckons in double precision (PairedStep in csrc/neurons/clock_neurons.hpp). STRIP: a work-item
// takes so many neurons, step by step, in a loop that vectorises: for a processor, whose threads are few. DEAF: nothing
// ever arrives, and there is no input. COMPETES: a step is taken only where it is to be taken again (competition.cl).
#ifdef EACH
#define CONSTANTS(i)                                                         \
  double own[N_CONSTANTS];                                                   \
  for (uint k = 0; k < N_CONSTANTS; ++k) own[k] = constants[(ulong)k * n + i]
#else
#define CONSTANTS(i) const double* own = c
#endif

static inline void load(Real* s, global const Stored* restrict state, uint n, uint i) {
__attribute__((opencl_unroll_hint))
  for (uint k = 0; k < N_STATES; ++k) {
    s[k] = state[(ulong)k * n + i];
#ifdef PAIRED
    s[k] += (Real)state[(ulong)(N_STATES + k) * n + i];
#endif
  }
}

static inline void store(const Real* s, global Stored* restrict state, uint n, uint i) {
__attribute__((opencl_unroll_hint))
  for (uint k = 0; k < N_STATES; ++k) {
    state[(ulong)k * n + i] = (Stored)s[k];
#ifdef PAIRED
    state[(ulong)(N_STATES + k) * n + i] = (Stored)(s[k] - (Real)(Stored)s[k]);
#endif
  }
}

// input: [receptor][slice][n], summed weights of the arrivals at the end of each step, left at zero.
static inline bool take(Real* s, global Stored* restrict input, uint n, uint slice, uint k, uint i, Real flows,
                        const double* own, double uniform) {
  Real in[N_RECEPTORS];
__attribute__((opencl_unroll_hint))
  for (uint r = 0; r < N_RECEPTORS; ++r) {
#ifdef DEAF
    in[r] = (Real)0;
#else
    const ulong at = ((ulong)r * slice + k) * n + i;
    in[r] = input[at];
    input[at] = (Stored)0;
#endif
  }
  return step(s, in, flows, own, uniform);
}

#ifdef COMPETES
#define AGAIN , global const uint* again
#else
#define AGAIN
#endif

kernel void advance(long from, uint steps, uint n, uint slice, global const double* restrict constants, ulong key,
                    global Stored* restrict state, global Stored* restrict input,
                    global const Stored* restrict current, global uchar* restrict fired AGAIN) {
#ifdef COMPETES
  if (*again == 0) return;
#endif
  double c[N_CONSTANTS];
#ifndef EACH
__attribute__((opencl_unroll_hint))
  for (uint k = 0; k < N_CONSTANTS; ++k) c[k] = constants[k];
#endif
#ifdef DRAWS
#define UNIFORM uniform_of(key, from + k + 1, i)
#else
#define UNIFORM 0.5
#endif
#ifdef STRIP
  const uint begin = get_global_id(0) * STRIP, end = min(n, begin + STRIP);
  for (uint k = 0; k < steps; ++k) {
#pragma clang loop vectorize(assume_safety)
    for (uint i = begin; i < end; ++i) {
      CONSTANTS(i);
      Real s[N_STATES];
      load(s, state, n, i);
      fired[(ulong)k * n + i] = take(s, input, n, slice, k, i, current[i], own, UNIFORM);
      store(s, state, n, i);
    }
  }
#else
  const uint i = get_global_id(0);
  if (i >= n) return;
  CONSTANTS(i);
  Real s[N_STATES];
  load(s, state, n, i);
  for (uint k = 0; k < steps; ++k) {
    fired[(ulong)k * n + i] = take(s, input, n, slice, k, i, current[i], own, UNIFORM);
#ifdef PAIRED
    for (uint state_k = 0; state_k < N_STATES; ++state_k) {
      const Stored nearest = (Stored)s[state_k];
      s[state_k] = (Real)nearest + (Real)(Stored)(s[state_k] - (Real)nearest);
    }
#endif
  }
  store(s, state, n, i);
#endif
}
