// A trace y of each target, that decays with POST_RATE and is 1 more after each of its spikes.
#define N_POST 1
typedef struct {
  double y;
} Post;

static inline Post first_post(void) { return (Post){0.0}; }
static inline Post next_post(Rule rule, Post p, long gap, bool first) {
  return (Post){first ? 1.0 : p.y * decay(POST_RATE, gap) + 1.0};
}
static inline double y_after(Rule rule, Post p, long since) { return p.y * decay(POST_RATE, since); }
