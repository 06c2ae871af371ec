// What one thread of the event engine owns: its neurons, the synapses onto them, and what is on its way to them.
#pragma once
#include <array>
#include <memory>
#include <span>
#include <vector>

#include "engine/drive.hpp"
#include "engine/event/arrival_sorter.hpp"
#include "engine/event/calendar.hpp"
#include "engine/event/rows_under_way.hpp"
#include "engine/event/stepped_neurons.hpp"
#include "engine/event/stepped_source.hpp"
#include "engine/initial.hpp"
#include "engine/injections.hpp"
#include "engine/phase_timer.hpp"
#include "engine/shard.hpp"
#include "engine/source_lead.hpp"
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

  EventShard(CompiledNetwork& network, std::uint32_t index, const Currents& currents);

  Tick next_stop(LongTick epoch, const std::vector<StateProbe>& probes) const;
  // No further than the present bucket.
  Tick reach(Tick now) const { return std::min(clock_.end(), lead_.reach(now)); }
  void stand_at(Tick now, LongTick epoch, std::vector<StateProbe>& probes) {
    apply_currents(now, epoch);
    sample(now, probes);
  }
  std::size_t process(const Window& window, SpikeLists& page, std::vector<StateProbe>& probes);
  Tick earliest(const Window& window, const SpikeLists& page);
  // Put on their way the runs onto this shard of all spikes, in order.
  void exchange(SpikeBoard::Reader& reader, Tick now);
  void rebase(Tick now);

  void check_finite() const {
    for (const auto& neurons : neurons_)
      if (neurons) neurons->check_finite();
    for (const auto& neurons : stepped_)
      if (neurons) neurons->check_finite();
  }
  // Make the spikes of a population known one by one, also where nothing but a record needs them.
  void emit_always(std::uint32_t population) {
    if (stepped_sources_[population]) stepped_sources_[population]->emit_always();
  }
  PlasticSynapses<Real>* plastic(std::uint32_t projection) { return plastic_[projection].get(); }
  void read_state(std::uint32_t population, std::size_t state, Tick now, std::vector<double>& values);
  const double* write_state(std::uint32_t population, std::size_t state, Tick now, const double* values);
  void count_delivered(std::vector<std::uint64_t>& by_projection) const {
    for (std::size_t p = 0; p < delivered_.size(); ++p) by_projection[p] += delivered_[p];
  }
  PhaseTimer<n_phases>& timer() { return timer_; }

 private:
  // What waits in calendars.
  struct Run {
    Tick since;
    std::uint32_t run;
  };
  struct LearnedRun {
    Tick since;
    std::uint32_t run;
    std::uint64_t spike;
  };
  struct Woken {
    Tick since;
    std::uint32_t population, target;
  };

  // Plastic arrivals of a window at one population, and the rules that hear of its spikes.
  class Learning final : public LearningInputs {
   public:
    Learning(EventShard& shard, std::uint32_t population) : shard_(shard), population_(population) {}
    Input arrive(std::uint64_t reference, Tick now) override;
    void fired(std::uint32_t target, Tick t) override;

    struct Entry {
      std::uint32_t projection, run;
      std::uint64_t spike;
    };
    std::vector<Entry> entries;

   private:
    EventShard& shard_;
    std::uint32_t population_;
  };

  // Go on to `now`, up to which nothing is due.
  void move_to(Tick now);
  void schedule(std::uint32_t population, std::span<const TimedSpike> spikes);
  // Inject what flows from `now` on, a time of that epoch.
  void apply_currents(Tick now, LongTick epoch);
  void sample(Tick now, std::vector<StateProbe>& probes);
  // After a change of state from outside.
  void predict(std::uint32_t population, Tick now);
  Range owned(std::uint32_t population) const { return shard_.owned[population]; }

  void make_neurons(std::uint32_t population);
  void make_source(std::uint32_t population);
  bool only_drives(std::uint32_t population) const;
  void make_projection(std::uint32_t projection);
  void find_covering();
  bool rows_pay(const Block& block) const;
  void schedule_row(std::uint32_t projection, const Block& block, std::uint32_t row, Tick t);
  void collect(std::uint32_t projection, Tick to);
  std::size_t advance(std::uint32_t population, Tick to, std::vector<TimedSpike>& out);
  std::size_t step(std::uint32_t population, Tick to, std::vector<TimedSpike>& out);
  std::size_t add_up(std::uint32_t projection);
  std::size_t add_learned(std::uint32_t projection, Tick to);
  void keep_wakes(std::uint32_t population);

  CompiledNetwork& network_;
  const std::uint32_t index_;
  Shard& shard_;
  const Tick step_;          // of populations that step
  const Tick neuron_delay_;  // the shortest from neurons, in any shard
  SourceLead lead_;
  BucketClock clock_;
  // By population: one of these, or a source.
  std::vector<std::unique_ptr<EventNeurons>> neurons_;
  std::vector<std::unique_ptr<SteppedNeurons<Real>>> stepped_;
  std::vector<BucketClock> step_clock_;  // of those that step: the bucket is the step at hand
  std::vector<TimedNeurons*> timed_;     // whichever of the two
  // By population: one of these, or neurons.
  std::vector<std::unique_ptr<Source>> sources_;
  std::vector<std::unique_ptr<SteppedSource>> stepped_sources_;
  std::vector<std::vector<Drive<Real>>> drives_;  // by stepped population
  // By population: the arrivals of the window, a piece for each projection, then one of wakes.
  std::vector<std::vector<std::span<const Arrival>>> arrivals_;
  std::vector<Pile<Arrival>> woken_;
  std::vector<std::unique_ptr<Learning>> learning_;   // by population; null where nothing is plastic
  std::vector<std::vector<std::uint32_t>> outgoing_;  // by population: projections with synapses here
  std::vector<std::vector<std::uint32_t>> learns_;    // by population: plastic projections onto it
  std::vector<std::vector<std::uint32_t>> incoming_;  // by stepped population: projections onto it
  std::vector<std::uint32_t> served_;                 // projections with synapses here

  // By projection, on their way: rows of few long runs by run, rows of many short ones as they are.
  enum class Travels : std::uint8_t { by_run, by_row, by_learned_run, by_step };
  std::vector<Travels> travels_;
  std::vector<Calendar<Run>> runs_;
  std::vector<RowsUnderWay<Real>> rows_;
  std::vector<Calendar<LearnedRun>> learned_runs_;
  std::vector<Pile<Arrival>> written_out_;  // what arrives in the window at hand
  std::vector<std::unique_ptr<PlasticSynapses<Real>>> plastic_;
  std::vector<std::uint64_t> delivered_;

  Calendar<Woken> wake_calendar_;
  Injections injections_;
  // By population: where the currents of local neuron k stand in `covering_`, offset[k] ... offset[k + 1].
  std::vector<std::vector<std::uint32_t>> covering_offset_, covering_;

  ArrivalSorter sorter_;
  std::vector<Fired> fired_;
  std::vector<Wake> wakes_;
  PhaseTimer<n_phases> timer_;
};

}  // namespace pysnn
