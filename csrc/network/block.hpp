// Synapses as they are stored: rows by source, each row cut into runs of equal delay, in a run the targets
// ascending, in 16 bits.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/array.hpp"
#include "core/error.hpp"
#include "core/id.hpp"
#include "core/time.hpp"
#include "math/half.hpp"
#include "network/row_runs.hpp"
#include "network/run_delays.hpp"

namespace pysnn {

enum class WeightType : std::uint8_t { half, single, full };

// Sums of as many weights as can arrive at once are finite numbers.
template <class Weight>
inline constexpr double largest_weight = std::is_same_v<Weight, Half>    ? Half::largest
                                         : std::is_same_v<Weight, float> ? 1e30
                                                                         : 1e100;

template <class Weight>
void check_weight(double weight, const std::string& what) {
  constexpr double largest = largest_weight<Weight>;
  constexpr bool half = std::is_same_v<Weight, Half>, single = std::is_same_v<Weight, float>;
  if (std::abs(weight) <= largest) return;
  const std::string wider = half ? "; use float32 weights" : single ? "; use float64 weights" : "";
  throw ParameterError(what + ": " +
                       (half     ? "float16"
                        : single ? "float32"
                                 : "float64") +
                       " reaches to " + show(largest) + " (got " + show(weight) + ")" + wider);
}

// A projection in a block: its targets are those numbered first <= t < end there.
struct Member {
  ProjectionId projection;
  std::uint32_t first = 0, end = 0;
  std::uint64_t synapses = 0;
};

// The weights of a run; they need not be aligned.
template <class Weight>
class RunWeights {
 public:
  explicit RunWeights(std::uint8_t* at) : at_(at) {}
  Weight operator[](std::size_t k) const {
    Weight weight;
    std::memcpy(&weight, at_ + k * sizeof weight, sizeof weight);
    return weight;
  }
  void set(std::size_t k, Weight weight) { std::memcpy(at_ + k * sizeof weight, &weight, sizeof weight); }

 private:
  std::uint8_t* at_;
};

// Some projections of one source population onto one shard. Targets count from the first neuron that the shard
// owns of the first member's target population. A block of several members is delivered as one: its rows are
// longer runs of fewer delays. A constant weight is stored once.
//
// Targets and weights are arrays of their own, or, where rows are only ever delivered, `packed`: the targets of a run
// and then its weights, so that a run is one stretch of memory (a run is seldom in a cache, and its page seldom among
// those the processor knows).
//
// Where runs of one constant weight are dense, `bits` holds the targets of each run as a bitmap, and `target` only
// what a bitmap can't: the second, third ... synapse of a pair. run_begin then still counts all synapses, `extra`
// those in `target`.
struct Block {
  std::vector<Member> members;
  std::uint32_t row_base = 0;       // source index of row 0
  RowRuns row_run;                  // the runs of each row
  Array<std::uint32_t> run_begin;   // [runs + 1] first synapse of each run
  RunDelays run_delay;              // [runs]
  Array<Tick> run_dendrite;         // [runs] dendritic part of it, where synapses have their own: runs are cut by both
  Array<std::uint32_t> run_strand;  // [runs] plasticity/strands.hpp: runs are cut by them too; empty: each its row's
  Array<std::uint16_t> target;      // [synapses], or of those that are not in bitmaps
  WeightType weight_type = WeightType::full;
  Array<Half> weight16;  // one of the three
  Array<float> weight32;
  Array<double> weight64;
  Array<std::uint8_t> packed;  // [synapses * synapse_bytes()]; `target` and weights are empty then
  Array<std::uint64_t> bits;   // [runs, words]; empty where rows are lists
  Array<std::uint32_t> extra;  // [runs + 1], with bitmaps only
  std::uint32_t words = 0;     // of a bitmap
  bool constant_weight = false;
  Tick min_delay = never, max_delay = 0;
  std::vector<Array<std::uint8_t>> retired;  // what was replaced since: a view may still show it
  std::shared_ptr<const bool> shown = std::make_shared<const bool>(true);  // of which every view holds a share

  static constexpr std::uint32_t most_targets = 1u << 16;
  static constexpr std::uint32_t most_synapses = 0xFFFFFFFFu;

  std::uint32_t rows() const { return row_run.rows(); }
  std::uint32_t runs() const { return static_cast<std::uint32_t>(run_delay.size()); }
  std::uint32_t size() const { return run_begin.empty() ? 0 : run_begin[runs()]; }
  bool is_bitmap() const { return !bits.empty(); }
  bool is_packed() const { return !packed.empty(); }
  // Where synapses have dendritic delays of their own; else 0.
  Tick longest_dendrite() const {
    return run_dendrite.empty() ? 0 : *std::max_element(run_dendrite.begin(), run_dendrite.end());
  }
  // How far strands are numbered; 0 where each row is one.
  std::uint64_t strands() const {
    return run_strand.empty() ? 0 : std::uint64_t{*std::max_element(run_strand.begin(), run_strand.end())} + 1;
  }
  std::size_t weight_bytes() const {
    return weight_type == WeightType::half     ? sizeof(Half)
           : weight_type == WeightType::single ? sizeof(float)
                                               : sizeof(double);
  }
  std::size_t synapse_bytes() const { return sizeof(std::uint16_t) + weight_bytes(); }

  template <class Weight>
  Array<Weight>& weight() {
    if constexpr (std::is_same_v<Weight, Half>)
      return weight16;
    else if constexpr (std::is_same_v<Weight, float>)
      return weight32;
    else
      return weight64;
  }
  template <class Weight>
  const Array<Weight>& weight() const {
    return const_cast<Block*>(this)->weight<Weight>();
  }

  // Call f(weights) with the array that is in use.
  template <class F>
  decltype(auto) with_weights(F&& f) {
    return weight_type == WeightType::half     ? f(weight16)
           : weight_type == WeightType::single ? f(weight32)
                                               : f(weight64);
  }
  template <class F>
  decltype(auto) with_weights(F&& f) const {
    return weight_type == WeightType::half     ? f(weight16)
           : weight_type == WeightType::single ? f(weight32)
                                               : f(weight64);
  }

  // The targets of a run, ascending; `scratch` holds them where they are not stored as such.
  std::span<const std::uint16_t> targets(std::uint32_t run, std::vector<std::uint16_t>& scratch) const {
    if (!is_bitmap()) return targets_at(run_begin[run], run_begin[run + 1] - run_begin[run]);
    scratch.assign(target.begin() + extra[run], target.begin() + extra[run + 1]);
    const auto extras = static_cast<std::ptrdiff_t>(scratch.size());
    for (std::uint32_t word = 0; word < words; ++word)
      for (std::uint64_t left = bits[std::size_t{run} * words + word]; left != 0; left &= left - 1)
        scratch.push_back(static_cast<std::uint16_t>(word * 64 + static_cast<unsigned>(__builtin_ctzll(left))));
    std::inplace_merge(scratch.begin(), scratch.begin() + extras, scratch.end());
    return scratch;
  }

  // The n targets of the run that begins with this synapse, where they are stored as such.
  std::span<const std::uint16_t> targets_at(std::uint32_t begin, std::size_t n) const {
    if (!is_packed()) return {target.data() + begin, n};
    return {reinterpret_cast<const std::uint16_t*>(packed.data() + begin * synapse_bytes()), n};
  }

  // Where the weights of the n synapses from `begin` on, a run, are; each has its own.
  template <class Weight>
  RunWeights<Weight> weights_at(std::uint32_t begin, std::size_t n) {
    if (is_packed()) return RunWeights<Weight>(packed.data() + begin * synapse_bytes() + n * sizeof(std::uint16_t));
    return RunWeights<Weight>(reinterpret_cast<std::uint8_t*>(weight<Weight>().data() + begin));
  }

  // Of rows that are lists: the target of a synapse, the weight of one that has its own.
  std::uint16_t target_of(std::uint32_t synapse) const {
    if (!is_packed()) return target[synapse];
    const std::uint32_t run = run_of(synapse), begin = run_begin[run];
    return targets_at(begin, run_begin[run + 1] - begin)[synapse - begin];
  }
  template <class Weight>
  Weight weight_of(std::uint32_t synapse) const {
    if (!is_packed()) return weight<Weight>()[synapse];
    const std::uint32_t run = run_of(synapse), begin = run_begin[run];
    return const_cast<Block*>(this)->weights_at<Weight>(begin, run_begin[run + 1] - begin)[synapse - begin];
  }
  // The run that a synapse is in.
  std::uint32_t run_of(std::uint32_t synapse) const {
    return static_cast<std::uint32_t>(std::upper_bound(run_begin.begin(), run_begin.end(), synapse) -
                                      run_begin.begin() - 1);
  }

  // Which of a run's synapses, given their targets, are the member's: [first, last).
  static std::pair<std::size_t, std::size_t> part(std::span<const std::uint16_t> targets, const Member& member) {
    const auto low = std::lower_bound(targets.begin(), targets.end(), member.first);
    const auto high = std::lower_bound(low, targets.end(), member.end);
    return {static_cast<std::size_t>(low - targets.begin()), static_cast<std::size_t>(high - targets.begin())};
  }

  // Give each synapse a weight of its own, for now the constant; packed or not.
  void make_weights_apart(bool pack);

  std::size_t nbytes() const {
    return row_run.nbytes() + run_begin.nbytes() + run_delay.nbytes() + run_dendrite.nbytes() + run_strand.nbytes() +
           target.nbytes() + weight16.nbytes() + weight32.nbytes() + weight64.nbytes() + packed.nbytes() +
           bits.nbytes() + extra.nbytes();
  }
};

}  // namespace pysnn
