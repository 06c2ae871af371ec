// Neurons in continuous time as a shard has them: what happens to them in a window, and what they answer for.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/archive.hpp"
#include "core/params.hpp"
#include "core/time.hpp"
#include "neurons/config.hpp"

namespace pysnn {

// One input of a window at one neuron, in sixteen bytes. One word holds, from the top, the target, the ticks since the
// window's origin, and its kind: a receptor or one of the two below.
class Arrival {
 public:
  static constexpr unsigned kind_bits = 4, since_bits = 44;
  static constexpr std::uint32_t learned = (1u << kind_bits) - 1, wake = learned - 1;

  static Arrival input(std::uint64_t since, std::uint32_t target, std::uint32_t receptor, double weight) {
    Arrival a(since, target, receptor);
    a.weight_ = weight;
    return a;
  }
  // `reference` is for whoever knows the weight.
  static Arrival refer(std::uint64_t since, std::uint32_t target, std::uint64_t reference) {
    Arrival a(since, target, learned);
    a.reference_ = reference;
    return a;
  }
  static Arrival look(std::uint64_t since, std::uint32_t target) { return input(since, target, wake, 0.0); }

  std::uint32_t target() const { return static_cast<std::uint32_t>(word_ >> (kind_bits + since_bits)); }
  Tick since() const { return static_cast<Tick>(word_ << 16 >> (16 + kind_bits)); }
  std::uint32_t kind() const { return static_cast<std::uint32_t>(word_ & learned); }
  double weight() const { return weight_; }
  std::uint64_t reference() const { return reference_; }
  // Target and time: arrivals at one neuron and instant share it.
  std::uint64_t instant() const { return word_ >> kind_bits; }

 private:
  Arrival(std::uint64_t since, std::uint32_t target, std::uint32_t kind)
      : word_(std::uint64_t{target} << (kind_bits + since_bits) | since << kind_bits | kind), weight_(0.0) {}

  std::uint64_t word_;
  union {
    double weight_;
    std::uint64_t reference_;
  };
};

// A neuron that has to be looked at again at `time`, if nothing arrives before.
struct Wake {
  Tick time;
  std::uint32_t target;
};

struct Fired {
  Tick time;
  std::uint32_t target;
};

// Plastic synapses onto a population, asked in each neuron's own order of events.
class LearningInputs {
 public:
  struct Weighted {
    double weight;
    std::uint32_t receptor;
  };
  virtual ~LearningInputs() = default;
  virtual Weighted arrive(std::uint64_t reference, Tick now) = 0;
  virtual void fired(std::uint32_t target, Tick t) = 0;
};

// What happens to a population from one instant to another: arrivals by target, then time, then order of summation.
struct EventWindow {
  Tick origin;  // from which arrivals count
  Tick end;
  std::span<const Arrival> arrivals;
  LearningInputs* learning;  // null where nothing is plastic
  std::vector<Fired>& fired;
  std::vector<Wake>& wakes;
  std::optional<double> takes = {};  // where the winner takes all: mV from every other one; infinite sets v to v_reset
};

// Neurons whose time is continuous, whether they jump through it or step.
class TimedNeurons {
 public:
  virtual ~TimedNeurons() = default;

  // Say when neurons begin..end have to be looked at (after a change from outside at `now`).
  virtual void predict(std::uint32_t begin, std::uint32_t end, Tick now, std::vector<Wake>& wakes) = 0;

  // The state as it is at `now`, which leaves no trace.
  virtual double state(std::size_t state, std::uint32_t target, Tick now) const = 0;
  virtual void set_state(std::size_t state, std::uint32_t target, double value, Tick now) = 0;
  // The current injected from `now` on, beside what the parameters give.
  virtual void inject(std::uint32_t target, double pA, Tick now) = 0;

  // Go on from `now` with these parameters, which differ from the ones before in the neurons `changed` alone (as
  // numbered in the population; those of other parts among them). The states that the model declares stay as they are;
  // what was injected into those that change has to be injected again.
  virtual void set_parameters(const ParamSet& params, const Columns& columns, std::span<const std::uint32_t> changed,
                              Tick now) = 0;
  // Let a neuron fire at so many mV above its v_th from `now` on; where the configuration said that thresholds move.
  virtual void offset_threshold(std::uint32_t target, double mV, Tick now) = 0;
  // Save or restore the neurons: all that they are, but for when they have to be looked at. `n` are in the population.
  virtual void io(const Archive& archive, std::uint32_t n) = 0;
  // Every state as it was in `first`, the same neurons at time 0 without injected currents, but counted from `now` on.
  // Draws go on where they were, or begin again by the key of another population.
  virtual void restart(const TimedNeurons& first, Tick now) = 0;
  virtual void rekey(std::uint64_t key) = 0;

  // Subtract `ticks` from every time, at `now`; neurons without event since `oldest` are brought to `now` first.
  virtual void rebase(Tick ticks, Tick now, Tick oldest) = 0;
};

class EventNeurons : public TimedNeurons {
 public:
  // Take every neuron that something happens to through the window. Wakes to be kept come back in it.
  virtual void advance(EventWindow& window) = 0;
  // Throws where a state is no finite number.
  virtual void check_finite() const = 0;
};

}  // namespace pysnn
