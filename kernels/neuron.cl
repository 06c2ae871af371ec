// What a neuron model's file works with. It defines the step of one neuron, as the Step of its C++ file,
//
//   bool step(Real* s, const Real* in, Real current, const double* c, double uniform)
//
// of the states s (the declared ones, then hidden ones) with what arrives at its end at each receptor; whether the
// neuron fires. C(NAME) is the number that the C++ step tells as `name`: an enum of all of them, N_CONSTANTS, N_STATES
// and N_RECEPTORS stand before. `uniform` in (0, 1) is drawn where the file defines DRAWS.
#define C(name) ((Real)c[name])

// As std::max and std::min have it.
static inline Real larger(Real a, Real b) { return a < b ? b : a; }
static inline Real smaller(Real a, Real b) { return b < a ? b : a; }

// The refractory hold: steps left.
static inline bool is_free(Real left) { return left <= (Real)0; }
static inline Real hold_next(Real left, bool fires, Real steps) {
  return fires ? steps : (is_free(left) ? (Real)0 : left - (Real)1);
}
