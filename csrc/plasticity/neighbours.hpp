// Runs of rows cut into stretches of synapses whose targets are neighbours, each once and ascending: one where a row
// has all targets, two where it leaves out the neuron itself, many where targets are scattered: of those none
// are kept.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "network/block.hpp"

namespace pysnn {

class Neighbours {
 public:
  explicit Neighbours(const Block& block) {
    // Stretches that are shorter in the mean cost more than synapses taken one by one.
    constexpr std::size_t worth = 16;
    for (std::uint32_t run = 0; run < block.runs(); ++run) {
      first_.push_back(static_cast<std::uint32_t>(ends_.size()));
      const std::uint32_t end = block.run_begin[run + 1];
      for (std::uint32_t q = block.run_begin[run]; q < end; ++q)
        if (q + 1 == end || block.target[q + 1] != block.target[q] + 1) ends_.push_back(q + 1);
    }
    if (worth * ends_.size() <= block.size()) return;
    first_ = {};
    ends_ = {};
  }

  bool scattered() const { return first_.empty(); }
  // By stretch of a run, none of which is empty: the synapse behind its last.
  const std::uint32_t* ends(std::uint32_t run) const { return ends_.data() + first_[run]; }
  std::size_t nbytes() const { return (first_.capacity() + ends_.capacity()) * sizeof(std::uint32_t); }

 private:
  std::vector<std::uint32_t> first_, ends_;  // by run, by stretch
};

}  // namespace pysnn
