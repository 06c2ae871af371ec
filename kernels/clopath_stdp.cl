// As csrc/plasticity/clopath_stdp.cpp and clopath_membranes.hpp, which have the mathematics: Clopath, Buesing, Vasilaki &
// Gerstner (2010).
#define WATCHES
#define PRE_RATE RATE_X
#include "pre_trace.cl"

#include "no_post_trace.cl"

static inline double amplitude(Rule rule, Pre pre) { return rated(UP) * pre.x; }
static inline Real on_rise(Rule rule, Real m, double gain) {
  const Real to = (Real)((double)m + gain), most = (Real)c(W_MAX);
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
static inline double watch_step(Rule rule, uint j, uint n, Real v, bool fired, ulong steps, uint fall_rows, uint* held,
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
  const double rise = c(DT) * max(u - c(THETA_PLUS), 0.0) * max(plus[old] - c(THETA_MINUS), 0.0);
  return rise > c(LARGEST_RISE) ? c(LARGEST_RISE) : rise;
}
