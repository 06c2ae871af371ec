// Synapses of a weight alone, brought up to date at a presynaptic arrival from the recent spikes of their targets: the
// same events in the same order as csrc/plasticity/lazy_rows.hpp, which explains them.

#include "held_weights.cl"

#ifdef DRIFTS
// The time from `begin` to `end` without an arrival, after the target's spike before number k.
static inline void gap(const Learning* l, Held* h, uint k, long last, Pre pre, long dendrite, long begin, long end) {
  if (end <= begin) return;
  Post post = first_post();
  long s = l->marks[ORIGIN];
  if (k > oldest(l, h->j)) {
    s = l->post_t[post_at(l, h->j, k - 1)] + dendrite;
    post = l->post_trace[post_at(l, h->j, k - 1)];
  } else if (!COUNTS(LONG_AGO)) {
    return;  // a target that has not fired has no trace
  }
  for (uint part = changes_before(l, begin + 1); begin < end; ++part) {
    const long to = part < l->marks[N_CHANGES] ? min(end, l->marks[CHANGES + part]) : end;
    const double rate = rate_after(l, part);
    if (rate != 0.0) h->m = over_gap(rule_of(l, rate), h->m, pre, begin - last, post, begin - s, to - begin);
    begin = to;
  }
}
#endif

// Take a synapse through the postsynaptic arrivals in [last, end), `trace` being the presynaptic one at `last`; where
// the rule drifts, through the gaps too, the last of them up to `upto`.
static inline void pass(const Learning* l, Held* h, long last, Pre trace, long dendrite, long end, long upto) {
  if (!COUNTS(last)) return;
  const uint count = l->post_count[h->j];
  uint k = first_post_from(l, h->j, max(last, l->marks[SETTLED]), dendrite);
#ifdef DRIFTS
  long begin = max(last, max(l->marks[WRITTEN], COUNTS(LONG_AGO) ? l->marks[ORIGIN] : LONG_AGO));
  if (k > oldest(l, h->j)) begin = max(begin, l->post_t[post_at(l, h->j, k - 1)] + dendrite);
#endif
  for (; k < count; ++k) {
    const long s = l->post_t[post_at(l, h->j, k)] + dendrite;
    if (s >= end) break;
#ifdef DRIFTS
    gap(l, h, k, last, trace, dendrite, begin, s);
    begin = s;
#endif
#ifndef NOT_AT_POST
    const Rule rule = rule_at(l, s);
    if (rule.rate != 0.0) h->m = on_post(rule, h->m, trace, s - last, l->post_trace[post_at(l, h->j, k)]);
#endif
    report(l, s, h);
  }
#ifdef DRIFTS
  gap(l, h, k, last, trace, dendrite, begin, upto);
#endif
}

// A presynaptic spike arrives at `at`, of which its source keeps `now`: it finds the synapse as it is by then, and meets
// what the target keeps of the latest postsynaptic arrival before it.
static inline void arrive(const Learning* l, Held* h, long last, Pre trace, Pre now, long dendrite, long at) {
  pass(l, h, last, trace, dendrite, at, at);
#ifndef NOT_AT_PRE
  const Rule rule = rule_at(l, at);
  if (rule.rate != 0.0) {
    const uint k = first_post_from(l, h->j, at, dendrite);
    if (k > oldest(l, h->j)) {
      const ulong before = post_at(l, h->j, k - 1);
      h->m = on_pre(rule, h->m, l->post_trace[before], at - (l->post_t[before] + dendrite), now);
    } else {
      h->m = on_pre(rule, h->m, first_post(), 0, now);
    }
  }
#endif
  report(l, at, h);
}
