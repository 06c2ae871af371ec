// The membranes of some targets as the rule of Clopath et al. (2010) sees them, step by step.
//
// u is the potential as a step leaves it, or v_spike in the step of a spike and for t_spike from its begin on.
// Filtered,
//
//   u_minus <- u_minus + (1 - e^{-dt/tau_minus}) (u - u_minus),   u_plus alike,   u_mean alike of max(u - e_l, 0),
//
// all of them beginning at the first u. With u_minus and u_plus as they were delay_u ago a step has
//
//   rise = dt (u - theta_plus)_+ (u_plus - theta_minus)_+,   fall = a_ltd (u_minus - theta_minus)_+,
//
// the latter times (u_mean / u_ref)^2 unless u_ref is 0. A step in which rise > 0 is an event at the targets' synapses,
// and what a presynaptic spike meets is the fall of the last step before it.
#pragma once
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "plasticity/long_ago.hpp"
#include "plasticity/plastic_synapses.hpp"

namespace pysnn {

class ClopathMembranes {
 public:
  struct Rise {
    double rise = 0.0;
  };

  // `behind`: the longest dendritic delay; a presynaptic spike asks for no more than twice that ago.
  ClopathMembranes(const PlasticConfig& config, Tick behind)
      : ClopathMembranes(config.projection.plasticity_params, config.dt, config.time.unit(), behind, config.targets) {}

  // Of steps of `dt`, for kernels/clopath_stdp.cl.
  static Constants constants(const ParamSet& p, double dt) {
    const ClopathMembranes of(p, dt, dt, 0, 0);
    return {{"dt", of.dt_},
            {"minus", of.minus_},
            {"plus", of.plus_},
            {"mean", of.mean_},
            {"a_ltd", of.a_ltd_},
            {"theta_minus", of.theta_minus_},
            {"theta_plus", of.theta_plus_},
            {"v_spike", of.v_spike_},
            {"u_ref", of.u_ref_},
            {"e_l", of.e_l_},
            {"spike_steps", static_cast<double>(of.spike_steps_)},
            {"delay_rows", static_cast<double>(of.delay_rows_)}};
  }

  void fired(std::uint32_t j) { hold_[j] = spike_steps_; }

  // Of a step that ends at `now` and left potentials v: rises(target, Rise) for those that have one.
  template <class Real, class Rises>
  void step(Tick now, std::span<const Real> v, Rises&& rises) {
    double* const falls = falls_.data() + row(steps_, fall_rows_);
    double* const minus_then = minus_then_.data() + row(steps_, delay_rows_);
    double* const plus_then = plus_then_.data() + row(steps_, delay_rows_);
    // The oldest that are kept, which are those of now where there is no delay; at first of the first step.
    const std::uint64_t old = steps_ < delay_rows_ ? 0 : steps_ + 1 - delay_rows_;
    for (std::uint32_t j = 0; j < targets_; ++j) {
      const double u = hold_[j] > 0 ? v_spike_ : static_cast<double>(v[j]);
      if (hold_[j] > 0) --hold_[j];
      Filters& f = filters_[j];
      const double above = std::max(u - e_l_, 0.0);
      if (steps_ == 0) f = {u, u, above};
      f.minus += minus_ * (u - f.minus);
      f.plus += plus_ * (u - f.plus);
      f.mean += mean_ * (above - f.mean);
      minus_then[j] = f.minus;
      plus_then[j] = f.plus;
      const double minus = minus_then_[row(old, delay_rows_) + j], plus = plus_then_[row(old, delay_rows_) + j];
      const double scale = u_ref_ > 0.0 ? f.mean * f.mean / (u_ref_ * u_ref_) : 1.0;
      falls[j] = a_ltd_ * scale * std::max(minus - theta_minus_, 0.0);
      const double rise = dt_ * std::max(u - theta_plus_, 0.0) * std::max(plus - theta_minus_, 0.0);
      if (rise > 0.0) rises(j, Rise{rise});
    }
    ++steps_;
    last_ = now;
  }

  // What a presynaptic spike finds whose synapse has seen the steps before `stop`.
  double seen(Tick stop, std::uint32_t j) const {
    const std::uint64_t back = stop > last_ ? 0 : static_cast<std::uint64_t>((last_ - stop) / step_) + 1;
    return back < steps_ ? falls_[row(steps_ - 1 - back, fall_rows_) + j] : 0.0;
  }

  // Whether there has been no step.
  bool silent() const { return steps_ == 0; }

  void clear() {
    steps_ = 0;
    last_ = long_ago;
    std::fill(hold_.begin(), hold_.end(), 0);
  }

  // Of targets `first`, ... of n.
  void io(const Archive& archive, std::uint32_t n, std::uint32_t first) {
    archive.value("steps", steps_);
    archive.value("last step", last_);
    columns_io(archive, "hold", n, first, 1, [&](std::size_t, std::uint32_t j) -> auto& { return hold_[j]; });
    columns_io(archive, "filters", n, first, 3,
               [&](std::size_t c, std::uint32_t j) -> double& { return filters_[j].*Filters::all[c]; });
    const auto ring = [&](const std::string& name, std::vector<double>& values, std::uint64_t rows) {
      columns_io(archive, name, n, first, rows,
                 [&](std::size_t k, std::uint32_t j) -> double& { return values[k * targets_ + j]; });
    };
    ring("falls", falls_, fall_rows_);
    ring("minus", minus_then_, delay_rows_);
    ring("plus", plus_then_, delay_rows_);
  }

  void rebase(Tick ticks) { last_ = rebased(last_, ticks); }

  std::size_t nbytes() const {
    return (falls_.size() + minus_then_.size() + plus_then_.size()) * sizeof(double) +
           targets_ * (sizeof(Filters) + sizeof(std::uint32_t));
  }

 private:
  struct Filters {
    double minus = 0.0, plus = 0.0, mean = 0.0;
    static constexpr std::array<double Filters::*, 3> all{&Filters::minus, &Filters::plus, &Filters::mean};
  };

  ClopathMembranes(const ParamSet& p, double dt, double unit, Tick behind, std::uint32_t targets)
      : dt_(dt), minus_(-std::expm1(-dt / p["tau_minus"])), plus_(-std::expm1(-dt / p["tau_plus"])),
        mean_(-std::expm1(-dt / p["tau_mean"])), a_ltd_(p["a_ltd"]), theta_minus_(p["theta_minus"]),
        theta_plus_(p["theta_plus"]), v_spike_(p["v_spike"]), u_ref_(p["u_ref"]), e_l_(p["e_l"]),
        spike_steps_(static_cast<std::uint32_t>(std::llround(p["t_spike"] / dt))), step_(std::llround(dt / unit)),
        targets_(targets), fall_rows_(static_cast<std::uint64_t>(2 * behind / step_) + 2),
        delay_rows_(static_cast<std::uint64_t>(std::llround(p["delay_u"] / dt)) + 1), filters_(targets),
        hold_(targets, 0), falls_(fall_rows_ * targets), minus_then_(delay_rows_ * targets),
        plus_then_(delay_rows_ * targets) {}

  std::size_t row(std::uint64_t step, std::uint64_t rows) const {
    return static_cast<std::size_t>(step % rows) * targets_;
  }

  // By target. (Of those without a synapse nobody has kept any.)
  template <class At>
  void columns_io(const Archive& archive, const std::string& name, std::uint32_t n, std::uint32_t first,
                  std::uint64_t size, At&& at) {
    std::vector<std::vector<std::remove_cvref_t<decltype(at(0, 0))>>> kept(targets_);
    if (archive.saving())
      for (std::uint32_t j = 0; j < targets_; ++j)
        for (std::size_t c = 0; c < size; ++c) kept[j].push_back(at(c, j));
    archive.lists(name, n, first, kept);
    if (archive.saving()) return;
    for (std::uint32_t j = 0; j < targets_; ++j) {
      if (!kept[j].empty() && kept[j].size() != size) archive.wrong(name, "another number of steps");
      for (std::size_t c = 0; c < kept[j].size(); ++c) at(c, j) = kept[j][c];
    }
  }

  double dt_, minus_, plus_, mean_, a_ltd_, theta_minus_, theta_plus_, v_spike_, u_ref_, e_l_;
  std::uint32_t spike_steps_;
  Tick step_;
  std::uint32_t targets_;
  std::uint64_t fall_rows_, delay_rows_, steps_ = 0;
  Tick last_ = long_ago;  // the end of the last step
  std::vector<Filters> filters_;
  std::vector<std::uint32_t> hold_;                     // steps for which u is still v_spike
  std::vector<double> falls_, minus_then_, plus_then_;  // rings of rows of all targets
};

}  // namespace pysnn
