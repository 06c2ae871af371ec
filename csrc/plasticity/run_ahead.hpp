// The run that comes next, asked for in pieces between the passes over the one at hand. A core that has asked for some
// twenty lines of memory can ask for no more until one of them comes, and a run is a hundred: asked for at once they
// would keep it waiting.
#pragma once
#include <algorithm>
#include <cstdint>

#include "core/prefetch.hpp"
#include "network/block.hpp"

namespace pysnn {

template <class Real>
class RunAhead {
 public:
  RunAhead() = default;  // there is none
  RunAhead(const Block& block, std::uint32_t run)
      : target_(block.target.data() + block.run_begin[run]),
        weight_(block.template weight<Real>().data() + block.run_begin[run]),
        left_(block.run_begin[run + 1] - block.run_begin[run]), piece_(std::max(left_ / pieces + 1, least)) {}

  void ask_for_piece() { ask_for(std::min(left_, piece_)); }
  void ask_for_rest() { ask_for(left_); }

 private:
  static constexpr std::uint32_t pieces = 6, least = 128;  // of a run; synapses of a piece

  void ask_for(std::uint32_t n) {
    prefetch(target_, n);
    prefetch(weight_, n);
    target_ += n;
    weight_ += n;
    left_ -= n;
  }

  const std::uint16_t* target_ = nullptr;
  const Real* weight_ = nullptr;
  std::uint32_t left_ = 0, piece_ = 0;
};

}  // namespace pysnn
