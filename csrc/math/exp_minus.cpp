#include "math/exp_minus.hpp"

namespace pysnn {

PYSNN_CLONES void exp_minus(double rate, const double* __restrict h, double* __restrict out, std::size_t n) {
  for (std::size_t k = 0; k < n; ++k) out[k] = exp_minus(rate * h[k]);
}

}  // namespace pysnn
