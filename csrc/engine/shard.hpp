// What a shard owes the engine. Times are ticks of the present epoch.
#pragma once
#include <algorithm>
#include <array>
#include <concepts>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "currents/current.hpp"
#include "engine/recorders.hpp"
#include "engine/restart.hpp"
#include "engine/spike_board.hpp"
#include "engine/spike_history.hpp"
#include "engine/stragglers.hpp"
#include "network/redelayed.hpp"

namespace pysnn {

// A window of time that all shards go through on their own, (from, to]. No neuron hears another one within it: what
// arrives in it was on its way when it began. Sources hear nobody, so they may be ahead: in this window they emit up to
// `emit_to`, and their delays bound no window but the first. Where populations are in an order, those of one `level` go
// through it after all shards have heard of those below: what leads upwards bounds no window either, and may take 0.
struct Window {
  Tick from, to, emit_to;
  std::uint32_t level = 0;
};

// From `now` on the neurons or sources `changed` of group `index` have the parameters of `population`.
struct ParameterChange {
  PopulationId index;
  const Population& population;
  std::span<const std::uint32_t> changed;  // ascending
  Tick now;
  LongTick epoch;
  std::uint64_t noise = 0;   // see Restart
  std::uint64_t serial = 1;  // the rest of sources: see SourceChange
  std::span<const std::uint64_t> forgotten = {};
  std::optional<LongTick> source_time = {};  // made then in a source that has not begun, as source_time() tells it
};

// Every answer marked "alike" is the same in all shards, as all must agree on where windows end.
template <class S>
concept EngineShard =
    requires(S& shard, const S& seen, Tick now, LongTick epoch, const Window& window, SpikeLists& page,
             SpikeBoard::Reader& reader, std::vector<StateProbe>& probes, PopulationId p, ProjectionId q,
             std::uint32_t current, std::size_t state, const Archive& archive, const SpikeHistory& history,
             std::vector<double>& values, const double* given, const CompiledNetwork& network, const Restart& how,
             const Currents& currents, const ParameterChange& change, Redelayed& made) {
      // How long an epoch is, after which all times move back by as much; `never` where one is enough.
      { S::epoch_length } -> std::convertible_to<Tick>;
      { S::phase_names.size() } -> std::convertible_to<std::size_t>;
      S::exchange_phase;
      S::wait_phase;
      // The longest window there may be, and how long the first shall be.
      { S::longest_window(network) } -> std::same_as<Tick>;
      { S::first_window(network) } -> std::same_as<Tick>;

      // Alike: the next time of the network at which all shards stand still (a current changes, a state is sampled).
      { seen.next_stop(epoch, probes) } -> std::same_as<Tick>;
      // Alike: how far a window that begins at `now` may go, by what is on its way here.
      { seen.reach(now) } -> std::same_as<Tick>;
      // Alike: up to where sources have emitted, be it beyond the last window.
      { seen.horizon() } -> std::same_as<Tick>;
      // What holds from `now` on, and what is sampled at it, all events up to it being past.
      shard.stand_at(now, epoch, probes);
      // Go through a window and write its spikes, and those of sources that are ahead; how much there was to do.
      { shard.process(window, page, probes) } -> std::same_as<std::size_t>;
      // A time before which nothing is due here after the window just processed, its own spikes included. (Of several
      // levels the answer of the last counts, for all of them.)
      { shard.earliest(window, page) } -> std::same_as<Tick>;
      // Put on their way the spikes that all shards have written, and go on to `now`, up to which nothing is due.
      shard.exchange(reader, now);
      // Save or restore what is here at `now`, and then set out anew what is under way.
      { S::slack(network) } -> std::same_as<Tick>;
      shard.io(archive, now, epoch);
      shard.resume(history, now);
      // Times move back by an epoch's length at `now`.
      shard.rebase(now);
      // Begin again, after all synapses that learn were finished: nothing that has happened leaves a trace but what is
      // kept.
      shard.restart(how, now, epoch, currents);

      // The delays of a projection: alike, the least that there may be, and whether its source drives it; to have
      // others for spikes after `now`, the rest being stragglers; then, where all shards have them, what remembers
      // spikes is told how its synapses have moved. Or to have had them since then, before resume().
      { seen.least_delay(q) } -> std::same_as<Tick>;
      { seen.drives(q) } -> std::same_as<bool>;
      shard.set_delays(q, made, history, now);
      shard.stored_anew(q, made, now);
      shard.resume_delays(q, now);
      { shard.stragglers(q) } -> std::same_as<Stragglers*>;

      // An error where a state is no finite number any more.
      seen.check_finite();
      shard.emit_always(p);
      { shard.source(p) } -> std::same_as<Source&>;
      shard.inject(current, std::declval<const InjectedCurrent&>(), std::declval<const Current&>(), now, epoch);
      shard.replace_current(current, std::declval<const Current&>(), now, epoch);
      shard.stop_current(current, now);
      { shard.plastic(q) };
      shard.read_state(p, state, now, values);
      { shard.write_state(p, state, now, given) } -> std::same_as<const double*>;
      // Whether neurons or sources of a group can have other parameters (an error says why not), and to have them.
      seen.check_parameters(change);
      shard.set_parameters(change);
      // Go on with other numbers of what a population has beside its model.
      shard.set_parts(p, std::declval<const Parts&>(), now, epoch);
      // Of a source, alike: its own time, since the start; how far back of it what it has emitted may be asked for. To
      // make it anew, as one of the parameters that its group has now.
      { seen.source_time(p, now, epoch) } -> std::same_as<LongTick>;
      { seen.source_keep(p) } -> std::same_as<Tick>;
      shard.remake_source(p);
      shard.count_delivered(std::declval<ById<ProjectionId, std::uint64_t>&>());
      shard.timer();
    };

// The shortest delay of the projections from populations that `counts` holds for, in any shard of any rank, or to
// modulators; but for those that lead upwards in the order of populations.
template <class Counts>
Tick shortest_delay(const CompiledNetwork& network, Counts&& counts) {
  const NetworkDescription& description = network.description;
  const auto bounds = [&](ProjectionId q) {
    return counts(description.projections[q].source) && !description.ascends(description.projections[q]);
  };
  Tick shortest = never;
  for (const Shard& shard : network.shards)
    for (const Block& block : shard.blocks)
      if (block.size() > 0 && bounds(block.members[0].projection)) shortest = std::min(shortest, block.min_delay);
  for (const ProjectionId q : network.places.ids())
    if (!network.elsewhere.empty() && bounds(q))
      shortest = std::min(shortest, network.elsewhere[network.places[q].block].min);
  for (const Modulator& modulator : description.modulators)
    if (modulator.by && counts(*modulator.by)) shortest = std::min(shortest, modulator.delay);
  return shortest;
}

// What the plastic projections of a shard hear of spikes that are moments of their modulators.
struct ModulatorFeed {
  PopulationId population;
  ModulatorId modulator;
  ProjectionId projection;
};
inline std::vector<ModulatorFeed> modulator_feeds(const NetworkDescription& network) {
  std::vector<ModulatorFeed> feeds;
  for (const ProjectionId q : network.projections.ids())
    if (const auto m = network.projections[q].modulator; m && network.modulators[*m].by)
      feeds.push_back({*network.modulators[*m].by, *m, q});
  return feeds;
}
// Whether spikes of a population are wanted for that.
inline bool feeds_modulator(const NetworkDescription& network, PopulationId population) {
  for (const Modulator& modulator : network.modulators)
    if (modulator.by == population) return true;
  return false;
}

// Of the projections from neurons: what they emit in a window this long reaches nobody within it.
inline Tick shortest_neuron_delay(const CompiledNetwork& network) {
  return shortest_delay(network, [&](PopulationId p) { return !network.description.populations[p].is_source; });
}

}  // namespace pysnn
