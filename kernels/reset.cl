// What a spike does to v (Reset in parts.hpp).
static inline Real reset(const double* c, Real v) { return C(SUBTRACTS) > (Real)0 ? v - C(FALL) : C(V_RESET); }
