// The linear maps that e-prop's state of a synapse goes through, and their composites over stretches of steps, as
// csrc/math/eprop_maps.hpp, which has the mathematics: the same composites in the same order, and so the same bits.
#define CHUNK 16
#define CHUNKS 16
#define LENGTH (CHUNK * CHUNKS)

// The numbers of a composite, each of all targets.
enum {
  GZ,
#ifdef ADAPTS
  EZ, EE, GE,
#endif
#ifdef FILTERS
  BZ, GB,
#endif
#if defined(ADAPTS) && defined(FILTERS)
  BE,
#endif
  N_MAP
};
typedef struct {
  Real of[N_MAP];
} Map;

// What a target has gone through since its history began.
typedef struct {
  uint n;                             // targets
  global const Real *psi, *signal;    // [LENGTH][n]
  global const Real* composites;      // [ALL_MAPS][N_MAP][n]
  global const Real *rho, *beta;      // of its adaptation
  global const double *decay, *stays; // what is left of z and of bar after so many steps, LENGTH + 1
  double kappa;                       // of bar after one
} History;
#define HISTORY_ARGUMENTS                                                                                         \
  uint n, global const Real *psi, global const Real *signal, global const Real *composites, global const Real *rho, \
      global const Real *beta, global const double *decay, global const double *stays, double kappa
#define HISTORY {n, psi, signal, composites, rho, beta, decay, stays, kappa}

// Composites in the order in which they lie in memory: from each step to the end of its chunk; from the begin of each
// chunk to that of the one at hand; from the begin of that one to the end of each of its steps.
enum { ONWARD = 0, ACROSS = LENGTH, SO_FAR = LENGTH + CHUNKS, ALL_MAPS = LENGTH + CHUNKS + CHUNK };

static inline ulong map_at(uint n, uint which) { return (ulong)which * N_MAP * n; }

// One step of target j.
static inline Map leaf(const History* h, uint k, uint j) {
  const Real p = h->psi[(ulong)k * h->n + j], l = h->signal[(ulong)k * h->n + j], kappa = (Real)h->kappa;
#ifdef FILTERS
  const Real of_z = ((Real)1 - kappa) * p;
#else
  const Real of_z = p;
#endif
  Map m;
  m.of[GZ] = l * of_z;
#ifdef FILTERS
  m.of[BZ] = of_z;
  m.of[GB] = l * kappa;
#endif
#ifdef ADAPTS
  const Real beta = h->beta[j];
  m.of[EZ] = p;
  m.of[EE] = h->rho[j] - p * beta;
  m.of[GE] = -(l * (of_z * beta));
#ifdef FILTERS
  m.of[BE] = -(of_z * beta);
#endif
#endif
  return m;
}

// First x, over steps after which alpha and kappa_x are left, then y.
static inline Map composed(Map x, Map y, Real alpha, Real kappa_x, Real kappa_y) {
  Map m;
  m.of[GZ] = x.of[GZ] + y.of[GZ] * alpha;
#ifdef ADAPTS
  m.of[GE] = x.of[GE] + y.of[GE] * x.of[EE];
  m.of[GZ] += y.of[GE] * x.of[EZ];
  m.of[EZ] = y.of[EZ] * alpha + y.of[EE] * x.of[EZ];
  m.of[EE] = y.of[EE] * x.of[EE];
#ifdef FILTERS
  m.of[GE] += y.of[GB] * x.of[BE];
  m.of[BZ] = (y.of[BZ] * alpha + y.of[BE] * x.of[EZ]) + kappa_y * x.of[BZ];
  m.of[BE] = y.of[BE] * x.of[EE] + kappa_y * x.of[BE];
#endif
#elif defined(FILTERS)
  m.of[BZ] = y.of[BZ] * alpha + kappa_y * x.of[BZ];
#endif
#ifdef FILTERS
  m.of[GZ] += y.of[GB] * x.of[BZ];
  m.of[GB] = x.of[GB] + y.of[GB] * kappa_x;
#endif
  return m;
}

static inline Map kept_map(global const Real* from, uint n, uint j) {
  Map m;
  for (uint c = 0; c < N_MAP; ++c) m.of[c] = from[(ulong)c * n + j];
  return m;
}
static inline void keep_map(Map m, global Real* to, uint n, uint j) {
  for (uint c = 0; c < N_MAP; ++c) to[(ulong)c * n + j] = m.of[c];
}

// The last of `steps` enters into what the chunk at hand has come to.
kernel void take_in(long unused, uint steps, HISTORY_ARGUMENTS, global Real* written) {
  const History h = HISTORY;
  const uint j = get_global_id(0), k = (steps - 1) % CHUNK;
  if (j >= n) return;
  Map m = leaf(&h, steps - 1, j);
  if (k > 0)
    m = composed(kept_map(written + map_at(n, SO_FAR + k - 1), n, j), m, (Real)decay[k], (Real)stays[k], (Real)stays[1]);
  keep_map(m, written + map_at(n, SO_FAR + k), n, j);
}

// A chunk is over, with the last of `steps`.
kernel void end_chunk(long unused, uint steps, HISTORY_ARGUMENTS, global Real* written) {
  const History h = HISTORY;
  const uint j = get_global_id(0), before = steps / CHUNK - 1;
  if (j >= n) return;
  Map m = leaf(&h, steps - 1, j);
  keep_map(m, written + map_at(n, ONWARD + steps - 1), n, j);
  for (uint taken = 1; taken < CHUNK; ++taken) {
    const uint k = steps - 1 - taken;
    m = composed(leaf(&h, k, j), m, (Real)decay[1], (Real)stays[1], (Real)stays[taken]);
    keep_map(m, written + map_at(n, ONWARD + k), n, j);
  }
  for (uint c = 0; c < before; ++c) {
    global Real* const to = written + map_at(n, ACROSS + c);
    const uint steps_x = (before - c) * CHUNK;
    keep_map(composed(kept_map(to, n, j), m, (Real)decay[steps_x], (Real)stays[steps_x], (Real)stays[CHUNK]), to, n, j);
  }
  keep_map(m, written + map_at(n, ACROSS + before), n, j);
}

// Synapses at hand, which go through steps side by side: on a processor as many as fill its registers.
#ifdef STRIP
#define WIDE 16
#define SIDE_BY_SIDE _Pragma("clang loop vectorize(assume_safety)")
#else
#define WIDE 1
#define SIDE_BY_SIDE
#endif
typedef struct {
  uint n, j[WIDE];
  Real eps[WIDE], bar[WIDE], g[WIDE];
} Strip;

static inline void through_step(const History* h, uint k, Real z, Strip* s) {
  global const Real *psi = h->psi + (ulong)k * h->n, *signal = h->signal + (ulong)k * h->n;
  const Real kappa = (Real)h->kappa;
  SIDE_BY_SIDE
  for (uint i = 0; i < s->n; ++i) {
    const uint j = s->j[i];
#ifdef ADAPTS
    Real e = psi[j] * (z - h->beta[j] * s->eps[i]);
    s->eps[i] = h->rho[j] * s->eps[i] + e;
#else
    Real e = psi[j] * z;
#endif
#ifdef FILTERS
    e = s->bar[i] = kappa * s->bar[i] + ((Real)1 - kappa) * e;
#endif
    s->g[i] += signal[j] * e;
  }
}

// Through a composite of so many steps.
static inline void through_map(const History* h, uint which, uint steps, Real z, Strip* s) {
  global const Real* of = h->composites + map_at(h->n, which);
  const ulong n = h->n;
  const Real kappa = (Real)h->stays[steps];
  SIDE_BY_SIDE
  for (uint i = 0; i < s->n; ++i) {
    const uint j = s->j[i];
    Real sum = of[GZ * n + j] * z;
#ifdef FILTERS
    sum += of[GB * n + j] * s->bar[i];
#endif
#ifdef ADAPTS
    sum += of[GE * n + j] * s->eps[i];
#endif
    s->g[i] += sum;
#ifdef FILTERS
    Real bar = of[BZ * n + j] * z + kappa * s->bar[i];
#ifdef ADAPTS
    bar += of[BE * n + j] * s->eps[i];
#endif
    s->bar[i] = bar;
#endif
#ifdef ADAPTS
    s->eps[i] = of[EZ * n + j] * z + of[EE * n + j] * s->eps[i];
#endif
  }
}

// What is left of z after the steps from `from` on.
static inline double faded(const History* h, double z, uint from, uint to) {
  if (from >= to) return z;
  const double left = z * h->decay[to - from];
  return left < 1e-30 ? 0.0 : left;
}

// The steps from <= k < to of those that there are by now, cut as csrc/math/eprop_maps.hpp says. z: the presynaptic trace
// at `from`.
static inline void through(const History* h, uint from, uint to, uint now, double z, Strip* s) {
  if (from >= to) return;
  const bool to_present = to == now;
  // Begin of the chunk in which it ends; a chunk is over when the first step after it comes.
  const uint last = (to_present ? to - 1 : to) / CHUNK * CHUNK;
  uint k = from;
#define Z_NOW ((Real)(z * h->decay[k - from]))
  if (k < last) {
    const uint end = (k / CHUNK + 1) * CHUNK;
    through_map(h, ONWARD + k, end - k, Z_NOW, s);
    k = end;
  }
  if (to_present && k < last) {
    through_map(h, ACROSS + k / CHUNK, last - k, Z_NOW, s);
    k = last;
  }
  for (; k < last; k += CHUNK) through_map(h, ONWARD + k, CHUNK, Z_NOW, s);
  if (to_present && k == last) {
    through_map(h, SO_FAR + (to - 1) % CHUNK, to - last, Z_NOW, s);
    k = to;
  }
  for (; k < to; ++k) through_step(h, k, Z_NOW, s);
#undef Z_NOW
}
