#include "build/compile.hpp"

#include <algorithm>
#include <cmath>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "build/packer.hpp"
#include "build/plan.hpp"
#include "core/team.hpp"

namespace pysnn {

std::vector<double> expected_synapses(const NetworkDescription& network) {
  std::vector<double> expected;
  for (const auto& p : network.projections) expected.push_back(make_rule(p)->expected_pairs() * p.fan());
  return expected;
}

std::uint64_t estimate_bytes(const NetworkDescription& network) {
  double bytes = 0.0;
  const std::vector<double> expected = expected_synapses(network);
  for (std::size_t k = 0; k < expected.size(); ++k) {
    const Projection& p = network.projections[k];
    const double synapses = expected[k];
    if (synapses == 0.0) continue;
    const double state = network.single_precision ? 4.0 : 8.0;
    const double stored[] = {2.0, 4.0, 8.0};
    const double weight = has_constant_weight(p) ? 0.0
                          : p.plasticity.empty() ? stored[static_cast<std::size_t>(network.static_weights)]
                                                 : state;
    // Where delays are drawn: at worst a run for each synapse, as a rule some 64 delays a row and thread.
    const double run = network.time.grid() ? 6.0 : 12.0;
    const double runs = p.delay[0].is_constant() ? static_cast<double>(p.delay.size()) : 64.0;
    double target = sizeof(std::uint16_t);
    if (network.packs_rows && has_constant_weight(p) && p.delay.size() == 1 && p.delay[0].is_constant()) {
      // As bitmaps: a bit for each pair, and a list of the synapses that meet a pair again.
      const double pairs = static_cast<double>(p.source_range.size()) * p.target_range.size();
      const bool repeats = p.rule_params.has("multapses") && p.rule_params["multapses"] != 0.0;
      const double again = repeats ? synapses + pairs * std::expm1(-synapses / pairs) : synapses - synapses / p.fan();
      target = std::min(target, (pairs / 8.0 + again * target) / synapses);
    }
    bytes += synapses * (target + weight) + run * std::min(synapses, runs * network.threads * p.source_range.size());
  }
  return static_cast<std::uint64_t>(bytes);
}

CompiledNetwork compile(NetworkDescription description) {
  CompiledNetwork compiled;
  compiled.description = std::move(description);
  auto& network = compiled.description;
  network.threads = std::max(1u, network.threads);
  compiled.shards = plan_shards(network);
  const auto plan = plan_blocks(network, compiled.shards);
  compiled.places.resize(network.projections.size());
  for (std::uint32_t b = 0; b < plan.size(); ++b)
    for (std::uint32_t m = 0; m < plan[b].size(); ++m) compiled.places[plan[b][m]] = {b, m};
  std::vector<std::unique_ptr<ConnectionRule>> rules;
  for (const auto& p : network.projections) rules.push_back(make_rule(p));
  Team team(network.threads);
  // Each thread makes what it will work on: memory lies where it is used.
  team.run([&](std::uint32_t t) {
    const Range mine = compiled.shards_of(t, team.size());
    for (std::uint32_t s = mine.begin; s < mine.end; ++s)
      for (const auto& members : plan)
        compiled.shards[s].blocks.push_back(pack_block(network, members, rules, compiled.shards[s]));
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
