// The linear maps that e-prop's state of a synapse goes through, and their composites over blocks of 2^k steps, as
// csrc/math/eprop_maps.hpp, which has the mathematics: the same blocks in the same order, and so the same bits.
#define LEVELS 8
#define LENGTH (1u << LEVELS)

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
  global const Real* blocks;          // [blocks of all levels][N_MAP][n]
  global const Real *rho, *beta;      // of its adaptation
  global const double* decay;         // what is left of z after so many steps, LENGTH + 1
  global const double* stays;         // and of bar after 2^level of them, LEVELS + 1
  double kappa;                       // after one
} History;
#define HISTORY_ARGUMENTS                                                                                         \
  uint n, global const Real *psi, global const Real *signal, global const Real *blocks, global const Real *rho,   \
      global const Real *beta, global const double *decay, global const double *stays, double kappa
#define HISTORY {n, psi, signal, blocks, rho, beta, decay, stays, kappa}

// Where the k-th block of a level, of 2^level steps, begins.
static inline ulong block_at(uint n, uint level, uint k) {
  return (ulong)(LENGTH - (LENGTH >> (level - 1)) + k) * N_MAP * n;
}

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

// First x, then y, each of so many steps that alpha is left of z and kappa of bar.
static inline Map composed(Map x, Map y, Real alpha, Real kappa) {
  Map m;
  m.of[GZ] = x.of[GZ] + y.of[GZ] * alpha;
#ifdef ADAPTS
  m.of[GE] = x.of[GE] + y.of[GE] * x.of[EE];
  m.of[GZ] += y.of[GE] * x.of[EZ];
  m.of[EZ] = y.of[EZ] * alpha + y.of[EE] * x.of[EZ];
  m.of[EE] = y.of[EE] * x.of[EE];
#ifdef FILTERS
  m.of[GE] += y.of[GB] * x.of[BE];
  m.of[BZ] = (y.of[BZ] * alpha + y.of[BE] * x.of[EZ]) + kappa * x.of[BZ];
  m.of[BE] = y.of[BE] * x.of[EE] + kappa * x.of[BE];
#endif
#elif defined(FILTERS)
  m.of[BZ] = y.of[BZ] * alpha + kappa * x.of[BZ];
#endif
#ifdef FILTERS
  m.of[GZ] += y.of[GB] * x.of[BZ];
  m.of[GB] = x.of[GB] + y.of[GB] * kappa;
#endif
  return m;
}

// The blocks that end with the last of `steps`, from the smallest on.
kernel void compose(long unused, uint steps, HISTORY_ARGUMENTS, global Real* written) {
  const History h = HISTORY;
  const uint j = get_global_id(0);
  if (j >= n) return;
  Map last = leaf(&h, steps - 1, j);
  for (uint level = 1; level <= LEVELS && steps % (1u << level) == 0; ++level) {
    const uint k = (steps >> level) - 1;
    Map first;
    if (level == 1) {
      first = leaf(&h, 2 * k, j);
    } else {
      const ulong at = block_at(n, level - 1, 2 * k) + j;
      for (uint c = 0; c < N_MAP; ++c) first.of[c] = written[at + (ulong)c * n];
    }
    last = composed(first, last, (Real)decay[1u << (level - 1)], (Real)stays[level - 1]);
    const ulong at = block_at(n, level, k) + j;
    for (uint c = 0; c < N_MAP; ++c) written[at + (ulong)c * n] = last.of[c];
  }
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

static inline void through_block(const History* h, uint level, uint k, Real z, Strip* s) {
  global const Real* of = h->blocks + block_at(h->n, level, k);
  const ulong n = h->n;
  const Real kappa = (Real)h->stays[level];
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

// The steps from <= k < to, cut into the largest blocks that fit one after the other. z: the presynaptic trace at `from`.
static inline void through(const History* h, uint from, uint to, double z, Strip* s) {
  for (uint k = from; k < to;) {
    uint level = k == 0 ? LEVELS : 31 - clz(k & -k);
    while (k + (1u << level) > to) --level;
    const Real now = (Real)(z * h->decay[k - from]);
    if (level == 0) through_step(h, k, now, s);
    else through_block(h, level, k >> level, now, s);
    k += 1u << level;
  }
}
