// What every engine offers to the bindings; recorded times are in ms, everything is copied.
#pragma once
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/archive.hpp"
#include "core/poll.hpp"
#include "engine/ranks.hpp"
#include "engine/restart.hpp"
#include "engine/standing.hpp"
#include "network/network.hpp"
#include "plasticity/learning.hpp"
#include "sources/source.hpp"

namespace pysnn {

struct SpikeRecord {
  std::vector<double> times;
  std::vector<std::uint32_t> indices;
};

struct StateRecord {
  std::vector<double> times;
  std::vector<double> values;  // [times x indices]
  std::size_t width = 0;
};

struct ChangeRecord {
  std::vector<double> times;
  std::vector<ShardId> shard;          // where it is stored,
  std::vector<std::uint32_t> synapse;  // and as which
  std::vector<double> weights;
};

// One thread at a time may call it (`standing` sees to that); it works with threads of its own meanwhile. Where an
// error ends advance(), the engine is broken: nothing but what was recorded can be had of it then.
class Engine {
 public:
  virtual ~Engine() = default;

  // Ticks since the start, and the same in ms: of the last window that was completed.
  virtual LongTick ticks() const = 0;
  virtual double time() const = 0;
  // Go on together with other ranks: before it has run, of a network compiled as that of this rank.
  virtual void join(Ranks ranks) = 0;
  virtual Ranks& ranks() = 0;
  // Run until `until` ticks or for about `wall_budget` seconds; the ticks reached. Going on gives the same bits.
  virtual LongTick advance(LongTick until, double wall_budget) = 0;
  // Bring plastic weights up to date for reading.
  virtual void finish() = 0;

  virtual void record_spikes(PopulationId population) = 0;
  virtual SpikeRecord take_spikes(PopulationId population) = 0;
  virtual std::uint32_t add_state_probe(PopulationId population, std::size_t state, std::vector<std::uint32_t> indices,
                                        double every) = 0;
  virtual StateRecord take_states(std::uint32_t probe) = 0;
  virtual void record_changes(ProjectionId projection) = 0;
  virtual ChangeRecord take_changes(ProjectionId projection) = 0;
  // Back to the beginning, but for what is kept and for weights, which stay as they are now. What was recorded and not
  // taken is lost where time begins again. Whether synapses are stored in another order now.
  virtual bool restart(const Restart& how) = 0;
  // Weights of the compiled network were written from outside, after finish().
  virtual void weights_replaced(ProjectionId projection) = 0;

  // Current number `number`, the next one or one that was stopped, from now on; another one into the same neurons;
  // none.
  virtual void inject(std::uint32_t number, const InjectedCurrent& described) = 0;
  // (Of what is described its model, parameters and key count.)
  virtual void replace_current(std::uint32_t number, const InjectedCurrent& another) = 0;
  virtual void stop_current(std::uint32_t number) = 0;

  // The least delay that a projection may have, for good, in ticks.
  virtual Tick least_delay(ProjectionId projection) const = 0;
  // Other delays, in ticks and (i, j, k) order, for spikes that are emitted from now on; what is under way keeps its
  // own. The synapses of a pair are then counted by the new ones. An error says what cannot be, and then nothing is
  // changed.
  virtual void check_delays(ProjectionId projection, const std::vector<Tick>& delays) const = 0;
  virtual void set_delays(ProjectionId projection, const std::vector<Tick>& delays) = 0;
  // Other sources, in the whole group and in (i, j, k) order: each synapse keeps its target, delay and weight; what is
  // under way at one that has another source is lost. By place in the new order, the place before.
  virtual void check_sources(ProjectionId projection, const std::vector<std::uint32_t>& sources) const = 0;
  virtual std::vector<std::uint64_t> rewire(ProjectionId projection, const std::vector<std::uint32_t>& sources) = 0;
  // How often that was done.
  virtual std::uint64_t rewirings(ProjectionId projection) const = 0;
  // Where the synapses, in (i, j, k) order, stood in it when the network was built; empty where they do still.
  virtual std::vector<std::uint64_t> built_order(ProjectionId projection) const = 0;

  // Whether a plastic projection learns from now on, and at how many times its rule's rate (what is not given stays);
  // its traces go on all the same.
  virtual void set_learning(ProjectionId projection, std::optional<bool> on, std::optional<double> rate) = 0;
  virtual Learning learning(ProjectionId projection) = 0;
  // A moment of a modulator, now and after all else of this instant: its number, or one for each neuron of its
  // population.
  virtual void modulate(ModulatorId modulator, const std::vector<double>& values) = 0;

  // What is missed by the readout of error `number`, against what is wanted of it now: its modulator happens, and what
  // feedback makes of it; times `gain`.
  virtual std::vector<double> teach(std::uint32_t number, std::span<const double> wanted, double gain) = 0;

  virtual bool takes_spikes(PopulationId source) const = 0;
  // Spikes to come and whole sources, played by one of which takes_spikes() holds; the source begins now.
  virtual void feed(PopulationId population, std::span<const FedSpike> spikes) = 0;
  virtual void feed(PopulationId population, const Population& source) = 0;

  virtual std::vector<double> state(PopulationId population, std::size_t state) = 0;
  virtual void set_state(PopulationId population, std::size_t state, const std::vector<double>& values) = 0;
  // A parameter of every neuron or source of a group, as it is now.
  virtual std::vector<double> parameter(PopulationId group, const std::string& name) const = 0;
  // Go on with these values for the neurons or sources `indices`: of each name one number for all of them, or one for
  // each. States stay as they are. Where a value cannot be, an error says why and nothing is changed.
  virtual void set_parameters(PopulationId group, const std::map<std::string, std::vector<double>>& values,
                              const std::vector<std::uint32_t>& indices) = 0;
  // Go on with another number of what a population has beside its model, such as "homeostasis.delta".
  virtual double part(PopulationId population, const std::string& name) const = 0;
  virtual void set_part(PopulationId population, const std::string& name, double value) = 0;
  // Before it has run: begin with all parameters as they are in another engine of the network.
  virtual void take_parameters_of(const Engine& other) = 0;
  // Go on with what synapses keep from trial to trial in another engine of the network, where no trial is under way.
  virtual void take_learning_of(const Engine& other) = 0;
  // Synaptic events of this rank's neurons.
  virtual ById<ProjectionId, std::uint64_t> delivered() const = 0;
  // What plastic synapses hold beside their weights.
  virtual std::size_t state_bytes() const = 0;

  // Save all that this engine has come to, but for weights and what is recorded, beside what the ranks before it have
  // saved there; then finish() holds no more, and weights are as the arrays count on. Or bring a new engine to that
  // place, of the same network however it is cut.
  virtual void save(Archive::Arrays& to) = 0;
  virtual void restore(Archive::Arrays& from) = 0;
  // Seconds by phase, summed over threads, since it was switched on.
  virtual void set_profile(bool on) = 0;
  virtual std::vector<std::pair<std::string, double>> profile() const = 0;
  // Threads that shared the work last: fewer than there are where they would only wait for one another.
  virtual std::uint32_t active_threads() const = 0;

  Standing& standing() { return standing_; }

 private:
  Standing standing_;
};

// Interrupted where `stop` is set meanwhile. With so many threads, 0 being as many as the network is meant for.
std::unique_ptr<Engine> make_clock_engine(std::shared_ptr<CompiledNetwork> network,
                                          const std::atomic<bool>& stop = never_stops, std::uint32_t threads = 0);
std::unique_ptr<Engine> make_event_engine(std::shared_ptr<CompiledNetwork> network,
                                          const std::atomic<bool>& stop = never_stops, std::uint32_t threads = 0);

}  // namespace pysnn
