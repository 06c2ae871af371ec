// Sums of what targets tell step by step, that fade from the begin of a stretch on: as csrc/math/fading_sums.hpp, which
// explains them.
enum { CHUNK = 16, CHUNKS = 16, BLOCK = CHUNK * CHUNKS, PAIRS = CHUNKS * (CHUNKS - 1) / 2 };

// [step or pair of chunks][target]
static inline ulong step_row(uint blocks, uint n, ulong step) { return step % ((ulong)BLOCK * blocks) * n; }
static inline ulong pair_row(uint blocks, uint n, ulong step, uint begin, uint end) {
  return (step / BLOCK % blocks * PAIRS + end * (end - 1) / 2 + begin) * n;
}

// What target j of n tells in a step, which is the next one. left: a^k as decay() has it.
static inline void tell(Rule rule, uint left, uint blocks, uint n, uint j, ulong step, double what, global double* told,
                        global double* so_far, global double* onward, global double* across) {
  const uint place = (uint)(step % CHUNK);
  const ulong at = step_row(blocks, n, step) + j;
  const double all = place == 0 ? what : so_far[at - n] + decay(left, place) * what;
  told[at] = what;
  so_far[at] = all;
  if (place + 1 < CHUNK) return;
  double on = what;
  onward[at] = on;
  for (uint k = 1; k < CHUNK; ++k) {
    on = told[at - (ulong)k * n] + decay(left, 1) * on;
    onward[at - (ulong)k * n] = on;
  }
  const uint which = (uint)(step / CHUNK % CHUNKS);
  if (which + 1 == CHUNKS) return;
  across[pair_row(blocks, n, step, which, which + 1) + j] = all;
  for (uint c = 0; c < which; ++c)
    across[pair_row(blocks, n, step, c, which + 1) + j] =
        across[pair_row(blocks, n, step, c, which) + j] + decay(left, (which - c) * CHUNK) * all;
}

typedef struct {
  uint n, blocks;
  global const double *told, *so_far, *onward, *across;
} Told;

// Of the steps from <= s < to of target j, which lie in one block.
static inline double fading_sum(Rule rule, uint left, const Told* of, uint j, ulong from, ulong to) {
  const ulong last = to - 1, at = step_row(of->blocks, of->n, from) + j;
  const uint begin = (uint)(from / CHUNK % CHUNKS), end = (uint)(last / CHUNK % CHUNKS);
  if (begin == end) {
    double sum = 0.0;
    for (ulong s = to - from; s-- > 0;) sum = of->told[at + s * of->n] + decay(left, 1) * sum;
    return sum;
  }
  const double ended = of->so_far[step_row(of->blocks, of->n, last) + j];
  const double first = decay(left, CHUNK - from % CHUNK);
  if (begin + 1 == end) return of->onward[at] + first * ended;
  const double between = of->across[pair_row(of->blocks, of->n, from, begin + 1, end) + j];
  return of->onward[at] + first * (between + decay(left, (end - begin - 1) * CHUNK) * ended);
}
