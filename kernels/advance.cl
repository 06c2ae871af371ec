// The step of a model's file for all neurons of a population, several times in one launch.
//
// EACH: every neuron has its own constants, [constant][n]. PAIRED: states are kept as the nearest float and what is
// left, while the step reckons in double precision (PairedStep in csrc/neurons/clock_neurons.hpp).
#ifdef PAIRED
#define LOAD(k) ((Real)state[(ulong)(k) * n + i] + (Real)state[(ulong)(N_STATES + (k)) * n + i])
#else
#define LOAD(k) state[(ulong)(k) * n + i]
#endif

// input: [receptor][slice][n], summed weights of the arrivals at the end of each step, left at zero.
kernel void advance(long from, uint steps, uint n, uint slice, global const double* constants, ulong key,
                    global Stored* state, global Stored* input, global const Stored* current, global uchar* fired) {
  const uint i = get_global_id(0);
  if (i >= n) return;
  double c[N_CONSTANTS];
  for (uint k = 0; k < N_CONSTANTS; ++k) {
#ifdef EACH
    c[k] = constants[(ulong)k * n + i];
#else
    c[k] = constants[k];
#endif
  }
  const Real flows = current[i];
  Real s[N_STATES];
  for (uint k = 0; k < N_STATES; ++k) s[k] = LOAD(k);
  for (uint step_number = 0; step_number < steps; ++step_number) {
    Real in[N_RECEPTORS];
    for (uint r = 0; r < N_RECEPTORS; ++r) {
      const ulong at = ((ulong)r * slice + step_number) * n + i;
      in[r] = input[at];
      input[at] = (Stored)0;
    }
#ifdef DRAWS
    const double uniform = uniform_of(key, from + step_number + 1, i);
#else
    const double uniform = 0.5;
#endif
    fired[(ulong)step_number * n + i] = step(s, in, flows, c, uniform);
#ifdef PAIRED
    for (uint k = 0; k < N_STATES; ++k) {
      const Stored nearest = (Stored)s[k];
      s[k] = (Real)nearest + (Real)(Stored)(s[k] - (Real)nearest);
    }
#endif
  }
  for (uint k = 0; k < N_STATES; ++k) {
    state[(ulong)k * n + i] = (Stored)s[k];
#ifdef PAIRED
    state[(ulong)(N_STATES + k) * n + i] = (Stored)(s[k] - (Real)(Stored)s[k]);
#endif
  }
}
