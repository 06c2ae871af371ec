// What one thread of the event engine owns: its neurons, the synapses onto them, and what is on its way to them.
#pragma once
#include <array>
#include <memory>
#include <span>
#include <vector>

#include "engine/drive.hpp"
#include "engine/event/arrival_sorter.hpp"
#include "engine/event/calendar.hpp"
#include "engine/event/stepped_neurons.hpp"
#include "engine/event/stepped_source.hpp"
#include "engine/event/traffic.hpp"
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
#include "neurons/neuron.hpp"
#include "plasticity/plastic_synapses.hpp"
#include "sources/source.hpp"

namespace pysnn {

template <class Real>
class EventShard {
 public:
  // A whole number of ms at ticks of 1e-12 ms.
  static constexpr Tick epoch_length = 2'000'000'000'000'000'000;
  // How long ago, beside its delay, a spike may have been fired that has not been seen by all: within a step.
  static Tick slack(const CompiledNetwork& network);
  enum Phase : std::size_t {
    emit_phase,
    collect_phase,
    sort_phase,
    advance_phase,
    exchange_phase,
    wait_phase,
    n_phases
  };
  static constexpr std::array<const char*, n_phases> phase_names = {"sources", "collect",  "sort",
                                                                    "advance", "schedule", "wait"};

  // As long as delays allow, or where there are none as an arrival can hold. The first is short, for nothing is known
  // of how much there will be to do.
  static Tick longest_window(const CompiledNetwork& network) {
    return std::min(BucketClock::widest, shortest_neuron_delay(network));
  }
  static Tick first_window(const CompiledNetwork& network) {
    return std::min(longest_window(network), network.description.time.tick(0.01, "window"));
  }

  EventShard(CompiledNetwork& network, ShardId index, const Inputs& inputs, const Currents& currents,
             const std::atomic<bool>& stop);

  Tick next_stop(LongTick epoch, const std::vector<StateProbe>& probes) const;
  // No further than the present bucket.
  Tick reach(Tick now) const { return std::min(clock_.end(), lead_.reach(now)); }
  Tick horizon() const { return lead_.horizon(); }
  void stand_at(Tick now, LongTick epoch, std::vector<StateProbe>& probes) {
    apply_currents(now, epoch);
    homeostasis_.fall(epoch + now, [&](PopulationId p) { move_thresholds(p, now); });
    sample(now, probes);
  }
  std::size_t process(const Window& window, SpikeLists& page, std::vector<StateProbe>& probes);
  Tick earliest(const Window& window, const SpikeLists& page);
  // Put on their way the runs onto this shard of all spikes, in order.
  void exchange(SpikeBoard::Reader& reader, Tick now);
  void rebase(Tick now);
  // Save or restore all that is here at `now`; what is under way comes from the spikes of the past.
  void io(const Archive& archive, Tick now, LongTick epoch);
  void resume(const SpikeHistory& history, Tick now);
  void restart(const Restart& how, Tick now, LongTick epoch, const Currents& currents);
  void set_parts(PopulationId population, const Parts& parts, Tick now, LongTick epoch);
  // See EngineShard.
  Tick least_delay(ProjectionId projection) const;
  bool drives(ProjectionId projection) const {
    return stepped_sources_[network_.description.projections[projection].source] != nullptr;
  }
  void set_delays(ProjectionId projection, Redelayed& made, const SpikeHistory& history, Tick now);
  void stored_anew(ProjectionId projection, const Redelayed& made, Tick now);
  void resume_delays(ProjectionId projection, Tick since) {
    if (traffic_[projection]) traffic_[projection]->resume_delays(since);
  }
  Stragglers* stragglers(ProjectionId projection) {
    return traffic_[projection] ? traffic_[projection]->stragglers() : nullptr;
  }

  void check_finite() const {
    for (const auto& group : jumping_)
      if (group) group->neurons->check_finite();
    for (const auto& group : stepping_)
      if (group) group->neurons->check_finite();
  }
  // Make the spikes of a population known one by one, also where nothing but a record needs them.
  void emit_always(PopulationId population) {
    if (stepped_sources_[population]) stepped_sources_[population]->emit_always();
  }
  Source& source(PopulationId population) {
    return sources_[population] ? *sources_[population] : stepped_sources_[population]->source();
  }
  // A current, new or another one or none, from `now` on.
  void inject(std::uint32_t c, const InjectedCurrent& described, const Current& current, Tick now, LongTick epoch);
  void replace_current(std::uint32_t c, const Current& current, Tick now, LongTick epoch);
  void stop_current(std::uint32_t c, Tick now);
  PlasticSynapses<Real>* plastic(ProjectionId projection) {
    return traffic_[projection] ? traffic_[projection]->plastic() : nullptr;
  }
  void read_state(PopulationId population, std::size_t state, Tick now, std::vector<double>& values);
  const double* write_state(PopulationId population, std::size_t state, Tick now, const double* values);
  void check_parameters(const ParameterChange& change) const;
  void set_parameters(const ParameterChange& change);
  LongTick source_time(PopulationId population, Tick now, LongTick epoch) const {
    return stepped_sources_[population] ? stepped_sources_[population]->steps() : epoch + now;
  }
  Tick source_keep(PopulationId population) const;
  void remake_source(PopulationId population);
  void count_delivered(ById<ProjectionId, std::uint64_t>& by_projection) const;
  PhaseTimer<n_phases>& timer() { return timer_; }

 private:
  static constexpr std::uint64_t wake_buckets = 256;
  struct Woken {
    Tick since;
    PopulationId population;
    std::uint32_t target;
  };

  // Plastic arrivals of a window at one population, and the rules that hear of its spikes.
  class Learning final : public LearningInputs {
   public:
    Learning(EventShard& shard, PopulationId population) : shard_(shard), population_(population) {}
    Weighted arrive(std::uint64_t reference, Tick now) override;
    void fired(std::uint32_t target, Tick t) override;

    std::vector<LearnedRun> runs;

   private:
    EventShard& shard_;
    PopulationId population_;
  };

  // Neurons that jump: what arrives at them in the window, a piece for each projection, then one of wakes.
  struct Jumping {
    std::unique_ptr<EventNeurons> neurons;
    std::vector<std::span<const Arrival>> arrivals;
    Pile<Arrival> woken;
    std::unique_ptr<Learning> learning;  // null where nothing is plastic
    std::optional<double> takes = {};    // see EventWindow
  };
  // Neurons that step: the bucket of their clock is the step at hand.
  struct Stepping {
    std::unique_ptr<SteppedNeurons<Real>> neurons;
    BucketClock clock;
    std::vector<Drive<Real>> drives;
    std::vector<ProjectionId> incoming;
    Watchers<Real> watchers = {};
  };

  // Go on to `now`, up to which nothing is due.
  void move_to(Tick now);
  // Inject what flows from `now` on, a time of that epoch.
  void apply_currents(Tick now, LongTick epoch);
  void add_up_currents(const Injection& changed, Tick now);
  void move_thresholds(PopulationId population, Tick now);
  void sample(Tick now, std::vector<StateProbe>& probes);
  SourceChange of_source(const ParameterChange& change) const;
  // Inject into a neuron of the shard the levels that hold at `now`.
  void inject_sum(PopulationId population, std::uint32_t k, Tick now);
  // After a change of state from outside.
  void predict(PopulationId population, Tick now);
  Range owned(PopulationId population) const { return shard_.owned[population]; }

  // A population as it begins, which jumps or steps.
  std::unique_ptr<TimedNeurons> first_neurons(PopulationId population, Poll& poll) const;
  void make_neurons(PopulationId population, Poll& poll);
  void restart_neurons(PopulationId population, const Restart& how, Tick now, LongTick epoch, Tick from);
  void make_source(PopulationId population);
  void restart_source(PopulationId population, std::uint64_t key);
  // As its group is now, in the time that it goes by.
  std::unique_ptr<Source> begin_source(PopulationId population, std::uint64_t key) const;
  bool only_drives(PopulationId population) const;
  void make_projection(ProjectionId projection);
  void find_currents();
  std::uint32_t level_of(PopulationId population) const { return network_.description.populations[population].level; }
  void collect(Tick to, std::uint32_t level);
  std::size_t jump(PopulationId population, Tick to, std::vector<TimedSpike>& out);
  std::size_t step(PopulationId population, Tick to, std::vector<TimedSpike>& out);
  void keep_wakes(PopulationId population);
  template <class Call>
  void for_each_drive(Call&& call) {
    for (const auto& group : stepping_)
      if (group)
        for (Drive<Real>& drive : group->drives) call(*group, drive);
  }
  // What the runs of a projection are filed by.
  const BucketClock& clock_of(const EventTraffic<Real>& traffic) const {
    return traffic.by_step() ? stepping_[traffic.target()]->clock : clock_;
  }

  CompiledNetwork& network_;
  const Inputs& groups_;  // as they are now
  const ShardId index_;
  Shard& shard_;
  const Tick step_;          // of populations that step
  const Tick neuron_delay_;  // the shortest from neurons, in any shard, as built: none may be shorter
  const Tick longest_window_;
  SourceLead lead_;
  BucketClock clock_;
  // Of a population one of these four.
  ById<PopulationId, std::unique_ptr<Jumping>> jumping_;
  ById<PopulationId, std::unique_ptr<Stepping>> stepping_;
  ById<PopulationId, std::unique_ptr<Source>> sources_;
  ById<PopulationId, std::unique_ptr<SteppedSource>> stepped_sources_;
  HomeostasisOfAll homeostasis_;
  ById<PopulationId, TimedNeurons*> timed_;                  // neurons of either kind
  ById<PopulationId, std::unique_ptr<TimedNeurons>> first_;  // the same as they began; empty before a restart
  ById<PopulationId, std::vector<ProjectionId>> outgoing_;   // projections with synapses here
  std::vector<ModulatorFeed> feeds_;
  ById<PopulationId, std::vector<ProjectionId>> learns_;             // plastic projections onto it
  ById<ProjectionId, std::unique_ptr<EventTraffic<Real>>> traffic_;  // null without synapses here, or driven
  std::vector<EventTraffic<Real>*> served_;                          // those that there are

  Calendar<Woken> wake_calendar_;
  Injections injections_;
  // Where the currents into local neuron k stand in `currents_`, offset[k] ... offset[k + 1].
  ById<PopulationId, std::vector<std::uint32_t>> currents_offset_, currents_;

  ArrivalSorter sorter_;
  std::vector<Fired> fired_;
  std::vector<Wake> wakes_;
  Tick heard_from_ = never;  // before which no spike of the window at hand arrives after it
  PhaseTimer<n_phases> timer_;
};

}  // namespace pysnn
