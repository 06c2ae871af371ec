// The plastic synapses of one projection onto one shard, as the engines see them.
//
// A synapse is brought up to date when a presynaptic spike arrives at it, from the recent spikes of its target:
// a row is touched once for each spike of its source, never for one of a target. So a stored weight is as new
// as its last arrival; finish() brings all of them to the present and prepare() takes that back, so that
// reading never changes a bit of what follows.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/archive.hpp"
#include "core/registry.hpp"
#include "network/dendrite.hpp"
#include "network/network.hpp"
#include "plasticity/learning.hpp"
#include "plasticity/pre_log.hpp"

namespace pysnn {

// A run of a row on its way, and the presynaptic spike it carries.
struct PlasticEntry {
  std::uint32_t run;
  std::uint64_t spike;
};

struct WeightChange {
  Tick time;
  std::uint32_t synapse;  // as stored in the block
  double weight;
};

enum class Sees { spikes, potential, thresholds };

struct PlasticConfig;

template <class Real>
class PlasticSynapses {
 public:
  virtual ~PlasticSynapses() = default;

  // A source of row `row` fired at t; the number returned travels with its runs.
  virtual std::uint64_t pre_spike(std::uint32_t row, Tick t) = 0;

  // Runs that reach the membrane at `now` (t + delay): update every synapse as of its arrival there
  // (now - dendritic delay) and add its weight to sum[target].
  virtual void deliver(std::span<const PlasticEntry> entries, Tick now, Real* sum) = 0;

  // The same for one synapse of a run: its weight as of the arrival. For engines that go neuron by neuron.
  virtual double arrive(std::uint32_t run, std::uint32_t synapse, std::uint64_t spike, Tick now) = 0;

  // Target neuron `target` (of the shard) fired at t. Every event before t at it has been delivered.
  virtual void post_spike(std::uint32_t target, Tick t) = 0;

  // A moment of the modulator that the projection listens to, after all else of `now`: its one value, or one for each
  // target neuron that the shard owns. (A rule that takes none is never asked.)
  virtual void modulate(std::span<const double> values, Tick now);

  // A moment that is to come, of one value for all, by a spike; those of one time come in the order of `feed`.
  virtual void modulate_at(double value, Tick t, std::uint32_t feed) {
    static_cast<void>(value);
    static_cast<void>(t);
    static_cast<void>(feed);
  }

  // What the rule sees of its targets. If more than their spikes, they must go in steps, and at the end of each, after
  // deliver() and post_spike(), it is told of all that the shard owns: either v as the step left it, or v before a
  // reset, the threshold that it was held against and whether a neuron was refractory.
  virtual Sees sees() const { return Sees::spikes; }
  virtual void post_potentials(Tick now, std::span<const Real> v);
  virtual void post_states(Tick now, std::span<const Real> v, std::span<const Real> threshold,
                           std::span<const char> held);

  // All events up to `now` have been delivered: forget what no synapse needs any more where it is cheap.
  virtual void settle(Tick now) = 0;

  // Bring every weight up to `now`; prepare() must follow before the next event.
  virtual void finish(Tick now) = 0;
  virtual void prepare() = 0;
  // Weights were written from outside at `now` (after finish): they count from there.
  virtual void replaced(Tick now) = 0;
  // Whether what reaches a synapse after `now` changes its weight, and at so many times the rule's rate; what is not
  // given stays. Traces go on all the same.
  virtual void learn(std::optional<bool> on, std::optional<double> rate, Tick now) = 0;
  virtual Learning learning() const = 0;
  // After finish(): keep the weights as they are `since`, as those of a network that has not run. No spike has been.
  virtual void forget(Tick since) = 0;

  // How it draws what it draws from now on: where time begins again by this noise, else anew.
  virtual void draw_by(std::uint64_t noise, bool from_zero) {
    static_cast<void>(noise);
    static_cast<void>(from_zero);
  }

  virtual void record_changes(bool on) = 0;
  virtual std::vector<WeightChange> take_changes() = 0;

  // Whether no spike has come that a synapse could remember. Only then may synapses have other sources, or other
  // dendritic delays.
  virtual bool silent() const = 0;
  // Whether the dendritic part of a delay is one of its own.
  virtual bool divides_delays() const { return false; }
  // Whether it makes a difference to the synapses of a run, after `now`, when the spikes came that were sent by then.
  virtual bool remembers(std::uint32_t row, std::uint32_t run, Tick now) const = 0;
  // The block has other delays, or sources: its synapses have moved so. (prepare() has been called.)
  virtual void stored_anew(const PlasticConfig& config, const Redelayed& made) = 0;
  // The runs on their way, in the order in which they set out.
  virtual std::vector<RunSent> under_way(Tick now) const = 0;

  // Save all but the weights, of which then every synapse has seen the same; or restore it. `n` are in the target
  // population, of which the shard owns those from `first` on.
  virtual void io(const Archive& archive, Tick now, std::uint32_t n, std::uint32_t first) = 0;

  // Continuous time: subtract `ticks` from every time held.
  virtual void rebase(Tick ticks) = 0;
  virtual std::size_t nbytes() const = 0;
  // Of that, what synapses hold beside their weights, which stays the same.
  virtual std::size_t state_bytes() const { return 0; }
};

template <class Real>
void PlasticSynapses<Real>::modulate(std::span<const double>, Tick) {}
template <class Real>
void PlasticSynapses<Real>::post_potentials(Tick, std::span<const Real>) {}
template <class Real>
void PlasticSynapses<Real>::post_states(Tick, std::span<const Real>, std::span<const Real>, std::span<const char>) {}

struct PlasticConfig {
  const Projection& projection;
  const TimeBase& time;
  Block& block;
  std::uint32_t targets;       // neurons of the target population that the shard owns
  std::uint32_t first_target;  // the first of them
  Tick longest_dendrite;       // of the projection, in any shard: so far behind the present all can be brought alike
  Tick longest_delay;          // of it, in any shard: so long a spike of any source is kept
  const Population* population = nullptr;  // the target population
  double dt = 0.0;                         // ms, of populations that go in steps
  std::uint32_t modulated = 0;             // values of a moment of its modulator,
  bool modulates_each = false;             // which are one for each target
  std::size_t strands = 0;                 // numbers of them in any shard, where rows are divided
  // What the kinds of delay of a run are: total = axonal + dendritic, by the projection's fraction.
  std::string what() const { return "projection '" + projection.name + "'"; }
  std::size_t all_strands() const { return std::max<std::size_t>(strands, block.rows()); }
};

// For the part of a projection onto a shard.
inline PlasticConfig plastic_config(CompiledNetwork& network, ShardId shard, ProjectionId q) {
  const NetworkDescription& description = network.description;
  const Projection& projection = description.projections[q];
  Block& block = network.block(shard, q);
  const Range owned = network.shards[shard].owned[projection.target];
  PlasticConfig config{projection, description.time, block, owned.size(), owned.begin, 0, 0};
  config.population = &description.populations[projection.target];
  config.dt = description.time.grid() ? description.time.unit() : description.steps.unit();
  if (projection.modulator) {
    config.modulates_each = description.modulators[*projection.modulator].population.has_value();
    config.modulated = config.modulates_each ? config.targets : 1;
  }
  const std::uint32_t place = network.places[q].block;
  DelaySpan span = network.delay_span(place);
  if (!network.elsewhere.empty()) span.take_in(network.elsewhere[place]);
  config.longest_delay = span.max;
  config.longest_dendrite =
      !projection.dendritic_fractions.empty()
          ? span.dendrite
          : dendritic_delay(projection.dendritic_fraction, span.max, description.time, config.what());
  config.strands = span.strands;
  return config;
}

struct PlasticityEntry {
  ModelInfo info;
  std::function<std::unique_ptr<PlasticSynapses<float>>(const PlasticConfig&)> make32;
  std::function<std::unique_ptr<PlasticSynapses<double>>(const PlasticConfig&)> make64;
  std::function<Constants(const ParamSet&, const TimeBase&)> constants;  // empty where the rule tells none

  template <class Real>
  const auto& make() const {
    if constexpr (sizeof(Real) == 4)
      return make32;
    else
      return make64;
  }
};
using PlasticityRules = Registry<PlasticityEntry>;

// Those that a rule tells, if it does.
template <class Rule>
std::function<Constants(const ParamSet&, const TimeBase&)> constants_of() {
  if constexpr (requires(const Rule& rule) { rule.constants(); })
    return [](const ParamSet& params, const TimeBase& time) { return Rule(params, time).constants(); };
  else
    return nullptr;
}

}  // namespace pysnn
