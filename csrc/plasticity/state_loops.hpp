// The loops of a rule with state beside the weight that are without branches: the rule's own file compiles them for
// every instruction set.
//
// A rule's Synapse is a structure of doubles, the weight `w` first, and names the others to each(f); stored it is one
// array a number, in row order.
#pragma once
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "core/dispatch.hpp"

namespace pysnn {

// Of a synapse, beside its weight.
template <class Synapse>
inline constexpr std::size_t state_columns = sizeof(Synapse) / sizeof(double) - 1;

// Some neighbouring synapses as they are stored.
template <class Rule, class Real>
struct Stored {
  using Synapse = typename Rule::Synapse;
  static constexpr std::size_t columns = state_columns<Synapse>;

  Real* w;
  std::array<Real*, columns> state;

  // From synapse k on.
  Stored from(std::size_t k) const {
    Stored part = *this;
    part.w += k;
    for (Real*& column : part.state) column += k;
    return part;
  }
  PYSNN_INLINE Synapse load(std::size_t k) const {
    Synapse s;
    if constexpr (Rule::signed_weights)
      s.w = static_cast<double>(w[k]);
    else
      s.w = std::abs(static_cast<double>(w[k]));
    std::size_t c = 0;
    s.each([&](double& value) __attribute__((always_inline)) { value = static_cast<double>(state[c++][k]); });
    return s;
  }
  PYSNN_INLINE void store(std::size_t k, Synapse s) const {
    if constexpr (Rule::signed_weights)
      w[k] = static_cast<Real>(s.w);
    else
      w[k] = std::copysign(static_cast<Real>(s.w), w[k]);
    std::size_t c = 0;
    s.each([&](double& value) __attribute__((always_inline)) { state[c++][k] = static_cast<Real>(value); });
  }
  template <class Change>
  PYSNN_INLINE void change(std::size_t k, Change&& change) const {
    Synapse s = load(k);
    change(s);
    store(k, s);
  }
};

// A number as a Real holds it. (Where two of them are rounded side by side, g++ 12 at -O3 makes one vector of them and
// then takes the way there and back for none: what it cannot see through it keeps.)
template <class Real>
PYSNN_INLINE double as_stored(double value) {
  if constexpr (sizeof(Real) == sizeof(double)) return value;
  Real narrow = static_cast<Real>(value);
#if defined(__x86_64__)
  __asm__("" : "+x"(narrow));
#elif defined(__GNUC__)
  __asm__("" : "+m"(narrow));
#endif
  return static_cast<double>(narrow);
}

// What a synapse is after each event: its numbers as they are stored.
template <class Real, class Synapse>
PYSNN_INLINE void round_as_stored(Synapse& s) {
  s.w = as_stored<Real>(s.w);
  s.each([](double& value) { value = as_stored<Real>(value); });
}

// Each of n synapses changes by `change`, or by that and its own value.
template <class Rule, class Real, class Change>
PYSNN_INLINE void change_loop(std::uint32_t n, const Stored<Rule, Real>& of, const Change& change) {
  for (std::uint32_t k = 0; k < n; ++k) of.change(k, change);
}
template <class Rule, class Real, class Change>
PYSNN_INLINE void change_loop(std::uint32_t n, const double* __restrict own, const Stored<Rule, Real>& of,
                              const Change& change) {
  for (std::uint32_t k = 0; k < n; ++k)
    of.change(k, [&](auto& s) __attribute__((always_inline)) { change(s, own[k]); });
}

// A rule declares those that it has, and compiles them: a clone must be a plain function. A time without events:
#define PYSNN_DECLARE_GAP_LOOP(Rule)                                                                 \
  PYSNN_DECLARES_CLONES static void loop_gap(const Gap&, std::uint32_t, const Stored<Rule, float>&); \
  PYSNN_DECLARES_CLONES static void loop_gap(const Gap&, std::uint32_t, const Stored<Rule, double>&);
#define PYSNN_GAP_LOOP(Rule)                                                                          \
  PYSNN_CLONES void Rule::loop_gap(const Gap& gap, std::uint32_t n, const Stored<Rule, float>& of) {  \
    change_loop(n, of, [g = gap](Synapse& s) __attribute__((always_inline)) { g.over(s); });          \
  }                                                                                                   \
  PYSNN_CLONES void Rule::loop_gap(const Gap& gap, std::uint32_t n, const Stored<Rule, double>& of) { \
    change_loop(n, of, [g = gap](Synapse& s) __attribute__((always_inline)) { g.over(s); });          \
  }

// A presynaptic spike, which sees `seen` of the targets:
#define PYSNN_DECLARE_PRE_LOOP(Rule)                                                           \
  PYSNN_DECLARES_CLONES static void loop_pre(const Kernel&, std::uint32_t, const double* seen, \
                                             const Stored<Rule, float>&);                      \
  PYSNN_DECLARES_CLONES static void loop_pre(const Kernel&, std::uint32_t, const double* seen, \
                                             const Stored<Rule, double>&);
#define PYSNN_PRE_LOOP(Rule)                                                                                         \
  PYSNN_CLONES void Rule::loop_pre(const Kernel& kernel, std::uint32_t n, const double* seen,                        \
                                   const Stored<Rule, float>& of) {                                                  \
    change_loop(n, seen, of, [k = kernel](Synapse& s, double y) __attribute__((always_inline)) { k.on_pre(s, y); }); \
  }                                                                                                                  \
  PYSNN_CLONES void Rule::loop_pre(const Kernel& kernel, std::uint32_t n, const double* seen,                        \
                                   const Stored<Rule, double>& of) {                                                 \
    change_loop(n, seen, of, [k = kernel](Synapse& s, double y) __attribute__((always_inline)) { k.on_pre(s, y); }); \
  }

// A moment of the modulator with these values, x being what its presynaptic side has to say:
#define PYSNN_DECLARE_MOMENT_LOOP(Rule)                                                                       \
  PYSNN_DECLARES_CLONES static void loop_moment(const Kernel&, double x, std::uint32_t, const double* values, \
                                                const Stored<Rule, float>&);                                  \
  PYSNN_DECLARES_CLONES static void loop_moment(const Kernel&, double x, std::uint32_t, const double* values, \
                                                const Stored<Rule, double>&);
#define PYSNN_MOMENT_LOOP(Rule)                                                                                  \
  PYSNN_CLONES void Rule::loop_moment(const Kernel& kernel, double x, std::uint32_t n, const double* values,     \
                                      const Stored<Rule, float>& of) {                                           \
    change_loop(n, values, of,                                                                                   \
                [k = kernel, x](Synapse& s, double v) __attribute__((always_inline)) { k.on_moment(s, v, x); }); \
  }                                                                                                              \
  PYSNN_CLONES void Rule::loop_moment(const Kernel& kernel, double x, std::uint32_t n, const double* values,     \
                                      const Stored<Rule, double>& of) {                                          \
    change_loop(n, values, of,                                                                                   \
                [k = kernel, x](Synapse& s, double v) __attribute__((always_inline)) { k.on_moment(s, v, x); }); \
  }

}  // namespace pysnn
