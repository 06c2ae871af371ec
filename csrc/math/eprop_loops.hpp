// What e-prop's composites go through, and what goes through them, in loops over targets and synapses: for a shape and
// a layout of composites (eprop_layouts.hpp), to be compiled for an instruction set (eprop_maps.cpp).
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "core/compiler.hpp"
#include "core/dispatch.hpp"
#include "math/eprop_algebra.hpp"
#include "math/eprop_layouts.hpp"
#include "math/eprop_maps.hpp"

namespace pysnn::eprop {

// The step of as many targets as the layout takes at once, from j on.
template <bool adapts, bool filters, class Layout, class Real = typename Layout::Real>
PYSNN_INLINE auto leaf_of(const EpropSteps<Real>& steps, std::uint32_t k, std::uint32_t j,
                          const EpropRates<Real>& rates) {
  using V = typename Layout::Vector;
  const std::size_t at = std::size_t{k} * steps.stride + j;
  V rho{}, beta{};
  if constexpr (adapts) {
    rho = Layout::load(rates.rho + j);
    beta = Layout::load(rates.beta + j);
  }
  const V psi = Layout::load(steps.psi + at), signal = Layout::load(steps.signal + at);
  return leaf<adapts, filters, Real, V>(psi, signal, rho, beta, rates.kappa);
}

// What composites are made of: steps, and what is left of z and of bar by the number of steps.
template <class Real>
struct Making {
  EpropShape shape;
  EpropSteps<Real> steps;
  EpropRates<Real> rates;
  const Real *alpha, *kappa;
};

// The composite of so many steps, which is kept in groups in `to`, takes in those up to `until`; a copy of it for a
// layout of records.
template <bool adapts, bool filters, class Layout, class Real = typename Layout::Real>
PYSNN_INLINE void take_in(const Making<Real>& of, std::uint32_t taken, std::uint32_t until, Real* to,
                          [[maybe_unused]] Real* copy) {
  using InGroups = Groups<Real, Layout::n * sizeof(Real)>;
  for (std::uint32_t j = 0; j < of.steps.stride; j += Layout::n) {
    auto m = taken == 0 ? leaf_of<adapts, filters, Layout>(of.steps, 0, j, of.rates)
                        : InGroups::template load_map<adapts, filters>(to, j);
    for (std::uint32_t k = std::max(taken, 1u); k < until; ++k)
      m = then<adapts, filters>(m, leaf_of<adapts, filters, Layout>(of.steps, k, j, of.rates), of.alpha[k], of.kappa[k],
                                of.kappa[1]);
    InGroups::template store_map<adapts, filters>(m, to, j);
    if constexpr (Layout::records) Layout::template store_map<adapts, filters>(m, copy, j);
  }
}

// A chunk is over: composites `onward` from each of its steps, and `across` chunks, of which there have been `before`;
// one of all targets is of so many numbers.
template <bool adapts, bool filters, class Layout, class Real = typename Layout::Real>
PYSNN_INLINE void end_chunk(const Making<Real>& of, std::uint32_t chunk, std::uint32_t before, std::size_t size,
                            Real* onward, Real* across) {
  const auto store = [](const auto& m, Real* all, std::size_t j)
                         __attribute__((always_inline)) { Layout::template store_map<adapts, filters>(m, all, j); };
  for (std::uint32_t j = 0; j < of.steps.stride; j += Layout::n) {
    auto m = leaf_of<adapts, filters, Layout>(of.steps, chunk - 1, j, of.rates);
    store(m, onward + (chunk - 1) * size, j);
    for (std::uint32_t k = chunk - 1; k-- > 0;) {
      m = then<adapts, filters>(leaf_of<adapts, filters, Layout>(of.steps, k, j, of.rates), m, of.alpha[1], of.kappa[1],
                                of.kappa[chunk - 1 - k]);
      store(m, onward + k * size, j);
    }
    for (std::uint32_t c = 0; c < before; ++c) {
      const std::uint32_t n = (before - c) * chunk;
      store(then<adapts, filters>(Layout::template load_map<adapts, filters>(across + c * size, j), m, of.alpha[n],
                                  of.kappa[n], of.kappa[chunk]),
            across + c * size, j);
    }
    store(m, across + before * size, j);
  }
}

// A stretch of one step, of which psi and the signal are given, or a composite.
template <class Real>
struct Piece {
  Real z, kappa_n;  // the trace at its begin; what is left of bar at its end
  const Real *of, *psi, *signal;
};

// What synapses of a run go through, and what the next one will ask for.
template <class Real>
struct Passing {
  EpropShape shape;
  const EpropSynapses<Real>& synapses;
  EpropRates<Real> rates;
  const Piece<Real>* pieces;
  std::uint32_t n_pieces;
  const EpropAhead<Real>& ahead;
};

// The state (eps, bar, g) of as many synapses as the layout takes at once, or of the n from lane `first` on.
template <bool adapts, bool filters, class Layout>
struct InHand {
  using V = typename Layout::Vector;
  using Real = typename Layout::Real;
  V eps{}, bar{}, g{};

  PYSNN_INLINE void load(const EpropSynapses<Real>& s, std::uint32_t k) {
    each(s, [&](Real* array, V& into) __attribute__((always_inline)) { into = Layout::load(array + k); });
  }
  PYSNN_INLINE void store(const EpropSynapses<Real>& s, std::uint32_t k) {
    each(s, [&](Real* array, const V& from) __attribute__((always_inline)) { Layout::store(array + k, from); });
  }
  PYSNN_INLINE void load(const EpropSynapses<Real>& s, std::uint32_t k, std::uint32_t first, std::uint32_t n) {
    if (n == Layout::n) return load(s, k);
    if constexpr (Layout::n > 1)
      each(s, [&](Real* array, V& into) __attribute__((always_inline)) {
        Real some[Layout::n]{};
        for (std::uint32_t c = 0; c < n; ++c) some[first + c] = array[k + c];
        into = Layout::load(some);
      });
  }
  PYSNN_INLINE void store(const EpropSynapses<Real>& s, std::uint32_t k, std::uint32_t first, std::uint32_t n) {
    if (n == Layout::n) return store(s, k);
    if constexpr (Layout::n > 1)
      each(s, [&](Real* array, const V& from) __attribute__((always_inline)) {
        Real some[Layout::n];
        Layout::store(some, from);
        for (std::uint32_t c = 0; c < n; ++c) array[k + c] = some[first + c];
      });
  }

 private:
  template <class F>
  PYSNN_INLINE void each(const EpropSynapses<Real>& s, F&& f) {
    if constexpr (adapts) f(s.eps, eps);
    if constexpr (filters) f(s.bar, bar);
    f(s.g, g);
  }
};

// Targets side by side, in stretches: a group at a time through all pieces.
template <bool adapts, bool filters, class Layout, class Real = typename Layout::Real>
PYSNN_INLINE void through_neighbours(const Passing<Real>& of) {
  using V = typename Layout::Vector;
  // (Copies, which no state that is written can be.)
  const EpropSynapses<Real> s = of.synapses;
  const EpropRates<Real> rates = of.rates;
  const EpropAhead<Real> ahead = of.ahead;
  const Piece<Real>* const pieces = of.pieces;
  const std::uint32_t n_pieces = of.n_pieces;
  constexpr std::uint32_t lanes = Layout::n, numbers = count_numbers(adapts, filters);
  for (std::uint32_t begin = 0, stretch = 0; begin < s.n; ++stretch) {
    const std::uint32_t stop = s.stretch_ends[stretch] - s.first, first = s.target[begin], end = first + stop - begin;
    for (std::uint32_t j = first / lanes * lanes; j < end; j += lanes) {
      // Of the first and the last group a part may be that of others: beside the synapses lies the state of others too.
      const std::uint32_t from = std::max(first, j), to = std::min(end, j + lanes), k = begin + from - first;
      InHand<adapts, filters, Layout> hand;
      hand.load(s, k, from - j, to - from);
      // Some of the next run at a time: a core can ask for no more than some lines of memory at once.
      for (std::uint32_t p = 0; p < ahead.n_state; ++p) __builtin_prefetch(ahead.state[p] + k);
      if (ahead.map != nullptr)
        for (std::uint32_t p = 0; p < numbers; ++p)
          __builtin_prefetch(ahead.map + std::size_t{j} * numbers + p * lanes);
      for (std::uint32_t p = 0; p < n_pieces; ++p) {
        const Piece<Real>& piece = pieces[p];
        if (piece.of != nullptr) {
          through_map<adapts, filters>(Layout::template load_map<adapts, filters>(piece.of, j), piece.z, piece.kappa_n,
                                       hand.eps, hand.bar, hand.g);
          continue;
        }
        const V psi = Layout::load(piece.psi + j), signal = Layout::load(piece.signal + j);
        V rho{}, beta{};
        if constexpr (adapts) {
          rho = Layout::load(rates.rho + j);
          beta = Layout::load(rates.beta + j);
        }
        through_step<adapts, filters, Real, V>(psi, signal, rho, beta, piece.z, rates.kappa, hand.eps, hand.bar,
                                               hand.g);
      }
      hand.store(s, k, from - j, to - from);
    }
    begin = stop;
  }
}

// Targets that stand anywhere, in records: as many synapses at a time as there are lanes through all pieces. The last
// ones are taken with some of those before, which go through it once more and are then put back.
template <bool adapts, bool filters, class Layout, class Real = typename Layout::Real>
PYSNN_INLINE void through_scattered(const Passing<Real>& of) {
  using V = typename Layout::Vector;
  // (Copies, which no state that is written can be.)
  const EpropSynapses<Real> s = of.synapses;
  const EpropRates<Real> rates = of.rates;
  const EpropAhead<Real> ahead = of.ahead;
  const Piece<Real>* const pieces = of.pieces;
  const std::uint32_t n_pieces = of.n_pieces;
  constexpr std::uint32_t lanes = Layout::n, width = Layout::width(count_numbers(adapts, filters));
  InHand<adapts, filters, Layout> before;
  for (std::uint32_t k = 0; k < s.n; k += lanes) {
    const std::uint32_t here = std::min(lanes, s.n), at = std::min(k, s.n - here);
    std::uint32_t target[lanes];
    for (std::uint32_t c = 0; c < lanes; ++c) target[c] = s.target[at + (here == lanes ? c : std::min(c, here - 1))];
    const auto of_targets = [&](const Real* values, V& to) __attribute__((always_inline)) {
      Real found[lanes];
      for (std::uint32_t c = 0; c < lanes; ++c) found[c] = values[target[c]];
      to = Layout::load(found);
    };
    InHand<adapts, filters, Layout> hand;
    hand.load(s, at, 0, here);
    for (std::uint32_t p = 0; p < ahead.n_state; ++p) __builtin_prefetch(ahead.state[p] + k);
    for (std::uint32_t c = 0; c < lanes && k + c < ahead.n; ++c)
      __builtin_prefetch(ahead.map + std::size_t{ahead.target[k + c]} * width);
    for (std::uint32_t p = 0; p < n_pieces; ++p) {
      const Piece<Real>& piece = pieces[p];
      if (piece.of != nullptr) {
        through_map<adapts, filters>(Layout::template find_map<adapts, filters>(piece.of, target), piece.z,
                                     piece.kappa_n, hand.eps, hand.bar, hand.g);
        continue;
      }
      V psi, signal, rho{}, beta{};
      of_targets(piece.psi, psi);
      of_targets(piece.signal, signal);
      if constexpr (adapts) {
        of_targets(rates.rho, rho);
        of_targets(rates.beta, beta);
      }
      through_step<adapts, filters, Real, V>(psi, signal, rho, beta, piece.z, rates.kappa, hand.eps, hand.bar, hand.g);
    }
    hand.store(s, at, 0, here);
    if (at < k) before.store(s, k - lanes);
    before = hand;
  }
}

// The same in groups, where there is no instruction for more: some synapses through one piece after the other.
template <bool adapts, bool filters, class Layout, class Real = typename Layout::Real>
PYSNN_INLINE void through_one_by_one(const Passing<Real>& of) {
  constexpr std::uint32_t strip = 512;
  for (std::uint32_t first = 0; first < of.synapses.n; first += strip) {
    const std::uint32_t n = std::min(strip, of.synapses.n - first);
    const std::uint16_t* __restrict const target = of.synapses.target + first;
    Real* __restrict const eps = adapts ? of.synapses.eps + first : nullptr;
    Real* __restrict const bar = filters ? of.synapses.bar + first : nullptr;
    Real* __restrict const g = of.synapses.g + first;
    // f(its target, its state) of each synapse.
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
    for (std::uint32_t p = 0; p < of.n_pieces; ++p) {
      const Piece<Real> piece = of.pieces[p];
      if (piece.of != nullptr)
        each([&](std::uint32_t j, Real& e, Real& b, Real& sum) __attribute__((always_inline)) {
          through_map<adapts, filters>(Layout::template load_map<adapts, filters>(piece.of, j), piece.z, piece.kappa_n,
                                       e, b, sum);
        });
      else
        each([&](std::uint32_t j, Real& e, Real& b, Real& sum) __attribute__((always_inline)) {
          through_step<adapts, filters>(piece.psi[j], piece.signal[j], adapts ? of.rates.rho[j] : Real(0),
                                        adapts ? of.rates.beta[j] : Real(0), piece.z, of.rates.kappa, e, b, sum);
        });
    }
  }
}

}  // namespace pysnn::eprop
