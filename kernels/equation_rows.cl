// Synapses of a rule from equations: the same events in the same order as csrc/plasticity/equation_rows.hpp, which explains
// them. A time without events and the event at its end are one call of what is printed from the equations,
//
//   void at_pre(Synapse*, const double* x, const double* y, double elapsed, double signal, double rate, words)
//
// at_post and at_moment, of traces of the source and of the target, and over_time(Synapse*, double elapsed, double rate,
// words). It says so where NOT_AT_PRE, NOT_AT_POST, NOT_AT_MOMENT: there is no such function; DRIFTS: times without events
// change synapses; ACTS_WITHOUT_PRE: something may before the first presynaptic spike; PRE_SEES_TARGET, MOMENT_SEES_TARGET:
// the event reads traces of the target. UNIT is a step in ms.
#include "synapse_states.cl"

#define MOST(n) ((n) > 0 ? (n) : 1)

// A time without an event, in parts by how synapses learn in it.
static inline void pass_time(const Learning* l, Held* h, long begin, long end) {
#ifdef DRIFTS
  for (uint part = changes_before(l, begin + 1); begin < end; ++part) {
    const long to = part < l->marks[N_CHANGES] ? min(end, l->marks[CHANGES + part]) : end;
    over_time(&h->s, (double)(to - begin) * UNIT, rate_after(l, part), WORDS(l->rule));
    round_as_stored(h);
    begin = to;
  }
#endif
}

// The time before an event at t, which synapses meet at a rate: what of it, in ms, is left to the event's function.
static inline double time_before(const Learning* l, Held* h, long begin, long t, double rate) {
#ifdef DRIFTS
  if (t > begin) {
    if (rate != 0.0 && changes_before(l, begin + 1) == changes_before(l, t)) return (double)(t - begin) * UNIT;
    pass_time(l, h, begin, t);
  }
#endif
  return 0.0;
}

// The traces of the target as an event at t sees them whose own postsynaptic spikes come before `stop`.
static inline void seen(const Learning* l, uint j, long t, long stop, long dendrite, double* y) {
  for (uint k = 0; k < N_TARGET; ++k) y[k] = 0.0;
  const uint k = first_post_from(l, j, stop, dendrite);
  if (k == oldest(l, j)) return;
  const ulong before = post_at(l, j, k - 1);
  target_after(l->rule, l->post_trace + before, t - (l->post_t[before] + dendrite), y);
}

static inline void meet_post(const Learning* l, Held* h, uint k, Pre pre, long since, long begin, long t) {
  const double rate = rate_after(l, changes_before(l, t)), elapsed = time_before(l, h, begin, t, rate);
#ifndef NOT_AT_POST
  if (rate == 0.0) return;
  double x[MOST(N_SOURCE)], y[MOST(N_TARGET)];
  source_after(l->rule, &pre, since, x);
  global const Post* post = l->post_trace + post_at(l, h->j, k);
  for (uint trace = 0; trace < N_TARGET; ++trace) y[trace] = post->before[trace];
  at_post(&h->s, x, y, elapsed, 0.0, rate, WORDS(l->rule));
  round_as_stored(h);
#endif
}

// Of a moment states take note while learning is off too: the weight alone stays.
static inline void meet_moment(const Learning* l, Held* h, uint m, Pre pre, long last, long dendrite, long begin) {
  const long t = l->moment_t[m];
  const double rate = rate_after(l, changes_before(l, t)), elapsed = time_before(l, h, begin, t, rate);
#ifndef NOT_AT_MOMENT
  double x[MOST(N_SOURCE)], y[MOST(N_TARGET)];
  source_after(l->rule, &pre, max(t - last, 0L), x);
#ifdef MOMENT_SEES_TARGET
  seen(l, h->j, t, t + 1, dendrite, y);
#endif
  const double value = l->moment_value[(ulong)m * l->width + (l->width == 1 ? 0 : h->j)];
  at_moment(&h->s, x, y, elapsed, value, rate, WORDS(l->rule));
  round_as_stored(h);
#endif
}

// Take a synapse through what arrives in [last, end) and is not settled, `pre` being the presynaptic traces at `last`: when
// its last event was.
static inline long through(const Learning* l, Held* h, long last, Pre pre, long dendrite, long end) {
  const uint count = l->post_count[h->j], moments = (uint)l->marks[N_MOMENTS];
  const Standing at = standing(l, h, last, dendrite);
  uint k = at.post, m = at.moment;
  long begin = at.since;
  for (;;) {
    const long post = k < count ? l->post_t[post_at(l, h->j, k)] + dendrite : LONG_MAX;
    const long moment = m < moments ? l->moment_t[m] : LONG_MAX;
    const long next = min(post, moment);
    if (next >= end) return begin;
    if (post <= moment)
      meet_post(l, h, k++, pre, post - last, begin, post);
    else
      meet_moment(l, h, m++, pre, last, dendrite, begin);
    begin = max(begin, next);
    report(l, next, h, post > moment ? (long)m - 1 : -1);
  }
}

// The same, and on to `upto` through the time without an event, where somebody looks.
static inline void pass(const Learning* l, Held* h, long last, Pre pre, long dendrite, long end, long upto) {
  if (COUNTS(last)) pass_time(l, h, through(l, h, last, pre, dendrite, end), upto);
}

// A presynaptic spike arrives at `at`, of which its source keeps `now`.
static inline void arrive(const Learning* l, Held* h, long last, Pre trace, Pre now, long dendrite, long at) {
  const long begin = COUNTS(last) ? through(l, h, last, trace, dendrite, at) : at;
#ifndef NOT_AT_PRE
  const double rate = rate_after(l, changes_before(l, at)), elapsed = time_before(l, h, begin, at, rate);
  if (rate != 0.0) {
    double x[MOST(N_SOURCE)], y[MOST(N_TARGET)];
    source_after(l->rule, &trace, at - last, x);
#ifdef PRE_SEES_TARGET
    seen(l, h->j, at, at, dendrite, y);
#endif
    at_pre(&h->s, x, y, elapsed, 0.0, rate, WORDS(l->rule));
    round_as_stored(h);
  }
  report(l, at, h, -1);
#endif
}
