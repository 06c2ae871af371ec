#include "engine/finite.hpp"

#include <cmath>
#include <cstdint>
#include <limits>

#include "core/dispatch.hpp"

namespace pysnn {
namespace {

// Flags are as wide as Real: narrower ones would have to be packed.
template <class Real, class Flag>
PYSNN_INLINE bool none_beyond(const Real* values, std::size_t n) {
  constexpr Real largest = std::numeric_limits<Real>::max();
  Flag beyond = 0;
  for (std::size_t k = 0; k < n; ++k) beyond |= std::abs(values[k]) <= largest ? Flag(0) : Flag(1);
  return beyond == 0;
}

}  // namespace

PYSNN_CLONES bool all_finite(const float* values, std::size_t n) { return none_beyond<float, std::int32_t>(values, n); }
PYSNN_CLONES bool all_finite(const double* values, std::size_t n) {
  return none_beyond<double, std::int64_t>(values, n);
}

}  // namespace pysnn
