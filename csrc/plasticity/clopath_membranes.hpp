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
// the latter times (u_mean / u_ref)^2 unless u_ref is 0. What a presynaptic spike meets is the fall of the last step
// before it; from one on a synapse gains the sum of rises, each by what is left of the source's trace
// (math/fading_sums.hpp).
#pragma once
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "math/decay.hpp"
#include "math/fading_sums.hpp"
#include "plasticity/long_ago.hpp"
#include "plasticity/plastic_synapses.hpp"

namespace pysnn {

class ClopathMembranes {
 public:
  // `behind`: the longest dendritic delay; a presynaptic spike asks for no more than twice that ago.
  ClopathMembranes(const PlasticConfig& config, Tick behind)
      : ClopathMembranes(config.projection.plasticity_params, config.dt, config.time.unit(), behind, config.targets,
                         left_of_x(config)) {}

  // Of steps of `dt`, for kernels/clopath_stdp.cl.
  static Constants constants(const ParamSet& p, double dt) {
    const ClopathMembranes of(p, dt, dt, 0, 0, {});
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
            {"largest_rise", largest_rise},
            {"spike_steps", static_cast<double>(of.spike_steps_)},
            {"delay_rows", static_cast<double>(of.delay_rows_)}};
  }

  void fired(std::uint32_t j) { hold_[j] = spike_steps_; }

  // Of a step that ends at `now` and left potentials v.
  template <class Real>
  void step(Tick now, std::span<const Real> v) {
    double* const rises = rises_.next();
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
      rises[j] = std::min(rise, largest_rise);
    }
    rises_.told();
    ++steps_;
    last_ = now;
  }

  // How many steps end before t (of those that have been), and when one of them does.
  std::uint64_t before(Tick t) const {
    const std::uint64_t back = t > last_ ? 0 : static_cast<std::uint64_t>((last_ - t) / step_) + 1;
    return steps_ - std::min(back, steps_);
  }
  Tick end_of(std::uint64_t step) const { return last_ - static_cast<Tick>(steps_ - 1 - step) * step_; }

  // What a presynaptic spike finds, by target, whose synapse has seen so many steps; null for nothing.
  const double* falls(std::uint64_t steps) const {
    return steps > 0 ? falls_.data() + row(steps - 1, fall_rows_) : nullptr;
  }
  const FadingSums& rises() const { return rises_; }

  // Whether there has been no step.
  bool silent() const { return steps_ == 0; }

  void clear() {
    steps_ = 0;
    last_ = long_ago;
    rises_.begin_at(0);
    std::fill(hold_.begin(), hold_.end(), 0);
  }

  // Of targets `first`, ... of n; of rises those from the step `settled` on.
  void io(const Archive& archive, std::uint32_t n, std::uint32_t first, std::uint64_t settled) {
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
    rises_io(archive, n, first, settled);
  }

  void rebase(Tick ticks) { last_ = rebased(last_, ticks); }

  std::size_t nbytes() const {
    return rises_.nbytes() + (falls_.size() + minus_then_.size() + plus_then_.size()) * sizeof(double) +
           targets_ * (sizeof(Filters) + sizeof(std::uint32_t));
  }

 private:
  struct Filters {
    double minus = 0.0, plus = 0.0, mean = 0.0;
    static constexpr std::array<double Filters::*, 3> all{&Filters::minus, &Filters::plus, &Filters::mean};
  };

  // As much as a sum of them may be multiplied by without an end to numbers.
  static constexpr double largest_rise = 1e200;

  // What is left of a presynaptic trace after each number of steps.
  static std::vector<double> left_of_x(const PlasticConfig& config) {
    const Decay decay(config.projection.plasticity_params["tau_x"], config.time);
    const Tick step = std::llround(config.dt / config.time.unit());
    std::vector<double> left(FadingSums::length);
    for (std::size_t k = 0; k < left.size(); ++k) left[k] = decay(static_cast<Tick>(k) * step);
    return left;
  }

  // Blocks of rises: the one at hand, and those of steps that may be on their way to synapses.
  static std::uint32_t blocks(Tick behind, Tick step) {
    const Tick steps = (2 * behind + step - 1) / step;
    return static_cast<std::uint32_t>((steps + FadingSums::length - 1) / FadingSums::length) + 1;
  }

  ClopathMembranes(const ParamSet& p, double dt, double unit, Tick behind, std::uint32_t targets,
                   std::vector<double> left)
      : dt_(dt), minus_(-std::expm1(-dt / p["tau_minus"])), plus_(-std::expm1(-dt / p["tau_plus"])),
        mean_(-std::expm1(-dt / p["tau_mean"])), a_ltd_(p["a_ltd"]), theta_minus_(p["theta_minus"]),
        theta_plus_(p["theta_plus"]), v_spike_(p["v_spike"]), u_ref_(p["u_ref"]), e_l_(p["e_l"]),
        spike_steps_(static_cast<std::uint32_t>(std::llround(p["t_spike"] / dt))), step_(std::llround(dt / unit)),
        targets_(targets), fall_rows_(static_cast<std::uint64_t>(2 * behind / step_) + 2),
        delay_rows_(static_cast<std::uint64_t>(std::llround(p["delay_u"] / dt)) + 1), filters_(targets),
        hold_(targets, 0), falls_(fall_rows_ * targets), minus_then_(delay_rows_ * targets),
        plus_then_(delay_rows_ * targets), rises_(targets, blocks(behind, step_), std::move(left)) {}

  std::size_t row(std::uint64_t step, std::uint64_t rows) const {
    return static_cast<std::size_t>(step % rows) * targets_;
  }

  void rises_io(const Archive& archive, std::uint32_t n, std::uint32_t first, std::uint64_t settled) {
    if (settled > steps_ || settled % FadingSums::length != 0 || rises_.needs(settled, steps_))
      archive.wrong("steps", "not those that are kept");
    std::vector<double> rises;
    if (archive.saving())
      for (std::uint64_t step = settled; step < steps_; ++step)
        rises.insert(rises.end(), rises_.of_step(step), rises_.of_step(step) + targets_);
    rises.resize(static_cast<std::size_t>(steps_ - settled) * targets_);
    columns_io(archive, "rises", n, first, steps_ - settled,
               [&](std::size_t k, std::uint32_t j) -> double& { return rises[k * targets_ + j]; });
    if (archive.saving()) return;
    rises_.begin_at(settled);
    for (const double* from = rises.data(); rises_.steps() < steps_; from += targets_) {
      std::copy_n(from, targets_, rises_.next());
      rises_.told();
    }
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
  FadingSums rises_;
};

}  // namespace pysnn
