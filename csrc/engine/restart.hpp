// How a network begins again: what of it stays, and by which draws it goes on.
#pragma once
#include <cstdint>
#include <vector>

#include "core/id.hpp"
#include "math/philox.hpp"

namespace pysnn {

struct Restart {
  // Does time begin at 0 again, and with it sources and currents? Else they keep their course, and noise goes on.
  bool from_zero = true;
  // Where time begins again, noise is that of this key; 0 is what the network was built with.
  std::uint64_t noise = 0;
  // Which of the declared states stay as they are.
  ById<PopulationId, std::vector<char>> kept;

  bool keeps(PopulationId population, std::size_t state) const {
    return kept.has(population) && state < kept[population].size() && kept[population][state];
  }
};

// The key of an object's draws under that noise.
inline std::uint64_t with_noise(std::uint64_t key, std::uint64_t noise) {
  return noise == 0 ? key : subkey(key, noise);
}

}  // namespace pysnn
