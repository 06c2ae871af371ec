// v of the membrane of delta synapses after a step, at whose end `arrived` mV are added (LeakStep in parts.hpp).
static inline Real leak(const double* c, Real v, Real current, Real arrived) {
  return C(E_L) + (v - C(E_L)) * C(DECAY) + (C(DRIVE) + C(GAIN) * current) + arrived;
}
