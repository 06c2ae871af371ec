// What plastic rows of every kind keep and do alike, as csrc/plasticity/rows.hpp: the spikes of both sides, how fast
// synapses learn, which changes are told. lazy_rows.cl has rows of weights alone, stateful_rows.cl those of synapses with
// a state beside it, plastic_rows.cl the kernels over either.
//
// Presynaptic spikes arrive at T = t + axonal delay, postsynaptic ones at s = t + dendritic delay. A target keeps its
// last `capacity` spikes; the host calls `settle` before one that is needed is overwritten.

#include "change_log.cl"

// What the host moves on: postsynaptic arrivals before SETTLED and moments below TAUGHT are applied everywhere, weights
// were replaced at WRITTEN, changes up to LOGGED and by moments below TOLD have been reported; time began at ORIGIN;
// moments that are kept; how often the rate of learning was changed, at which times, and the rates before, between and after them (as bits).
enum { SETTLED, WRITTEN, LOGGED, ORIGIN, TAUGHT, TOLD, N_MOMENTS, N_CHANGES, CHANGES };

#ifdef ACTS_WITHOUT_PRE
#define COUNTS(last) true
#else
#define COUNTS(last) ((last) != LONG_AGO)
#endif

#ifndef WATCHES
#define MEMBRANE_ARGUMENTS
#define MEMBRANES
#endif

typedef struct {
  Rule rule;
  global const long* marks;
  uint capacity;                    // of a target's history, a power of two
  global const uint* post_count;    // spikes of a target so far
  global const long* post_t;        // [target][capacity]
  global const Post* post_trace;
  uint n;                           // synapses
  global Real* state;               // [numbers][n] of synapses, beside their weights
  uint width;                       // values of a moment: 1, or one for each target
  global const long* moment_t;
  global const double* moment_value;  // [moment][width]
  global const double* moment_mod;    // [moment][N_MOD]
  ChangeLog log;
#ifdef WATCHES
  Membranes membranes;
#endif
} Learning;

#define LEARNING_ARGUMENTS                                                                                            \
  global const double* numbers, global const double* tables, global const long* ends, global const long* marks,       \
      uint capacity, global const uint* post_count, global const long* post_t, global const Post* post_trace,         \
      uint n_synapses, global Real* state, uint moment_width, global const long* moment_t,                            \
      global const double* moment_value, global const double* moment_mod, LOG_ARGUMENTS MEMBRANE_ARGUMENTS
#define LEARNING                                                                                                      \
  {{numbers, tables, ends, 1.0}, marks, capacity, post_count, post_t, post_trace, n_synapses, state, moment_width,    \
   moment_t, moment_value, moment_mod, LOG MEMBRANES}

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

// The number of the target's first spike that arrives at `from` or later.
static inline uint first_post_from(const Learning* l, uint j, long from, long dendrite) {
  const uint stop = oldest(l, j);
  uint k = l->post_count[j];
  while (k > stop && l->post_t[post_at(l, j, k - 1)] + dendrite >= from) --k;
  return k;
}

// How many changes of the rate of learning came before t; the rate after so many; the rule at a rate, and as it is at t.
static inline uint changes_before(const Learning* l, long t) {
  const uint n = (uint)l->marks[N_CHANGES];
  uint k = 0;
  while (k < n && l->marks[CHANGES + k] < t) ++k;
  return k;
}
static inline double rate_after(const Learning* l, uint changes) {
  return as_double(l->marks[CHANGES + l->marks[N_CHANGES] + changes]);
}
static inline Rule rule_of(const Learning* l, double rate) {
  Rule rule = l->rule;
  rule.rate = rate;
  return rule;
}
static inline Rule rule_at(const Learning* l, long t) { return rule_of(l, rate_after(l, changes_before(l, t))); }

// Whether a weight is in the range of those that may be declared.
static inline void watch(const Learning* l, Real weight) {
  if (!(fabs(weight) <= (Real)LARGEST)) l->log.count[1] = 1;
}
