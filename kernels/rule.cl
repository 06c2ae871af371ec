// What a plasticity rule's file works with: its constants, and tables by steps that the host makes for those that come
// first, by their names: RATE... e^{-rate t}, t in steps, 0 from e^-40 on; WHOLE... the same to its end; FADE... e^{-l t} and
// LOST... 1 - e^{-l t}, t in ms. c(NAME) is the number that the C++ rule tells as `name`, rated(NAME) that times the rate of
// learning, decay(NAME, steps) what its table has.
//
// The file defines what neurons keep of a spike, N_PRE and N_POST numbers (pre_trace.cl, post_trace.cl), and
//
//   Pre, Post                                             structures of so many doubles
//   Pre first_pre(void)                                   before any spike; Post likewise
//   Pre next_pre(Rule, Pre, long gap, bool first)         just after a further one; Post likewise
//   Real on_post(Rule, Real m, Pre, long since, Post)     a postsynaptic spike, of which the target keeps Post, arrives
//                                                         at a synapse of m = |weight|, so long after a presynaptic one
//   Real on_pre(Rule, Real m, Post, long since, Pre now)  a presynaptic one does, so long after a postsynaptic one
//
// and says so where ACTS_WITHOUT_PRE: a postsynaptic spike counts before any presynaptic one; NOT_AT_PRE, NOT_AT_POST:
// such spikes change traces alone, there is no on_pre or no on_post; DRIFTS: times without spikes change weights,
//
//   Real over_gap(Rule, Real m, Pre, long since_pre, Post, long since_post, long length)
//
// Where synapses keep N_STATE numbers beside their weight (stateful_rows.cl) it defines them and N_MOD of a modulator,
//
//   Synapse                                               a structure of doubles, w first
//   Mod, first_mod, next_mod(Rule, Mod, long gap, double value, bool first)
//   void on_post(Rule, Synapse*, Pre, long since)
//   void on_pre(Rule, Synapse*, Post, long since)         but where NOT_AT_PRE
//   void on_moment(Rule, Synapse*, Pre, long since, double value)
//   void over_gap(Rule, Synapse*, Mod, long since, long length)
//
// and says so where SIGNED: w is the weight, not its absolute value; with GATHERS, which the host defines for batches of
// trials, the last number g is what moments gather for an optimiser.
typedef struct {
  global const double* numbers;
  global const double* tables;  // one after the other
  global const long* ends;      // of each table; it goes on with its last entry
  double rate;                  // of learning
} Rule;

#define c(name) rule.numbers[name]
#define rated(name) (c(name) * rule.rate)

static inline double decay_by(Rule rule, uint table, long t) {
  const long begin = table == 0 ? 0 : rule.ends[table - 1];
  return rule.tables[min(begin + t, rule.ends[table] - 1)];
}
#define decay(name, t) decay_by(rule, name, t)

// A weight within its bounds.
static inline Real bounded(double m, double least, double most) {
  const Real to = (Real)m, from = (Real)least, up_to = (Real)most;
  const Real above = to < from ? from : to;
  return up_to < above ? up_to : above;
}
