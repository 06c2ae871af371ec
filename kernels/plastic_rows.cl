// The kernels of plastic rows, over synapses of either kind: `Held`, hold(), put(), pass() and arrive() stand before.

static inline Pre trace_of(Presynaptic spike) { return spike.t == LONG_AGO ? first_pre() : spike.trace; }

// The spike `steps_back` before the latest of a row.
static inline Presynaptic spike_back(uint row, uint steps_back, SOURCE_ARGUMENTS) {
  Presynaptic spike = {newest_t[row], newest_trace[row], newest_at[row]};
  for (uint k = 0; k < steps_back; ++k) {
    const Presynaptic before = {before_t[spike.at], before_trace[spike.at], before_at[spike.at]};
    spike = before;
  }
  return spike;
}

// How many of a row's latest spikes come later than `until` (with `delay` added).
static inline uint spikes_after(uint row, long delay, long until, SOURCE_ARGUMENTS) {
  Presynaptic spike = {newest_t[row], newest_trace[row], newest_at[row]};
  uint count = 0;
  while (spike.t != LONG_AGO && spike.t + delay > until) {
    const Presynaptic before = {before_t[spike.at], before_trace[spike.at], before_at[spike.at]};
    spike = before;
    ++count;
  }
  return count;
}
#define SOURCE newest_t, newest_trace, newest_at, before_t, before_trace, before_at

// What of a weight is sent is dynamics.cl's, where there are any.
#ifndef SHARE_ARGUMENTS
#define SHARE_ARGUMENTS
#define SENT(w) (w)
#endif

// Which number is kept with a spike of the ring, for the synapses of a run.
#ifndef STRANDS
#define NODE_ARGUMENTS
#define NODE(spike, run) (spike)
#else
#define NODE_ARGUMENTS , uint last_node, global const uint *first_node, global const uint *run_before
#define NODE(spike, run) ((first_node[spike] + run_before[run]) & last_node)
#endif

// A presynaptic spike of the synapses of a run, as they meet it: when, when the one before arrived, and the traces after
// that and after this one.
typedef struct {
  long at, last, dendrite;
  Pre trace, kept;
} Arrival;

static inline Arrival arrival_of(Rule rule, long now, long delay, long dendrite, long before, Pre trace) {
  const bool first = before == LONG_AGO;
  Arrival a = {now - dendrite, first ? LONG_AGO : before + delay - dendrite, dendrite, first ? first_pre() : trace};
  a.kept = next_pre(rule, a.trace, first ? 0 : now - delay - before, first);
  return a;
}

static inline void take_in(const Learning* l, const Arrival* a, global Real* weight, global Real* state, uint j, uint q) {
  Held h = hold(l, weight, j, q);
  arrive(l, &h, a->last, a->trace, a->kept, a->dendrite, a->at);
  put(l, &h, weight, state);
}

// As `deliver` in delivery.cl, every synapse first brought up to date as of its arrival.
kernel void deliver_plastic(long from, uint steps, uint ring, uint width, global const uint* history,
                            global const uint* history_count, uint row_base, uint rows, global const uint* row_run,
                            global const uint* run_begin, global const uint* run_delay, global const uint* target,
                            uint n_delays, global const uint* delays, uint n, uint chunk, ulong offset,
                            global Real* input, global ulong* delivered, long since, global Real* weight,
                            global const uint* dendritic, global const long* before_t,
                            global const Pre* before_trace, LEARNING_ARGUMENTS NODE_ARGUMENTS SHARE_ARGUMENTS) {
  const uint owner = get_global_id(0), first = owner * chunk, last_target = min(n, first + chunk);
  if (first >= n) return;
  const Learning l = LEARNING;
  const long written = marks[WRITTEN];
  ulong events = 0;
  for (uint step = 0; step < steps; ++step) {
    const long now = from + step + 1;
    global Real* sum = input + offset + (ulong)step * n;
    for (uint d = 0; d < n_delays; ++d) {
      const uint delay = delays[d];
      if (now - (long)delay <= since) continue;
      const uint slot = slot_of(now - delay, ring), count = history_count[slot];
      for (uint i = 0; i < count; ++i) {
        const ulong spike = (ulong)slot * width + i;
        const uint row = history[spike] - row_base;
        if (row >= rows) continue;
        const uint end_run = row_run[row + 1];
        // Of one delay there are several where synapses have dendrites of their own, or have heard other spikes.
        for (uint run = run_of(run_delay, row_run[row], end_run, delay); run < end_run && run_delay[run] == delay;
             ++run) {
          const ulong node = NODE(spike, run);
          const Arrival a = arrival_of(l.rule, now, delay, dendritic[run], before_t[node], before_trace[node]);
          const uint end = run_begin[run + 1];
          uint q = lower_bound(target, run_begin[run], end, first);
          for (; q < end && target[q] < last_target; ++q) {
            const uint j = target[q];
            if (a.at > written) take_in(&l, &a, weight, state, j, q);
            sum[j] += SENT(weight[q]);
            ++events;
          }
        }
      }
    }
  }
  delivered[owner] += events;
}

#ifndef STRANDS
// The spikes of each step in turn: a work-item takes all spikes of a source that fires several times in one.
kernel void pre_spike(long from, uint steps, uint ring, uint width, global const uint* history,
                      global const uint* history_count, uint row_base, uint rows, global const uint* row_run,
                      global long* newest_t, global Pre* newest_trace, global uint* newest_at,
                      global long* before_t, global Pre* before_trace, global uint* before_at,
                      global const double* numbers, global const double* tables, global const long* ends) {
  const Rule rule = {numbers, tables, ends, 1.0};
  for (uint step = 0; step < steps; ++step) {
    const long now = from + step + 1;
    const uint slot = slot_of(now, ring), count = history_count[slot];
    for (uint i = get_global_id(0); i < count; i += get_global_size(0)) {
      const ulong begin = (ulong)slot * width;
      const uint index = history[begin + i], row = index - row_base;
      if (row >= rows || row_run[row] == row_run[row + 1]) continue;
      if (i > 0 && history[begin + i - 1] == index) continue;
      for (uint again = i; again < count && history[begin + again] == index; ++again) {
        const ulong spike = begin + again;
        const long t = newest_t[row];
        const bool first = t == LONG_AGO;
        const Pre trace = first ? first_pre() : newest_trace[row];
        before_t[spike] = t;
        before_trace[spike] = trace;
        before_at[spike] = newest_at[row];
        newest_t[row] = now;
        newest_trace[row] = next_pre(rule, trace, first ? 0 : now - t, first);
        newest_at[row] = (uint)spike;
      }
    }
  }
}
#endif

kernel void post_spike(long from, uint steps, uint ring, uint width, global const uint* history,
                       global const uint* history_count, uint capacity, global uint* post_count, global long* post_t,
                       global Post* post_trace, global const double* numbers, global const double* tables,
                       global const long* ends) {
  const Rule rule = {numbers, tables, ends, 1.0};
  for (uint step = 0; step < steps; ++step) {
    const long now = from + step + 1;
    const uint slot = slot_of(now, ring), count = history_count[slot];
    for (uint i = get_global_id(0); i < count; i += get_global_size(0)) {
      const uint j = history[(ulong)slot * width + i], k = post_count[j];
      const ulong base = (ulong)j * capacity, before = base + ((k - 1) & (capacity - 1));
      const ulong at = base + (k & (capacity - 1));
      post_trace[at] = k == 0 ? next_post(rule, first_post(), 0, true)
                              : next_post(rule, post_trace[before], now - post_t[before], false);
      post_t[at] = now;
      post_count[j] = k + 1;
    }
  }
}

#ifdef WATCHES
// The step that has just been taken, of all targets: `v` are their potentials after it.
kernel void post_step(long from, uint steps, uint n, ulong v, global const Stored* target_state,
                      global const uchar* fired, uint fall_rows, uint blocks, global long* last_step,
                      global ulong* steps_seen, global uint* held, global double* filters, global double* falls,
                      global double* minus, global double* plus, global double* told, global double* so_far,
                      global double* onward, global double* across, global const double* numbers,
                      global const double* tables, global const long* ends) {
  const Rule rule = {numbers, tables, ends, 1.0};
  for (uint j = get_global_id(0); j < n; j += get_global_size(0)) {
    double f[N_FILTERS];
    for (uint k = 0; k < N_FILTERS; ++k) f[k] = filters[(ulong)k * n + j];
    uint held_here = held[j];
    const double rise = watch_step(rule, j, n, target_state[v + j], fired[j], steps_seen[j], fall_rows, &held_here, f,
                                   falls, minus, plus);
    tell(rule, PRE_RATE, blocks, n, j, steps_seen[j], rise, told, so_far, onward, across);
    for (uint k = 0; k < N_FILTERS; ++k) filters[(ulong)k * n + j] = f[k];
    held[j] = held_here;
    ++steps_seen[j];
    last_step[j] = from + 1;
  }
}
#endif

#ifndef SETTLED_AT
#define SETTLED_AT(horizon, dendrite) (horizon)
#endif

// Every postsynaptic arrival before `horizon`, on every synapse; no presynaptic spike that is not yet at its
// membrane has arrived at a synapse before it. A work-item takes whole runs.
kernel void settle(long now, uint unused, long horizon, uint runs, global const uint* run_row,
                   global const uint* run_begin, global const uint* run_delay, global const uint* target,
                   global Real* weight, global const uint* dendritic, SOURCE_ARGUMENTS, LEARNING_ARGUMENTS) {
  const Learning l = LEARNING;
  for (uint run = get_global_id(0); run < runs; run += get_global_size(0)) {
    const uint row = run_row[run];
    const long delay = run_delay[run], dendrite = dendritic[run];
    const Presynaptic spike = spike_back(row, spikes_after(row, delay, now, SOURCE), SOURCE);
    if (!COUNTS(spike.t)) continue;
    const long last = spike.t == LONG_AGO ? LONG_AGO : spike.t + delay - dendrite, from = max(last, marks[SETTLED]);
    for (uint q = run_begin[run]; q < run_begin[run + 1]; ++q) {
      Held h = hold(&l, weight, target[q], q);
      pass(&l, &h, last, trace_of(spike), dendrite, SETTLED_AT(horizon, dendrite), LONG_AGO);
      put(&l, &h, weight, state);
    }
  }
}

// After settle(): the weights as they are at `now`, with the presynaptic spikes between synapse and membrane,
// into `shown`. Nothing that goes on changes.
kernel void present(long now, uint unused, uint runs, global const uint* run_row, global const uint* run_begin,
                    global const uint* run_delay, global const uint* target, global const Real* weight,
                    global Real* shown, global Real* shown_state,
                    global const uint* dendritic, SOURCE_ARGUMENTS, LEARNING_ARGUMENTS) {
  const Learning l = LEARNING;
  const long written = marks[WRITTEN];
  for (uint run = get_global_id(0); run < runs; run += get_global_size(0)) {
    const uint row = run_row[run];
    const long delay = run_delay[run], dendrite = dendritic[run], axonal = delay - dendrite;
    const uint served = spikes_after(row, delay, now, SOURCE), arrived = spikes_after(row, axonal, now, SOURCE);
    for (uint q = run_begin[run]; q < run_begin[run + 1]; ++q) {
      Held h = hold(&l, weight, target[q], q);
      Presynaptic before = spike_back(row, served, SOURCE);
      for (uint back = served; back > arrived; --back) {
        const Presynaptic next = spike_back(row, back - 1, SOURCE);
        const long last = before.t == LONG_AGO ? LONG_AGO : before.t + axonal, at = next.t + axonal;
        if (at > written) arrive(&l, &h, last, trace_of(before), next.trace, dendrite, at);
        before = next;
      }
      const long last = before.t == LONG_AGO ? LONG_AGO : before.t + axonal;
      pass(&l, &h, last, trace_of(before), dendrite, now + 1, now);
      put(&l, &h, shown, shown_state);
    }
  }
}

#ifdef STRANDS
#include "strands.cl"
#endif
