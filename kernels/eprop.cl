// E-prop (Bellec et al. 2020), as csrc/plasticity/eprop_rows.hpp, which has the mathematics: the synapses of a run go from
// arrival to arrival of its presynaptic spikes through what their targets have gone through (eprop_maps.cl).
//
// ADAPTS: thresholds of targets adapt; FILTERS: eligibilities are filtered; SUMS: these are summed up for a moment that
// comes later; GATHERS: gradients wait for an optimiser; REGULATES: rates of targets are drawn to f_target.
#include "eprop_maps.cl"
#include "descent.cl"
#include "change_log.cl"
#include "late.cl"

// Of a run, where it stands: the step of the history, how many of the moments that are kept, whether anything has come.
enum { AT, MOMENTS, TOUCHED, N_PLACE };

typedef struct {
  History history;
  global const uint* n_moments;
  global const uint* moment_at;     // the step by which each came
  global const Real* moment_value;  // [moment][n]
  double eta, least, most;
  global double* z;        // by run: the presynaptic trace
  global uint* place;      // [run][N_PLACE]
  global const uint* target;
  global Real *weight, *eps, *bar, *sum, *gradient;  // by synapse
  ChangeLog log;
} Eprop;
#define EPROP_ARGUMENTS                                                                                           \
  HISTORY_ARGUMENTS, global const uint *n_moments, global const uint *moment_at, global const Real *moment_value, \
      double eta, double least, double most, global double *z, global uint *place, global const uint *target,     \
      global Real *weight, global Real *eps, global Real *bar, global Real *sum, global Real *gradient, LOG_ARGUMENTS
#define EPROP                                                                                                      \
  {HISTORY, n_moments, moment_at, moment_value, eta, least, most, z, place, target, weight, eps, bar, sum, gradient, LOG}

// Weights of the synapses from q on move against what was summed up of them.
static inline void descend_strip(const Eprop* e, uint q, const Strip* s) {
  for (uint i = 0; i < s->n; ++i)
    put_within(e->weight, q + i, e->weight[q + i] - (Real)e->eta * s->g[i], e->least, e->most, e->log.count);
}

// What a moment makes of the sums.
static inline void meet_moment(const Eprop* e, uint m, uint q, Strip* s) {
  for (uint i = 0; i < s->n; ++i) s->g[i] *= e->moment_value[(ulong)m * e->history.n + s->j[i]];
#ifdef GATHERS
  for (uint i = 0; i < s->n; ++i) e->gradient[q + i] += s->g[i];
#else
  descend_strip(e, q, s);
#endif
  for (uint i = 0; i < s->n; ++i) s->g[i] = (Real)0;
}

// The synapses from q on, of a run at `at` and after `moments`, through all moments and up to the present, step `to`.
static inline void bring_strip(const Eprop* e, uint at, uint moments, uint to, double z, uint q, Strip* s) {
  for (uint i = 0; i < s->n; ++i) {
    s->j[i] = e->target[q + i];
#ifdef ADAPTS
    s->eps[i] = e->eps[q + i];
#endif
#ifdef FILTERS
    s->bar[i] = e->bar[q + i];
#endif
#ifdef SUMS
    s->g[i] = e->sum[q + i];
#elif defined(GATHERS)
    s->g[i] = e->gradient[q + i];
#else
    s->g[i] = (Real)0;
#endif
  }
#ifdef SUMS
  for (uint m = moments; m < *e->n_moments; ++m) {
    through(&e->history, at, e->moment_at[m], to, z, s);
    z = faded(&e->history, z, at, e->moment_at[m]);
    at = max(at, e->moment_at[m]);
    meet_moment(e, m, q, s);
  }
#endif
  through(&e->history, at, to, to, z, s);
#if !defined(SUMS) && !defined(GATHERS)
  descend_strip(e, q, s);
#endif
  for (uint i = 0; i < s->n; ++i) {
#ifdef ADAPTS
    e->eps[q + i] = s->eps[i];
#endif
#ifdef FILTERS
    e->bar[q + i] = s->bar[i];
#endif
#ifdef SUMS
    e->sum[q + i] = s->g[i];
#elif defined(GATHERS)
    e->gradient[q + i] = s->g[i];
#endif
  }
}

// The synapses of a run through all steps and moments up to now, by all lanes of a work-group. t: when changes are put
// down, or LONG_AGO for none.
static inline void bring(const Eprop* e, uint run, uint begin, uint end, uint to, long t) {
  const uint lane = get_local_id(0), lanes = get_local_size(0);
  for (uint q = begin + lane * WIDE; q < end; q += lanes * WIDE) {
    Strip s;
    s.n = min((uint)WIDE, end - q);
    Real before[WIDE];
    for (uint i = 0; i < s.n; ++i) before[i] = e->weight[q + i];
    bring_strip(e, e->place[run * N_PLACE + AT], e->place[run * N_PLACE + MOMENTS], to, e->z[run], q, &s);
    for (uint i = 0; t != LONG_AGO && e->log.capacity > 0 && i < s.n; ++i)
      if (e->weight[q + i] != before[i]) put_down(&e->log, t, q + i, (double)e->weight[q + i]);
  }
}

// Has anything happened since a run was brought up to date, to which anything had come?
static inline bool is_behind(const Eprop* e, uint run, uint steps) {
  global const uint* const at = e->place + run * N_PLACE;
  return at[TOUCHED] && (at[AT] != steps || at[MOMENTS] != *e->n_moments);
}

// What is left of the trace of a run then.
static inline double brought(const Eprop* e, uint run, uint to) {
  uint at = e->place[run * N_PLACE + AT];
  double z = e->z[run];
#ifdef SUMS
  for (uint m = e->place[run * N_PLACE + MOMENTS]; m < *e->n_moments; ++m) {
    z = faded(&e->history, z, at, e->moment_at[m]);
    at = max(at, e->moment_at[m]);
  }
#endif
  return faded(&e->history, z, at, to);
}

#define ARRIVAL_ARGUMENTS                                                                                         \
  uint ring, uint width, global const uint *history, global const uint *history_count, uint row_base, uint rows,  \
      global const uint *row_run, global const uint *run_begin, global const uint *run_delay, uint n_delays,      \
      global const uint *delays, long since

// What is to be done of each run (its spike is the i-th of `fired`) at which spikes arrive by the end of step from + 1,
// by one of `workers`. All spikes of a source that fires several times in a step arrive at once.
#define EACH_ARRIVAL(worker, workers, ...)                                                                        \
  for (uint d = 0; d < n_delays; ++d) {                                                                           \
    const uint delay = delays[d];                                                                                 \
    if (from + 1 - (long)delay <= since) continue;                                                                \
    const uint slot = slot_of(from + 1 - delay, ring), count = history_count[slot];                               \
    global const uint* const fired = history + (ulong)slot * width;                                               \
    for (uint i = worker; i < count; i += workers) {                                                              \
      const uint row = fired[i] - row_base;                                                                       \
      if (row >= rows || (i > 0 && fired[i - 1] == fired[i])) continue;                                           \
      const uint end_run = row_run[row + 1];                                                                      \
      for (uint run = run_of(run_delay, row_run[row], end_run, delay); run < end_run && run_delay[run] == delay;  \
           ++run) {                                                                                               \
        __VA_ARGS__                                                                                               \
      }                                                                                                           \
    }                                                                                                             \
  }

// The synapses of these runs come to where the targets are, who have had so many `steps`. A work-group takes a run.
kernel void arrive(long from, uint steps, ARRIVAL_ARGUMENTS, EPROP_ARGUMENTS) {
  const Eprop e = EPROP;
  EACH_ARRIVAL(get_group_id(0), get_num_groups(0), {
    if (is_behind(&e, run, steps)) bring(&e, run, run_begin[run], run_begin[run + 1], steps, from + 1);
  })
}

// After that the runs themselves, and the spikes enter into their traces.
static inline void arrived_at(const Eprop* e, uint run, uint steps, uint spikes) {
  double left = brought(e, run, steps);
  for (uint k = 0; k < spikes; ++k) left += 1.0;
  e->z[run] = left;
  e->place[run * N_PLACE + AT] = steps;
  e->place[run * N_PLACE + MOMENTS] = *e->n_moments;
  e->place[run * N_PLACE + TOUCHED] = 1;
}

kernel void arrived(long from, uint steps, ARRIVAL_ARGUMENTS, EPROP_ARGUMENTS) {
  const Eprop e = EPROP;
  EACH_ARRIVAL(get_global_id(0), get_global_size(0), {
    uint spikes = 1;
    while (i + spikes < count && fired[i + spikes] == fired[i]) ++spikes;
    arrived_at(&e, run, steps, spikes);
  })
}

// The same of runs to which spikes come that set out with other delays (late.cl), and so many of them to each.
#define LATE_RUNS uint n_late, global const long *late_due, global const uint *late_run, global const uint *late_spikes

kernel void arrive_late(long from, uint steps, LATE_RUNS, global const uint* run_begin, EPROP_ARGUMENTS) {
  const Eprop e = EPROP;
  for (uint k = late_from(late_due, n_late, from + 1) + get_group_id(0); k < n_late && late_due[k] == from + 1;
       k += get_num_groups(0)) {
    const uint run = late_run[k];
    if (is_behind(&e, run, steps)) bring(&e, run, run_begin[run], run_begin[run + 1], steps, from + 1);
  }
}

kernel void arrived_late(long from, uint steps, LATE_RUNS, global const uint* run_begin, EPROP_ARGUMENTS) {
  const Eprop e = EPROP;
  for (uint k = late_from(late_due, n_late, from + 1) + get_global_id(0); k < n_late && late_due[k] == from + 1;
       k += get_global_size(0))
    arrived_at(&e, late_run[k], steps, late_spikes[k]);
}

kernel void deliver_late(long from, uint steps, LATE_ARGUMENTS, global const Real* weight) {
  EACH_LATE({ sum[j] += weight[q]; })
}

// The synapses of all runs to which anything has come, through all steps and moments; then these runs themselves, and the
// moments are forgotten (FORGETS), or the history too, which is full (BEGINS).
enum { STAYS, FORGETS, BEGINS };

kernel void bring_all(long what, uint steps, uint runs, global const uint* run_begin, EPROP_ARGUMENTS) {
  const Eprop e = EPROP;
  for (uint run = get_group_id(0); run < runs; run += get_num_groups(0)) {
    if (!place[run * N_PLACE + TOUCHED]) continue;
    const uint begin = run_begin[run], end = run_begin[run + 1];
    bring(&e, run, begin, end, steps, LONG_AGO);
    if (what != BEGINS || brought(&e, run, steps) > 1e-12) continue;
    // Arithmetic on numbers without a leading digit is slow: what has died away is nothing.
    for (uint q = begin + get_local_id(0) * WIDE; q < end; q += get_local_size(0) * WIDE)
      for (uint i = q; i < min(end, q + WIDE); ++i) {
#ifdef ADAPTS
        if (fabs(eps[i]) < (Real)1e-30) eps[i] = (Real)0;
#endif
#ifdef FILTERS
        if (fabs(bar[i]) < (Real)1e-30) bar[i] = (Real)0;
#endif
      }
  }
}

kernel void all_brought(long what, uint steps, uint runs, global const uint* run_begin, EPROP_ARGUMENTS) {
  const Eprop e = EPROP;
  for (uint run = get_global_id(0); run < runs; run += get_global_size(0)) {
    if (!place[run * N_PLACE + TOUCHED]) continue;
    z[run] = brought(&e, run, steps);
    place[run * N_PLACE + AT] = what == BEGINS ? 0 : steps;
    place[run * N_PLACE + MOMENTS] = what == STAYS ? *n_moments : 0;
  }
}

// By how far the rate of a target is off.
static inline double regulation(double rate, double c_reg, double f_target) { return c_reg * (rate - f_target); }

// Another step of the targets, the k-th of their history: psi, and the signal that counts in it. `held` is what a moment
// has left until the next, `pending` what came within the step.
kernel void end_step(long from, uint k, uint n, global const Real* seen_v, global const Real* seen_threshold,
                     global const uchar* seen_held, global const uchar* fired, global const Real* per_width,
                     global const Real* height, global Real* psi, global Real* signal, global const Real* held,
                     global Real* pending, global double* rate, double decay, double jump, double c_reg,
                     double f_target, double learning) {
  const uint j = get_global_id(0);
  if (j >= n) return;
#ifdef REGULATES
  rate[j] = rate[j] * decay;
  if (fired[j]) rate[j] += jump;
#endif
  const Real near = (Real)1 - fabs(seen_v[j] - seen_threshold[j]) * per_width[j];
  const Real free = seen_held[j] ? (Real)0 : height[j];
  psi[(ulong)k * n + j] = near > (Real)0 ? free * near : (Real)0;
#ifdef SUMS
  signal[(ulong)k * n + j] = (Real)1;
#else
  Real l = held[j] + pending[j];
  pending[j] = (Real)0;
#ifdef REGULATES
  l += (Real)regulation(rate[j], c_reg, f_target);
#endif
  signal[(ulong)k * n + j] = l * (Real)learning;
#endif
}

// A value of the modulator for each target, times a factor, is added to those of `to` from `at` on.
kernel void add_values(long at, uint n, global const Real* value, global Real* to, double factor) {
  const uint j = get_global_id(0);
  if (j < n) to[at + j] += (Real)factor * value[j];
}

// The value of a moment that is kept, with what regulates, times a share of the steps and the rate of learning.
kernel void keep_values(long at, uint n, global const Real* value, global Real* to, global const double* rate,
                        double c_reg, double f_target, double share, double learning) {
  const uint j = get_global_id(0);
  if (j >= n) return;
  to[at + j] = learning == 0.0 ? (Real)0
                               : (Real)(((double)value[j] + regulation(rate[j], c_reg, f_target)) * share * learning);
}
