// How much of a change is left of a weight at the share u of its bound, by the exponent mu.
#include "power.cl"

static inline double share_of(double u, double mu) {
  if (mu == 0.0) return 1.0;
  if (mu == 1.0) return u;
  return power(max(u, 0.0), mu);
}
