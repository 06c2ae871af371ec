// What one thread of the clock engine owns: its neurons, the synapses onto them, and what is on its way to them.
#pragma once
#include <array>
#include <memory>
#include <vector>

#include "core/side_by_side.hpp"
#include "dynamics/dynamics.hpp"
#include "engine/clock/row_counts.hpp"
#include "engine/clock/run_ring.hpp"
#include "engine/clock/static_rows.hpp"
#include "engine/competition.hpp"
#include "engine/drive.hpp"
#include "engine/finite.hpp"
#include "engine/homeostasis.hpp"
#include "engine/initial.hpp"
#include "engine/injections.hpp"
#include "engine/inputs.hpp"
#include "engine/phase_timer.hpp"
#include "engine/shard.hpp"
#include "engine/source_lead.hpp"
#include "engine/spike_history.hpp"
#include "engine/watchers.hpp"
#include "network/network.hpp"
#include "network/redelayed.hpp"
#include "neurons/neuron.hpp"
#include "sources/source.hpp"

namespace pysnn {

template <class Real>
class ClockShard {
 public:
  static constexpr Tick epoch_length = never;
  // How long ago, beside its delay, a spike may have been fired that has not been seen by all.
  static Tick slack(const CompiledNetwork&) { return 1; }
  enum Phase : std::size_t {
    sources_phase,
    deliver_phase,
    plasticity_phase,
    background_phase,
    update_phase,
    exchange_phase,
    wait_phase,
    n_phases
  };
  static constexpr std::array<const char*, n_phases> phase_names = {"sources", "deliver",  "plasticity", "background",
                                                                    "update",  "exchange", "wait"};

  // Steps of at most the shortest delay; not too many, so that the wall budget of a run is kept.
  static Tick longest_window(const CompiledNetwork& network) {
    return std::min(Tick{64}, shortest_neuron_delay(network));
  }
  // Sources may fire a thousand times a step: how long windows may be shows in short ones.
  static Tick first_window(const CompiledNetwork&) { return 1; }

  ClockShard(CompiledNetwork& network, ShardId index, const Inputs& inputs, const Currents& currents,
             const std::atomic<bool>& stop);

  // (Where there are levels currents change between windows, as each level would come to the change by itself.)
  Tick next_stop(LongTick epoch, const std::vector<StateProbe>&) const {
    const LongTick change = stages_.size() > 1 ? injections_.next_change() : long_never;
    return std::min(homeostasis_.next(epoch), in_epoch(change, epoch));
  }
  Tick reach(Tick now) const { return lead_.reach(now); }
  Tick horizon() const { return lead_.horizon(); }
  void stand_at(Tick now, LongTick, std::vector<StateProbe>& probes) {
    homeostasis_.fall(now, [this](PopulationId p) { move_thresholds(p); });
    for (std::uint32_t level = 0; level < stages_.size(); ++level) sample(now, level, probes);
    if (stages_.size() > 1) apply_currents(now);
  }
  std::size_t process(const Window& window, SpikeLists& page, std::vector<StateProbe>& probes);
  Tick earliest(const Window& window, const SpikeLists&) const { return window.to + 1; }
  // Schedule the runs of all spikes of the window, from every shard, onto this shard's targets.
  void exchange(SpikeBoard::Reader& reader, Tick now);
  void rebase(Tick) {}
  // Save or restore all that is here at `now`; what is under way comes from the spikes of the past.
  void io(const Archive& archive, Tick now, LongTick);
  void resume(const SpikeHistory& history, Tick now);
  void restart(const Restart& how, Tick now, LongTick epoch, const Currents& currents);
  void set_parts(PopulationId population, const Parts& parts, Tick now, LongTick epoch);
  // See EngineShard.
  Tick least_delay(ProjectionId projection) const;
  bool drives(ProjectionId projection) const;
  void set_delays(ProjectionId projection, Redelayed& made, const SpikeHistory& history, Tick now);
  void stored_anew(ProjectionId projection, const Redelayed& made, Tick now);
  void resume_delays(ProjectionId projection, Tick since) { delays_since_[projection] = since; }
  Stragglers* stragglers(ProjectionId projection);

  void check_finite() const;
  void emit_always(PopulationId population) { emits_[population] = true; }
  Source& source(PopulationId population) { return *sources_[population]; }
  // A current, new or another one or none, from `now` on.
  void inject(std::uint32_t c, const InjectedCurrent& described, const Current& current, Tick now, LongTick epoch);
  void replace_current(std::uint32_t c, const Current& current, Tick now, LongTick epoch);
  void stop_current(std::uint32_t c, Tick now);
  PlasticSynapses<Real>* plastic(ProjectionId projection) { return plastic_[projection]; }
  void read_state(PopulationId population, std::size_t state, Tick now, std::vector<double>& values);
  const double* write_state(PopulationId population, std::size_t state, Tick now, const double* values);
  void check_parameters(const ParameterChange& change) const;
  void set_parameters(const ParameterChange& change);
  LongTick source_time(PopulationId, Tick now, LongTick epoch) const { return epoch + now; }
  Tick source_keep(PopulationId population) const;
  void remake_source(PopulationId population);
  // Add to each projection the synaptic events delivered here so far.
  void count_delivered(ById<ProjectionId, std::uint64_t>& by_projection) const;
  PhaseTimer<n_phases>& timer() { return timer_; }

 private:
  // The rows of a block on their way: runs of static synapses, or runs and spikes of plastic ones.
  struct Traffic {
    std::uint32_t block;
    PopulationId target;  // that its first targets are of
    std::uint32_t receptor;
    std::unique_ptr<StaticRows<Real>> rows;
    RunRing<RunEntry> runs;
    std::unique_ptr<PlasticSynapses<Real>> plastic;
    RunRing<PlasticEntry> plastic_runs;
    Stragglers stragglers;  // of static synapses
    RowCounts fired;        // how often the sources of rows have
  };

  // Who takes part in the steps of a level, each kind in its order.
  struct Stage {
    std::vector<PopulationId> stepping, at_once;
    std::vector<std::uint32_t> traffic, drives;
    std::vector<PlasticSynapses<Real>*> learning;
  };

  struct FiredRow {
    std::uint32_t traffic, row;
    Tick time;
  };

  SourceChange of_source(const ParameterChange& change) const;
  // A population as it begins.
  std::unique_ptr<ClockNeurons<Real>> make_neurons(PopulationId population, Poll& poll) const;
  bool drivable(const Projection& projection) const;
  void make_sums();
  void add_drive(ProjectionId projection);
  void add_traffic(std::uint32_t block);
  // Nothing is on its way.
  void make_rings(Traffic& traffic) const;
  // What stateful rows have on their way, and nothing else.
  void set_out_again(Traffic& traffic, Tick now) const;
  Tick ahead_of(const Projection& projection) const;
  std::uint32_t level_of(PopulationId population) const { return network_.description.populations[population].level; }
  Stage& stage_of(ProjectionId projection) {
    return stages_[level_of(network_.description.projections[projection].target)];
  }
  Traffic* traffic_of(ProjectionId projection);
  void schedule(Traffic& traffic, std::uint32_t row, Tick now);
  // Add to each projection `times` the number of its synaptic events on their way.
  void count_under_way(const Traffic& traffic, std::uint64_t times,
                       ById<ProjectionId, std::uint64_t>& by_projection) const;
  void forget_under_way(Traffic& traffic);
  // Up to where neurons of a level may go from `from` on before anybody looks at them.
  Tick stretch_end(Tick from, Tick to, std::uint32_t level, const std::vector<StateProbe>& probes) const;
  // Serve what arrives up to `to`, advance the neurons of a level to it and note who fires.
  void go_through(Tick from, Tick to, const Stage& stage, SpikeLists& page);
  void deliver(Tick now, std::size_t slot, const Stage& stage);
  void step(PopulationId population, Tick now, std::size_t slot, std::vector<TimedSpike>& spikes);
  const Real* current(PopulationId population) const {
    return current_[population].empty() ? nullptr : current_[population].data();
  }
  void apply_currents(Tick begin);
  void add_up_currents(PopulationId population);
  void move_thresholds(PopulationId population);
  void sample(Tick now, std::uint32_t level, std::vector<StateProbe>& probes);

  CompiledNetwork& network_;
  const Inputs& groups_;  // as they are now
  const ShardId index_;
  Shard& shard_;
  const Tick longest_window_;                                        // that delays allow for good
  ById<PopulationId, std::unique_ptr<ClockNeurons<Real>>> neurons_;  // null for sources
  HomeostasisOfAll homeostasis_;
  ById<PopulationId, std::unique_ptr<Competition<Real>>> competition_;  // null where there is none, or none here
  ById<PopulationId, std::unique_ptr<ClockNeurons<Real>>> first_;  // the same as they began; empty before a restart
  ById<PopulationId, std::unique_ptr<Source>> sources_;            // null for neurons
  ById<PopulationId, char> emits_;                                 // do its spikes go anywhere?
  // What arrives at the steps of a stretch, in slots: its sums by receptor, in the shard's numbering; and by slot where
  // those of a population's receptors begin.
  SideBySide<Real> sums_;
  ById<PopulationId, std::vector<std::vector<Real*>>> inputs_;
  Tick longest_stretch_ = 1;
  ById<PopulationId, char> at_once_;         // does it go through a stretch when all that arrives in it is there?
  ById<PopulationId, Array<Real>> current_;  // empty where none is injected
  Injections injections_;
  ById<PopulationId, char> reinjected_;  // is its current summed afresh?
  std::vector<Traffic> traffic_;         // in the order of delivery
  std::vector<Stage> stages_;            // by level
  ById<ProjectionId, PlasticSynapses<Real>*> plastic_;
  ById<PopulationId, std::vector<std::uint32_t>> outgoing_;  // traffic from it
  std::vector<ModulatorFeed> feeds_;
  ById<PopulationId, std::vector<ProjectionId>> learns_;  // plastic projections onto it
  ById<PopulationId, Watchers<Real>> watchers_;           // rules that see more of it than spikes
  std::vector<Drive<Real>> drives_;
  ById<ProjectionId, Tick> delays_since_;  // for spikes after that its delays hold, others are stragglers
  // Synaptic events that were on their way at a restart; what rows that were made anew count too many.
  ById<ProjectionId, std::uint64_t> lost_;
  ById<ProjectionId, std::uint64_t> counted_;  // delivered before rows are made anew
  SourceLead lead_;
  std::vector<std::vector<std::uint32_t>> fired_;  // by step of a stretch
  std::vector<FiredRow> rows_;
  PhaseTimer<n_phases> timer_;
};

}  // namespace pysnn
