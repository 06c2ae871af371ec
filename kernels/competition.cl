// Winner takes all, as csrc/engine/competition.hpp: where several neurons of a population would fire in a step, it is
// taken again with the thresholds of all of those out of reach, and again with that of the winner back; then a spike
// takes from the membranes of all others. `again`: whether the step is to be taken (once more).
#include "thresholds.cl"

#define OUT_OF_REACH 1e30  // mV

// Back to before the step.
static inline void take_back(global Stored* to, global const Stored* from, ulong n) {
  for (ulong k = 0; k < n; ++k) to[k] = from[k];
}

kernel void compete(long from, uint phase, uint n, global double* constants, uint v_th_row, uint fall_row,
                    global const double* v_th, global const double* v_reset, global const double* offset,
                    global Stored* state, global const Stored* state_before, ulong states, global Stored* input,
                    global const Stored* input_before, ulong inputs, global uchar* fired, global uchar* would,
                    global uint* again, global uint* winner, double takes) {
  if (get_global_id(0) > 0) return;
  if (phase == 0) {
    uint count = 0;
    for (uint j = 0; j < n; ++j) {
      would[j] = fired[j];
      count += fired[j];
      if (fired[j]) *winner = j;
    }
    *again = count > 1;
    if (count == 0) *winner = n;
    for (uint j = 0; j < n && count > 1; ++j)
      if (would[j]) set_threshold(constants, n, j, v_th_row, fall_row, v_th[j] + OUT_OF_REACH, v_reset[j]);
  } else if (phase == 1 && *again) {
    // Above its threshold at either end of the step that was taken without firing; the first of several as far.
    double most = -INFINITY;
    *winner = n;
    for (uint j = 0; j < n; ++j) {
      if (!would[j]) continue;
      const Stored higher = state_before[j] < state[j] ? state[j] : state_before[j];
      const double above = (double)higher - (v_th[j] + offset[j]);
      if (*winner == n || above > most) {
        most = above;
        *winner = j;
      }
    }
    const uint j = *winner;
    set_threshold(constants, n, j, v_th_row, fall_row, v_th[j] + offset[j], v_reset[j]);
  } else if (phase == 2) {
    for (uint j = 0; j < n && *again; ++j) {
      if (would[j]) set_threshold(constants, n, j, v_th_row, fall_row, v_th[j] + offset[j], v_reset[j]);
      fired[j] = j == *winner;
    }
    for (uint j = 0; j < n && *winner < n; ++j) {
      if (j == *winner) continue;
      state[j] = isinf(takes) ? (Stored)v_reset[j] : state[j] - (Stored)takes;
    }
  }
  if (phase < 2 && *again) {
    take_back(state, state_before, states);
    take_back(input, input_before, inputs);
  }
}
