#include "math/philox.hpp"

namespace pysnn {

PYSNN_CLONES void philox_blocks(std::uint64_t key, std::uint64_t first, std::uint32_t a, std::uint32_t b,
                                ManyWords& words) {
  for (std::uint32_t k = 0; k < blocks_at_once; ++k) {
    const std::uint64_t block = first + k;
    const Word4 w = philox(key, static_cast<std::uint32_t>(block), static_cast<std::uint32_t>(block >> 32), a, b);
    for (std::uint32_t l = 0; l < 4; ++l) words[4 * k + l] = w[l];
  }
}

}  // namespace pysnn
