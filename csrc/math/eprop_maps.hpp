// The linear maps that e-prop's state of a synapse goes through, and their composites over dyadic blocks of steps.
//
// Between two presynaptic arrivals (z, eps, bar, g) of a synapse moves by what its target alone does (Bellec et al.
// 2020): in a step with pseudo-derivative psi and signal l of the target
//
//   e = psi (z - beta eps),   eps' = rho eps + e,   bar' = kappa bar + (1 - kappa) e,   g' = g + l bar',   z' = alpha
//   z.
//
// z is the presynaptic trace, eps the eligibility of the target's adaptation, bar the filtered eligibility and g what
// is summed up of it. The composite of such maps over n steps is one again, of seven numbers
//
//   eps' = Ez z + Ee eps,   bar' = Bz z + Be eps + kappa^n bar,   g' = g + Gz z + Ge eps + Gb bar,   z' = alpha^n z,
//
// so that a synapse passes a stretch of steps through O(log) blocks. Without adaptation there are no eps, Ez, Ee, Be
// and Ge; without a filter (kappa = 0) bar is e, and no bar, Bz, Be and Gb need be kept.
#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "core/array.hpp"
#include "core/dispatch.hpp"

namespace pysnn {

struct EpropShape {
  bool adapts = false, filters = false;

  // Of a composite.
  std::uint32_t numbers() const { return adapts ? (filters ? 7 : 4) : (filters ? 3 : 1); }
};

// What all targets share, and arrays by target (of its adaptation; null without).
template <class Real>
struct EpropRates {
  Real kappa;
  const Real *rho, *beta;
};

// State of n synapses; eps and bar null where the shape has none. If their targets stand side by side, each once and
// ascending, arrays by target are read without looking them up.
template <class Real>
struct EpropSynapses {
  std::uint32_t n;
  const std::uint16_t* target;
  bool side_by_side;
  Real *eps, *bar, *g;
};

// psi = height max(0, 1 - |v - threshold| per_width), 0 where a neuron is held; of n targets.
PYSNN_DECLARES_CLONES void pseudo_derivative(std::uint32_t n, const float* v, const float* threshold, const char* held,
                                             const float* per_width, const float* height, float* psi);
PYSNN_DECLARES_CLONES void pseudo_derivative(std::uint32_t n, const double* v, const double* threshold,
                                             const char* held, const double* per_width, const double* height,
                                             double* psi);

// The history of some targets, of at most `length` steps from a multiple of it on: the steps themselves, and the
// composites over all blocks of 2^k steps that begin at a multiple of 2^k. A stretch is always cut into the same
// blocks, the largest that fit one after the other, by their place in the history alone; and as every number is rounded
// to Real after each, it makes no difference to the bits if a synapse stops at an edge of these blocks.
template <class Real>
class EpropHistory {
 public:
  static constexpr std::uint32_t levels = 8, length = 1u << levels;

  // alpha and kappa: what is left after a step. rho, beta: by target, empty without adaptation.
  EpropHistory(std::uint32_t targets, EpropShape shape, double alpha, double kappa, std::vector<double> rho,
               std::vector<double> beta);

  EpropShape shape() const { return shape_; }
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
    if (k + 1 == steps_) closed_ = false;
    return {psi_.data() + at(k), signal_.data() + at(k)};
  }
  void clear() {
    steps_ = 0;
    closed_ = true;
  }

  // Take synapses through the steps from <= k < to. z: their presynaptic trace at `from`, one for all.
  void pass(std::uint32_t from, std::uint32_t to, double z, const EpropSynapses<Real>& synapses);

  std::size_t nbytes() const;

 private:
  std::size_t at(std::uint32_t row) const { return std::size_t{row} * stride_; }
  Real* block(std::uint32_t level, std::uint32_t k) {
    return blocks_.data() + (first_block_[level] + k) * std::size_t{stride_} * shape_.numbers();
  }
  void close();
  void compose(std::uint32_t level, std::uint32_t k);

  std::uint32_t targets_, stride_, steps_ = 0;
  EpropShape shape_;
  double kappa_;
  std::vector<double> decay_;                 // of z by the number of steps
  std::array<Real, levels + 1> kappa_after_;  // by level: after so many steps
  Array<Real> rho_, beta_;
  Array<Real> psi_, signal_;                           // [steps, targets]
  std::array<std::uint32_t, levels + 1> first_block_;  // by level
  Array<Real> blocks_;                                 // [blocks of all levels, numbers, targets]
  Array<Real> scratch_;
  bool closed_ = true;  // are the blocks that end with the last step up to date?
};

}  // namespace pysnn
