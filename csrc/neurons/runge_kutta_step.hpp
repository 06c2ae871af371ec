// A fixed step for models without closed form: the classical Runge-Kutta scheme of fourth order on the model's vector
// field (runge_kutta_flow.hpp says what that is), in `parts` equal parts a step. Spikes fall on the grid.
#pragma once
#include <algorithm>
#include <string>

#include "core/dispatch.hpp"
#include "core/time.hpp"
#include "neurons/parts.hpp"

namespace pysnn {

template <class Model, class Real, int parts = 1>
struct RungeKuttaStep {
  using Field = typename Model::template Field<Real>;
  static constexpr std::size_t n = Field::n_states, n_states = n + 1, n_receptors = Field::n_receptors;

  RungeKuttaStep(const Model& model, const TimeBase& time, const std::string& owner)
      : model_(model), field_(model), hold_(model.refractory(), time, owner),
        h_(static_cast<Real>(time.unit() / parts)), peak_(static_cast<Real>(model.peak())) {
    const double longest = parts * model.longest_step();
    if (time.unit() > longest)
      throw ParameterError(owner + ": its equations need steps of at most " + show(longest) +
                           " ms (got dt = " + show(time.unit()) + " ms)");
  }

  double initial(std::size_t state) const { return state < n ? model_.initial(state) : 0.0; }

  // State: as declared, then steps left refractory. (Loops are unrolled so that the one over neurons vectorises.)
  PYSNN_INLINE bool operator()(Real (&s)[n_states], const Real (&in)[n_receptors], Real current) const {
    const bool free = hold_.free(s[n]);
    const Real before = s[0];
    Real x[n], after[n];
    for (std::size_t k = 0; k < n; ++k) x[k] = s[k];
#pragma GCC unroll 8
    for (int part = 0; part < parts; ++part) advance(x, current, free);
    field_.arrive(x, in);
    const bool fires = x[0] >= peak_ && (Field::resets || before < peak_);
    for (std::size_t k = 0; k < n; ++k) after[k] = x[k];
    field_.reset(after);
    for (std::size_t k = 0; k < n; ++k) s[k] = fires ? after[k] : x[k];
    s[n] = hold_.next(s[n], fires);
    return fires;
  }

 private:
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
  Real h_, peak_;
};

}  // namespace pysnn
