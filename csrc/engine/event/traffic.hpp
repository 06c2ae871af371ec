// The synapses of one projection onto a shard that jumps, and what is on its way to them.
//
// Rows of few long runs travel by run, in a calendar; rows of many short ones whole (rows_under_way.hpp); those of
// plastic synapses by run, with the presynaptic spike; those onto neurons that step by run, filed by the step that they
// arrive in.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "dynamics/dynamics.hpp"
#include "engine/event/calendar.hpp"
#include "engine/event/rows_under_way.hpp"
#include "engine/stragglers.hpp"
#include "network/redelayed.hpp"
#include "plasticity/long_ago.hpp"
#include "sources/source.hpp"

namespace pysnn {

// Runs of plastic synapses that arrive in a window, as their arrivals refer to them.
struct LearnedRun {
  ProjectionId projection;
  std::uint32_t run;
  std::uint64_t spike;
};

template <class Real>
class EventTraffic {
 public:
  // Onto neurons of the shard, whose calendars have buckets of that width; where they step, `step` ticks are one, else
  // 0.
  EventTraffic(CompiledNetwork& network, ShardId shard, ProjectionId projection, Tick longest_window, Tick bucket,
               Tick step);

  ProjectionId projection() const { return projection_; }
  PopulationId target() const { return described_.target; }
  PlasticSynapses<Real>* plastic() const { return plastic_.get(); }
  bool by_step() const { return travels_ == Travels::by_step; }
  std::uint64_t delivered() const { return delivered_; }

  // Put on their way the rows of these spikes, in order. `clock` is the shard's, by step that of the targets.
  void set_out(std::span<const TimedSpike> spikes, const BucketClock& clock);

  // What arrives up to `to` at neurons that jump, valid until the next call. Plastic runs are added to `learned`.
  std::span<const Arrival> collect(Tick to, const BucketClock& clock, std::vector<LearnedRun>& learned);
  // The weight of a plastic synapse as of its arrival.
  double arrive(const LearnedRun& due, std::uint32_t synapse, Tick now) {
    return plastic_->arrive(due.run, synapse, due.spike, now);
  }
  // Add to sum[target] what arrives at neurons that step, in the step at hand: in the order in which the spikes were
  // fired; of plastic synapses, which go by the shard's clock, in order of time. How much it is.
  std::size_t add_up(const BucketClock& step, Real* sum);
  std::size_t add_learned(Tick step_end, const BucketClock& clock, Real* sum);
  // A window ends within a step: plastic synapses see what has arrived by then. It is added up when the step ends, so
  // that the order of a sum does not follow from where windows end.
  std::size_t learn(Tick to, const BucketClock& clock);

  // A time before which nothing arrives, not counting what set out since the last window. By step: `never`, as nothing
  // is seen of it before the step ends.
  Tick earliest(const BucketClock& clock);
  // Put on their way again the rows of spikes that set out before, in order: what of them arrives after `served`.
  void resume(std::span<const TimedSpike> spikes, const BucketClock& clock, Tick served);
  void set_out_again(const BucketClock& clock, Tick now);  // what stateful rows have on their way
  // The synapses have other delays for spikes after `now`: what of `history` arrives after `served` straggles.
  // (Stateful rows know by themselves.)
  void set_delays(Redelayed& made, std::span<const TimedSpike> history, Tick served, Tick now);
  // They have had them for spikes after `since`.
  void resume_delays(Tick since) { delays_since_ = since; }
  Stragglers* stragglers() { return plastic_ ? nullptr : &stragglers_; }
  // What has come in the step at hand and waits for its end, by target, of n.
  void learnt_io(const Archive& archive, std::uint32_t n, Range targets);
  // The clock that it goes by has moved on n buckets.
  void move(std::uint64_t n, const BucketClock& clock);
  void rebase(Tick ticks);
  // Nothing is on its way any more, nor is there a trace of what was; if time begins at 0 nor of other delays. Weights
  // are as they are `since`.
  void clear(bool from_zero, Tick since);

 private:
  enum class Travels : std::uint8_t { by_run, by_row, by_learned_run, by_step };

  // What waits in calendars.
  struct Run {
    Tick since;
    std::uint32_t run;
  };
  struct PlasticRun {
    Tick since;
    std::uint32_t run;
    std::uint64_t spike;
  };
  struct Learnt {
    std::uint32_t target;
    Real weight;
  };

  // How rows travel, with nothing on its way.
  void choose();
  template <class Visit>
  std::size_t each_learnt(Tick to, const BucketClock& clock, Visit&& visit);
  static bool rows_pay(const Block& block, Tick longest_window);
  void set_out(std::uint32_t row, Tick t, const BucketClock& clock);
  // Which weights[...] is a synapse's: its own, or the first where all are equal.
  std::uint32_t own_weight() const { return block_.constant_weight ? 0 : ~std::uint32_t{0}; }

  const Projection& described_;
  const ProjectionId projection_;
  Block& block_;
  const Tick longest_window_, bucket_, step_;
  Travels travels_ = Travels::by_run;
  Calendar<Run> runs_;
  RowsUnderWay<Real> rows_;
  Calendar<PlasticRun> plastic_runs_;
  std::unique_ptr<PlasticSynapses<Real>> plastic_;
  Stragglers stragglers_;         // of static synapses
  Tick delays_since_ = long_ago;  // for spikes after that delays hold
  Pile<Arrival> written_out_;
  std::vector<Learnt> learnt_;  // in the step at hand, of windows that are over
  std::uint64_t delivered_ = 0;
};

}  // namespace pysnn
