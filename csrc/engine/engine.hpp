// What every engine offers to the bindings; times in ms, everything copied.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "network/network.hpp"

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
  std::vector<std::uint32_t> shard, synapse;  // as stored
  std::vector<double> weights;
};

class Engine {
 public:
  virtual ~Engine() = default;

  virtual double time() const = 0;
  // Run until `until` ms or for about `wall_budget` seconds; the time reached. Going on gives the same bits.
  virtual double advance(double until, double wall_budget) = 0;
  // Bring plastic weights up to date for reading.
  virtual void finish() = 0;

  virtual void record_spikes(std::uint32_t population) = 0;
  virtual SpikeRecord take_spikes(std::uint32_t population) = 0;
  virtual std::uint32_t add_state_probe(std::uint32_t population, std::size_t state, std::vector<std::uint32_t> indices,
                                        double every) = 0;
  virtual StateRecord take_states(std::uint32_t probe) = 0;
  virtual void record_changes(std::uint32_t projection) = 0;
  virtual ChangeRecord take_changes(std::uint32_t projection) = 0;
  // Weights of the compiled network were written from outside, after finish().
  virtual void weights_replaced(std::uint32_t projection) = 0;

  virtual std::vector<double> state(std::uint32_t population, std::size_t state) = 0;
  virtual void set_state(std::uint32_t population, std::size_t state, const std::vector<double>& values) = 0;
  virtual std::vector<std::uint64_t> delivered() const = 0;
  // Seconds by phase, summed over threads, since it was switched on.
  virtual void set_profile(bool on) = 0;
  virtual std::vector<std::pair<std::string, double>> profile() const = 0;
};

std::unique_ptr<Engine> make_clock_engine(std::shared_ptr<CompiledNetwork> network);
std::unique_ptr<Engine> make_event_engine(std::shared_ptr<CompiledNetwork> network);

}  // namespace pysnn
