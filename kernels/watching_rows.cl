// Synapses of a weight alone whose rule sees the membranes of its targets (membranes.cl), brought up to date at a
// presynaptic arrival: the same parts in the same order as csrc/plasticity/watching_rows.hpp, which explains them.
#include "held_weights.cl"

// Take a synapse through steps of its target, all of one block and at one rate of learning, the first of them so long
// after the presynaptic arrival before.
static inline void gain(const Learning* l, Held* h, Rule rule, Pre trace, long since, ulong from, ulong to,
                        long dendrite) {
  const Membranes* of = &l->membranes;
  const double left = decay(PRE_RATE, since), by = amplitude(rule, trace) * left;
  if (!(left > 0.0)) return;
  const Real before = h->m;
  if (l->log.capacity != 0)
    for (ulong step = from; step < to; ++step) {
      if (of->rises.told[step_row(of->rises.blocks, of->rises.n, step) + h->j] == 0.0) continue;
      h->m = on_rise(rule, before, by * fading_sum(rule, PRE_RATE, &of->rises, h->j, from, step + 1));
      report(l, end_of(of, h->j, step) + dendrite, h);
    }
  h->m = on_rise(rule, before, by * fading_sum(rule, PRE_RATE, &of->rises, h->j, from, to));
}

// Take a synapse through the steps that reach it in [last, end) and are not settled, `trace` being the presynaptic one at
// `last`.
static inline void pass(const Learning* l, Held* h, long last, Pre trace, long dendrite, long end, long upto) {
  if (!COUNTS(last)) return;
  const Membranes* of = &l->membranes;
  const ulong to = steps_before(of, h->j, end - dendrite);
  ulong from = steps_before(of, h->j, max(max(last, l->marks[WRITTEN] + 1) - dendrite, l->marks[SETTLED]));
  while (from < to) {
    const ulong stop = min(to, (from / BLOCK + 1) * BLOCK);
    long after = end_of(of, h->j, from) + dendrite - 1;
    const long until = end_of(of, h->j, stop - 1) + dendrite;
    for (uint part = changes_before(l, after + 1); after < until; ++part) {
      const long then = part < l->marks[N_CHANGES] ? min(until, l->marks[CHANGES + part]) : until;
      const double rate = rate_after(l, part);
      if (rate != 0.0)
        gain(l, h, rule_of(l, rate), trace, after + 1 - last, steps_before(of, h->j, after + 1 - dendrite),
             steps_before(of, h->j, then + 1 - dendrite), dendrite);
      after = then;
    }
    from = stop;
  }
}

// A presynaptic spike arrives at `at`: it finds the synapse as it is by then, and meets the last step before.
static inline void arrive(const Learning* l, Held* h, long last, Pre trace, Pre now, long dendrite, long at) {
  pass(l, h, last, trace, dendrite, at, at);
  const Rule rule = rule_at(l, at);
  if (rule.rate != 0.0)
    h->m = on_pre(rule, h->m, fall_after(&l->membranes, h->j, steps_before(&l->membranes, h->j, at - dendrite)));
  report(l, at, h);
}

// Up to where all synapses have seen their targets, whatever is dendritic of their delays.
#define SETTLED_AT(horizon, dendrite) ((horizon) + (dendrite))
