// Delivery of static synapses. A work-item owns `chunk` neighbouring targets, so that it alone adds to their
// sums, and goes through the spikes that arrive in the order of (spike time, source, synapse). Where the weight is
// constant it is multiplied by the number of synapses that arrive, as the C++ engine has it.
//
// What was sent after `since` and up to `until` is delivered: others hold for what was sent before delays were changed, and
// are delivered before. Of one weight for all they are COUNTED alone, until the last are ADDED too.
enum { OWN, ADDED, COUNTED };

// Rows lie far apart, so that one is seldom in a cache: a processor that can asks for what it will want of a row that
// many spikes ahead. (A graphics processor hides that by its many threads.)
#define AHEAD 3
#if defined(STRIP) && defined(__has_builtin)
#if __has_builtin(__builtin_prefetch)
#define ASK_FOR(address) __builtin_prefetch((const void*)(ulong)(address))
#endif
#endif
#ifndef ASK_FOR
#define ASK_FOR(address)
#endif

// The part of a row that is about the targets from `first` to `last`, of n, where they are spread evenly.
static inline void ask_for(uint begin, uint end, uint first, uint last, uint n, global const uint* target,
                           global const Real* weight, bool weights) {
  const ulong size = end - begin;
  end = begin + (uint)(size * last / n);
  begin += (uint)(size * first / n);
  for (uint q = begin; q < end; q += 64 / sizeof(uint)) ASK_FOR(target + q);
  for (uint q = begin; q < end && weights; q += 64 / sizeof(Real)) ASK_FOR(weight + q);
}

kernel void deliver(long from, uint steps, uint ring, uint width, global const uint* history,
                    global const uint* history_count, uint row_base, uint rows, global const uint* row_run,
                    global const uint* run_begin, global const uint* run_delay, global const uint* target,
                    uint n_delays, global const uint* delays, uint n, uint chunk, ulong offset, global Real* input,
                    global ulong* delivered, uint constant_weight, global const Real* weight,
                    global uint* arrived, long since, long until) {
  const uint owner = get_global_id(0), first = owner * chunk, last = min(n, first + chunk);
  if (first >= n) return;
  ulong events = 0;
  for (uint k = 0; k < steps; ++k) {
    const long now = from + k + 1;
    global Real* sum = input + offset + (ulong)k * n;
    for (uint d = 0; d < n_delays; ++d) {  // the longest first: in the order of spike times
      const uint delay = delays[d];
      const long sent = now - delay;
      if (sent <= since || sent > until) continue;
      const uint slot = slot_of(sent, ring), count = history_count[slot];
      global const uint* const fired = history + (ulong)slot * width;
      for (uint i = 0; i < count; ++i) {
        const uint row = fired[i] - row_base, later = i + AHEAD < count ? fired[i + AHEAD] - row_base : rows;
        if (later < rows)
          ask_for(run_begin[row_run[later]], run_begin[row_run[later + 1]], first, last, n, target, weight,
                  !constant_weight);
        if (row >= rows) continue;
        const uint end_run = row_run[row + 1];
        // Of one delay there are several where synapses have dendrites of their own.
        for (uint run = run_of(run_delay, row_run[row], end_run, delay); run < end_run && run_delay[run] == delay;
             ++run) {
          const uint begin = lower_bound(target, run_begin[run], run_begin[run + 1], first);
          const uint stop = last == n ? run_begin[run + 1] : lower_bound(target, begin, run_begin[run + 1], last);
          if (constant_weight) {
            for (uint q = begin; q < stop; ++q) ++arrived[target[q]];
          } else {
            for (uint q = begin; q < stop; ++q) sum[target[q]] += weight[q];
          }
          events += stop - begin;
        }
      }
    }
    for (uint t = first; constant_weight == ADDED && t < last; ++t) {
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
                  ulong offset, global Real* restrict input, global ulong* restrict delivered, long since,
                  long until) {
  const uint begin = get_global_id(0) * chunk, end = min(n_driven, begin + chunk);
  for (uint k = 0; k < steps; ++k) {
    const long now = from + k + 1;
    const long sent = now - delay;
    if (sent <= since || sent > until) continue;
    global const uint* spikes = count + (ulong)slot_of(sent, ring) * width + first;
    global Real* sum = input + offset + (ulong)k * n;
    const Real shared = weight[0];
    for (uint t = begin; t < end; ++t) {
      sum[t] += (each ? weight[t] : shared) * (Real)spikes[t];
      delivered[t] += spikes[t];
    }
  }
}
