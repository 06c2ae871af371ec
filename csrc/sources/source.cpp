#include "sources/source.hpp"

namespace pysnn {

std::uint64_t Source::drive(Tick, std::uint32_t, std::uint32_t, double, double*) {
  throw UnsupportedError("this source cannot drive its targets directly");
}

std::uint64_t Source::drive(Tick, std::uint32_t, std::uint32_t, float, float*) {
  throw UnsupportedError("this source cannot drive its targets directly");
}

}  // namespace pysnn
