// Plastic rows, updated at the presynaptic arrival from the recent spikes of their targets: the same events in
// the same order as csrc/plasticity/lazy_rows.hpp, which explains them.
// Presynaptic spikes arrive at T = t + axonal delay, postsynaptic ones at s = t + dendritic delay.
//
// A target keeps its last `capacity` spikes; the host calls `settle` before one that is needed is overwritten.

// What the host moves on: postsynaptic arrivals before `settled` are applied everywhere, weights were replaced
// at `written`, changes up to `logged` have been reported; then how often learning was switched off and on, and when.
enum { SETTLED, WRITTEN, LOGGED, N_SWITCHES, SWITCHES };

#ifdef ACTS_WITHOUT_PRE
#define COUNTS(last) true
#else
#define COUNTS(last) ((last) != LONG_AGO)
#endif

typedef struct {
  Rule rule;
  global const long* marks;
  uint capacity;                    // of a target's history, a power of two
  global const uint* post_count;    // spikes of a target so far
  global const long* post_t;        // [target][capacity]
  global const Post* post_trace;
  uint log_capacity;                // of the log of changes; 0: none is kept
  global uint* log_count;
  global long* log_t;
  global uint* log_synapse;
  global double* log_weight;
} Learning;

#define LEARNING_ARGUMENTS                                                                                            \
  global const double* numbers, global const double* tables, global const long* ends, global const long* marks,       \
      uint capacity, global const uint* post_count, global const long* post_t, global const Post* post_trace,         \
      uint log_capacity, global uint* log_count, global long* log_t, global uint* log_synapse,                        \
      global double* log_weight
#define LEARNING                                                                                                      \
  {{numbers, tables, ends}, marks, capacity, post_count, post_t, post_trace,                                          \
   log_capacity, log_count, log_t, log_synapse, log_weight}

// Sources: the latest spike of each row, and for each spike in the ring the one before it.
#define SOURCE_ARGUMENTS                                                                                              \
  global const long* newest_t, global const Pre* newest_trace, global const uint* newest_at,                          \
      global const long* before_t, global const Pre* before_trace, global const uint* before_at
typedef struct {
  long t;
  Pre trace;
  uint at;
} Presynaptic;

static inline ulong post_at(const Learning* l, uint j, uint k) { return (ulong)j * l->capacity + (k & (l->capacity - 1)); }

static inline uint oldest(const Learning* l, uint j) {
  return l->post_count[j] > l->capacity ? l->post_count[j] - l->capacity : 0;
}

// Whether synapses learn from what reaches them at t.
static inline bool learns_at(const Learning* l, long t) {
  const uint n = (uint)l->marks[N_SWITCHES];
  uint k = 0;
  while (k < n && l->marks[SWITCHES + k] < t) ++k;
  return k % 2 == 0;
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

#ifdef DRIFTS
// The time from `begin` to `end` without an arrival, after the target's spike before number k.
static inline Real gap(const Learning* l, Real m, uint j, uint k, long last, Pre pre, long dendrite, long begin,
                       long end) {
  if (end <= begin || k == oldest(l, j)) return m;  // a target that has not fired has no trace
  const long s = l->post_t[post_at(l, j, k - 1)] + dendrite;
  const Post post = l->post_trace[post_at(l, j, k - 1)];
  const uint n = (uint)l->marks[N_SWITCHES];
  uint part = 0;
  while (part < n && l->marks[SWITCHES + part] <= begin) ++part;
  for (; begin < end; ++part) {
    const long to = part < n ? min(end, l->marks[SWITCHES + part]) : end;
    if (part % 2 == 0) m = over_gap(l->rule, m, pre, begin - last, post, begin - s, to - begin);
    begin = to;
  }
  return m;
}

// When the time begins that lies before the target's spike number k.
static inline long gap_begin(const Learning* l, uint j, uint k, long last, long dendrite) {
  const long begin = max(last, l->marks[WRITTEN]);
  return k > oldest(l, j) ? max(begin, l->post_t[post_at(l, j, k - 1)] + dendrite) : begin;
}
#endif

// Take a synapse through the postsynaptic arrivals in [last, end), `trace` being the presynaptic one at `last`; where
// the rule drifts, through the gaps too, the last of them up to `end` only if `to_end`.
static inline Real pass(const Learning* l, Real m, Real sign, uint j, uint q, long last, Pre trace, long dendrite,
                        long end, bool to_end, Real* reported) {
  if (!COUNTS(last)) return m;
  const long from = max(last, l->marks[SETTLED]);
  const uint count = l->post_count[j], stop = oldest(l, j);
  uint k = count;
  while (k > stop && l->post_t[post_at(l, j, k - 1)] + dendrite >= from) --k;
#ifdef DRIFTS
  long begin = gap_begin(l, j, k, last, dendrite);
#endif
  for (; k < count; ++k) {
    const long s = l->post_t[post_at(l, j, k)] + dendrite;
    if (s >= end) break;
#ifdef DRIFTS
    m = gap(l, m, j, k, last, trace, dendrite, begin, s);
    begin = s;
#else
    if (learns_at(l, s)) m = on_post(l->rule, m, trace, s - last, l->post_trace[post_at(l, j, k)]);
#endif
    report(l, s, q, m, sign, reported);
  }
#ifdef DRIFTS
  if (to_end) m = gap(l, m, j, k, last, trace, dendrite, begin, end);
#endif
  return m;
}

// A presynaptic spike arrives at `at`, of which its source keeps `now`, and meets what the target keeps of the latest
// postsynaptic arrival before it.
static inline Real depress(const Learning* l, Real m, uint j, long at, long dendrite, Pre now) {
#if !defined(DRIFTS) && !defined(NOT_AT_PRE)
  if (!learns_at(l, at)) return m;
  const uint stop = oldest(l, j);
  for (uint k = l->post_count[j]; k > stop; --k) {
    const long s = l->post_t[post_at(l, j, k - 1)] + dendrite;
    if (s < at) return on_pre(l->rule, m, l->post_trace[post_at(l, j, k - 1)], at - s, now);
  }
  m = on_pre(l->rule, m, first_post(), 0, now);
#endif
  return m;
}

static inline Real arrive(const Learning* l, Real m, Real sign, uint j, uint q, long last, Pre trace, Pre now,
                          long dendrite, long at, Real* reported) {
  m = pass(l, m, sign, j, q, last, trace, dendrite, at, true, reported);
  m = depress(l, m, j, at, dendrite, now);
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
                            global const Pre* before_trace, LEARNING_ARGUMENTS) {
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
        const uint end_run = row_run[row + 1];
        // Of one delay there are several where synapses have dendrites of their own.
        for (uint run = run_of(run_delay, row_run[row], end_run, delay); run < end_run && run_delay[run] == delay;
             ++run) {
          const long dendrite = dendritic[run], axonal = delay - dendrite, at = now - dendrite;
          const bool first_spike = before_t[spike] == LONG_AGO;
          const long last = first_spike ? LONG_AGO : before_t[spike] + axonal;
          const Pre trace = first_spike ? first_pre() : before_trace[spike];
          const Pre kept = next_pre(l.rule, trace, first_spike ? 0 : now - delay - before_t[spike], first_spike);
          const uint end = run_begin[run + 1];
          uint q = lower_bound(target, run_begin[run], end, first);
          for (; q < end && target[q] < last_target; ++q) {
            const uint j = target[q];
            const Real w = weight[q];
            if (at > written) {
              Real reported = fabs(w);
              weight[q] = copysign(arrive(&l, fabs(w), w, j, q, last, trace, kept, dendrite, at, &reported), w);
            }
            sum[j] += weight[q];
            ++events;
          }
        }
      }
    }
  }
  delivered[owner] += events;
}

// The spikes of each step in turn: a work-item takes all spikes of a source that fires several times in one.
kernel void pre_spike(long from, uint steps, uint ring, uint width, global const uint* history,
                      global const uint* history_count, uint row_base, uint rows, global const uint* row_run,
                      global long* newest_t, global Pre* newest_trace, global uint* newest_at,
                      global long* before_t, global Pre* before_trace, global uint* before_at,
                      global const double* numbers, global const double* tables, global const long* ends) {
  const Rule rule = {numbers, tables, ends};
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

kernel void post_spike(long from, uint steps, uint ring, uint width, global const uint* history,
                       global const uint* history_count, uint capacity, global uint* post_count, global long* post_t,
                       global Post* post_trace, global const double* numbers, global const double* tables,
                       global const long* ends) {
  const Rule rule = {numbers, tables, ends};
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
      const uint j = target[q], k = post_count[j];
      if (k == 0 || post_t[post_at(&l, j, k - 1)] + dendrite < from) continue;
      const Real w = weight[q];
      Real reported = fabs(w);
      const Real m = pass(&l, fabs(w), w, j, q, last, trace_of(spike), dendrite, horizon, false, &reported);
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
        if (at > written)
          m = arrive(&l, m, w, j, q, last, trace_of(before), next.trace, dendrite, at, &reported);
        before = next;
      }
      if (COUNTS(before.t)) {
        const long last = before.t == LONG_AGO ? LONG_AGO : before.t + axonal;
        m = pass(&l, m, w, j, q, last, trace_of(before), dendrite, now + 1, false, &reported);
#ifdef DRIFTS
        // The open gap from the latest event at the synapse.
        uint k = post_count[j];
        while (k > oldest(&l, j) && post_t[post_at(&l, j, k - 1)] + dendrite > now) --k;
        m = gap(&l, m, j, k, last, before.trace, dendrite, gap_begin(&l, j, k, last, dendrite), now);
#endif
      }
      shown[q] = copysign(m, w);
    }
  }
}
