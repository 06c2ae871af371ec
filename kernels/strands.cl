// Rows whose synapses have heard their spikes at other distances in time, as csrc/plasticity/strands.hpp explains it: what
// is kept of a source is kept by strand, in the time of the delays that hold. What was kept with a spike in the ring is a
// node in a log of its own, of so many a spike as its row has strands, side by side.
#include "late.cl"

// Which nodes the spikes of each step get, in order. One work-item.
kernel void allot(long from, uint steps, uint ring, uint width, global const uint* history,
                  global const uint* history_count, uint row_base, uint rows, global const uint* row_strand,
                  global uint* next_node, global uint* first_node) {
  uint next = next_node[0];
  for (uint step = 0; step < steps; ++step) {
    const uint slot = slot_of(from + step + 1, ring), count = history_count[slot];
    for (uint i = 0; i < count; ++i) {
      const ulong spike = (ulong)slot * width + i;
      const uint row = history[spike] - row_base;
      if (row >= rows) continue;
      first_node[spike] = next;
      next += row_strand[row + 1] - row_strand[row];
    }
  }
  next_node[0] = next;
}

// A spike emitted at `now`, of which a strand keeps `node`. Some of before may be later in the time of the delays that
// hold: it takes its place before them, and their traces are worked out anew.
static inline void enter(Rule rule, uint strand, long now, uint node, global long* newest_t, global Pre* newest_trace,
                         global uint* newest_at, global long* before_t, global Pre* before_trace,
                         global uint* before_at) {
  const uint later = spikes_after(strand, 0, now, SOURCE);
  Presynaptic before = spike_back(strand, later, SOURCE);
  Presynaptic spike = {now, first_pre(), node};
  for (uint back = later;; --back) {
    const bool first = before.t == LONG_AGO;
    spike.trace = first ? next_pre(rule, first_pre(), 0, true) : next_pre(rule, before.trace, spike.t - before.t, false);
    before_t[spike.at] = before.t;
    before_trace[spike.at] = before.trace;
    before_at[spike.at] = before.at;
    if (back == 0) break;
    before = spike;
    spike = spike_back(strand, back - 1, SOURCE);
  }
  newest_t[strand] = spike.t;
  newest_trace[strand] = spike.trace;
  newest_at[strand] = spike.at;
}

// A work-item takes all strands of a row, and all spikes of a source that fires several times in a step.
kernel void pre_spike(long from, uint steps, uint ring, uint width, global const uint* history,
                      global const uint* history_count, uint row_base, uint rows, global const uint* row_strand,
                      global long* newest_t, global Pre* newest_trace, global uint* newest_at, global long* before_t,
                      global Pre* before_trace, global uint* before_at, uint last_node,
                      global const uint* first_node, global const double* numbers, global const double* tables,
                      global const long* ends) {
  const Rule rule = {numbers, tables, ends, 1.0};
  for (uint step = 0; step < steps; ++step) {
    const long now = from + step + 1;
    const uint slot = slot_of(now, ring), count = history_count[slot];
    for (uint i = get_global_id(0); i < count; i += get_global_size(0)) {
      const ulong begin = (ulong)slot * width;
      const uint index = history[begin + i], row = index - row_base;
      if (row >= rows || (i > 0 && history[begin + i - 1] == index)) continue;
      for (uint again = i; again < count && history[begin + again] == index; ++again)
        for (uint strand = row_strand[row]; strand < row_strand[row + 1]; ++strand)
          enter(rule, strand, now, (first_node[begin + again] + strand - row_strand[row]) & last_node, newest_t,
                newest_trace, newest_at, before_t, before_trace, before_at);
    }
  }
}

kernel void deliver_late(long from, uint steps, LATE_ARGUMENTS, global const uint* late_node, uint last_node,
                         global Real* weight, global const uint* dendritic, global const long* before_t,
                         global const Pre* before_trace, LEARNING_ARGUMENTS SHARE_ARGUMENTS) {
  const Learning l = LEARNING;
  const long written = marks[WRITTEN];
  EACH_LATE({
    const uint node = late_node[spike] & last_node;
    const Arrival a = arrival_of(l.rule, now, run_delay[run], dendritic[run], before_t[node], before_trace[node]);
    if (a.at > written) take_in(&l, &a, weight, state, j, q);
    sum[j] += SENT(weight[q]);
  })
}
