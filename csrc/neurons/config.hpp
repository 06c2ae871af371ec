// What a shard's part of a population is made from.
#pragma once
#include <cstdint>
#include <string>

#include "core/params.hpp"
#include "core/time.hpp"
#include "network/parameters.hpp"

namespace pysnn {

// What the key of a population is split by for the draws of its spikes; small numbers are those of initial states.
inline constexpr std::uint64_t spikes_purpose = 0x73'7069'6b65;

struct NeuronConfig {
  const ParamSet& params;  // that all neurons share
  const TimeBase& time;
  std::uint32_t n = 0;                  // neurons of this part
  std::uint32_t first = 0;              // index of its first neuron in the population
  std::string owner;                    // for messages
  std::uint64_t key = 0;                // of the population, for draws
  const Columns& columns = no_columns;  // of parameters that differ
  bool moves_thresholds = false;        // whether offset_threshold() will be called
};

}  // namespace pysnn
