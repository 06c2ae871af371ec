// What rules see of the step that `advance` is about to take with the same inputs, of a model that is WATCHED.
kernel void look(long from, uint steps, uint n, uint slice, global const double* restrict constants,
                 global const Stored* restrict state, global const Stored* restrict input,
                 global const Stored* restrict current, global Stored* restrict seen_v,
                 global Stored* restrict seen_threshold, global uchar* restrict seen_held) {
  const uint i = get_global_id(0);
  if (i >= n) return;
  double c[N_CONSTANTS];
#ifndef EACH
  for (uint k = 0; k < N_CONSTANTS; ++k) c[k] = constants[k];
#endif
  CONSTANTS(i);
  Real s[N_STATES], in[N_RECEPTORS], v, threshold;
  load(s, state, n, i);
  for (uint r = 0; r < N_RECEPTORS; ++r) {
#ifdef DEAF
    in[r] = (Real)0;
#else
    in[r] = input[(ulong)r * slice * n + i];
#endif
  }
  seen_held[i] = watched(s, in, current[i], own, &v, &threshold);
  seen_v[i] = (Stored)v;
  seen_threshold[i] = (Stored)threshold;
}
