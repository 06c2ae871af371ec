// As csrc/plasticity/bcm.cpp, which has the mathematics: Bienenstock, Cooper & Munro (1982), Intrator & Cooper (1992).
#include "exp.cl"
#define N_PRE 1
#define N_POST 2
#define DRIFTS
#define NOT_AT_PRE
#define NOT_AT_POST

typedef struct {
  double x;
} Pre;
typedef struct {
  double r, theta;
} Post;

static inline Pre first_pre(void) { return (Pre){0.0}; }
static inline Post first_post(void) { return (Post){0.0, 0.0}; }

static inline Post later(Rule rule, Post p, double d) {
  const double decay_theta = exp_of_double(-c(L_THETA) * d), slow = exp_of_double(-c(L_R) * d);
  const double rate = c(L_THETA) - 2.0 * c(L_R), x = rate * d;
  const double q = fabs(x) > 1.0    ? (slow * slow - decay_theta) / rate
                   : fabs(x) < 1e-8 ? decay_theta * d * (1.0 + 0.5 * x)
                                    : decay_theta * d * minus_one(exponential(x)) / x;
  return (Post){p.r * slow, p.theta * decay_theta + p.r * p.r * c(L_THETA) * q};
}

static inline Pre next_pre(Rule rule, Pre p, long gap, bool first) {
  return (Pre){first ? 1.0 : p.x * exp_of_double(-c(L_X) * ((double)gap * c(UNIT))) + 1.0};
}
static inline Post next_post(Rule rule, Post p, long gap, bool first) {
  if (!first) p = later(rule, p, (double)gap * c(UNIT));
  p.r += c(JUMP);
  return p;
}

static inline double power_of(double d, int n) {
  double product = d;
  for (int k = 1; k < n; ++k) product *= d;
  return product;
}
// Integral over [0, d] of t^n e^{-m t}.
static inline double moment(int n, double m, double d) {
  const double z = m * d;
  if (z < 2.0) {
    double term = 1.0 / (n + 1), sum = 0.0;
    for (int k = 0; k < 60 && term > 1e-18; ++k) {
      sum += term;
      term *= z / (n + 2 + k);
    }
    return exp_of_double(-z) * power_of(d, n + 1) * sum;
  }
  double factorial = 1.0, tail = 1.0, power = 1.0;
  for (int k = 1; k <= n; ++k) {
    factorial *= k;
    power *= z / k;
    tail += power;
  }
  return factorial * (1.0 - exp_of_double(-z) * tail) / power_of(m, n + 1);
}
static inline double decayed(double a, double d) {
  const double fades = -a * d;
  return -minus_one(exponential(fades < -708.0 ? -708.0 : fades)) / a;
}
static inline double divided(double a, double b, double d) {
  const double h = 0.5 * (b - a);
  if (fabs(h) * d > 1e-3 && fabs(h) > 1e-3 * (a + b)) return (decayed(a, d) - decayed(b, d)) / (b - a);
  const double m = 0.5 * (a + b);
  return moment(1, m, d) + h * h / 6.0 * moment(3, m, d) + h * h * h * h / 120.0 * moment(5, m, d);
}

static inline Real over_gap(Rule rule, Real m, Pre pre, long since_pre, Post post, long since_post, long length) {
  const double unit = c(UNIT), x = pre.x * exp_of_double(-c(L_X) * ((double)since_pre * unit)), d = (double)length * unit;
  const Post p = since_post == 0 ? post : later(rule, post, (double)since_post * unit);
  const double base = c(L_X) + c(L_R);
  const double gap = p.r * (p.r * decayed(base + c(L_R), d) - p.theta * decayed(base + c(L_THETA), d) -
                            p.r * p.r * c(L_THETA) * divided(base + 2.0 * c(L_R), base + c(L_THETA), d));
  return (Real)clamp((double)m + rated(ETA) * x * gap, c(W_MIN), c(W_MAX));
}
