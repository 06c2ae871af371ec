// What a step of a target is for the state of a synapse, as a linear map, and what maps come to one after the other
// (eprop_maps.hpp has the mathematics); of one target and synapse, or of as many as a vector V has lanes.
#pragma once
#include <cstdint>

#include "core/dispatch.hpp"

namespace pysnn::eprop {

// The numbers of a composite, of one target or of a group; those that a shape lacks are not looked at.
template <class V>
struct Map {
  V ez, ee, bz, be, gz, ge, gb;
};

constexpr std::uint32_t count_numbers(bool adapts, bool filters) {
  return adapts ? (filters ? 7 : 4) : (filters ? 3 : 1);
}

// Each number that a shape has, in the order in which they lie in memory: f(number, place).
template <bool adapts, bool filters, class M, class F>
PYSNN_INLINE void each_number(M& m, F&& f) {
  std::uint32_t place = 0;
  f(m.gz, place++);
  if constexpr (adapts) {
    f(m.ez, place++);
    f(m.ee, place++);
    f(m.ge, place++);
  }
  if constexpr (filters) {
    f(m.bz, place++);
    f(m.gb, place++);
  }
  if constexpr (adapts && filters) f(m.be, place++);
}

// A single step.
template <bool adapts, bool filters, class Real, class V>
PYSNN_INLINE Map<V> leaf(const V& psi, const V& signal, const V& rho, const V& beta, Real kappa) {
  Map<V> m{};
  const V of_z = filters ? (Real(1) - kappa) * psi : psi;
  m.gz = signal * of_z;
  if constexpr (filters) {
    m.bz = of_z;
    m.gb = signal * kappa;
  }
  if constexpr (adapts) {
    m.ez = psi;
    m.ee = rho - psi * beta;
    m.ge = -(signal * (of_z * beta));
    if constexpr (filters) m.be = -(of_z * beta);
  }
  return m;
}

// First x, over steps after which alpha_x and kappa_x are left, then y.
template <bool adapts, bool filters, class Real, class V>
PYSNN_INLINE Map<V> then(const Map<V>& x, const Map<V>& y, Real alpha_x, Real kappa_x, Real kappa_y) {
  Map<V> m{};
  m.gz = x.gz + y.gz * alpha_x;
  if constexpr (adapts) {
    m.gz += y.ge * x.ez;
    m.ge = x.ge + y.ge * x.ee;
    m.ez = y.ez * alpha_x + y.ee * x.ez;
    m.ee = y.ee * x.ee;
  }
  if constexpr (filters) {
    m.gz += y.gb * x.bz;
    m.gb = x.gb + y.gb * kappa_x;
    m.bz = y.bz * alpha_x;
    if constexpr (adapts) {
      m.ge += y.gb * x.be;
      m.bz += y.be * x.ez;
      m.be = y.be * x.ee + kappa_y * x.be;
    }
    m.bz += kappa_y * x.bz;
  }
  return m;
}

// The state (eps, bar, g) of one synapse, or of a group's, through a composite ...
template <bool adapts, bool filters, class Real, class V>
PYSNN_INLINE void through_map(const Map<V>& m, Real z, Real kappa_n, V& eps, V& bar, V& g) {
  V sum = m.gz * z;
  if constexpr (filters) sum += m.gb * bar;
  if constexpr (adapts) sum += m.ge * eps;
  g += sum;
  if constexpr (filters) {
    V b = m.bz * z + kappa_n * bar;
    if constexpr (adapts) b += m.be * eps;
    bar = b;
  }
  if constexpr (adapts) eps = m.ez * z + m.ee * eps;
}

// ... and through one step.
template <bool adapts, bool filters, class Real, class V>
PYSNN_INLINE void through_step(const V& psi, const V& signal, const V& rho, const V& beta, Real z, Real kappa, V& eps,
                               V& bar, V& g) {
  V e;
  if constexpr (adapts) {
    e = psi * (z - beta * eps);
    eps = rho * eps + e;
  } else {
    e = psi * z;
  }
  if constexpr (filters) e = bar = kappa * bar + (Real(1) - kappa) * e;
  g += signal * e;
}

}  // namespace pysnn::eprop
