// Delivery of synapses whose weights never change: the innermost loops of the clock engine.
#pragma once
#include <cstdint>
#include <span>

#include "core/block.hpp"

namespace pysnn {

template <class Real>
class StaticRows {
 public:
  explicit StaticRows(const Block& block);

  // Add the weights of these runs, in order, to sum[target]. What a block of one constant weight adds to a target is
  // the weight times the number of synapses, so that it does not depend on how they are counted.
  void deliver(std::span<const std::uint32_t> runs, Real* sum);

 private:
  template <class Weight>
  void add(std::span<const std::uint32_t> runs, const Weight* weight, Real* sum) const;
  template <class Count>
  void count(std::span<const std::uint32_t> runs, Array<Count>& counts, Real* sum);

  const Block& block_;
  std::uint32_t width_ = 0;         // targets
  std::uint32_t most_of_pair_ = 1;  // synapses of one run at one target
  Array<std::uint16_t> counts_;
  Array<std::uint32_t> large_counts_;
};

}  // namespace pysnn
