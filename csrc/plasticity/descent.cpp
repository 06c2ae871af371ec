#include "plasticity/descent.hpp"

#include <cmath>

#include "core/dispatch.hpp"
#include "network/block.hpp"

namespace pysnn {
namespace {

template <class Real>
PYSNN_INLINE Real within(Real w, const Bounds<Real>& bounds) {
  w = w < bounds.least ? bounds.least : w;
  return w > bounds.most ? bounds.most : w;
}

template <class Real>
PYSNN_INLINE bool plainly(std::size_t n, const Real* __restrict g, Real rate, Bounds<Real> bounds, Real* __restrict w) {
  constexpr auto largest = static_cast<Real>(largest_weight<Real>);
  int beyond = 0;
  for (std::size_t q = 0; q < n; ++q) {
    w[q] = within(w[q] - rate * g[q], bounds);
    beyond |= std::abs(w[q]) <= largest ? 0 : 1;
  }
  return beyond == 0;
}

template <class Real>
PYSNN_INLINE bool by_adam(std::size_t n, const Real* __restrict g, const Adam<Real>& by, Real* __restrict m,
                          Real* __restrict v, Bounds<Real> bounds, Real* __restrict w) {
  constexpr auto largest = static_cast<Real>(largest_weight<Real>);
  const Adam<Real> a = by;
  int beyond = 0;
  for (std::size_t q = 0; q < n; ++q) {
    const Real mean = a.share * g[q];
    m[q] = a.beta_1 * m[q] + (Real(1) - a.beta_1) * mean;
    v[q] = a.beta_2 * v[q] + (Real(1) - a.beta_2) * (mean * mean);
    w[q] = within(w[q] - a.rate * m[q] / (std::sqrt(v[q] * a.scale) + a.epsilon), bounds);
    beyond |= std::abs(w[q]) <= largest ? 0 : 1;
  }
  return beyond == 0;
}

template <class Real>
PYSNN_INLINE void add(std::size_t n, const Real* __restrict w, Real* __restrict sum) {
  for (std::size_t q = 0; q < n; ++q) sum[q] += w[q];
}

}  // namespace

#define PYSNN_DESCENT(Real)                                                                          \
  PYSNN_CLONES bool descend(std::size_t n, const Real* g, Real rate, Bounds<Real> bounds, Real* w) { \
    return plainly(n, g, rate, bounds, w);                                                           \
  }                                                                                                  \
  PYSNN_CLONES bool descend(std::size_t n, const Real* g, const Adam<Real>& adam, Real* m, Real* v,  \
                            Bounds<Real> bounds, Real* w) {                                          \
    return by_adam(n, g, adam, m, v, bounds, w);                                                     \
  }                                                                                                  \
  PYSNN_CLONES void send(std::size_t n, const Real* w, Real* sum) { add(n, w, sum); }

PYSNN_DESCENT(float)
PYSNN_DESCENT(double)

}  // namespace pysnn
