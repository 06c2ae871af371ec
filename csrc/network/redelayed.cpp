#include "network/redelayed.hpp"

#include <algorithm>
#include <numeric>
#include <type_traits>

namespace pysnn {
namespace {

std::vector<std::uint16_t> targets_of(const Block& block) {
  std::vector<std::uint16_t> targets, scratch;
  targets.reserve(block.size());
  for (std::uint32_t run = 0; run < block.runs(); ++run) {
    const auto of_run = block.targets(run, scratch);
    targets.insert(targets.end(), of_run.begin(), of_run.end());
  }
  return targets;
}

template <class T>
Array<T> copy_of(const std::vector<T>& values) {
  Array<T> copy(values.size());
  std::copy(values.begin(), values.end(), copy.begin());
  return copy;
}

template <class Weight>
std::vector<Weight> weights_of(const Block& block) {
  std::vector<Weight> weights(block.size());
  for (std::uint32_t run = 0; run < block.runs(); ++run) {
    const std::uint32_t begin = block.run_begin[run], n = block.run_begin[run + 1] - begin;
    const auto of_run = const_cast<Block&>(block).weights_at<Weight>(begin, n);
    for (std::uint32_t k = 0; k < n; ++k) weights[begin + k] = of_run[k];
  }
  return weights;
}

}  // namespace

Redelayed redelayed(const Block& old, std::span<const NewDelay> delays, bool stateful) {
  Redelayed made;
  Block& block = made.block;
  const std::uint32_t n = old.size();
  block.members = old.members;
  block.row_base = old.row_base;
  block.weight_type = old.weight_type;
  block.constant_weight = old.constant_weight;
  const std::vector<std::uint16_t> target = targets_of(old);
  std::vector<std::uint32_t> place(n), row_run{0}, run_begin, run_strand;
  bool strands = false;
  std::vector<Tick> run_delay;
  std::vector<std::uint32_t> row_end(old.rows() + 1, 0);  // first where each begins
  for (const NewDelay& delay : delays) ++row_end[delay.row + 1];
  std::partial_sum(row_end.begin(), row_end.end(), row_end.begin());
  for (std::uint32_t row = 0; row < old.rows(); ++row)
    for (std::uint32_t q = old.run_begin[old.row_run[row]]; q < old.run_begin[old.row_run[row + 1]]; ++q) {
      place[row_end[delays[q].row]++] = q;
      if (delays[q].row == row) continue;
      made.parted.resize(n, false);
      made.parted[q] = true;
    }
  for (std::uint32_t row = 0; row < old.rows(); ++row) {
    const std::uint32_t begin = row == 0 ? 0 : row_end[row - 1], end = row_end[row];
    std::sort(place.begin() + begin, place.begin() + end, [&](std::uint32_t a, std::uint32_t b) {
      if (delays[a].delay != delays[b].delay) return delays[a].delay < delays[b].delay;
      if (delays[a].strand != delays[b].strand) return delays[a].strand < delays[b].strand;
      return target[a] != target[b] ? target[a] < target[b] : delays[a].rank < delays[b].rank;
    });
    for (std::uint32_t q = begin; q < end; ++q) {
      const Tick delay = delays[place[q]].delay;
      const std::uint32_t strand = delays[place[q]].strand;
      if (q > begin && delay == run_delay.back() && (!stateful || strand == run_strand.back())) continue;
      run_begin.push_back(q);
      run_delay.push_back(delay);
      block.min_delay = std::min(block.min_delay, delay);
      block.max_delay = std::max(block.max_delay, delay);
      if (!stateful) continue;
      run_strand.push_back(strand);
      made.from_run.push_back(old.run_of(place[q]));
      strands = strands || strand != row;
    }
    row_run.push_back(static_cast<std::uint32_t>(run_delay.size()));
  }
  run_begin.push_back(n);
  const bool short_ticks =
      std::all_of(run_delay.begin(), run_delay.end(), [](Tick d) { return d <= RunDelays::longest_short; });
  block.row_run = old.row_run.is_list() ? RowRuns(row_run) : RowRuns::of_present(row_run);
  block.run_begin = copy_of(run_begin);
  block.run_delay = RunDelays(run_delay, short_ticks);
  if (strands) block.run_strand = copy_of(run_strand);
  made.moved.resize(n);
  for (std::uint32_t q = 0; q < n; ++q) made.moved[place[q]] = q;

  const bool packed = old.is_packed();
  if (packed)
    block.packed = Array<std::uint8_t>(n * old.synapse_bytes());
  else
    block.target = Array<std::uint16_t>(n);
  old.with_weights([&](const auto& from) {
    using Weight = std::remove_cvref_t<decltype(from[0])>;
    Array<Weight>& to = block.weight<Weight>();
    std::vector<Weight> weights;
    if (old.constant_weight) {
      to = Array<Weight>(from.size());
      std::copy(from.begin(), from.end(), to.begin());
    } else {
      weights = weights_of<Weight>(old);
      if (!packed) to = Array<Weight>(n);
    }
    for (std::uint32_t run = 0; run < block.runs(); ++run) {
      const std::uint32_t begin = block.run_begin[run], m = block.run_begin[run + 1] - begin;
      auto* const of_run = packed
                               ? reinterpret_cast<std::uint16_t*>(block.packed.data() + begin * block.synapse_bytes())
                               : block.target.data() + begin;
      for (std::uint32_t k = 0; k < m; ++k) of_run[k] = target[place[begin + k]];
      if (old.constant_weight) continue;
      auto own = block.weights_at<Weight>(begin, m);
      for (std::uint32_t k = 0; k < m; ++k) own.set(k, weights[place[begin + k]]);
    }
  });
  return made;
}

void put_in_place(Block& old, Block&& block) {
  block.retired = std::move(old.retired);
  if (old.shown.use_count() > 1) {
    const auto retire = [&](auto& array) { block.retired.push_back(std::move(array).bytes()); };
    old.row_run.retire(block.retired);
    retire(old.run_begin);
    old.run_delay.retire(block.retired);
    retire(old.target);
    old.with_weights([&](auto& weights) { retire(weights); });
    retire(old.bits);
    retire(old.extra);
    block.shown = old.shown;
  }
  old = std::move(block);
}

}  // namespace pysnn
