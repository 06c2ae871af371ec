// A network as plain numbers: what was described, and what was sampled and packed from it.
#pragma once
#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/id.hpp"
#include "core/params.hpp"
#include "core/time.hpp"
#include "math/distribution.hpp"
#include "network/block.hpp"
#include "network/loss.hpp"
#include "network/parameters.hpp"

namespace pysnn {

struct Range {
  std::uint32_t begin = 0, end = 0;
  std::uint32_t size() const { return end - begin; }
};

// Scattered neurons of a population, in an order of their own. Beside one stands the range from the first of them to
// the last; where there is none (nullptr) all of the range are meant.
using NeuronList = std::shared_ptr<const std::vector<std::uint32_t>>;

// What a population has beside its model, as numbers by name: "homeostasis.delta".
using Parts = std::map<std::string, double>;

// A population of neurons, or of sources.
struct Population {
  std::string name;
  std::string model;
  std::uint32_t n = 0;
  ParamSet params;
  Columns columns = {};  // of parameters that differ between neurons; `params` has those of the first
  std::map<std::string, Distribution> init;
  std::uint64_t key = 0;        // of what is drawn once, such as initial states
  std::uint64_t noise_key = 0;  // of what is drawn in the course of time
  bool is_source = false;
  bool stepped = false;  // in an engine of continuous time: go in steps of `NetworkDescription::steps`
  Parts parts = {};
  // Where populations hear each other at the instant at which they fire: so many go through it before this one.
  std::uint32_t level = 0;
};

// A current into neurons `neurons` of a population.
struct InjectedCurrent {
  PopulationId population;
  Range neurons;
  std::string model;
  ParamSet params;
  std::uint64_t noise_key = 0;
  NeuronList list = nullptr;
  std::vector<ParamSet> own = {};  // of each neuron, in the order of the list or range, where they differ
};

// A signal that plastic projections listen to: one number for all, or one a neuron of a population.
struct Modulator {
  std::string name;
  std::optional<PopulationId> population;
  // Whose spikes are moments of it too, each with this value, so much later.
  std::optional<PopulationId> by = {};
  double weight = 1.0;
  Tick delay = 0;
};

struct Projection {
  std::string name;
  PopulationId source, target;
  Range source_range, target_range;
  NeuronList source_list, target_list;
  std::uint32_t receptor = 0;
  std::string rule;
  ParamSet rule_params;
  std::shared_ptr<const std::vector<std::uint32_t>> rule_i, rule_j, rule_n;
  std::vector<Distribution> weight, delay;  // one, or one for each synapse of a fan
  std::uint32_t synapses_per_pair = 1;
  double dendritic_fraction = 0.0;
  std::vector<double> dendritic_fractions;  // in place of that, one for each of the pairs listed
  std::string plasticity;
  ParamSet plasticity_params;
  std::string dynamics;  // of short-term plasticity
  ParamSet dynamics_params;
  bool zero_is_negative = false;  // whether a plastic weight of 0 grows towards negative ones
  std::optional<ModulatorId> modulator;
  std::uint64_t key = 0;
  std::uint64_t noise_key = 0;  // of what its dynamics draw

  // Whether its rows have a state of their own beside weights that stay: they learn, or have dynamics.
  bool is_stateful() const { return !plasticity.empty() || !dynamics.empty(); }
  // A rule counts its sources and targets from 0; here is how many there are, and which neurons they are.
  std::uint32_t sources() const { return size(source_range, source_list); }
  std::uint32_t targets() const { return size(target_range, target_list); }
  std::uint32_t source_neuron(std::uint32_t i) const {
    return source_list ? (*source_list)[i] : source_range.begin + i;
  }
  std::uint32_t target_neuron(std::uint32_t j) const {
    return target_list ? (*target_list)[j] : target_range.begin + j;
  }
  bool is_scattered() const { return source_list || target_list; }
  std::uint32_t fan() const { return static_cast<std::uint32_t>(delay.size() > 1 ? delay.size() : synapses_per_pair); }

 private:
  static std::uint32_t size(const Range& range, const NeuronList& list) {
    return list ? static_cast<std::uint32_t>(list->size()) : range.size();
  }
};

// A modulator that is made where something is wanted of readout neurons: what their states miss (network/loss.hpp).
struct ReadoutError {
  ModulatorId modulator;
  PopulationId readout;
  std::size_t state = 0;
  double scale = 1.0;  // of the state
  Loss loss = Loss::softmax;
  std::uint64_t noise_key = 0;  // of what it draws
};

// A modulator that happens whenever modulator `of` does: for each neuron of a population a weighted sum of its values.
// Weights are [neurons x values], or those of a plastic projection from the neurons to the ones that `of` is about.
struct Feedback {
  ModulatorId modulator, of;
  std::optional<ProjectionId> projection;
  std::shared_ptr<const std::vector<double>> weights;
  double decay = 0.0;  // of weights that follow a projection's: the share of what sets them apart that a moment takes
};

struct NetworkDescription {
  TimeBase time;
  TimeBase steps;  // of stepped populations
  bool single_precision = false;
  WeightType static_weights = WeightType::full;  // plastic ones have the precision of the states
  std::uint32_t threads = 1;
  std::uint32_t ranks = 1, rank = 0;  // processes that share the network, and which of them this is
  bool adapts_threads = false;        // may fewer of them share the work where they hinder one another?
  // Whether projections may share rows and dense rows become bitmaps: for an engine that only delivers them.
  bool packs_rows = false;
  // Of which rows a block keeps something: of all, or of those that have synapses, whichever takes less. No result
  // depends on it; tests want one or the other.
  enum class KeptRows : std::uint8_t { by_size, all, present };
  KeptRows kept_rows = KeptRows::by_size;
  ById<PopulationId, Population> populations;
  std::vector<InjectedCurrent> currents;
  ById<ProjectionId, Projection> projections;
  std::vector<ReadoutError> errors;
  std::vector<Feedback> feedbacks;  // each after what it is made of
  ById<ModulatorId, Modulator> modulators;

  std::uint32_t levels() const {
    std::uint32_t highest = 0;
    for (const Population& population : populations) highest = std::max(highest, population.level);
    return highest + 1;
  }
  // Whether targets go through each instant after the neurons that they hear, so that delays may be 0.
  bool ascends(const Projection& projection) const {
    const Population& source = populations[projection.source];
    return !source.is_source && source.level < populations[projection.target].level;
  }
};

// The part of every population that one thread at a time works on, and the synapses onto it. Neurons of all
// populations are numbered through, population by population from offset[p] on, for one array of sums a receptor.
struct Shard {
  ById<PopulationId, Range> owned;
  ById<PopulationId, std::uint32_t> offset;  // a multiple of `alignment`; sources take no room
  std::uint32_t width = 0;                   // of the whole numbering
  std::vector<Block> blocks;

  static constexpr std::uint32_t alignment = 16;
};

// Where the synapses of a projection are, in every shard.
struct BlockPlace {
  std::uint32_t block = 0, member = 0;
};

// Of some synapses: the shortest and the longest delay, the longest part of one that is in a dendrite of its own, and
// how far their strands are numbered (0: each is its row's).
struct DelaySpan {
  Tick min = never, max = 0, dendrite = 0;
  std::uint64_t strands = 0;

  void take_in(const DelaySpan& other) {
    min = std::min(min, other.min);
    max = std::max(max, other.max);
    dendrite = std::max(dendrite, other.dendrite);
    strands = std::max(strands, other.strands);
  }
};

struct CompiledNetwork {
  NetworkDescription description;
  ById<ShardId, Shard> shards;       // those of this rank, which follow one another
  std::vector<DelaySpan> elsewhere;  // by block, of the synapses of other ranks
  ById<ProjectionId, BlockPlace> places;
  Tick min_delay = never, max_delay = 0;

  Block& block(ShardId shard, ProjectionId projection) { return shards[shard].blocks[places[projection].block]; }
  const Block& block(ShardId shard, ProjectionId projection) const {
    return shards[shard].blocks[places[projection].block];
  }
  const Member& member(ShardId shard, ProjectionId projection) const {
    return block(shard, projection).members[places[projection].member];
  }
  std::uint64_t synapses(ProjectionId projection) const {
    std::uint64_t count = 0;
    for (const ShardId s : shards.ids()) count += member(s, projection).synapses;
    return count;
  }
  // What of a group this rank has.
  Range owned(PopulationId group) const { return {shards.front().owned[group].begin, shards.back().owned[group].end}; }
  // The delays of each block on this rank.
  std::vector<DelaySpan> delay_spans() const {
    std::vector<DelaySpan> spans;
    for (std::uint32_t b = 0; b < shards.front().blocks.size(); ++b) spans.push_back(delay_span(b));
    return spans;
  }
  DelaySpan delay_span(std::uint32_t number) const {
    DelaySpan span;
    for (const Shard& shard : shards)
      if (const Block& block = shard.blocks[number]; block.size() > 0)
        span.take_in({block.min_delay, block.max_delay, block.longest_dendrite(), block.strands()});
    return span;
  }
  // Count on these delays on other ranks.
  void hear_of(std::vector<DelaySpan> spans) {
    elsewhere = std::move(spans);
    for (const DelaySpan& span : elsewhere) {
      min_delay = std::min(min_delay, span.min);
      max_delay = std::max(max_delay, span.max);
    }
  }
  // The shards that thread t of n works on.
  Ids<ShardId> shards_of(std::uint32_t t, std::uint32_t n) const {
    const auto cut = [&](std::uint64_t k) { return static_cast<std::uint32_t>(shards.size() * k / n); };
    return {cut(t), cut(std::uint64_t{t} + 1)};
  }
};

// The part of n neurons that shard s of `shards` owns: contiguous, cut at multiples of a vector.
inline Range shard_range(std::uint32_t n, ShardId s, std::uint32_t shards) {
  const auto cut = [&](std::uint64_t k) {
    const std::uint64_t at =
        (std::uint64_t{n} * k / shards + Shard::alignment - 1) / Shard::alignment * Shard::alignment;
    return static_cast<std::uint32_t>(k == shards || at > n ? n : at);
  };
  return {cut(s.index()), cut(std::uint64_t{s.index()} + 1)};
}

}  // namespace pysnn
