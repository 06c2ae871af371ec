// Plastic rows, updated at the presynaptic arrival from the recent spikes of their targets: the same events in
// the same order as csrc/plasticity/lazy_rows.hpp, which explains them, for a rule of one trace a neuron.
// Presynaptic spikes arrive at T = t + axonal delay, postsynaptic ones at s = t + dendritic delay.
//
// A target keeps its last `capacity` spikes; the host calls `settle` before one that is needed is overwritten.

// What the host moves on: postsynaptic arrivals before `settled` are applied everywhere, weights were replaced
// at `written`, changes up to `logged` have been reported.
enum { SETTLED, WRITTEN, LOGGED };

typedef struct {
  Rule rule;
  global const long* marks;
  uint capacity;                    // of a target's history, a power of two
  global const uint* post_count;    // spikes of a target so far
  global const long* post_t;        // [target][capacity]
  global const double* post_trace;
  uint log_capacity;                // of the log of changes; 0: none is kept
  global uint* log_count;
  global long* log_t;
  global uint* log_synapse;
  global double* log_weight;
} Learning;

#define LEARNING_ARGUMENTS                                                                                            \
  global const double* c, global const double* plus, long plus_last, global const double* minus, long minus_last,     \
      global const long* marks, uint capacity, global const uint* post_count, global const long* post_t,              \
      global const double* post_trace, uint log_capacity, global uint* log_count, global long* log_t,                 \
      global uint* log_synapse, global double* log_weight
#define LEARNING                                                                                                      \
  {{c, plus, minus, plus_last, minus_last}, marks, capacity, post_count, post_t, post_trace,                          \
   log_capacity, log_count, log_t, log_synapse, log_weight}

// Sources: the latest spike of each row, and for each spike in the ring the one before it.
#define SOURCE_ARGUMENTS                                                                                              \
  global const long* newest_t, global const double* newest_trace, global const uint* newest_at,                       \
      global const long* before_t, global const double* before_trace, global const uint* before_at
typedef struct {
  long t;
  double trace;
  uint at;
} Presynaptic;

static inline ulong post_at(const Learning* l, uint j, uint k) { return (ulong)j * l->capacity + (k & (l->capacity - 1)); }

static inline uint oldest(const Learning* l, uint j) {
  return l->post_count[j] > l->capacity ? l->post_count[j] - l->capacity : 0;
}

// Synapses of one work-item only ever append in their own order; the host sorts by time, keeping it.
static inline void report(const Learning* l, long t, uint q, Real m, Real sign, Real* reported) {
  if (l->log_capacity == 0 || m == *reported) return;
  *reported = m;
  if (t <= l->marks[LOGGED]) return;
  const uint at = atomic_inc(l->log_count);
  if (at >= l->log_capacity) return;  // the host sees the count, makes room and repeats the steps
  l->log_t[at] = t;
  l->log_synapse[at] = q;
  l->log_weight[at] = (double)copysign(m, sign);
}

// Take a synapse through the postsynaptic arrivals in [last, end), `trace` being the presynaptic one at `last`.
static inline Real potentiate(const Learning* l, Real m, Real sign, uint j, uint q, long last, double trace,
                              long dendrite, long end, Real* reported) {
  if (last == LONG_AGO) return m;
  const long from = max(last, l->marks[SETTLED]);
  const uint count = l->post_count[j], stop = oldest(l, j);
  uint k = count;
  while (k > stop && l->post_t[post_at(l, j, k - 1)] + dendrite >= from) --k;
  for (; k < count; ++k) {
    const long s = l->post_t[post_at(l, j, k)] + dendrite;
    if (s >= end) break;
    m = on_post(l->rule, m, trace, s - last);
    report(l, s, q, m, sign, reported);
  }
  return m;
}

// A presynaptic spike arrives at `at` and meets the trace of the latest postsynaptic arrival before it.
static inline Real depress(const Learning* l, Real m, uint j, long at, long dendrite) {
  const uint stop = oldest(l, j);
  for (uint k = l->post_count[j]; k > stop; --k) {
    const long s = l->post_t[post_at(l, j, k - 1)] + dendrite;
    if (s < at) return on_pre(l->rule, m, l->post_trace[post_at(l, j, k - 1)], at - s);
  }
  return m;
}

static inline Real arrive(const Learning* l, Real m, Real sign, uint j, uint q, long last, double trace,
                          long dendrite, long at, Real* reported) {
  m = potentiate(l, m, sign, j, q, last, trace, dendrite, at, reported);
  m = depress(l, m, j, at, dendrite);
  report(l, at, q, m, sign, reported);
  return m;
}

// As `deliver` in delivery.cl, every synapse first brought up to date as of its arrival.
kernel void deliver_plastic(long from, uint steps, uint ring, uint width, global const uint* history,
                            global const uint* history_count, uint row_base, uint rows, global const uint* row_run,
                            global const uint* run_begin, global const uint* run_delay, global const uint* target,
                            uint n_delays, global const uint* delays, uint n, uint chunk, ulong offset,
                            global Real* input, global ulong* delivered, global Real* weight,
                            global const uint* dendritic, global const long* before_t,
                            global const double* before_trace, LEARNING_ARGUMENTS) {
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
      if (now <= (long)delay) continue;
      const uint slot = slot_of(now - delay, ring), count = history_count[slot];
      for (uint i = 0; i < count; ++i) {
        const ulong spike = (ulong)slot * width + i;
        const uint row = history[spike] - row_base;
        if (row >= rows) continue;
        const uint end_run = row_run[row + 1], run = run_of(run_delay, row_run[row], end_run, delay);
        if (run == end_run) continue;
        const long dendrite = dendritic[run], axonal = delay - dendrite, at = now - dendrite;
        const long last = before_t[spike] == LONG_AGO ? LONG_AGO : before_t[spike] + axonal;
        const double trace = before_trace[spike];
        const uint end = run_begin[run + 1];
        uint q = lower_bound(target, run_begin[run], end, first);
        for (; q < end && target[q] < last_target; ++q) {
          const uint j = target[q];
          const Real w = weight[q];
          if (at > written) {
            Real reported = fabs(w);
            weight[q] = copysign(arrive(&l, fabs(w), w, j, q, last, trace, dendrite, at, &reported), w);
          }
          sum[j] += weight[q];
          ++events;
        }
      }
    }
  }
  delivered[owner] += events;
}

// The spikes of each step in turn: a work-item takes all spikes of a source that fires several times in one.
kernel void pre_spike(long from, uint steps, uint ring, uint width, global const uint* history,
                      global const uint* history_count, uint row_base, uint rows, global const uint* row_run,
                      global long* newest_t, global double* newest_trace, global uint* newest_at,
                      global long* before_t, global double* before_trace, global uint* before_at,
                      global const double* c, global const double* plus, long plus_last) {
  const Rule rule = {c, plus, plus, plus_last, plus_last};
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
        const double trace = newest_trace[row];
        before_t[spike] = t;
        before_trace[spike] = trace;
        before_at[spike] = newest_at[row];
        newest_t[row] = now;
        newest_trace[row] = t == LONG_AGO ? next_pre(rule, trace, 0, true) : next_pre(rule, trace, now - t, false);
        newest_at[row] = (uint)spike;
      }
    }
  }
}

kernel void post_spike(long from, uint steps, uint ring, uint width, global const uint* history,
                       global const uint* history_count, uint capacity, global uint* post_count, global long* post_t,
                       global double* post_trace, global const double* c, global const double* minus,
                       long minus_last) {
  const Rule rule = {c, minus, minus, minus_last, minus_last};
  for (uint step = 0; step < steps; ++step) {
    const long now = from + step + 1;
    const uint slot = slot_of(now, ring), count = history_count[slot];
    for (uint i = get_global_id(0); i < count; i += get_global_size(0)) {
      const uint j = history[(ulong)slot * width + i], k = post_count[j];
      const ulong base = (ulong)j * capacity, before = base + ((k - 1) & (capacity - 1));
      const ulong at = base + (k & (capacity - 1));
      post_trace[at] = k == 0 ? next_post(rule, 0.0, 0, true)
                              : next_post(rule, post_trace[before], now - post_t[before], false);
      post_t[at] = now;
      post_count[j] = k + 1;
    }
  }
}

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
    if (spike.t == LONG_AGO) continue;
    for (uint q = run_begin[run]; q < run_begin[run + 1]; ++q) {
      const Real w = weight[q];
      Real reported = fabs(w);
      const Real m = potentiate(&l, fabs(w), w, target[q], q, spike.t + delay - dendrite, spike.trace, dendrite,
                                horizon, &reported);
      weight[q] = copysign(m, w);
    }
  }
}

// After settle(): the weights as they are at `now`, with the presynaptic spikes between synapse and membrane,
// into `shown`. Nothing that goes on changes.
kernel void present(long now, uint unused, uint runs, global const uint* run_row, global const uint* run_begin,
                    global const uint* run_delay, global const uint* target, global const Real* weight,
                    global Real* shown, global const uint* dendritic, SOURCE_ARGUMENTS, LEARNING_ARGUMENTS) {
  const Learning l = LEARNING;
  const long written = marks[WRITTEN];
  for (uint run = get_global_id(0); run < runs; run += get_global_size(0)) {
    const uint row = run_row[run];
    const long delay = run_delay[run], dendrite = dendritic[run], axonal = delay - dendrite;
    const uint served = spikes_after(row, delay, now, SOURCE), arrived = spikes_after(row, axonal, now, SOURCE);
    for (uint q = run_begin[run]; q < run_begin[run + 1]; ++q) {
      const uint j = target[q];
      const Real w = weight[q];
      Real m = fabs(w), reported = m;
      Presynaptic before = spike_back(row, served, SOURCE);
      for (uint back = served; back > arrived; --back) {
        const Presynaptic next = spike_back(row, back - 1, SOURCE);
        const long last = before.t == LONG_AGO ? LONG_AGO : before.t + axonal, at = next.t + axonal;
        if (at > written) m = arrive(&l, m, w, j, q, last, before.trace, dendrite, at, &reported);
        before = next;
      }
      if (before.t != LONG_AGO)
        m = potentiate(&l, m, w, j, q, before.t + axonal, before.trace, dendrite, now + 1, &reported);
      shown[q] = copysign(m, w);
    }
  }
}
