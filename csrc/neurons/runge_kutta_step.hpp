// A fixed step for models without closed form: the classical Runge-Kutta scheme of fourth order on the model's vector
// field (runge_kutta_flow.hpp says what that is), in `parts` equal parts a step. Spikes fall on the grid.
//
// An explicit scheme overshoots where a state relaxes faster than a step is long (strong conductances, v far below
// rest), and beyond the peak that would be a spike. A neuron whose step strays so far, as its field says, takes it
// again by splitting (Strang 1968; for such membranes Chen, Raman & Stern 2020, SIAM J. Sci. Comput. 42:B273): in
// `pieces`, v and the other states in turn, each relaxing exactly while the others stand. That is of second order and
// stays between where it is and where it goes to, however stiff. The field has for it, beside what runge_kutta_flow.hpp
// lists,
//
//   bool strays(const Real (&before)[n_states], const Real (&after)[n_states], Real current, Real h, Real dt) const;
//                                                     whether steps of h from there are too long; no branches
//   void rates(const Real (&x)[n_states], Real (&r)[n_states]) const;   >= 0, at which each state relaxes, in 1/ms
//   Real longest_piece(const Real (&x)[n_states], Real current) const;  optional, where the rate of v changes with v
#pragma once
#include <algorithm>
#include <limits>
#include <string>

#include "core/dispatch.hpp"
#include "core/time.hpp"
#include "math/exp.hpp"
#include "neurons/parts.hpp"

namespace pysnn {

template <class Model, class Real, int parts = 1>
struct RungeKuttaStep {
  using Field = typename Model::template Field<Real>;
  static constexpr std::size_t n = Field::n_states, n_states = n + 1, n_receptors = Field::n_receptors;

  RungeKuttaStep(const Model& model, const TimeBase& time, const std::string& owner)
      : model_(model), field_(model), hold_(model.refractory(), time, owner), dt_(static_cast<Real>(time.unit())),
        h_(static_cast<Real>(time.unit() / parts)), peak_(static_cast<Real>(model.peak())) {
    const double longest = parts * model.longest_step();
    if (time.unit() > longest)
      throw ParameterError(owner + ": its equations need steps of at most " + show(longest) +
                           " ms (got dt = " + show(time.unit()) + " ms)");
  }

  double initial(std::size_t state) const { return state < n ? model_.initial(state) : 0.0; }
  // For kernels/runge_kutta.cl and the field in the model's own kernel.
  Constants constants() const {
    return field_.constants() + Constants{{"refractory", hold_.steps}, {"dt", dt_}, {"h", h_}, {"peak", peak_}};
  }

  // State: as declared, then steps left refractory. (Loops are unrolled so that the one over neurons vectorises.)
  PYSNN_INLINE bool operator()(Real (&s)[n_states], const Real (&in)[n_receptors], Real current) const {
    const bool free = hold_.free(s[n]);
    Real x[n];
    for (std::size_t k = 0; k < n; ++k) x[k] = s[k];
#pragma GCC unroll 8
    for (int part = 0; part < parts; ++part) advance(x, current, free);
    return end(s, x, in);
  }

  // Of a step that was taken: whether it must be taken again in pieces.
  PYSNN_INLINE bool strays(const Real (&before)[n_states], const Real (&after)[n_states], Real current) const {
    Real from[n], to[n];
    for (std::size_t k = 0; k < n; ++k) {
      from[k] = before[k];
      to[k] = after[k];
    }
    return field_.strays(from, to, current, h_, dt_);
  }

  bool in_pieces(Real (&s)[n_states], const Real (&in)[n_receptors], Real current) const {
    const bool free = hold_.free(s[n]);
    Real x[n], d[n], r[n];
    const auto others = [&](Real h) {
      field_(x, current, d);
      field_.rates(x, r);
      for (std::size_t k = 1; k < n; ++k) x[k] += relaxed(d[k], r[k], h);
    };
    for (std::size_t k = 0; k < n; ++k) x[k] = s[k];
    if constexpr (Field::resets) x[0] = std::min(x[0], peak_);
    int taken = 0;
    for (Real left = dt_; left > Real(0);) {
      Real h = std::min(left, dt_ / pieces);
      if constexpr (requires { field_.longest_piece(x, current); })
        if (++taken <= most_pieces) h = std::min(h, field_.longest_piece(x, current));
      left = h < left ? left - h : Real(0);
      others(h / 2);
      // Once at the peak it fires.
      if (free && !(Field::resets && x[0] >= peak_)) {
        field_(x, current, d);
        field_.rates(x, r);
        x[0] += relaxed(d[0], r[0], h);
        if constexpr (Field::resets) x[0] = std::min(x[0], peak_);
      }
      others(h / 2);
    }
    return end(s, x, in);
  }

 private:
  // At least so many; and where they have to be shorter, so many of those at most: v comes back from -1e6 mV within a
  // hundred, but where something holds it there a step would take milliseconds.
  static constexpr int pieces = 32, most_pieces = 2048;

  // How far a state comes in h ms that changes by d a ms now and relaxes at a rate r: d h (1 - e^{-r h})/(r h).
  static Real relaxed(Real d, Real r, Real h) {
    const double x = static_cast<double>(r) * static_cast<double>(h);
    if (!(x > 0.0)) return d * h;
    return static_cast<Real>(static_cast<double>(d) *
                             (-Exponential(-std::min(x, 700.0)).minus_one() / static_cast<double>(r)));
  }

  // What arrives at the end, and whether it fires then.
  PYSNN_INLINE bool end(Real (&s)[n_states], Real (&x)[n], const Real (&in)[n_receptors]) const {
    const Real before = s[0];
    Real after[n];
    x[0] = hold_.free(s[n]) ? x[0] : before;
    field_.arrive(x, in);
    // (One comparison: of two, the loop over neurons would not vectorise.)
    constexpr Real infinite = std::numeric_limits<Real>::infinity();
    const Real highest = Field::resets ? std::max(x[0], before) : x[0];
    const bool may = Field::resets ? hold_.free(s[n]) : before < peak_;
    const bool fires = highest >= (may ? peak_ : infinite);
    for (std::size_t k = 0; k < n; ++k) after[k] = x[k];
    field_.reset(after);
    for (std::size_t k = 0; k < n; ++k) s[k] = fires ? after[k] : x[k];
    s[n] = hold_.next(s[n], fires);
    return fires;
  }

  PYSNN_INLINE void advance(Real (&x)[n], Real current, bool free) const {
    Real k1[n], k2[n], k3[n], k4[n], y[n];
    slope(x, current, free, k1);
    for (std::size_t k = 0; k < n; ++k) y[k] = x[k] + h_ / 2 * k1[k];
    slope(y, current, free, k2);
    for (std::size_t k = 0; k < n; ++k) y[k] = x[k] + h_ / 2 * k2[k];
    slope(y, current, free, k3);
    for (std::size_t k = 0; k < n; ++k) y[k] = x[k] + h_ * k3[k];
    slope(y, current, free, k4);
    for (std::size_t k = 0; k < n; ++k) x[k] += h_ / 6 * ((k1[k] + k4[k]) + 2 * (k2[k] + k3[k]));
  }

  // Beyond the peak a spike is certain, and the field may be too steep for a number.
  PYSNN_INLINE void slope(Real (&x)[n], Real current, bool free, Real (&d)[n]) const {
    if constexpr (Field::resets) x[0] = std::min(x[0], peak_);
    field_(x, current, d);
    d[0] = free ? d[0] : Real(0);
  }

  Model model_;
  Field field_;
  HoldSteps<Real> hold_;
  Real dt_, h_, peak_;
};

}  // namespace pysnn
