// As csrc/plasticity/clopath_stdp.cpp and clopath_membranes.hpp, which have the mathematics: Clopath, Buesing, Vasilaki &
// Gerstner (2010). What a target keeps of a step in which it learns upwards is its rise.
#define WATCHES
#define PRE_RATE RATE_X
#include "pre_trace.cl"

#define N_POST 1
typedef struct {
  double rise;
} Post;

static inline Post first_post(void) { return (Post){0.0}; }
static inline Post next_post(Rule rule, Post p, long gap, bool first) { return p; }

static inline Real on_post(Rule rule, Real m, Pre pre, long since, Post post) {
  const Real to = (Real)((double)m + rated(UP) * x_after(rule, pre, since) * post.rise), most = (Real)c(W_MAX);
  return most < to ? most : to;
}
static inline Real on_pre(Rule rule, Real m, double fall) {
  const Real to = (Real)((double)m - rated(DOWN) * fall), least = (Real)c(W_MIN);
  return to < least ? least : to;
}

// What is kept of each membrane: its potentials, filtered, how long a spike still lasts, how many steps there have been.
#define N_FILTERS 3
enum { F_MINUS, F_PLUS, F_MEAN };

// A step of a membrane that left potential v; its rise. `falls`, `minus` and `plus` are rings of rows of all targets.
static inline Post watch_step(Rule rule, uint j, uint n, Real v, bool fired, ulong steps, uint fall_rows, uint* held,
                              double* f, global double* falls, global double* minus, global double* plus) {
  const uint delay_rows = (uint)c(DELAY_ROWS);
  if (fired) *held = (uint)c(SPIKE_STEPS);
  const double u = *held > 0 ? c(V_SPIKE) : (double)v;
  if (*held > 0) --*held;
  const double over = u - c(E_L), above = over < 0.0 ? 0.0 : over;
  if (steps == 0) {
    f[F_MINUS] = f[F_PLUS] = u;
    f[F_MEAN] = above;
  }
  f[F_MINUS] += c(MINUS) * (u - f[F_MINUS]);
  f[F_PLUS] += c(PLUS) * (u - f[F_PLUS]);
  f[F_MEAN] += c(MEAN) * (above - f[F_MEAN]);
  const ulong now = (steps % delay_rows) * n + j;
  minus[now] = f[F_MINUS];
  plus[now] = f[F_PLUS];
  // The oldest that are kept, which are those of now where there is no delay; at first of the first step.
  const ulong old = (steps < delay_rows ? 0 : (steps + 1 - delay_rows) % delay_rows) * n + j;
  const double scale = c(U_REF) > 0.0 ? f[F_MEAN] * f[F_MEAN] / (c(U_REF) * c(U_REF)) : 1.0;
  falls[(steps % fall_rows) * n + j] = c(A_LTD) * scale * max(minus[old] - c(THETA_MINUS), 0.0);
  return (Post){c(DT) * max(u - c(THETA_PLUS), 0.0) * max(plus[old] - c(THETA_MINUS), 0.0)};
}
