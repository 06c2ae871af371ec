// From a flag a neuron to the list of those that fired, ascending.

// One work-group a step: each work-item counts its own stretch of neurons, then writes after those before it.
kernel void compact(long from, uint steps, uint n, uint ring, global const uchar* fired, global uint* history,
                    global uint* history_count, local uint* counts) {
  const uint lane = get_local_id(0), lanes = get_local_size(0), k = get_group_id(0);
  const uint slot = slot_of(from + k + 1, ring), share = (n + lanes - 1) / lanes;
  const uint begin = min(n, lane * share), end = min(n, begin + share);
  global const uchar* mine = fired + (ulong)k * n;
  uint count = 0;
  for (uint i = begin; i < end && lanes > 1; ++i) count += mine[i];
  counts[lane] = count;
  barrier(CLK_LOCAL_MEM_FENCE);
  ulong at = (ulong)slot * n;
  for (uint other = 0; other < lane; ++other) at += counts[other];
  for (uint i = begin; i < end;) {
    // Few neurons fire: eight at a time.
    if (i + 8 <= end && as_ulong(vload8(0, mine + i)) == 0) {
      i += 8;
      continue;
    }
    const uint stop = min(end, i + 8);
    for (; i < stop; ++i) {
      if (mine[i]) history[at++] = i;
    }
  }
  if (lane + 1 == lanes) history_count[slot] = (uint)(at - (ulong)slot * n);
}

// Row `row` of a probe's samples: the chosen neurons' values of one state variable.
kernel void sample(global const Real* state, global const ulong* index, uint width, uint row, global Real* values) {
  const uint c = get_global_id(0);
  if (c < width) values[(ulong)row * width + c] = state[index[c]];
}

// The same of numbers in double precision.
kernel void sample_double(global const double* state, global const ulong* index, uint width, uint row,
                          global double* values) {
  const uint c = get_global_id(0);
  if (c < width) values[(ulong)row * width + c] = state[index[c]];
}
