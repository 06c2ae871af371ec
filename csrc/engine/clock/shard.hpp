// What one thread of the clock engine owns: its neurons, the synapses onto them, and what is on its way to them.
#pragma once
#include <array>
#include <memory>
#include <vector>

#include "engine/clock/row_counts.hpp"
#include "engine/clock/run_ring.hpp"
#include "engine/clock/static_rows.hpp"
#include "engine/drive.hpp"
#include "engine/finite.hpp"
#include "engine/initial.hpp"
#include "engine/injections.hpp"
#include "engine/phase_timer.hpp"
#include "engine/recorders.hpp"
#include "network/network.hpp"
#include "neurons/neuron.hpp"
#include "plasticity/plastic_synapses.hpp"
#include "sources/source.hpp"

namespace pysnn {

// Spikes of one population in one shard over a slice of steps: those of step k are index[end[k-1]..end[k]).
struct SliceSpikes {
  std::vector<std::uint32_t> index, end;
  void clear() {
    index.clear();
    end.clear();
  }
  std::span<const std::uint32_t> step(std::size_t k) const {
    const std::uint32_t begin = k == 0 ? 0 : end[k - 1];
    return {index.data() + begin, end[k] - begin};
  }
};

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
inline constexpr std::array<const char*, n_phases> phase_names = {"sources", "deliver",  "plasticity", "background",
                                                                  "update",  "exchange", "wait"};

template <class Real>
class ClockShard {
 public:
  ClockShard(CompiledNetwork& network, std::uint32_t index, const Currents& currents);

  // Let the sources emit the spikes of the slice (from, from + steps].
  void begin_slice(Tick from, Tick steps, std::size_t parity, std::vector<StateProbe>& probes);
  // Serve what arrives at `now`, advance all neurons to it and note who fired.
  void step(Tick now, std::size_t parity, std::vector<StateProbe>& probes);
  // Schedule the runs of all spikes of the slice, from every shard, onto this shard's targets.
  void exchange(Tick from, Tick steps, std::size_t parity, const std::vector<std::unique_ptr<ClockShard>>& all);

  void emit_always(std::uint32_t population) { emits_[population] = true; }
  const SliceSpikes& spikes(std::size_t parity, std::uint32_t population) const { return spikes_[parity][population]; }
  void sample(Tick now, std::vector<StateProbe>& probes);
  ClockNeurons<Real>* neurons(std::uint32_t population) { return neurons_[population].get(); }
  void check_finite() const;
  PlasticSynapses<Real>* plastic(std::uint32_t projection) { return plastic_[projection]; }
  // Add to each projection the synaptic events delivered here so far.
  void count_delivered(std::vector<std::uint64_t>& by_projection) const;
  PhaseTimer<n_phases>& stopwatch() { return stopwatch_; }

 private:
  // The rows of a block on their way: runs of static synapses, or runs and spikes of plastic ones.
  struct Traffic {
    std::uint32_t block;
    Real* sum;
    std::unique_ptr<StaticRows<Real>> rows;
    RunRing<RunEntry> runs;
    std::unique_ptr<PlasticSynapses<Real>> plastic;
    RunRing<PlasticEntry> plastic_runs;
    RowCounts fired;  // how often the sources of rows have
  };

  struct FiredRow {
    std::uint32_t traffic, row;
    Tick time;
  };

  bool drivable(const Projection& projection) const;
  void add_drive(std::uint32_t projection);
  void add_traffic(std::uint32_t block);
  void schedule(Traffic& traffic, std::uint32_t row, Tick now);
  void apply_currents(Tick begin);

  CompiledNetwork& network_;
  const std::uint32_t index_;
  Shard& shard_;
  std::vector<std::unique_ptr<ClockNeurons<Real>>> neurons_;  // by population; null for sources
  std::vector<std::unique_ptr<Source>> sources_;              // by population; null for neurons
  std::vector<char> emits_;                                   // by population: do its spikes go anywhere?
  std::vector<Array<Real>> sums_;                             // by receptor, in the shard's numbering
  std::vector<std::vector<Real*>> inputs_;                    // by population and receptor, into sums_
  std::vector<Array<Real>> current_;                          // by population; empty where none is injected
  Injections injections_;
  std::vector<char> reinjected_;                      // by population: is its current summed afresh?
  std::vector<Traffic> traffic_;                      // in the order of delivery
  std::vector<PlasticSynapses<Real>*> plastic_;       // by projection
  std::vector<std::vector<std::uint32_t>> outgoing_;  // by population: traffic from it
  std::vector<std::vector<std::uint32_t>> learns_;    // by population: plastic projections onto it
  std::vector<Drive<Real>> drives_;
  std::array<std::vector<SliceSpikes>, 2> spikes_;
  std::vector<std::uint32_t> fired_;
  std::vector<TimedSpike> emitted_;
  std::vector<FiredRow> rows_;
  PhaseTimer<n_phases> stopwatch_;
};

}  // namespace pysnn
