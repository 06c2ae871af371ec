// e^x from nothing but + - * and bits: the twin of csrc/math/exp.hpp, which explains it.
typedef struct {
  double scale, rest;
} Exponential;

static inline Exponential exponential(double x) {
  const double high = 0x1.62e42fefa0000p-1, low = 0x1.cf79abc9e3b39p-40, whole = 0x1.8p52;
  const double shifted = x * 0x1.71547652b82fep0 + whole;
  const double k = shifted - whole;
  const double r = (x - k * high) - k * low, r2 = r * r, r4 = r2 * r2;
  const double a = (1.0 / 2 + r * (1.0 / 6)) + r2 * (1.0 / 24 + r * (1.0 / 120));
  const double b = (1.0 / 720 + r * (1.0 / 5040)) + r2 * (1.0 / 40320 + r * (1.0 / 362880));
  const double c = (1.0 / 3628800 + r * (1.0 / 39916800)) + r2 * (1.0 / 479001600 + r * (1.0 / 6227020800));
  const Exponential e = {as_double((as_ulong(shifted) + 1023UL) << 52), r + r2 * (a + r4 * (b + r4 * c))};
  return e;
}
static inline double value_of(Exponential e) { return e.scale + e.scale * e.rest; }
static inline double minus_one(Exponential e) { return (e.scale - 1.0) + e.scale * e.rest; }

static inline double exp_of_double(double x) {
  const double above = x < -708.0 ? -708.0 : x;
  return value_of(exponential(709.0 < above ? 709.0 : above));
}

static inline float exp_of_float(float x) {
  const float high = 0x1.62e4p-1f, low = 0x1.7f7d1cp-20f, whole = 0x1.8p23f;
  x = x < -87.0f ? -87.0f : x;
  x = 88.0f < x ? 88.0f : x;
  const float shifted = x * 0x1.715476p0f + whole;
  const float k = shifted - whole;
  const float r = (x - k * high) - k * low, r2 = r * r;
  const float a = (0.5f + r * (1.0f / 6)) + r2 * (1.0f / 24 + r * (1.0f / 120));
  const float p = 1.0f + (r + r2 * (a + r2 * r2 * (1.0f / 720 + r * (1.0f / 5040))));
  return as_float(as_uint(p) + (as_uint(shifted) << 23));
}

#if REAL_BITS == 32
#define exp_of exp_of_float
#else
#define exp_of exp_of_double
#endif
