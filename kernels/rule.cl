// What a plasticity rule's file works with: constants, and two tables of exp(-t/tau) that the host makes.
// The file defines, of traces just after a neuron's latest spike and of m = |weight|,
//
//   double next_pre(Rule, double x, long gap, bool first)    the presynaptic trace after a further spike
//   double next_post(Rule, double y, long gap, bool first)
//   Real on_post(Rule, Real m, double x, long since)         a postsynaptic spike arrives at the synapse
//   Real on_pre(Rule, Real m, double y, long since)          a presynaptic one does
typedef struct {
  global const double* c;
  global const double* plus;   // exp(-t/tau_plus) by steps, up to plus_last and that value from there on
  global const double* minus;
  long plus_last, minus_last;
} Rule;

static inline double decay(global const double* table, long last, long t) { return table[min(t, last)]; }
