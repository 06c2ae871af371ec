// A population's share in one thread in continuous time: each neuron's closed form, advanced from event to event.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "core/params.hpp"
#include "core/time.hpp"

namespace pysnn {

class EventNeurons {
 public:
  virtual ~EventNeurons() = default;
};

template <class Model>
class EventNeuronsOf final : public EventNeurons {
 public:
  EventNeuronsOf(const Model&, const TimeBase&, std::uint32_t, const std::string&) {}
};

}  // namespace pysnn
