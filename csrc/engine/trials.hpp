// Many short runs of one network, each of which begins anew with an input of its own.
//
// Where nothing learns a trial is a function of its input and its key, so that trials go side by side, each on an
// engine that one thread works through, all over one compiled network. As no trial is shared, a small network is put
// together as one part before many of them. Where synapses learn, or states are carried from trial to trial, one engine
// takes them in their order, with all its threads.
#pragma once
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/team.hpp"
#include "engine/engine.hpp"

namespace pysnn {

// What a source that takes spikes is handed in trial k: those of offsets[k] ... offsets[k + 1], in ms since it began.
struct TrialInput {
  PopulationId source;
  std::span<const std::uint64_t> offsets;
  std::span<const double> times;
  std::span<const std::uint32_t> indices;
};

// Where the spikes of a population are counted, [trials x n].
struct TrialCounts {
  PopulationId population;
  std::uint32_t n = 0;
  std::uint32_t* counts = nullptr;
};

// Where a state is put down as a trial has left it, [trials x n].
struct TrialReadout {
  PopulationId population;
  std::uint32_t n = 0;
  std::size_t state = 0;
  double* values = nullptr;
};

// An error that is told at moments of each trial: `width` numbers that are wanted at each of them, or at all of them
// alike, [trials x rows x width]. Where they are no numbers nothing is wanted then.
struct TrialLesson {
  std::uint32_t error = 0;
  std::vector<LongTick> moments;  // ascending
  std::size_t rows = 1, width = 1;
  const double* wanted = nullptr;
  const double* gains = nullptr;  // by trial
};

// A state that trials begin with; carried, the first of them only, and later ones with what the one before has left.
struct TrialState {
  PopulationId population;
  std::size_t state = 0;
  std::vector<double> values;
  bool carried = false;
};

struct TrialPlan {
  LongTick duration = 0;
  std::span<const std::uint64_t> keys;  // of their noise; 0 is what the network was built with
  std::vector<TrialInput> inputs;
  std::vector<TrialCounts> counted;
  std::vector<PopulationId> told;  // populations whose spikes are wanted one by one
  std::vector<TrialReadout> read;
  std::vector<TrialLesson> lessons;
  std::size_t size() const { return keys.size(); }
};

class Trials {
 public:
  // Makes an engine of a network for so many threads.
  using Make = std::function<std::unique_ptr<Engine>(std::shared_ptr<CompiledNetwork>, std::uint32_t threads)>;

  // So many threads at most take trials, or share one where they come in order.
  Trials(std::shared_ptr<CompiledNetwork> network, Make make, std::uint32_t threads, bool in_order,
         std::vector<TrialState> states);

  // Go through the trials of a plan in order until it is done, for about `wall_budget` seconds; those under way are
  // completed. Where `stop` is set meanwhile, side by side the ones under way are dropped. How many were completed:
  // the first ones, all of them whole. An error of a trial is thrown with its number, counted from `first`.
  std::size_t run(const TrialPlan& plan, std::size_t first, double wall_budget, const std::atomic<bool>& stop);
  // Of those that the last run completed, all of a population: one record a trial.
  std::vector<SpikeRecord> take(PopulationId population);
  // What the last trial has left.
  std::vector<double> state(PopulationId population, std::size_t state);
  // No trial follows: bring what was learnt up to date, and let `engine` go on with what outlasts trials.
  void end(Engine& engine);

 private:
  Engine& engine(std::uint32_t t);
  bool run_one(Engine& engine, const TrialPlan& plan, std::size_t trial, const std::atomic<bool>& stop);
  bool go_to(Engine& engine, LongTick until, const std::atomic<bool>& stop) const;
  bool go_through(Engine& engine, const TrialPlan& plan, std::size_t trial, const std::atomic<bool>& stop) const;

  std::shared_ptr<CompiledNetwork> network_;
  Make make_;
  const std::uint32_t threads_;
  const bool in_order_, ranked_;  // of several ranks they go in order
  std::vector<TrialState> states_;
  Restart how_;
  Team team_;
  std::vector<std::unique_ptr<Engine>> engines_;
  ById<PopulationId, std::vector<SpikeRecord>> told_;  // then by trial
};

}  // namespace pysnn
