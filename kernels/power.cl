// u^mu from nothing but + - * / and bits: the twin of csrc/math/power.hpp, which explains it. OpenCL's own pow
// may be wrong by 16 units in the last place.
static inline double power(double u, double mu) {
  // u = m 2^e with m in [sqrt 1/2, sqrt 2), and log m = 2 artanh t with t = (m - 1) / (m + 1), |t| < 0.172.
  const long half_root = 0x3FE6A09E667F3BCD;  // the bits of sqrt 1/2
  const long bits = as_long(u);
  const long e = (bits - half_root) >> 52;
  const double m = as_double(bits - (e << 52));
  const double t = (m - 1.0) / (m + 1.0);
  const double s = t * t;
  double series = 1.0 / 23.0;
  series = series * s + 1.0 / 21.0;
  series = series * s + 1.0 / 19.0;
  series = series * s + 1.0 / 17.0;
  series = series * s + 1.0 / 15.0;
  series = series * s + 1.0 / 13.0;
  series = series * s + 1.0 / 11.0;
  series = series * s + 1.0 / 9.0;
  series = series * s + 1.0 / 7.0;
  series = series * s + 1.0 / 5.0;
  series = series * s + 1.0 / 3.0;
  // log 2 in two parts: the product of e and the upper one is exact.
  const double upper = 0x1.62e42fefa3800p-1, lower = 0x1.ef35793c76730p-45, per_log2 = 0x1.71547652b82fep+0;
  const double power_of_two = (double)(int)e;
  const double log_u = power_of_two * upper + (2.0 * t + (2.0 * t * (s * series) + power_of_two * lower));

  // exp y = 2^n exp r with |r| < 0.35; adding 1.5 2^52 rounds to a whole number and leaves it in the low bits.
  const double y = mu * log_u;
  const double shifted = y * per_log2 + 0x1.8p52;
  const double n = shifted - 0x1.8p52;
  const double r = (y - n * upper) - n * lower;
  double sum = 1.0 / 6227020800.0;
  sum = sum * r + 1.0 / 479001600.0;
  sum = sum * r + 1.0 / 39916800.0;
  sum = sum * r + 1.0 / 3628800.0;
  sum = sum * r + 1.0 / 362880.0;
  sum = sum * r + 1.0 / 40320.0;
  sum = sum * r + 1.0 / 5040.0;
  sum = sum * r + 1.0 / 720.0;
  sum = sum * r + 1.0 / 120.0;
  sum = sum * r + 1.0 / 24.0;
  sum = sum * r + 1.0 / 6.0;
  sum = sum * r + 0.5;
  sum = sum * r + 1.0;
  sum = sum * r + 1.0;
  const double scale = as_double((as_long(shifted) + 1023) << 52);
  return u < 0x1p-1000 ? 0.0 : sum * scale;
}
