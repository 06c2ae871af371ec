// Synapses of a weight and N_STATE numbers beside it, such as an eligibility, to which a modulator may speak: the same
// events in the same order as csrc/plasticity/stateful_rows.hpp, which rows_with_states.hpp beside it explains. At a tie
// the presynaptic spike comes first, then the postsynaptic one, then the moment. All numbers are as of the synapse's last
// event, rounded to Real.
#include "synapse_states.cl"

static inline Mod mod_of(const Learning* l, uint m) {
  Mod mod = first_mod();
  double* number = (double*)&mod;
  for (uint c = 0; c < N_MOD; ++c) number[c] = l->moment_mod[(ulong)m * N_MOD + c];
  return mod;
}

// The time from `begin` to `end` without an event, after the moments below m. Where synapses do not learn the weight
// stays.
static inline void gap(const Learning* l, Held* h, uint m, long begin, long end) {
  if (end <= begin) return;
  const Mod mod = m > 0 ? mod_of(l, m - 1) : first_mod();
  const long origin = m > 0 ? l->moment_t[m - 1] : begin;
  for (uint part = changes_before(l, begin + 1); begin < end; ++part) {
    const long to = part < l->marks[N_CHANGES] ? min(end, l->marks[CHANGES + part]) : end;
    const double rate = rate_after(l, part), w = h->s.w;
    over_gap(rule_of(l, rate), &h->s, mod, begin - origin, to - begin);
    if (rate == 0.0) h->s.w = w;
    begin = to;
  }
  round_as_stored(h);
}

static inline void meet_moment(const Learning* l, Held* h, uint m, Pre pre, long last) {
  const long t = l->moment_t[m];
  const double value = l->moment_value[(ulong)m * l->width + (l->width == 1 ? 0 : h->j)];
  const Rule rule = rule_at(l, t);
  const Synapse before = h->s;
  on_moment(rule, &h->s, pre, max(t - last, 0L), value);
  if (rule.rate != 0.0) return;
  h->s.w = before.w;
#ifdef GATHERS
  h->s.g = before.g;
#endif
}

// Take a synapse through what arrives in [last, end) and is not settled, `pre` being the presynaptic trace at `last`, and
// then on to `upto` through the time without an event.
static inline void pass(const Learning* l, Held* h, long last, Pre pre, long dendrite, long end, long upto) {
  if (last == LONG_AGO) return;  // without a presynaptic spike so far there is nothing to learn from
  const uint count = l->post_count[h->j], moments = (uint)l->marks[N_MOMENTS];
  const Standing at = standing(l, h, last, dendrite);
  uint k = at.post, m = at.moment;
  long begin = at.since;
  for (;;) {
    const long post = k < count ? l->post_t[post_at(l, h->j, k)] + dendrite : LONG_MAX;
    const long moment = m < moments ? l->moment_t[m] : LONG_MAX;
    const long next = min(post, moment);
    if (next >= end) break;
    gap(l, h, m, begin, next);
    begin = max(begin, next);
    if (post <= moment) {
      const Rule rule = rule_at(l, post);
      if (rule.rate != 0.0) on_post(rule, &h->s, pre, post - last);
      ++k;
    } else {
      meet_moment(l, h, m, pre, last);
      ++m;
    }
    round_as_stored(h);
    report(l, next, h, post > moment ? (long)m - 1 : -1);
  }
  if (upto > begin) {
    gap(l, h, m, begin, upto);
    if (upto == end) report(l, upto, h, -1);  // else somebody only looks
  }
}

// A presynaptic spike arrives at `at`, of which its source keeps `now`.
static inline void arrive(const Learning* l, Held* h, long last, Pre trace, Pre now, long dendrite, long at) {
  pass(l, h, last, trace, dendrite, at, at);
#ifndef NOT_AT_PRE
  const Rule rule = rule_at(l, at);
  if (rule.rate != 0.0) {
    const uint k = first_post_from(l, h->j, at, dendrite);
    if (k > oldest(l, h->j)) {
      const ulong before = post_at(l, h->j, k - 1);
      on_pre(rule, &h->s, l->post_trace[before], at - (l->post_t[before] + dendrite));
    } else {
      on_pre(rule, &h->s, first_post(), 0);
    }
  }
  round_as_stored(h);
  report(l, at, h, -1);
#endif
}

// What the modulator's trace is just after each of the moments from `first` on.
kernel void hear(long first, uint moments, global const long* moment_t, global const double* moment_value, uint width,
                 global double* moment_mod, global const double* numbers, global const double* tables,
                 global const long* ends) {
  const Rule rule = {numbers, tables, ends, 1.0};
  Mod mod = first_mod();
  double* number = (double*)&mod;
  for (uint c = 0; c < N_MOD && first > 0; ++c) number[c] = moment_mod[(ulong)(first - 1) * N_MOD + c];
  for (uint m = (uint)first; m < moments; ++m) {
    mod = next_mod(rule, mod, m > 0 ? moment_t[m] - moment_t[m - 1] : 0, moment_value[(ulong)m * width], m == 0);
    for (uint c = 0; c < N_MOD; ++c) moment_mod[(ulong)m * N_MOD + c] = number[c];
  }
}
