// Thresholds that move, as csrc/engine/homeostasis.hpp: neuron j fires at v_th[j] + theta[j], which stands among the
// constants of each neuron, [constant][n], in row v_th_row; what a reset by subtraction takes, in row fall_row.

static inline void set_threshold(global double* constants, uint n, uint j, uint v_th_row, uint fall_row, double v_th,
                                 double v_reset) {
  constants[(ulong)v_th_row * n + j] = v_th;
  if (fall_row != v_th_row) constants[(ulong)fall_row * n + j] = v_th - v_reset;
}

// Of all neurons as they are.
kernel void move_thresholds(long now, uint n, global double* constants, uint v_th_row, uint fall_row,
                            global const double* v_th, global const double* v_reset, global const double* theta) {
  const uint j = get_global_id(0);
  if (j < n) set_threshold(constants, n, j, v_th_row, fall_row, v_th[j] + theta[j], v_reset[j]);
}

// After a step: a spike of its own raises a neuron's threshold, and counts for what lowers all.
kernel void raise_thresholds(long from, uint steps, uint n, global double* constants, uint v_th_row, uint fall_row,
                             global const double* v_th, global const double* v_reset, global double* theta,
                             global const uchar* fired, double delta, global uint* spikes) {
  const uint j = get_global_id(0);
  if (j >= n || !fired[j]) return;
  theta[j] += delta;
  atomic_inc(spikes);
  set_threshold(constants, n, j, v_th_row, fall_row, v_th[j] + theta[j], v_reset[j]);
}

// A moment has come at which all thresholds fall.
kernel void lower_thresholds(long now, uint n, global double* constants, uint v_th_row, uint fall_row,
                             global const double* v_th, global const double* v_reset, global double* theta,
                             global const uint* spikes, double delta, double share, double by_time, double stays,
                             double low) {
  const uint j = get_global_id(0);
  if (j >= n) return;
  const double lower = delta * (share * (double)*spikes + by_time);
  if (lower == 0.0 && stays == 1.0) return;
  const double to = theta[j] * stays - lower;
  theta[j] = to < low ? low : to;
  set_threshold(constants, n, j, v_th_row, fall_row, v_th[j] + theta[j], v_reset[j]);
}
