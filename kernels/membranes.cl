// Rules that see the potentials of their targets, step by step. A rule's file that WATCHES defines beside what rule.cl
// says, with on_pre(Rule, Real m, double fall),
//
//   N_FILTERS                     numbers that are kept of each membrane
//   Post watch_step(...)          a step of one of them (clopath_stdp.cl): an event at its synapses where its rise
//                                 is more than 0; what a presynaptic spike meets goes into `falls`, [step % fall_rows][n]

typedef struct {
  uint n, fall_rows;
  global const long* last;    // of each target: the end of its last step,
  global const ulong* steps;  // and how many there have been
  global const double* falls;
} Membranes;

#define MEMBRANE_ARGUMENTS                                                                                            \
  , uint membranes, uint fall_rows, global const long* last_step, global const ulong* steps_seen,                     \
      global const double* falls
#define MEMBRANES , {membranes, fall_rows, last_step, steps_seen, falls}

// What a presynaptic spike finds whose synapse has seen the steps of target j before `stop`.
static inline double fall_before(const Membranes* m, uint j, long stop) {
  const ulong back = stop > m->last[j] ? 0 : (ulong)(m->last[j] - stop) + 1;
  return back < m->steps[j] ? m->falls[((m->steps[j] - 1 - back) % m->fall_rows) * m->n + j] : 0.0;
}
