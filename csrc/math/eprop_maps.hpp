// The linear maps that e-prop's state of a synapse goes through, and their composites over stretches of steps.
//
// Between two presynaptic arrivals (z, eps, bar, g) of a synapse moves by what its target alone does (Bellec et al.
// 2020): in a step with pseudo-derivative psi and signal l of the target
//
//   e = psi (z - beta eps),   eps' = rho eps + e,   bar' = kappa bar + (1 - kappa) e,   g' = g + l bar',
//   z' = alpha z.
//
// z is the presynaptic trace, eps the eligibility of the target's adaptation, bar the filtered eligibility and g what
// is summed up of it. The composite of such maps over n steps is one again, of seven numbers
//
//   eps' = Ez z + Ee eps,   bar' = Bz z + Be eps + kappa^n bar,   g' = g + Gz z + Ge eps + Gb bar,   z' = alpha^n z,
//
// so that a synapse passes any stretch of steps through three of them. Without adaptation there are no eps, Ez, Ee, Be
// and Ge; without a filter (kappa = 0) bar is e, and no bar, Bz, Be and Gb need be kept.
#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "core/array.hpp"
#include "core/dispatch.hpp"

namespace pysnn {

namespace eprop {
template <class Real>
struct Making;
}

struct EpropShape {
  bool adapts = false, filters = false;
};

// And whether synapses of a row stand anywhere among the targets, not in stretches of neighbours: composites then lie
// otherwise in memory (eprop_layouts.hpp), which changes no bit.
struct EpropForm {
  EpropShape shape;
  bool scattered = false;
};

// What all targets share, and arrays by target (of its adaptation; null without).
template <class Real>
struct EpropRates {
  Real kappa;
  const Real *rho, *beta;
};

// State of n synapses; eps and bar null where the shape has none. Where targets are not scattered, stretches of
// synapses have neighbours as targets, each once and ascending: such a one ends before each of `stretch_ends`, which
// count from where the first of these synapses is the one of number `first`.
template <class Real>
struct EpropSynapses {
  std::uint32_t n;
  const std::uint16_t* target;
  Real *eps, *bar, *g;
  const std::uint32_t* stretch_ends = nullptr;
  std::uint32_t first = 0;
};

// Steps one after the other: psi and signal of each, `stride` apart.
template <class Real>
struct EpropSteps {
  const Real *psi, *signal;
  std::uint32_t stride;
};

// What the run that comes next will ask for, from its first synapse on: its state (so many arrays), its targets (so
// many, where they are scattered) and the first composite that it goes through, of all targets; null if there is none.
template <class Real>
struct EpropAhead {
  std::array<const Real*, 5> state;
  std::uint32_t n_state = 0, n = 0;
  const std::uint16_t* target = nullptr;
  const Real* map = nullptr;
};

// psi = height max(0, 1 - |v - threshold| per_width), 0 where a neuron is held; of n targets.
PYSNN_DECLARES_CLONES void pseudo_derivative(std::uint32_t n, const float* v, const float* threshold, const char* held,
                                             const float* per_width, const float* height, float* psi);
PYSNN_DECLARES_CLONES void pseudo_derivative(std::uint32_t n, const double* v, const double* threshold,
                                             const char* held, const double* per_width, const double* height,
                                             double* psi);

// The history of some targets, of at most `length` steps: the steps themselves and three kinds of composites, from
// which every stretch up to the present is put together of at most three. Steps are cut into chunks.
//
//   onward   from each step to the end of its chunk (made when that is over, from its end on);
//   across   from the begin of each chunk to the begin of the one at hand (one more chunk each time one is over);
//   so far   from the begin of the chunk at hand to the present (one more step each).
//
// A stretch within the chunk at hand is gone through step by step. What ends earlier than at the present takes whole
// chunks one by one, and the steps of its last chunk. So how a stretch is cut depends on where it lies in the history
// and on whether it ends at the present, and on nothing else.
template <class Real>
class EpropHistory {
 public:
  static constexpr std::uint32_t chunk = 16, chunks = 16, length = chunk * chunks;

  // alpha and kappa: what is left after a step. rho, beta: by target, empty without adaptation.
  EpropHistory(std::uint32_t targets, EpropForm form, double alpha, double kappa, std::vector<double> rho,
               std::vector<double> beta);

  EpropShape shape() const { return form_.shape; }
  bool scattered() const { return form_.scattered; }
  // From now on synapses stand so.
  void lay_out(bool scattered);
  std::uint32_t targets() const { return targets_; }
  std::uint32_t steps() const { return steps_; }
  bool full() const { return steps_ == length; }
  // What is left of z after n <= length steps.
  double decay(std::uint32_t n) const { return decay_[n]; }

  // Another step, not when it is full: its psi and signal by target, to be written now.
  struct Step {
    Real *psi, *signal;
  };
  Step add();
  // The same of the step k; its signal may be changed while it is the last.
  Step step(std::uint32_t k) {
    if (k + 1 == steps_) so_far_steps_ = 0;
    return {psi_.data() + at(k), signal_.data() + at(k)};
  }
  void clear() { steps_ = so_far_steps_ = 0; }

  // Take synapses through the steps from <= k < to. z: their presynaptic trace at `from`, one for all.
  void pass(std::uint32_t from, std::uint32_t to, double z, const EpropSynapses<Real>& synapses,
            const EpropAhead<Real>& ahead = {});
  // Where the first composite lies that a run at step `from` will go through; null if there is none.
  const Real* onward_from(std::uint32_t from) const {
    return from / chunk < (steps_ - 1) / chunk ? onward_.data() + from * size() : nullptr;
  }

  std::size_t nbytes() const;

 private:
  std::size_t at(std::uint32_t step) const { return std::size_t{step} * stride_; }
  std::size_t size() const { return std::size_t{stride_} * width_; }  // of a composite of all targets
  EpropRates<Real> rates() const { return {static_cast<Real>(kappa_), rho_.data(), beta_.data()}; }
  eprop::Making<Real> making(std::uint32_t from) const;
  void end_chunk(std::uint32_t which);
  const Real* so_far();

  std::uint32_t targets_, stride_, steps_ = 0;
  std::uint32_t width_ = 0;  // numbers that a target's composite takes
  EpropForm form_;
  double kappa_;
  std::vector<double> decay_;  // of z, and
  std::vector<Real> left_;     // the same as it enters composites, and
  std::vector<Real> stays_;    // of bar, by the number of steps
  Array<Real> rho_, beta_;
  Array<Real> psi_, signal_;              // [steps, targets]
  Array<Real> onward_, across_, so_far_;  // [steps], [chunks], one: of composites
  Array<Real> so_far_records_;            // the same one, where composites are records
  std::uint32_t so_far_steps_ = 0;        // of the chunk at hand, that are in it
};

}  // namespace pysnn
