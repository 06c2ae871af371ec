// What is at hand of a synapse that keeps nothing beside its weight.
// A synapse at hand: |weight|, the weight whose sign it has, |weight| as it was told last, its target and number.
typedef struct {
  Real m, sign, told;
  uint j, q;
} Held;

static inline Held hold(const Learning* l, global const Real* weight, uint j, uint q) {
  const Real w = weight[q];
  return (Held){fabs(w), w, fabs(w), j, q};
}
static inline void put(const Learning* l, const Held* h, global Real* weight, global Real* state) {
  weight[h->q] = copysign(h->m, h->sign);
  watch(l, h->m);
}

static inline void report(const Learning* l, long t, Held* h) {
  if (l->log.capacity == 0 || h->m == h->told) return;
  h->told = h->m;
  if (t > l->marks[LOGGED]) put_down(&l->log, t, h->q, (double)copysign(h->m, h->sign));
}
