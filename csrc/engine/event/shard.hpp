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

  EventShard(CompiledNetwork& network, std::uint32_t index, const Inputs& inputs, const Currents& currents,
             const std::atomic<bool>& stop);

  Tick next_stop(LongTick epoch, const std::vector<StateProbe>& probes) const;
  // No further than the present bucket.
  Tick reach(Tick now) const { return std::min(clock_.end(), lead_.reach(now)); }
  Tick horizon() const { return lead_.horizon(); }
  void stand_at(Tick now, LongTick epoch, std::vector<StateProbe>& probes) {
    apply_currents(now, epoch);
    homeostasis_.fall(epoch + now, [&](std::uint32_t p) { move_thresholds(p, now); });
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
  void set_parts(std::uint32_t population, const Parts& parts, Tick now, LongTick epoch);
  // See EngineShard.
  Tick least_delay(std::uint32_t projection) const;
  bool drives(std::uint32_t projection) const {
    return stepped_sources_[network_.description.projections[projection].source] != nullptr;
  }
  void set_delays(std::uint32_t projection, Redelayed& made, const SpikeHistory& history, Tick now);
  void stored_anew(std::uint32_t projection, const Redelayed& made, Tick now);
  void resume_delays(std::uint32_t projection, Tick since) {
    if (traffic_[projection]) traffic_[projection]->resume_delays(since);
  }
  Stragglers* stragglers(std::uint32_t projection) {
    return traffic_[projection] ? traffic_[projection]->stragglers() : nullptr;
  }

  void check_finite() const {
    for (const auto& group : jumping_)
      if (group) group->neurons->check_finite();
    for (const auto& group : stepping_)
      if (group) group->neurons->check_finite();
  }
  // Make the spikes of a population known one by one, also where nothing but a record needs them.
  void emit_always(std::uint32_t population) {
    if (stepped_sources_[population]) stepped_sources_[population]->emit_always();
  }
  Source& source(std::uint32_t population) {
    return sources_[population] ? *sources_[population] : stepped_sources_[population]->source();
  }
  // A current, new or another one or none, from `now` on.
  void inject(std::uint32_t c, const InjectedCurrent& described, const Current& current, Tick now, LongTick epoch);
  void replace_current(std::uint32_t c, const Current& current, Tick now, LongTick epoch);
  void stop_current(std::uint32_t c, Tick now);
  PlasticSynapses<Real>* plastic(std::uint32_t projection) {
    return traffic_[projection] ? traffic_[projection]->plastic() : nullptr;
  }
  void read_state(std::uint32_t population, std::size_t state, Tick now, std::vector<double>& values);
  const double* write_state(std::uint32_t population, std::size_t state, Tick now, const double* values);
  void check_parameters(const ParameterChange& change) const;
  void set_parameters(const ParameterChange& change);
  LongTick source_time(std::uint32_t population, Tick now, LongTick epoch) const {
    return stepped_sources_[population] ? stepped_sources_[population]->steps() : epoch + now;
  }
  Tick source_keep(std::uint32_t population) const;
  void remake_source(std::uint32_t population);
  void count_delivered(std::vector<std::uint64_t>& by_projection) const;
  PhaseTimer<n_phases>& timer() { return timer_; }

 private:
  static constexpr std::uint64_t wake_buckets = 256;
  struct Woken {
    Tick since;
    std::uint32_t population, target;
  };

  // Plastic arrivals of a window at one population, and the rules that hear of its spikes.
  class Learning final : public LearningInputs {
   public:
    Learning(EventShard& shard, std::uint32_t population) : shard_(shard), population_(population) {}
    Weighted arrive(std::uint64_t reference, Tick now) override;
    void fired(std::uint32_t target, Tick t) override;

    std::vector<LearnedRun> runs;

   private:
    EventShard& shard_;
    std::uint32_t population_;
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
    std::vector<std::uint32_t> incoming;  // projections
    Watchers<Real> watchers = {};
  };

  // Go on to `now`, up to which nothing is due.
  void move_to(Tick now);
  // Inject what flows from `now` on, a time of that epoch.
  void apply_currents(Tick now, LongTick epoch);
  void add_up_currents(const Injection& changed, Tick now);
  void move_thresholds(std::uint32_t population, Tick now);
  void sample(Tick now, std::vector<StateProbe>& probes);
  SourceChange of_source(const ParameterChange& change) const;
  // Inject into a neuron of the shard the levels that hold at `now`.
  void inject_sum(std::uint32_t population, std::uint32_t k, Tick now);
  // After a change of state from outside.
  void predict(std::uint32_t population, Tick now);
  Range owned(std::uint32_t population) const { return shard_.owned[population]; }

  // A population as it begins, which jumps or steps.
  std::unique_ptr<TimedNeurons> first_neurons(std::uint32_t population, Poll& poll) const;
  void make_neurons(std::uint32_t population, Poll& poll);
  void restart_neurons(std::uint32_t population, const Restart& how, Tick now, LongTick epoch, Tick from);
  void make_source(std::uint32_t population);
  void restart_source(std::uint32_t population, std::uint64_t key);
  // As its group is now, in the time that it goes by.
  std::unique_ptr<Source> begin_source(std::uint32_t population, std::uint64_t key) const;
  bool only_drives(std::uint32_t population) const;
  void make_projection(std::uint32_t projection);
  void find_currents();
  void collect(Tick to);
  std::size_t jump(std::uint32_t population, Tick to, std::vector<TimedSpike>& out);
  std::size_t step(std::uint32_t population, Tick to, std::vector<TimedSpike>& out);
  void keep_wakes(std::uint32_t population);
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
  const std::uint32_t index_;
  Shard& shard_;
  const Tick step_;          // of populations that step
  const Tick neuron_delay_;  // the shortest from neurons, in any shard, as built: none may be shorter
  const Tick longest_window_;
  SourceLead lead_;
  BucketClock clock_;
  // By population: one of these four.
  std::vector<std::unique_ptr<Jumping>> jumping_;
  std::vector<std::unique_ptr<Stepping>> stepping_;
  std::vector<std::unique_ptr<Source>> sources_;
  std::vector<std::unique_ptr<SteppedSource>> stepped_sources_;
  HomeostasisOfAll homeostasis_;
  std::vector<TimedNeurons*> timed_;                  // by population: neurons of either kind
  std::vector<std::unique_ptr<TimedNeurons>> first_;  // the same as they began; empty before a restart
  std::vector<std::vector<std::uint32_t>> outgoing_;  // by population: projections with synapses here
  std::vector<ModulatorFeed> feeds_;
  std::vector<std::vector<std::uint32_t>> learns_;            // by population: plastic projections onto it
  std::vector<std::unique_ptr<EventTraffic<Real>>> traffic_;  // by projection; null without synapses here, or driven
  std::vector<EventTraffic<Real>*> served_;                   // those that there are

  Calendar<Woken> wake_calendar_;
  Injections injections_;
  // By population: where the currents into local neuron k stand in `currents_`, offset[k] ... offset[k + 1].
  std::vector<std::vector<std::uint32_t>> currents_offset_, currents_;

  ArrivalSorter sorter_;
  std::vector<Fired> fired_;
  std::vector<Wake> wakes_;
  PhaseTimer<n_phases> timer_;
};

}  // namespace pysnn
