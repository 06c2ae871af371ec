#include "math/eprop_maps.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/compiler.hpp"
#include "core/dispatch.hpp"
#include "math/eprop_algebra.hpp"

namespace pysnn {
namespace {

using namespace eprop;

constexpr std::uint32_t strip = 512;  // synapses whose state is at hand from piece to piece

// What is too little to matter is nothing: arithmetic on numbers without a leading digit is slow.
template <class Real>
Real left(double x) {
  return static_cast<Real>(x < 1e-30 ? 0.0 : x);
}

// So many numbers that are worked on at once, and as they lie in memory, wherever that is; a processor without such
// registers does so in turns. Targets are taken in groups of so many.
template <class Real>
struct Lanes {
  typedef Real Vector __attribute__((vector_size(64)));
  typedef Real InMemory __attribute__((vector_size(64), aligned(sizeof(Real)), may_alias));
  static constexpr std::uint32_t n = 64 / sizeof(Real);
};

template <class Real>
PYSNN_INLINE const typename Lanes<Real>::InMemory& load(const Real* from) {
  return *reinterpret_cast<const typename Lanes<Real>::InMemory*>(from);
}
template <class Real>
PYSNN_INLINE void store(Real* to, const typename Lanes<Real>::Vector& what) {
  *reinterpret_cast<typename Lanes<Real>::InMemory*>(to) = what;
}

// Composites lie group by group of targets, in each number by number, so that a group is one stretch of memory.
template <bool adapts, bool filters, class Real>
PYSNN_INLINE auto load_map(const Real* group) {
  Map<typename Lanes<Real>::Vector> m{};
  each_number<adapts, filters>(m, [&](auto& number, std::uint32_t place) __attribute__((always_inline)) {
    number = load(group + place * Lanes<Real>::n);
  });
  return m;
}
template <bool adapts, bool filters, class Real, class M>
PYSNN_INLINE void store_map(const M& m, Real* group) {
  each_number<adapts, filters>(m, [&](const auto& number, std::uint32_t place) __attribute__((always_inline)) {
    store(group + place * Lanes<Real>::n, number);
  });
}

// The step of a group of targets from j on.
template <bool adapts, bool filters, class Real>
PYSNN_INLINE auto leaf_of(const EpropSteps<Real>& steps, std::uint32_t k, std::uint32_t j,
                          const EpropRates<Real>& rates) {
  using V = typename Lanes<Real>::Vector;
  const std::size_t at = std::size_t{k} * steps.stride + j;
  V rho{}, beta{};
  if constexpr (adapts) {
    rho = load(rates.rho + j);
    beta = load(rates.beta + j);
  }
  return leaf<adapts, filters, Real, V>(load(steps.psi + at), load(steps.signal + at), rho, beta, rates.kappa);
}

// Composites of how many targets, of how many numbers each; one of all targets after the other in memory.
struct Sizes {
  std::uint32_t targets, numbers;
  std::size_t of_all;
};

// What composites take of powers, by the number of steps: how much is left of z and of bar.
template <class Real>
struct Powers {
  const Real *alpha, *kappa;
};

// The composite `to` of so many steps takes in those up to `until`.
template <bool adapts, bool filters, class Real>
PYSNN_INLINE void take_in_loop(const EpropSteps<Real>& steps, std::uint32_t taken, std::uint32_t until, Sizes sizes,
                               const EpropRates<Real>& rates, const Powers<Real>& powers, Real* to) {
  for (std::uint32_t j = 0; j < sizes.targets; j += Lanes<Real>::n, to += Lanes<Real>::n * sizes.numbers) {
    auto m = taken == 0 ? leaf_of<adapts, filters>(steps, 0, j, rates) : load_map<adapts, filters>(to);
    for (std::uint32_t k = std::max(taken, 1u); k < until; ++k)
      m = then<adapts, filters>(m, leaf_of<adapts, filters>(steps, k, j, rates), powers.alpha[k], powers.kappa[k],
                                powers.kappa[1]);
    store_map<adapts, filters>(m, to);
  }
}

// A chunk is over: composites `onward` from each of its steps, and `across` chunks, of which there have been `before`.
template <bool adapts, bool filters, class Real>
PYSNN_INLINE void end_chunk_loop(const EpropSteps<Real>& steps, std::uint32_t chunk, std::uint32_t before, Sizes sizes,
                                 const EpropRates<Real>& rates, const Powers<Real>& powers, Real* onward,
                                 Real* across) {
  for (std::uint32_t j = 0; j < sizes.targets; j += Lanes<Real>::n) {
    const std::size_t group = std::size_t{j} * sizes.numbers;
    auto m = leaf_of<adapts, filters>(steps, chunk - 1, j, rates);
    store_map<adapts, filters>(m, onward + std::size_t{chunk - 1} * sizes.of_all + group);
    for (std::uint32_t k = chunk - 1; k-- > 0;) {
      m = then<adapts, filters>(leaf_of<adapts, filters>(steps, k, j, rates), m, powers.alpha[1], powers.kappa[1],
                                powers.kappa[chunk - 1 - k]);
      store_map<adapts, filters>(m, onward + std::size_t{k} * sizes.of_all + group);
    }
    for (std::uint32_t c = 0; c < before; ++c) {
      Real* const to = across + std::size_t{c} * sizes.of_all + group;
      const std::uint32_t n = (before - c) * chunk;
      store_map<adapts, filters>(then<adapts, filters>(load_map<adapts, filters>(to), m, powers.alpha[n],
                                                       powers.kappa[n], powers.kappa[chunk]),
                                 to);
    }
    store_map<adapts, filters>(m, across + std::size_t{before} * sizes.of_all + group);
  }
}

// A stretch of one step, of which psi and the signal are given, or a composite.
template <class Real>
struct Piece {
  Real z, kappa_n;  // the trace at its begin; what is left of bar at its end
  const Real *of, *psi, *signal;
};

// Targets side by side: a group at a time through all pieces.
template <bool adapts, bool filters, class Real>
PYSNN_INLINE void through_neighbours(const EpropSynapses<Real>& s, const EpropRates<Real>& rates, std::uint32_t numbers,
                                     const Piece<Real>* pieces, std::uint32_t n_pieces, const EpropAhead<Real>& ahead) {
  using V = typename Lanes<Real>::Vector;
  constexpr std::uint32_t lanes = Lanes<Real>::n;
  const std::uint32_t first = s.target[0], end = first + s.n;
  for (std::uint32_t j = first / lanes * lanes; j < end; j += lanes) {
    // Of the first and the last group a part may be that of others: beside the synapses lies the state of others too.
    const std::uint32_t from = std::max(first, j), to = std::min(end, j + lanes), k = from - first;
    const bool all = to - from == lanes;
    V eps{}, bar{}, g{};
    const auto move = [&](Real* array, V& into, bool back) __attribute__((always_inline)) {
      if (all)
        back ? store(array + k, into) : void(into = load(array + k));
      else
        for (std::uint32_t c = 0; c < to - from; ++c)
          back ? void(array[k + c] = into[from - j + c]) : void(into[from - j + c] = array[k + c]);
    };
    if constexpr (adapts) move(s.eps, eps, false);
    if constexpr (filters) move(s.bar, bar, false);
    move(s.g, g, false);
    // Some of the next run at a time: a core can ask for no more than some lines of memory at once.
    for (std::uint32_t p = 0; p < ahead.n_state; ++p) __builtin_prefetch(ahead.state[p] + k);
    if (ahead.map != nullptr)
      for (std::uint32_t p = 0; p < numbers; ++p) __builtin_prefetch(ahead.map + std::size_t{j} * numbers + p * lanes);
    for (std::uint32_t p = 0; p < n_pieces; ++p) {
      const Piece<Real>& piece = pieces[p];
      if (piece.of != nullptr) {
        through_map<adapts, filters>(load_map<adapts, filters>(piece.of + std::size_t{j} * numbers), piece.z,
                                     piece.kappa_n, eps, bar, g);
        continue;
      }
      V rho{}, beta{};
      if constexpr (adapts) {
        rho = load(rates.rho + j);
        beta = load(rates.beta + j);
      }
      through_step<adapts, filters, Real, V>(load(piece.psi + j), load(piece.signal + j), rho, beta, piece.z,
                                             rates.kappa, eps, bar, g);
    }
    if constexpr (adapts) move(s.eps, eps, true);
    if constexpr (filters) move(s.bar, bar, true);
    move(s.g, g, true);
  }
}

// Targets that stand anywhere: a strip through one piece after the other.
template <bool adapts, bool filters, class Real>
PYSNN_INLINE void through_scattered(const EpropSynapses<Real>& s, const EpropRates<Real>& rates, std::uint32_t numbers,
                                    const Piece<Real>* pieces, std::uint32_t n_pieces) {
  constexpr std::uint32_t lanes = Lanes<Real>::n;
  for (std::uint32_t first = 0; first < s.n; first += strip) {
    const std::uint32_t n = std::min(strip, s.n - first);
    const std::uint16_t* __restrict const target = s.target + first;
    Real* __restrict const eps = adapts ? s.eps + first : nullptr;
    Real* __restrict const bar = filters ? s.bar + first : nullptr;
    Real* __restrict const g = s.g + first;
    // f(synapse, its target, its state).
    const auto each = [&](auto&& f) __attribute__((always_inline)) {
      PYSNN_INDEPENDENT_TURNS
      for (std::uint32_t k = 0; k < n; ++k) {
        Real e = adapts ? eps[k] : Real(0), b = filters ? bar[k] : Real(0), sum = g[k];
        f(std::uint32_t{target[k]}, e, b, sum);
        if constexpr (adapts) eps[k] = e;
        if constexpr (filters) bar[k] = b;
        g[k] = sum;
      }
    };
    for (std::uint32_t p = 0; p < n_pieces; ++p) {
      const Piece<Real> piece = pieces[p];
      if (piece.of != nullptr)
        each([&](std::uint32_t j, Real& e, Real& b, Real& sum) __attribute__((always_inline)) {
          const Real* const of = piece.of + (j / lanes * lanes * numbers + j % lanes);
          Map<Real> m{};
          each_number<adapts, filters>(
              m, [&](Real& number, std::uint32_t place) __attribute__((always_inline)) { number = of[place * lanes]; });
          through_map<adapts, filters>(m, piece.z, piece.kappa_n, e, b, sum);
        });
      else
        each([&](std::uint32_t j, Real& e, Real& b, Real& sum) __attribute__((always_inline)) {
          through_step<adapts, filters>(piece.psi[j], piece.signal[j], adapts ? rates.rho[j] : Real(0),
                                        adapts ? rates.beta[j] : Real(0), piece.z, rates.kappa, e, b, sum);
        });
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
#define PYSNN_EPROP_LOOPS(Real)                                                                                        \
  PYSNN_CLONES void take_in(EpropShape shape, const EpropSteps<Real>& steps, std::uint32_t taken, std::uint32_t until, \
                            Sizes sizes, const EpropRates<Real>& rates, const Powers<Real>& powers, Real* to) {        \
    with_shape(shape, [&](auto adapts, auto filters) __attribute__((always_inline)) {                                  \
      take_in_loop<adapts(), filters()>(steps, taken, until, sizes, rates, powers, to);                                \
    });                                                                                                                \
  }                                                                                                                    \
  PYSNN_CLONES void end_chunk(EpropShape shape, const EpropSteps<Real>& steps, std::uint32_t chunk,                    \
                              std::uint32_t before, Sizes sizes, const EpropRates<Real>& rates,                        \
                              const Powers<Real>& powers, Real* onward, Real* across) {                                \
    with_shape(shape, [&](auto adapts, auto filters) __attribute__((always_inline)) {                                  \
      end_chunk_loop<adapts(), filters()>(steps, chunk, before, sizes, rates, powers, onward, across);                 \
    });                                                                                                                \
  }                                                                                                                    \
  PYSNN_CLONES void through(EpropShape shape, const EpropSynapses<Real>& s, const EpropRates<Real>& rates,             \
                            std::uint32_t numbers, const Piece<Real>* pieces, std::uint32_t n_pieces,                  \
                            const EpropAhead<Real>& ahead) {                                                           \
    with_shape(shape, [&](auto adapts, auto filters) __attribute__((always_inline)) {                                  \
      if (s.side_by_side)                                                                                              \
        through_neighbours<adapts(), filters()>(s, rates, numbers, pieces, n_pieces, ahead);                           \
      else                                                                                                             \
        through_scattered<adapts(), filters()>(s, rates, numbers, pieces, n_pieces);                                   \
    });                                                                                                                \
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
    : targets_(targets), stride_((targets + Lanes<Real>::n - 1) / Lanes<Real>::n * Lanes<Real>::n), shape_(shape),
      kappa_(kappa), decay_(length + 1), rho_(rho.empty() ? 0 : stride_, Real(0)),
      beta_(rho.empty() ? 0 : stride_, Real(0)), psi_(std::size_t{length} * stride_, Real(0)),
      signal_(std::size_t{length} * stride_, Real(0)), onward_(std::size_t{length} * size(), Real(0)),
      across_(std::size_t{chunks} * size(), Real(0)), so_far_(size(), Real(0)) {
  for (std::uint32_t n = 0; n <= length; ++n) {
    decay_[n] = left<double>(std::pow(alpha, n));
    left_.push_back(left<Real>(decay_[n]));
    stays_.push_back(left<Real>(std::pow(kappa, n)));
  }
  std::transform(rho.begin(), rho.end(), rho_.begin(), [](double x) { return static_cast<Real>(x); });
  std::transform(beta.begin(), beta.end(), beta_.begin(), [](double x) { return static_cast<Real>(x); });
}

template <class Real>
typename EpropHistory<Real>::Step EpropHistory<Real>::add() {
  if (steps_ > 0 && steps_ % chunk == 0) end_chunk(steps_ / chunk - 1);
  const std::size_t here = at(steps_++);
  return {psi_.data() + here, signal_.data() + here};
}

template <class Real>
void EpropHistory<Real>::end_chunk(std::uint32_t which) {
  pysnn::end_chunk(shape_, steps_from(which * chunk), chunk, which, {targets_, shape_.numbers(), size()}, rates(),
                   {left_.data(), stays_.data()}, onward_.data() + std::size_t{which} * chunk * size(), across_.data());
  so_far_steps_ = 0;
}

// The composite of the chunk at hand, up to the present.
template <class Real>
const Real* EpropHistory<Real>::so_far() {
  const std::uint32_t begin = (steps_ - 1) / chunk * chunk;
  if (so_far_steps_ < steps_ - begin)
    take_in(shape_, steps_from(begin), so_far_steps_, steps_ - begin, {targets_, shape_.numbers(), size()}, rates(),
            {left_.data(), stays_.data()}, so_far_.data());
  so_far_steps_ = steps_ - begin;
  return so_far_.data();
}

template <class Real>
void EpropHistory<Real>::pass(std::uint32_t from, std::uint32_t to, double z, const EpropSynapses<Real>& synapses,
                              const EpropAhead<Real>& ahead) {
  std::array<Piece<Real>, chunks + chunk> pieces;
  std::uint32_t n = 0, k = from;
  const auto composite = [&](const Real* of, std::uint32_t end) {
    pieces[n++] = {static_cast<Real>(z * decay_[k - from]), stays_[end - k], of, nullptr, nullptr};
    k = end;
  };
  const bool to_present = to == steps_;
  // Begin of the chunk in which it ends; a chunk is over when the first step after it comes.
  const std::uint32_t last = (to_present ? to - 1 : to) / chunk * chunk;
  if (from < last) composite(onward_.data() + from * size(), (from / chunk + 1) * chunk);
  if (to_present && k < last) composite(across_.data() + k / chunk * size(), last);
  while (k < last) composite(onward_.data() + k * size(), k + chunk);
  if (to_present && k == last) composite(so_far(), to);
  for (; k < to; ++k)
    pieces[n++] = {static_cast<Real>(z * decay_[k - from]), stays_[1], nullptr, psi_.data() + at(k),
                   signal_.data() + at(k)};
  through(shape_, synapses, rates(), shape_.numbers(), pieces.data(), n, ahead);
}

template <class Real>
std::size_t EpropHistory<Real>::nbytes() const {
  const std::size_t steps = psi_.nbytes() + signal_.nbytes() + rho_.nbytes() + beta_.nbytes();
  return steps + onward_.nbytes() + across_.nbytes() + so_far_.nbytes();
}

template class EpropHistory<float>;
template class EpropHistory<double>;

}  // namespace pysnn
