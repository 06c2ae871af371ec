#include "core/block.hpp"

#include <cstring>

namespace pysnn {
namespace {

template <class T>
void retire(std::vector<Array<std::uint8_t>>& retired, Array<T>& array) {
  retired.push_back(std::move(array).bytes());
}

}  // namespace

void Block::make_weights_apart() {
  if (!constant_weight) return;
  if (is_bitmap()) {
    Array<std::uint16_t> all(size());
    std::vector<std::uint16_t> scratch;
    for (std::uint32_t run = 0; run < runs(); ++run) {
      const auto of_run = targets(run, scratch);
      std::copy(of_run.begin(), of_run.end(), all.begin() + run_begin[run]);
    }
    retire(retired, target);
    target = std::move(all);
    bits = {};
    extra = {};
    words = 0;
  }
  with_weights([this](auto& shared) {
    const auto value = shared[0];
    retire(retired, shared);
    shared = std::remove_reference_t<decltype(shared)>(size(), value);
  });
  constant_weight = false;
}

}  // namespace pysnn
