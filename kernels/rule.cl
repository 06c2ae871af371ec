// What a plasticity rule's file works with: its constants, and a table of exp(-rate t) by steps for each of them whose
// name begins with RATE, which the host makes. c(NAME) is the number that the C++ rule tells as `name`.
//
// The file defines what neurons keep of a spike, N_PRE and N_POST numbers (which the host reads there), and
//
//   Pre, Post                                             structures of so many doubles
//   Pre first_pre(void)                                   before any spike; Post likewise
//   Pre next_pre(Rule, Pre, long gap, bool first)         just after a further one; Post likewise
//   Real on_post(Rule, Real m, Pre, long since, Post)     a postsynaptic spike, of which the target keeps Post, arrives
//                                                         at a synapse of m = |weight|, so long after a presynaptic one
//   Real on_pre(Rule, Real m, Post, long since, Pre now)  a presynaptic one does, so long after a postsynaptic one
//
// and says so where ACTS_WITHOUT_PRE: a postsynaptic spike counts before any presynaptic one; NOT_AT_PRE: presynaptic
// spikes change traces alone, there is no on_pre; DRIFTS: there are neither, but
//
//   Real over_gap(Rule, Real m, Pre, long since_pre, Post, long since_post, long length)
typedef struct {
  global const double* numbers;
  global const double* tables;  // one after the other
  global const long* ends;      // of each table; it goes on with its last entry
} Rule;

#define c(name) rule.numbers[name]

static inline double decay_by(Rule rule, uint table, long t) {
  const long begin = table == 0 ? 0 : rule.ends[table - 1];
  return rule.tables[min(begin + t, rule.ends[table] - 1)];
}
// Of the rate of that name: rates come first among the constants.
#define decay(rate, t) decay_by(rule, rate, t)

// A weight within its bounds.
static inline Real bounded(double m, double least, double most) {
  const Real to = (Real)m, from = (Real)least, up_to = (Real)most;
  const Real above = to < from ? from : to;
  return up_to < above ? up_to : above;
}
