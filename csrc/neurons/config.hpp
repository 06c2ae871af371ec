// What a shard's part of a population is made from.
#pragma once
#include <cstdint>
#include <string>

#include "core/params.hpp"
#include "core/time.hpp"

namespace pysnn {

struct NeuronConfig {
  const ParamSet& params;
  const TimeBase& time;
  std::uint32_t n = 0;      // neurons of this part
  std::uint32_t first = 0;  // index of its first neuron in the population
  std::string owner;        // for messages
  std::uint64_t key = 0;    // of the population, for draws
};

}  // namespace pysnn
