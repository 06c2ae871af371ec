#include "network/block.hpp"

#include <cstring>

namespace pysnn {
namespace {

template <class T>
void retire(std::vector<Array<std::uint8_t>>& retired, Array<T>& array) {
  retired.push_back(std::move(array).bytes());
}

}  // namespace

void Block::make_weights_apart(bool pack) {
  if (!constant_weight) return;
  Array<std::uint16_t> all(pack ? 0 : size());
  Array<std::uint8_t> bytes(pack ? size() * synapse_bytes() : 0);
  std::vector<std::uint16_t> scratch;
  for (std::uint32_t run = 0; run < runs(); ++run) {
    const auto of_run = targets(run, scratch);
    if (pack)
      std::memcpy(bytes.data() + run_begin[run] * synapse_bytes(), of_run.data(), of_run.size_bytes());
    else
      std::copy(of_run.begin(), of_run.end(), all.begin() + run_begin[run]);
  }
  // A view may show any of them still.
  retire(retired, target);
  retire(retired, bits);
  retire(retired, extra);
  target = std::move(all);
  packed = std::move(bytes);
  words = 0;
  constant_weight = false;
  with_weights([&](auto& weights) {
    using Weight = std::remove_reference_t<decltype(weights[0])>;
    const Weight constant = weights[0];
    retire(retired, weights);
    weights = Array<Weight>(pack ? 0 : size(), constant);
    for (std::uint32_t run = 0; pack && run < runs(); ++run) {
      const std::uint32_t n = run_begin[run + 1] - run_begin[run];
      auto of_run = weights_at<Weight>(run_begin[run], n);
      for (std::uint32_t k = 0; k < n; ++k) of_run.set(k, constant);
    }
  });
}

}  // namespace pysnn
