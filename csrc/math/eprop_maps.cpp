#include "math/eprop_maps.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "core/dispatch.hpp"

namespace pysnn {
namespace {

constexpr std::uint32_t strip = 512;  // synapses whose state is at hand from block to block

// What is too little to matter is nothing: arithmetic on numbers without a leading digit is slow.
template <class Real>
Real left(double x) {
  return static_cast<Real>(x < 1e-30 ? 0.0 : x);
}

// Where the numbers of a composite lie: in the order of EpropShape, each of all targets.
template <bool adapts, bool filters>
struct At {
  static constexpr std::uint32_t Ez = 0, Ee = 1, Bz = adapts ? 2 : 0, Be = 3,
                                 Gz = adapts ? (filters ? 4 : 2) : (filters ? 1 : 0), Ge = Gz + 1,
                                 Gb = adapts ? 6 : 2;
};

template <class Real>
struct Composite {
  const Real* of;
  std::uint32_t stride;
  PYSNN_INLINE Real operator()(std::uint32_t number, std::uint32_t j) const {
    return of[std::size_t{number} * stride + j];
  }
};

template <bool adapts, bool filters, class Real>
PYSNN_INLINE void leaf_loop(std::uint32_t n, std::uint32_t stride, const EpropRates<Real>& rates,
                            const Real* __restrict psi, const Real* __restrict signal, Real* __restrict to) {
  using P = At<adapts, filters>;
  const auto put = [&](std::uint32_t number, std::uint32_t j)
      __attribute__((always_inline)) -> Real& { return to[std::size_t{number} * stride + j]; };
  const Real share = Real(1) - rates.kappa;
#pragma GCC ivdep
  for (std::uint32_t j = 0; j < n; ++j) {
    const Real p = psi[j], l = signal[j], of_z = filters ? share * p : p;
    put(P::Gz, j) = l * of_z;
    if constexpr (filters) {
      put(P::Bz, j) = of_z;
      put(P::Gb, j) = l * rates.kappa;
    }
    if constexpr (adapts) {
      put(P::Ez, j) = p;
      put(P::Ee, j) = rates.rho[j] - p * rates.beta[j];
      put(P::Ge, j) = -(l * (of_z * rates.beta[j]));
      if constexpr (filters) put(P::Be, j) = -(of_z * rates.beta[j]);
    }
  }
}

// First `x`, over steps after which alpha_x and kappa_x are left, then `y`.
template <bool adapts, bool filters, class Real>
PYSNN_INLINE void compose_loop(std::uint32_t n, std::uint32_t stride, Real alpha_x, Real kappa_x, Real kappa_y,
                               const Real* __restrict first, const Real* __restrict second, Real* __restrict to) {
  using P = At<adapts, filters>;
  const Composite<Real> x{first, stride}, y{second, stride};
  const auto put = [&](std::uint32_t number, std::uint32_t j)
      __attribute__((always_inline)) -> Real& { return to[std::size_t{number} * stride + j]; };
#pragma GCC ivdep
  for (std::uint32_t j = 0; j < n; ++j) {
    Real gz = x(P::Gz, j) + y(P::Gz, j) * alpha_x;
    if constexpr (adapts) {
      const Real ez = x(P::Ez, j), ee = x(P::Ee, j);
      Real ge = x(P::Ge, j) + y(P::Ge, j) * ee;
      gz += y(P::Ge, j) * ez;
      put(P::Ez, j) = y(P::Ez, j) * alpha_x + y(P::Ee, j) * ez;
      put(P::Ee, j) = y(P::Ee, j) * ee;
      if constexpr (filters) {
        const Real bz = x(P::Bz, j), be = x(P::Be, j), gb = y(P::Gb, j);
        ge += gb * be;
        put(P::Bz, j) = (y(P::Bz, j) * alpha_x + y(P::Be, j) * ez) + kappa_y * bz;
        put(P::Be, j) = y(P::Be, j) * ee + kappa_y * be;
        gz += gb * bz;
        put(P::Gb, j) = x(P::Gb, j) + gb * kappa_x;
      }
      put(P::Ge, j) = ge;
    } else if constexpr (filters) {
      const Real bz = x(P::Bz, j), gb = y(P::Gb, j);
      gz += gb * bz;
      put(P::Bz, j) = y(P::Bz, j) * alpha_x + kappa_y * bz;
      put(P::Gb, j) = x(P::Gb, j) + gb * kappa_x;
    }
    put(P::Gz, j) = gz;
  }
}

// One step of some synapses.
template <bool adapts, bool filters, class Real, class Target>
PYSNN_INLINE void step_loop(std::uint32_t n, const Target& target, Real z, const EpropRates<Real>& rates,
                            const Real* __restrict psi, const Real* __restrict signal, Real* __restrict eps,
                            Real* __restrict bar, Real* __restrict g) {
  const Real kappa = rates.kappa, share = Real(1) - kappa;
#pragma GCC ivdep
  for (std::uint32_t k = 0; k < n; ++k) {
    const std::uint32_t j = target(k);
    Real e;
    if constexpr (adapts) {
      e = psi[j] * (z - rates.beta[j] * eps[k]);
      eps[k] = rates.rho[j] * eps[k] + e;
    } else {
      e = psi[j] * z;
    }
    if constexpr (filters) e = bar[k] = kappa * bar[k] + share * e;
    g[k] += signal[j] * e;
  }
}

// A block of steps after which kappa_n is left.
template <bool adapts, bool filters, class Real, class Target>
PYSNN_INLINE void block_loop(std::uint32_t n, const Target& target, Real z, Real kappa_n, const Real* __restrict of,
                             std::uint32_t stride, Real* __restrict eps, Real* __restrict bar, Real* __restrict g) {
  using P = At<adapts, filters>;
  const Composite<Real> c{of, stride};
#pragma GCC ivdep
  for (std::uint32_t k = 0; k < n; ++k) {
    const std::uint32_t j = target(k);
    Real sum = c(P::Gz, j) * z;
    if constexpr (filters) sum += c(P::Gb, j) * bar[k];
    if constexpr (adapts) sum += c(P::Ge, j) * eps[k];
    g[k] += sum;
    if constexpr (filters) {
      Real b = c(P::Bz, j) * z + kappa_n * bar[k];
      if constexpr (adapts) b += c(P::Be, j) * eps[k];
      bar[k] = b;
    }
    if constexpr (adapts) eps[k] = c(P::Ez, j) * z + c(P::Ee, j) * eps[k];
  }
}

// Call f with the shape as types.
template <class F>
PYSNN_INLINE void with_shape(EpropShape shape, F&& f) {
  using Yes = std::true_type;
  using No = std::false_type;
  if (shape.adapts)
    shape.filters ? f(Yes(), Yes()) : f(Yes(), No());
  else
    shape.filters ? f(No(), Yes()) : f(No(), No());
}

// A clone must be a plain function.
#define PYSNN_EPROP_LOOPS(Real)                                                                                       \
  PYSNN_CLONES void leaf(EpropShape shape, std::uint32_t n, std::uint32_t stride, const EpropRates<Real>& rates,      \
                         const Real* psi, const Real* signal, Real* to) {                                             \
    with_shape(shape, [&](auto adapts, auto filters) __attribute__((always_inline)) {                                 \
      leaf_loop<adapts(), filters()>(n, stride, rates, psi, signal, to);                                              \
    });                                                                                                               \
  }                                                                                                                   \
  PYSNN_CLONES void join(EpropShape shape, std::uint32_t n, std::uint32_t stride, Real alpha_x, Real kappa_x,         \
                         Real kappa_y, const Real* x, const Real* y, Real* to) {                                      \
    with_shape(shape, [&](auto adapts, auto filters) __attribute__((always_inline)) {                                 \
      compose_loop<adapts(), filters()>(n, stride, alpha_x, kappa_x, kappa_y, x, y, to);                              \
    });                                                                                                               \
  }                                                                                                                   \
  PYSNN_CLONES void through_step(EpropShape shape, const EpropSynapses<Real>& s, Real z,                              \
                                 const EpropRates<Real>& rates, const Real* psi, const Real* signal) {                \
    with_shape(shape, [&](auto adapts, auto filters) __attribute__((always_inline)) {                                 \
      if (!s.side_by_side)                                                                                            \
        step_loop<adapts(), filters()>(                                                                               \
            s.n, [t = s.target](std::uint32_t k) __attribute__((always_inline)) { return std::uint32_t{t[k]}; }, z,   \
            rates, psi, signal, s.eps, s.bar, s.g);                                                                   \
      else                                                                                                            \
        step_loop<adapts(), filters()>(                                                                               \
            s.n, [](std::uint32_t k) __attribute__((always_inline)) { return k; }, z, rates, psi, signal, s.eps,      \
            s.bar, s.g);                                                                                              \
    });                                                                                                               \
  }                                                                                                                   \
  PYSNN_CLONES void through_block(EpropShape shape, const EpropSynapses<Real>& s, Real z, Real kappa_n,               \
                                  const Real* of, std::uint32_t stride) {                                             \
    with_shape(shape, [&](auto adapts, auto filters) __attribute__((always_inline)) {                                 \
      if (!s.side_by_side)                                                                                            \
        block_loop<adapts(), filters()>(                                                                              \
            s.n, [t = s.target](std::uint32_t k) __attribute__((always_inline)) { return std::uint32_t{t[k]}; }, z,   \
            kappa_n, of, stride, s.eps, s.bar, s.g);                                                                  \
      else                                                                                                            \
        block_loop<adapts(), filters()>(                                                                              \
            s.n, [](std::uint32_t k) __attribute__((always_inline)) { return k; }, z, kappa_n, of, stride, s.eps,     \
            s.bar, s.g);                                                                                              \
    });                                                                                                               \
  }

PYSNN_EPROP_LOOPS(float)
PYSNN_EPROP_LOOPS(double)

}  // namespace

template <class Real>
EpropHistory<Real>::EpropHistory(std::uint32_t targets, EpropShape shape, double alpha, double kappa,
                                 std::vector<double> rho, std::vector<double> beta)
    : targets_(targets), stride_((targets + 15) / 16 * 16), shape_(shape), kappa_(kappa), decay_(length + 1),
      rho_(rho.size()), beta_(beta.size()), psi_(std::size_t{length} * stride_), signal_(std::size_t{length} * stride_),
      scratch_(std::size_t{2} * shape.numbers() * stride_) {
  for (std::uint32_t n = 0; n <= length; ++n) decay_[n] = std::pow(alpha, n);
  std::transform(rho.begin(), rho.end(), rho_.begin(), [](double x) { return static_cast<Real>(x); });
  std::transform(beta.begin(), beta.end(), beta_.begin(), [](double x) { return static_cast<Real>(x); });
  for (std::uint32_t level = 1; level <= levels; ++level)
    blocks_.emplace_back(std::size_t{length >> level} * shape.numbers() * stride_);
}

template <class Real>
typename EpropHistory<Real>::Step EpropHistory<Real>::add() {
  close();
  ++steps_;
  return step(steps_ - 1);
}

// Blocks that end with the last step, from the smallest on.
template <class Real>
void EpropHistory<Real>::close() {
  if (closed_) return;
  for (std::uint32_t level = 1; level <= levels && steps_ % (1u << level) == 0; ++level)
    compose(level, (steps_ >> level) - 1);
  closed_ = true;
}

template <class Real>
void EpropHistory<Real>::compose(std::uint32_t level, std::uint32_t k) {
  const std::uint32_t half = 1u << (level - 1);
  const Real *x, *y;
  if (level == 1) {
    Real *const first = scratch_.data(), *const second = first + at(shape_.numbers());
    const EpropRates<Real> rates{static_cast<Real>(kappa_), rho_.data(), beta_.data()};
    for (const std::uint32_t which : {0u, 1u})
      leaf(shape_, targets_, stride_, rates, psi_.data() + at(2 * k + which), signal_.data() + at(2 * k + which),
           which == 0 ? first : second);
    x = first;
    y = second;
  } else {
    x = block(level - 1, 2 * k);
    y = block(level - 1, 2 * k + 1);
  }
  const Real kappa_half = left<Real>(std::pow(kappa_, half));
  join(shape_, targets_, stride_, left<Real>(decay_[half]), kappa_half, kappa_half, x, y, block(level, k));
}

template <class Real>
void EpropHistory<Real>::pass(std::uint32_t from, std::uint32_t to, double z, const EpropSynapses<Real>& synapses) {
  close();
  const EpropRates<Real> rates{static_cast<Real>(kappa_), rho_.data(), beta_.data()};
  for (std::uint32_t first = 0; first < synapses.n; first += strip) {
    const auto along = [&](auto* array) { return array ? array + first : nullptr; };
    const std::uint32_t shift = synapses.side_by_side ? synapses.target[first] : 0;
    const EpropSynapses<Real> part{std::min(strip, synapses.n - first), along(synapses.target), synapses.side_by_side,
                                   along(synapses.eps), along(synapses.bar), along(synapses.g)};
    const EpropRates<Real> here{rates.kappa, rates.rho + (shape_.adapts ? shift : 0),
                                rates.beta + (shape_.adapts ? shift : 0)};
    for (std::uint32_t k = from; k < to;) {
      std::uint32_t level = k == 0 ? levels : static_cast<std::uint32_t>(std::countr_zero(k));
      while (k + (1u << level) > to) --level;
      const Real trace = left<Real>(z * decay_[k - from]);
      if (level == 0)
        through_step(shape_, part, trace, here, psi_.data() + at(k) + shift, signal_.data() + at(k) + shift);
      else
        through_block(shape_, part, trace, left<Real>(std::pow(kappa_, 1u << level)),
                      block(level, k >> level) + shift, stride_);
      k += 1u << level;
    }
  }
}

template <class Real>
std::size_t EpropHistory<Real>::nbytes() const {
  std::size_t bytes = psi_.nbytes() + signal_.nbytes() + rho_.nbytes() + beta_.nbytes() + scratch_.nbytes();
  for (const auto& level : blocks_) bytes += level.nbytes();
  return bytes;
}

template class EpropHistory<float>;
template class EpropHistory<double>;

}  // namespace pysnn
