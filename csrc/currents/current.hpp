// Currents injected into neurons. A current's file defines one class
//
//   struct X { static ModelInfo info();
//              static std::unique_ptr<const Current> make(const CurrentConfig&); };
//
// and registers it. A current is piecewise constant and a pure function of the time since the start and of the
// neuron: threads may share it, and no result depends on how a run is divided.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/params.hpp"
#include "core/registry.hpp"
#include "core/time.hpp"
#include "network/network.hpp"

namespace pysnn {

struct CurrentConfig {
  std::string owner;  // for messages
  Range neurons;      // of the population, into which it flows
  NeuronList list;    // or these of them
  const ParamSet& params;
  const TimeBase& time;
  std::uint64_t key = 0;
};

class Current {
 public:
  virtual ~Current() = default;

  // The first time after `t` from which other levels hold; `long_never` if there is none.
  virtual LongTick next_change(LongTick t) const = 0;
  // What flows from `t` to the next change into those neurons of the population: one level for all, or one for each
  // (into those of a list: for each of the range, of which the others do not matter).
  virtual void levels(LongTick t, Range neurons, std::vector<double>& pA) const = 0;
  // The same with draws of another key; null where it draws none.
  virtual std::unique_ptr<const Current> with_key([[maybe_unused]] std::uint64_t key) const { return nullptr; }
};

struct CurrentEntry {
  ModelInfo info;
  std::function<std::unique_ptr<const Current>(const CurrentConfig&)> make;
};
using CurrentModels = Registry<CurrentEntry>;

template <class Model>
struct RegisterCurrent {
  RegisterCurrent() : registration(Model::info().name, CurrentEntry{Model::info(), &Model::make}) {}
  Registration<CurrentEntry> registration;
};

// All currents of a network, in the order described.
using Currents = std::vector<std::unique_ptr<const Current>>;
std::unique_ptr<const Current> make_current(const NetworkDescription& description, const InjectedCurrent& described);
Currents make_currents(const NetworkDescription& description);

}  // namespace pysnn
