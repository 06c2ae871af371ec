// Rules that see the potentials of their targets, step by step. A rule's file that WATCHES defines beside what rule.cl
// says, and instead of what spikes of targets do,
//
//   N_FILTERS                     numbers that are kept of each membrane
//   double watch_step(...)        a step of one of them (clopath_stdp.cl): its rise, of which synapses gain the sum; what a
//                                 presynaptic spike meets goes into `falls`, [step % fall_rows][n]
//   double amplitude(Rule, Pre)   what such a sum is multiplied by, just after a spike; PRE_RATE is how that fades
//   Real on_rise(Rule, Real m, double gain)
//   Real on_pre(Rule, Real m, double fall)
#include "fading_sums.cl"

typedef struct {
  uint fall_rows;
  global const long* last;    // of each target: the end of its last step,
  global const ulong* steps;  // and how many there have been
  global const double* falls;
  Told rises;
} Membranes;

#define MEMBRANE_ARGUMENTS                                                                                            \
  , uint membranes, uint fall_rows, uint blocks, global const long* last_step, global const ulong* steps_seen,        \
      global const double* falls, global const double* told, global const double* so_far,                             \
      global const double* onward, global const double* across
#define MEMBRANES , {fall_rows, last_step, steps_seen, falls, {membranes, blocks, told, so_far, onward, across}}

// How many steps of target j end before t; when one of them does.
static inline ulong steps_before(const Membranes* m, uint j, long t) {
  const ulong back = t > m->last[j] ? 0 : (ulong)(m->last[j] - t) + 1;
  return m->steps[j] - min(back, m->steps[j]);
}
static inline long end_of(const Membranes* m, uint j, ulong step) {
  return m->last[j] - (long)(m->steps[j] - 1 - step);
}

// What a presynaptic spike finds whose synapse has seen so many steps of target j.
static inline double fall_after(const Membranes* m, uint j, ulong steps) {
  return steps > 0 ? m->falls[(steps - 1) % m->fall_rows * m->rises.n + j] : 0.0;
}
