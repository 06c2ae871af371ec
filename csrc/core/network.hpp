// A network as plain numbers: what was described, and what was sampled and packed from it.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/array.hpp"
#include "core/distribution.hpp"
#include "core/params.hpp"
#include "core/time.hpp"

namespace pysnn {

struct Range {
  std::uint32_t begin = 0, end = 0;
  std::uint32_t size() const { return end - begin; }
};

// A population of neurons, or of sources.
struct Population {
  std::string name;
  std::string model;
  std::uint32_t n = 0;
  ParamSet params;
  std::map<std::string, Distribution> init;
  std::uint64_t key = 0;
  bool is_source = false;
};

// A piecewise constant current into neurons `neurons` of a population: amplitudes[k] pA from times[k] on.
struct StepCurrent {
  std::uint32_t population = 0;
  Range neurons;
  std::vector<Tick> times;
  std::vector<double> amplitudes;
};

struct Projection {
  std::string name;
  std::uint32_t source = 0, target = 0;
  Range source_range, target_range;
  std::uint32_t receptor = 0;
  std::string rule;
  ParamSet rule_params;
  std::shared_ptr<const std::vector<std::uint32_t>> rule_i, rule_j, rule_n;
  std::vector<Distribution> weight, delay;  // one, or one for each synapse of a fan
  std::uint32_t synapses_per_pair = 1;
  double dendritic_fraction = 0.0;
  std::string plasticity;
  ParamSet plasticity_params;
  std::uint64_t key = 0;

  std::uint32_t fan() const { return static_cast<std::uint32_t>(delay.size() > 1 ? delay.size() : synapses_per_pair); }
};

struct NetworkDescription {
  TimeBase time;
  bool single_precision = false;
  std::uint32_t threads = 1;
  std::vector<Population> populations;
  std::vector<StepCurrent> currents;
  std::vector<Projection> projections;
};

// The synapses of one projection onto one shard: rows by source, runs of equal delay, targets ascending
// in a run. Targets count from the first neuron that the shard owns of the target population.
struct Block {
  std::uint32_t row_base = 0;      // source index of row 0
  Array<std::uint32_t> row_run;    // [rows + 1] first run of each row
  Array<std::uint32_t> run_begin;  // [runs + 1] first synapse of each run
  Array<Tick> run_delay;           // [runs]
  Array<std::uint32_t> target;     // [synapses]
  Array<float> weight32;           // one of the two, by precision; one value where constant
  Array<double> weight64;
  Array<float> retired32;  // a constant weight that was written since: a view may still show it
  Array<double> retired64;
  bool constant_weight = false;
  Tick min_delay = never, max_delay = 0;

  std::uint32_t rows() const { return row_run.empty() ? 0 : static_cast<std::uint32_t>(row_run.size() - 1); }
  std::uint32_t runs() const { return static_cast<std::uint32_t>(run_delay.size()); }
  std::uint32_t size() const { return static_cast<std::uint32_t>(target.size()); }
  template <class Real>
  Array<Real>& weight() {
    if constexpr (sizeof(Real) == 4)
      return weight32;
    else
      return weight64;
  }
  // Give each synapse a weight of its own, to be filled.
  template <class Real>
  void make_weights_apart() {
    Array<Real>& shared = weight<Real>();
    if constexpr (sizeof(Real) == 4)
      retired32 = std::move(shared);
    else
      retired64 = std::move(shared);
    shared = Array<Real>(size());
    constant_weight = false;
  }
  template <class Real>
  const Array<Real>& weight() const {
    return const_cast<Block*>(this)->weight<Real>();
  }
  std::size_t nbytes() const {
    return row_run.nbytes() + run_begin.nbytes() + run_delay.nbytes() + target.nbytes() + weight32.nbytes() +
           weight64.nbytes();
  }
};

// The part of every population that one thread owns, and the synapses onto it.
struct Shard {
  std::vector<Range> owned;   // by population
  std::vector<Block> blocks;  // by projection
};

struct CompiledNetwork {
  NetworkDescription description;
  std::vector<Shard> shards;
  Tick min_delay = never, max_delay = 0;

  std::uint64_t synapses(std::uint32_t projection) const {
    std::uint64_t count = 0;
    for (const auto& shard : shards) count += shard.blocks[projection].size();
    return count;
  }
};

// The part of n neurons that shard s of `shards` owns: contiguous, cut at multiples of a vector.
inline Range shard_range(std::uint32_t n, std::uint32_t s, std::uint32_t shards) {
  const auto cut = [&](std::uint64_t k) {
    const std::uint64_t at = (std::uint64_t{n} * k / shards + 15) / 16 * 16;
    return static_cast<std::uint32_t>(k == shards || at > n ? n : at);
  };
  return {cut(s), cut(s + 1)};
}

}  // namespace pysnn
