// Delivery of static synapses. A work-item owns `chunk` neighbouring targets, so that it alone adds to their
// sums, and goes through the spikes that arrive in the order of (spike time, source, synapse). Where the weight is
// constant it is multiplied by the number of synapses that arrive, as the C++ engine has it.

kernel void deliver(long from, uint steps, uint ring, uint width, global const uint* history,
                    global const uint* history_count, uint row_base, uint rows, global const uint* row_run,
                    global const uint* run_begin, global const uint* run_delay, global const uint* target,
                    uint n_delays, global const uint* delays, uint n, uint chunk, ulong offset, global Real* input,
                    global ulong* delivered, uint constant_weight, global const Real* weight,
                    global uint* arrived) {
  const uint owner = get_global_id(0), first = owner * chunk, last = min(n, first + chunk);
  if (first >= n) return;
  ulong events = 0;
  for (uint k = 0; k < steps; ++k) {
    const long now = from + k + 1;
    global Real* sum = input + offset + (ulong)k * n;
    for (uint d = 0; d < n_delays; ++d) {  // the longest first: in the order of spike times
      const uint delay = delays[d];
      if (now <= (long)delay) continue;
      const uint slot = slot_of(now - delay, ring), count = history_count[slot];
      for (uint i = 0; i < count; ++i) {
        const uint row = history[(ulong)slot * width + i] - row_base;
        if (row >= rows) continue;
        const uint end_run = row_run[row + 1], run = run_of(run_delay, row_run[row], end_run, delay);
        if (run == end_run) continue;
        const uint end = run_begin[run + 1];
        uint q = lower_bound(target, run_begin[run], end, first);
        for (; q < end && target[q] < last; ++q) {
          if (constant_weight) ++arrived[target[q]];
          else sum[target[q]] += weight[q];
          ++events;
        }
      }
    }
    for (uint t = first; constant_weight && t < last; ++t) {
      sum[t] += weight[0] * (Real)arrived[t];
      arrived[t] = 0;
    }
  }
  delivered[owner] += events;
}

// One-to-one from a source that draws counts: weight times the count, after all queued synapses, as the C++
// engine adds it. A work-item takes `chunk` neighbouring targets, of one weight or each its own.
kernel void drive(long from, uint steps, uint ring, uint width, global const uint* restrict count, uint first,
                  uint n_driven, uint delay, global const Real* restrict weight, uint each, uint n, uint chunk,
                  ulong offset, global Real* restrict input, global ulong* restrict delivered) {
  const uint begin = get_global_id(0) * chunk, end = min(n_driven, begin + chunk);
  for (uint k = 0; k < steps; ++k) {
    const long now = from + k + 1;
    if (now <= (long)delay) continue;
    global const uint* spikes = count + (ulong)slot_of(now - delay, ring) * width + first;
    global Real* sum = input + offset + (ulong)k * n;
    const Real shared = weight[0];
    for (uint t = begin; t < end; ++t) {
      sum[t] += (each ? weight[t] : shared) * (Real)spikes[t];
      delivered[t] += spikes[t];
    }
  }
}
