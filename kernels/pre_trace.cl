// A trace x of each source, that decays with PRE_RATE and is 1 more after each of its spikes.
#define N_PRE 1
typedef struct {
  double x;
} Pre;

static inline Pre first_pre(void) { return (Pre){0.0}; }
static inline Pre next_pre(Rule rule, Pre p, long gap, bool first) {
  return (Pre){first ? 1.0 : p.x * decay(PRE_RATE, gap) + 1.0};
}
static inline double x_after(Rule rule, Pre p, long since) { return p.x * decay(PRE_RATE, since); }
