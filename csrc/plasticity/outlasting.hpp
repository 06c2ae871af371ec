// What rows keep beside weights from trial to trial, where each call of many trials has an engine of its own.
#pragma once
#include <cstdint>
#include <vector>

namespace pysnn {

class Outlasting {
 public:
  virtual ~Outlasting() = default;
  // Go on with that of `other`, the same rows in another engine.
  virtual void take_over(const Outlasting& other) = 0;
  // The synapses are stored elsewhere: by where they were.
  virtual void move(const std::vector<std::uint32_t>& moved) = 0;
};

}  // namespace pysnn
