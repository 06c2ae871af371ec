// What set out with delays that its synapses have no more, one by one: by when it is due, then in the order in which it
// set out. It comes in front of what set out later, so that every sum is in the order of spikes.
#define LATE_ARGUMENTS                                                                                               \
  uint n_late, global const long *late_due, global const uint *late_synapse, global const uint *late_run,            \
      global const uint *late_row, uint row_base, global const uint *row_run, global const uint *run_begin,          \
      global const uint *run_delay, global const uint *target, uint n, uint chunk, ulong offset, global Real *input, \
      global ulong *delivered

// The first that is due at `now` or later.
static inline uint late_from(global const long* late_due, uint n_late, long now) {
  uint begin = 0;
  for (uint end = n_late; begin < end;) {
    const uint middle = begin + (end - begin) / 2;
    if (late_due[middle] < now) begin = middle + 1;
    else end = middle;
  }
  return begin;
}

// Each that is due at `now`, number `spike`, at a synapse q of a run from target j of this work-item; the last of the
// arguments is what is done there.
#define EACH_LATE(...)                                                                                               \
  const uint owner = get_global_id(0), first = owner * chunk, last_target = min(n, first + chunk);                   \
  if (first >= n) return;                                                                                            \
  ulong events = 0;                                                                                                  \
  for (uint step = 0; step < steps; ++step) {                                                                        \
    const long now = from + step + 1;                                                                                \
    global Real* sum = input + offset + (ulong)step * n;                                                             \
    for (uint spike = late_from(late_due, n_late, now); spike < n_late && late_due[spike] == now; ++spike) {         \
      const uint q = late_synapse[spike], j = target[q], run = late_run[spike], row = late_row[spike];               \
      if (j < first || j >= last_target) continue;                                                                   \
      __VA_ARGS__                                                                                                    \
      ++events;                                                                                                      \
    }                                                                                                                \
  }                                                                                                                  \
  delivered[owner] += events;
