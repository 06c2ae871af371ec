#include "build/compile.hpp"

#include <algorithm>
#include <cmath>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "build/packer.hpp"
#include "build/plan.hpp"
#include "core/team.hpp"
#include "neurons/neuron.hpp"

namespace pysnn {
namespace {

// What a projection's synapses take: as stored, and for a while beside that where bitmaps are filled.
struct Room {
  double stored = 0.0, filling = 0.0;
};

Room room_of(const NetworkDescription& network, const Projection& p, double synapses) {
  if (synapses == 0.0) return {};
  const double state = network.single_precision ? 4.0 : 8.0;
  const double stored[] = {2.0, 4.0, 8.0};
  const double weight = has_constant_weight(p) ? 0.0
                        : !p.is_stateful()     ? stored[static_cast<std::size_t>(network.static_weights)]
                                               : state;
  // Where delays are drawn: at worst a run for each synapse, as a rule some 64 delays a row and thread.
  const double run = network.time.grid() ? 6.0 : 12.0;
  const double runs =
      p.delay[0].is_constant() && p.dendritic_fractions.empty() ? static_cast<double>(p.delay.size()) : 64.0;
  double target = sizeof(std::uint16_t), filling = 0.0;
  const double pairs = static_cast<double>(p.sources()) * p.targets();
  const double bits = static_cast<double>(p.source_range.size()) * p.target_range.size();
  if (network.packs_rows && has_constant_weight(p) && p.delay.size() == 1 && p.delay[0].is_constant()) {
    // As bitmaps: a bit for each pair, and a list of the synapses that meet a pair again.
    const bool repeats = p.rule_params.has("multapses") && p.rule_params["multapses"] != 0.0;
    const double again = repeats ? synapses + pairs * std::expm1(-synapses / pairs) : synapses - synapses / p.fan();
    const double bitmaps = (bits / 8.0 + again * target) / synapses;
    if (bitmaps < target) {
      target = bitmaps;
      filling = again * 1.5 * sizeof(std::uint64_t);  // in a vector that doubles
    }
  }
  // A row that is being put in order, synapse by synapse.
  const bool drawn = weight > 0.0 || !p.delay[0].is_constant() || p.delay.size() > 1;
  filling += synapses / p.sources() * (drawn ? 40.0 : 2.0);
  return {synapses * (target + weight) +
              run * std::min(synapses, runs * network.threads * static_cast<double>(p.sources())),
          filling};
}

// A projection's rows, in every shard and while they are filled in one of each thread.
double bytes_of_rows(const NetworkDescription& network, const Projection& p, std::size_t shards, double synapses) {
  const double rows = p.source_range.size(), all_shards = static_cast<double>(shards);
  const bool keeps_all = synapses >= few_synapses * rows * all_shards;
  const double stored = keeps_all ? 4.0 : 0.15;  // the first run; a bit, and how many come before
  const double filling = 12.0;                   // count, offset and how far it is filled
  return rows * stored * all_shards + filling * network.threads * std::min(rows, synapses / all_shards);
}

// States and sums of a population, or the next spikes of a source: at least so many.
double bytes_of_neurons(const NetworkDescription& network, const Population& population) {
  if (population.is_source) return 16.0 * population.n;
  const ModelInfo& info = NeuronModels::get("neuron model", population.model).info;
  const double numbers = static_cast<double>(info.states.size() + info.receptors.size());
  return population.n * (network.time.grid() ? numbers * (network.single_precision ? 4.0 : 8.0) : 64.0);
}

// Are some of these delays 0?
bool any_at_once(const std::vector<Distribution>& delays) {
  return std::any_of(delays.begin(), delays.end(), [](const Distribution& delay) {
    if (delay.is_array()) return std::count(delay.values().begin(), delay.values().end(), 0.0) > 0;
    return delay.is_constant() && delay.constant() == 0.0;
  });
}

// What is heard at the instant at which it is fired needs an order, in which whoever hears it comes later.
void check_order(const NetworkDescription& network) {
  for (const Projection& p : network.projections)
    if (any_at_once(p.delay) && !network.populations[p.source].is_source && !network.ascends(p))
      throw ParameterError("projection '" + p.name + "': delay of 0 ms: its target comes no later than its source");
}

}  // namespace

ById<ProjectionId, double> expected_synapses(const NetworkDescription& network) {
  ById<ProjectionId, double> expected;
  for (const auto& p : network.projections)
    expected.push_back(make_rule(p)->expected_pairs({0, p.targets()}) * p.fan());
  return expected;
}

double estimate_bytes(const NetworkDescription& network) {
  const ById<ProjectionId, double> expected = expected_synapses(network);
  double bytes = 0.0;
  for (const ProjectionId q : expected.ids())
    bytes += room_of(network, network.projections[q], expected[q] / network.ranks).stored;
  return bytes;
}

double estimate_peak_bytes(const NetworkDescription& network) {
  const ById<ProjectionId, double> expected = expected_synapses(network);
  double bytes = 0.0, filling = 0.0;
  for (const Population& population : network.populations)
    bytes += bytes_of_neurons(network, population) / network.ranks;
  const std::size_t shards = count_shards(network) / network.ranks;
  for (const ProjectionId q : expected.ids()) {
    const Projection& p = network.projections[q];
    const Room room = room_of(network, p, expected[q] / network.ranks);
    bytes += room.stored + bytes_of_rows(network, p, shards, expected[q] / network.ranks);
    filling = std::max(filling, room.filling);
  }
  return bytes + filling;
}

CompiledNetwork compile(NetworkDescription description, const std::atomic<bool>& stop) {
  CompiledNetwork compiled;
  compiled.description = std::move(description);
  auto& network = compiled.description;
  check_order(network);
  network.threads = std::max(1u, network.threads);
  compiled.shards = plan_shards(network);
  const auto plan = plan_blocks(network, compiled.shards);
  const auto shards = static_cast<std::uint32_t>(compiled.shards.size() / network.ranks);
  compiled.shards.erase(compiled.shards.begin(), compiled.shards.begin() + network.rank * shards);
  compiled.shards.resize(shards);
  compiled.places.resize(network.projections.size());
  for (std::uint32_t b = 0; b < plan.size(); ++b)
    for (std::uint32_t m = 0; m < plan[b].size(); ++m) compiled.places[plan[b][m]] = {b, m};
  ById<ProjectionId, std::unique_ptr<ConnectionRule>> rules;
  for (const auto& p : network.projections) rules.push_back(make_rule(p));
  Poll poll(stop);
  for (const auto& rule : rules) rule->prepare(poll);
  Team team(network.threads);
  // Each thread makes what it will work on: memory lies where it is used.
  team.run([&](std::uint32_t t) {
    for (const ShardId s : compiled.shards_of(t, team.size()))
      for (const auto& members : plan)
        compiled.shards[s].blocks.push_back(pack_block(network, members, rules, compiled.shards[s], stop));
  });
  for (const auto& shard : compiled.shards) {
    for (const auto& block : shard.blocks) {
      compiled.min_delay = std::min(compiled.min_delay, block.min_delay);
      compiled.max_delay = std::max(compiled.max_delay, block.max_delay);
    }
  }
#ifdef __GLIBC__
  malloc_trim(0);  // what building used and gave back goes back to the system
#endif
  return compiled;
}

}  // namespace pysnn
