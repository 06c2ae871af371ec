// Short-term plasticity, as csrc/dynamics/dynamic_rows.hpp: a spike carries the share of the weight that it sends, worked
// out where it sets out, from the state of its row. A law's file defines that state, N_LAW numbers, and
//
//   Law first_law(Rule)                        just after a row's first spike
//   Law next_law(Rule, Law, long gap)          after one so long after the one before
//   double release(Rule, Law)                  the share of the weight that the spike sends
#include "shares.cl"
#include "late.cl"

// Rows: the latest spike, the state after it, how many there have been; of spikes in the ring: the share, which of the
// row's it is.
kernel void set_out(long from, uint steps, uint ring, uint width, global const uint* history,
                    global const uint* history_count, uint row_base, uint rows, global const uint* row_run,
                    global long* newest_t, global Law* newest_law, global ulong* spikes, global double* share,
                    global ulong* number, global const double* numbers, global const double* tables,
                    global const long* ends) {
  const Rule rule = {numbers, tables, ends, 1.0};
  for (uint step = 0; step < steps; ++step) {
    const long now = from + step + 1;
    const uint slot = slot_of(now, ring), count = history_count[slot];
    for (uint i = 0; i < count; ++i) {
      const ulong spike = (ulong)slot * width + i;
      const uint row = history[spike] - row_base;
      if (row >= rows || row % get_global_size(0) != get_global_id(0)) continue;  // each has rows of its own
      const Law law = spikes[row] == 0 ? first_law(rule) : next_law(rule, newest_law[row], now - newest_t[row]);
      newest_t[row] = now;
      newest_law[row] = law;
      share[spike] = release(rule, law);
      number[spike] = ++spikes[row];
    }
  }
}

// As `deliver` in delivery.cl, of weights that stay.
kernel void deliver_shares(long from, uint steps, uint ring, uint width, global const uint* history,
                           global const uint* history_count, uint row_base, uint rows, global const uint* row_run,
                           global const uint* run_begin, global const uint* run_delay, global const uint* target,
                           uint n_delays, global const uint* delays, uint n, uint chunk, ulong offset,
                           global Real* input, global ulong* delivered, long since, uint constant_weight,
                           global const Real* weight SHARE_ARGUMENTS) {
  const uint owner = get_global_id(0), first = owner * chunk, last = min(n, first + chunk);
  if (first >= n) return;
  ulong events = 0;
  for (uint k = 0; k < steps; ++k) {
    const long now = from + k + 1;
    global Real* sum = input + offset + (ulong)k * n;
    for (uint d = 0; d < n_delays; ++d) {
      const uint delay = delays[d];
      if (now - (long)delay <= since) continue;
      const uint slot = slot_of(now - delay, ring), count = history_count[slot];
      for (uint i = 0; i < count; ++i) {
        const ulong spike = (ulong)slot * width + i;
        const uint row = history[spike] - row_base;
        if (row >= rows) continue;
        const uint end_run = row_run[row + 1];
        // Of one delay there are several where synapses have heard other spikes.
        for (uint run = run_of(run_delay, row_run[row], end_run, delay); run < end_run && run_delay[run] == delay;
             ++run) {
          const uint end = run_begin[run + 1];
          uint q = lower_bound(target, run_begin[run], end, first);
          for (; q < end && target[q] < last; ++q) {
            sum[target[q]] += SENT(weight[constant_weight ? 0 : q]);
            ++events;
          }
        }
      }
    }
  }
  delivered[owner] += events;
}

kernel void deliver_late_shares(long from, uint steps, LATE_ARGUMENTS, uint constant_weight,
                                global const Real* weight SHARE_ARGUMENTS) {
  EACH_LATE({ sum[j] += SENT(weight[constant_weight ? 0 : q]); })
}
