// A synapse of a weight and numbers beside it, at hand: taken from memory, rounded as it is stored, put back, and its changes
// told. All numbers are as of the synapse's last event.

#ifdef GATHERS
#define N_NUMBERS (N_STATE + 1)
#else
#define N_NUMBERS N_STATE
#endif

// A synapse at hand: its numbers, the weight whose sign it has, the weight as it was told last, its target and number.
typedef struct {
  Synapse s;
  Real sign;
  double told;
  uint j, q;
} Held;

static inline Held hold(const Learning* l, global const Real* weight, uint j, uint q) {
  Held h = {.sign = weight[q], .j = j, .q = q};
#ifdef SIGNED
  h.s.w = (double)weight[q];
#else
  h.s.w = fabs((double)weight[q]);
#endif
  double* number = (double*)&h.s;
  for (uint c = 0; c < N_NUMBERS; ++c) number[1 + c] = (double)l->state[(ulong)c * l->n + q];
  h.told = h.s.w;
  return h;
}
static inline void put(const Learning* l, const Held* h, global Real* weight, global Real* state) {
#ifdef SIGNED
  weight[h->q] = (Real)h->s.w;
#else
  weight[h->q] = copysign((Real)h->s.w, h->sign);
#endif
  watch(l, weight[h->q]);
  const double* number = (const double*)&h->s;
  for (uint c = 0; c < N_NUMBERS; ++c) state[(ulong)c * l->n + h->q] = (Real)number[1 + c];
}

static inline void round_as_stored(Held* h) {
  double* number = (double*)&h->s;
  for (uint c = 0; c <= N_NUMBERS; ++c) number[c] = (double)(Real)number[c];
}

// A change is told once: one by moment m where that is new, another (m < 0) where it is later than the last reading.
static inline void report(const Learning* l, long t, Held* h, long m) {
  if (l->log.capacity == 0 || h->s.w == h->told) return;
  h->told = h->s.w;
  if (m >= 0 ? m < l->marks[TOLD] : t <= l->marks[LOGGED]) return;
#ifdef SIGNED
  put_down(&l->log, t, h->q, h->s.w);
#else
  put_down(&l->log, t, h->q, copysign(h->s.w, (double)h->sign));
#endif
}

// The number of the first moment at t or later.
static inline uint first_moment_from(const Learning* l, long t) {
  uint m = (uint)l->marks[N_MOMENTS];
  while (m > 0 && l->moment_t[m - 1] >= t) --m;
  return m;
}

// Where a synapse stands whose last presynaptic spike arrived at `last`: the numbers of the first postsynaptic spike and of the
// first moment that it has not seen, and when its last event was.
typedef struct {
  uint post, moment;
  long since;
} Standing;

static inline Standing standing(const Learning* l, const Held* h, long last, long dendrite) {
  Standing at;
  at.post = first_post_from(l, h->j, max(last, l->marks[SETTLED]), dendrite);
  at.moment = max(first_moment_from(l, last), (uint)l->marks[TAUGHT]);
  at.since = max(last, max(l->marks[WRITTEN], COUNTS(LONG_AGO) ? l->marks[ORIGIN] : LONG_AGO));
  if (at.post > oldest(l, h->j)) at.since = max(at.since, l->post_t[post_at(l, h->j, at.post - 1)] + dendrite);
  if (at.moment > 0) at.since = max(at.since, l->moment_t[at.moment - 1]);
  return at;
}
