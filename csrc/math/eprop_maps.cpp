#include "math/eprop_maps.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "core/compiler.hpp"
#include "core/dispatch.hpp"

namespace pysnn {
namespace {

constexpr std::uint32_t vector = 16;  // that arrays by target are padded by at least: some are read beyond their end
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
                                 Gz = adapts ? (filters ? 4 : 2) : (filters ? 1 : 0), Ge = Gz + 1, Gb = adapts ? 6 : 2;
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
  PYSNN_INDEPENDENT_TURNS
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
  PYSNN_INDEPENDENT_TURNS
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

// A stretch of one step, of which psi and the signal are given, or of a block's composite.
template <class Real>
struct Piece {
  Real z, kappa_n;  // the trace at its begin; what is left of bar at its end
  const Real *of, *psi, *signal;
};

// So many numbers that are worked on at once, and as they lie in memory, wherever that is; a target without such
// registers does so in turns.
template <class Real>
struct Lanes {
  typedef Real Vector __attribute__((vector_size(64)));
  typedef Real InMemory __attribute__((vector_size(64), aligned(sizeof(Real)), may_alias));
  static constexpr std::uint32_t n = 64 / sizeof(Real);
};

// The state (eps, bar, g) of one synapse, or of as many as there are lanes, through a piece; at(array) reads what an
// array has for its target.
template <bool adapts, bool filters, class Real, class V, class At_>
PYSNN_INLINE void through_piece(const Piece<Real>& piece, const EpropRates<Real>& rates, std::uint32_t stride, V& eps,
                                V& bar, V& g, At_&& at) {
  using P = At<adapts, filters>;
  const Real z = piece.z;
  if (piece.of == nullptr) {
    V e;
    if constexpr (adapts) {
      e = at(piece.psi) * (z - at(rates.beta) * eps);
      eps = at(rates.rho) * eps + e;
    } else {
      e = at(piece.psi) * z;
    }
    if constexpr (filters) e = bar = rates.kappa * bar + (Real(1) - rates.kappa) * e;
    g += at(piece.signal) * e;
    return;
  }
  const auto number = [&](std::uint32_t which)
                          __attribute__((always_inline)) { return piece.of + std::size_t{which} * stride; };
  V sum = at(number(P::Gz)) * z;
  if constexpr (filters) sum += at(number(P::Gb)) * bar;
  if constexpr (adapts) sum += at(number(P::Ge)) * eps;
  g += sum;
  if constexpr (filters) {
    V b = at(number(P::Bz)) * z + piece.kappa_n * bar;
    if constexpr (adapts) b += at(number(P::Be)) * eps;
    bar = b;
  }
  if constexpr (adapts) eps = at(number(P::Ez)) * z + at(number(P::Ee)) * eps;
}

// Targets side by side: some synapses at a time through all pieces.
template <bool adapts, bool filters, class Real>
PYSNN_INLINE void through_neighbours(const EpropSynapses<Real>& s, const EpropRates<Real>& rates, std::uint32_t stride,
                                     const Piece<Real>* pieces, std::uint32_t n_pieces) {
  using V = typename Lanes<Real>::Vector;
  using InMemory = typename Lanes<Real>::InMemory;
  constexpr std::uint32_t lanes = Lanes<Real>::n;
  for (std::uint32_t k = 0; k < s.n; k += lanes) {
    // The last few on their own: beside them lies the state of others.
    const std::uint32_t here = std::min(lanes, s.n - k);
    const bool all = here == lanes;
    V eps{}, bar{}, g{};
    const auto move = [&](Real* from, V& into, bool back) __attribute__((always_inline)) {
      if (all)
        back ? void(*reinterpret_cast<InMemory*>(from) = into) : void(into = *reinterpret_cast<const InMemory*>(from));
      else
        for (std::uint32_t c = 0; c < here; ++c) back ? void(from[c] = into[c]) : void(into[c] = from[c]);
    };
    if constexpr (adapts) move(s.eps + k, eps, false);
    if constexpr (filters) move(s.bar + k, bar, false);
    move(s.g + k, g, false);
    const std::uint32_t j = s.target[0] + k;
    for (std::uint32_t p = 0; p < n_pieces; ++p)
      through_piece<adapts, filters>(pieces[p], rates, stride, eps, bar, g,
                                     [j](const Real* array) __attribute__((always_inline)) -> const InMemory& {
                                       return *reinterpret_cast<const InMemory*>(array + j);
                                     });
    if constexpr (adapts) move(s.eps + k, eps, true);
    if constexpr (filters) move(s.bar + k, bar, true);
    move(s.g + k, g, true);
  }
}

// Targets that stand anywhere: a strip through one piece after the other.
template <bool adapts, bool filters, class Real>
PYSNN_INLINE void through_scattered(const EpropSynapses<Real>& s, const EpropRates<Real>& rates, std::uint32_t stride,
                                    const Piece<Real>* pieces, std::uint32_t n_pieces) {
  for (std::uint32_t first = 0; first < s.n; first += strip) {
    const std::uint32_t n = std::min(strip, s.n - first);
    const std::uint16_t* __restrict const target = s.target + first;
    Real* __restrict const eps = adapts ? s.eps + first : nullptr;
    Real* __restrict const bar = filters ? s.bar + first : nullptr;
    Real* __restrict const g = s.g + first;
    for (std::uint32_t p = 0; p < n_pieces; ++p) {
      const Piece<Real> piece = pieces[p];
      const auto loop = [&](auto one_step) __attribute__((always_inline)) {
        Piece<Real> known = piece;  // which of the two it is, is known outside the loop
        if constexpr (one_step()) known.of = nullptr;
        PYSNN_INDEPENDENT_TURNS
        for (std::uint32_t k = 0; k < n; ++k) {
          const std::uint32_t j = target[k];
          Real e = adapts ? eps[k] : Real(0), b = filters ? bar[k] : Real(0), sum = g[k];
          through_piece<adapts, filters>(known, rates, stride, e, b, sum,
                                         [j](const Real* array) __attribute__((always_inline)) { return array[j]; });
          if constexpr (adapts) eps[k] = e;
          if constexpr (filters) bar[k] = b;
          g[k] = sum;
        }
      };
      if (piece.of == nullptr)
        loop(std::true_type());
      else
        loop(std::false_type());
    }
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

template <class Real>
PYSNN_INLINE void psi_loop(std::uint32_t n, const Real* __restrict v, const Real* __restrict threshold,
                           const char* __restrict held, const Real* __restrict per_width, const Real* __restrict height,
                           Real* __restrict psi) {
  for (std::uint32_t j = 0; j < n; ++j) {
    const Real near = Real(1) - std::abs(v[j] - threshold[j]) * per_width[j];
    const Real free = held[j] == 0 ? height[j] : Real(0);
    psi[j] = near > Real(0) ? free * near : Real(0);
  }
}

// A clone must be a plain function.
#define PYSNN_EPROP_LOOPS(Real)                                                                                  \
  PYSNN_CLONES void leaf(EpropShape shape, std::uint32_t n, std::uint32_t stride, const EpropRates<Real>& rates, \
                         const Real* psi, const Real* signal, Real* to) {                                        \
    with_shape(shape, [&](auto adapts, auto filters) __attribute__((always_inline)) {                            \
      leaf_loop<adapts(), filters()>(n, stride, rates, psi, signal, to);                                         \
    });                                                                                                          \
  }                                                                                                              \
  PYSNN_CLONES void join(EpropShape shape, std::uint32_t n, std::uint32_t stride, Real alpha_x, Real kappa_x,    \
                         Real kappa_y, const Real* x, const Real* y, Real* to) {                                 \
    with_shape(shape, [&](auto adapts, auto filters) __attribute__((always_inline)) {                            \
      compose_loop<adapts(), filters()>(n, stride, alpha_x, kappa_x, kappa_y, x, y, to);                         \
    });                                                                                                          \
  }                                                                                                              \
  PYSNN_CLONES void through(EpropShape shape, const EpropSynapses<Real>& s, const EpropRates<Real>& rates,       \
                            std::uint32_t stride, const Piece<Real>* pieces, std::uint32_t n_pieces) {           \
    with_shape(shape, [&](auto adapts, auto filters) __attribute__((always_inline)) {                            \
      if (s.side_by_side)                                                                                        \
        through_neighbours<adapts(), filters()>(s, rates, stride, pieces, n_pieces);                             \
      else                                                                                                       \
        through_scattered<adapts(), filters()>(s, rates, stride, pieces, n_pieces);                              \
    });                                                                                                          \
  }

PYSNN_EPROP_LOOPS(float)
PYSNN_EPROP_LOOPS(double)

}  // namespace

PYSNN_CLONES void pseudo_derivative(std::uint32_t n, const float* v, const float* threshold, const char* held,
                                    const float* per_width, const float* height, float* psi) {
  psi_loop(n, v, threshold, held, per_width, height, psi);
}
PYSNN_CLONES void pseudo_derivative(std::uint32_t n, const double* v, const double* threshold, const char* held,
                                    const double* per_width, const double* height, double* psi) {
  psi_loop(n, v, threshold, held, per_width, height, psi);
}

template <class Real>
EpropHistory<Real>::EpropHistory(std::uint32_t targets, EpropShape shape, double alpha, double kappa,
                                 std::vector<double> rho, std::vector<double> beta)
    : targets_(targets), stride_((targets + 2 * vector - 1) / vector * vector), shape_(shape), kappa_(kappa),
      decay_(length + 1), rho_(rho.empty() ? 0 : stride_, Real(0)), beta_(rho.empty() ? 0 : stride_, Real(0)),
      psi_(std::size_t{length} * stride_, Real(0)), signal_(std::size_t{length} * stride_, Real(0)),
      scratch_(std::size_t{2} * shape.numbers() * stride_, Real(0)) {
  for (std::uint32_t n = 0; n <= length; ++n) decay_[n] = left<double>(std::pow(alpha, n));
  for (std::uint32_t level = 0; level <= levels; ++level)
    kappa_after_[level] = left<Real>(std::pow(kappa, 1u << level));
  std::transform(rho.begin(), rho.end(), rho_.begin(), [](double x) { return static_cast<Real>(x); });
  std::transform(beta.begin(), beta.end(), beta_.begin(), [](double x) { return static_cast<Real>(x); });
  std::uint32_t blocks = 0;
  for (std::uint32_t level = 1; level <= levels; ++level) {
    first_block_[level] = blocks;
    blocks += length >> level;
  }
  blocks_ = Array<Real>(std::size_t{blocks} * shape.numbers() * stride_, Real(0));
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
  const Real kappa_half = kappa_after_[level - 1];
  join(shape_, targets_, stride_, left<Real>(decay_[half]), kappa_half, kappa_half, x, y, block(level, k));
}

template <class Real>
void EpropHistory<Real>::pass(std::uint32_t from, std::uint32_t to, double z, const EpropSynapses<Real>& synapses) {
  close();
  std::array<Piece<Real>, 2 * levels + 1> pieces;
  std::uint32_t n = 0;
  for (std::uint32_t k = from; k < to; ++n) {
    std::uint32_t level = k == 0 ? levels : static_cast<std::uint32_t>(std::countr_zero(k));
    while (k + (1u << level) > to) --level;
    pieces[n] = {static_cast<Real>(z * decay_[k - from]), kappa_after_[level],
                 level == 0 ? nullptr : block(level, k >> level), psi_.data() + at(k), signal_.data() + at(k)};
    k += 1u << level;
  }
  through(shape_, synapses, {static_cast<Real>(kappa_), rho_.data(), beta_.data()}, stride_, pieces.data(), n);
}

template <class Real>
std::size_t EpropHistory<Real>::nbytes() const {
  const std::size_t bytes = psi_.nbytes() + signal_.nbytes() + rho_.nbytes() + beta_.nbytes() + scratch_.nbytes();
  return bytes + blocks_.nbytes();
}

template class EpropHistory<float>;
template class EpropHistory<double>;

}  // namespace pysnn
