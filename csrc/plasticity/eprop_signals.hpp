// What e-prop's targets are told, and what they are at that: their pseudo-derivatives and learning signals of the steps
// that not all runs have gone through, and the moments of a modulator among these.
//
// A moment of the modulator belongs to the end of the step that is over then. What its value L does (`Read`):
//
//   last   the gradient grows by L bar of that step alone,
//   sum    ... by L times the sum of bar since the last moment; mean: by L times its mean,
//   held   ... by L bar in every step after it, until the next moment.
//
// The regulariser c_reg (f - f_target), f the target's rate, adds to L, but for `last` and `held` in every step.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "core/archive.hpp"
#include "math/eprop_maps.hpp"
#include "plasticity/eprop_rule.hpp"
#include "plasticity/long_ago.hpp"

namespace pysnn {

template <class Real>
class EpropSignals {
 public:
  using History = EpropHistory<Real>;
  // What is to be made of what was summed up by step `at` of the history.
  struct Moment {
    std::uint32_t at;
    std::vector<Real> value;  // by target
  };

  EpropSignals(const EpropRule& rule, const EpropTargets& of, std::uint32_t targets, double dt, bool scattered)
      : rule_(rule), targets_(targets), history_(targets_, {{!of.rho.empty(), rule.tau_out > 0.0}, scattered}, of.alpha,
                                                 rule.kappa(dt), of.rho, of.beta),
        held_(targets_, Real(0)), pending_(held_), value_(held_), rate_(targets_, rule.f_target),
        rate_decay_(std::exp(-dt / rule.tau_rate)), rate_jump_(1000.0 / dt * (1.0 - rate_decay_)) {
    for (const double span : of.span) {
      per_width_.push_back(static_cast<Real>(1.0 / (rule.width * span)));
      height_.push_back(static_cast<Real>(rule.gamma / span));
    }
  }

  // The steps and moments that are kept.
  History& history() { return history_; }
  const History& history() const { return history_; }
  const std::vector<Moment>& moments() const { return moments_; }
  // Synapses stand so from now on (EpropForm).
  void lay_out(bool scattered) {
    if (scattered != history_.scattered()) history_.lay_out(scattered);
  }
  // Whether there is no room for another step, or another moment, before all runs have caught up.
  bool full_of_steps() const { return history_.full(); }
  bool full_of_moments() const { return moments_.size() == most_moments; }
  // All runs have: whether the history begins anew, being full.
  bool caught_up() {
    moments_.clear();
    const bool full = history_.full();
    if (full) history_.clear();
    return full;
  }
  // Whether any step has been.
  bool any_step() const { return steps_ > 0; }

  // A target fired in the step at hand.
  void fired(std::uint32_t j) { fired_.push_back(j); }

  // A step of the targets is over, whose signals count so many times.
  void step(Tick now, std::span<const Real> v, std::span<const Real> threshold, std::span<const char> held, Real rate) {
    if (rule_.c_reg > 0.0) {
      for (double& f : rate_) f *= rate_decay_;
      for (const std::uint32_t j : fired_) rate_[j] += rate_jump_;
    }
    fired_.clear();
    const typename History::Step step = history_.add();
    ++steps_;
    last_ = now;
    written_ = false;
    pseudo_derivative(targets_, v.data(), threshold.data(), held.data(), per_width_.data(), height_.data(), step.psi);
    if (rule_.sums()) {
      std::fill_n(step.signal, targets_, Real(1));
    } else {
      std::copy(held_.begin(), held_.end(), step.signal);
      if (std::exchange(is_pending_, false))
        for (std::uint32_t j = 0; j < targets_; ++j) step.signal[j] += std::exchange(pending_[j], Real(0));
      if (rule_.c_reg > 0.0)
        for (std::uint32_t j = 0; j < targets_; ++j) step.signal[j] += static_cast<Real>(regulation(j));
      if (rate != Real(1))
        for (std::uint32_t j = 0; j < targets_; ++j) step.signal[j] *= rate;
    }
  }

  // A moment of the modulator, which counts so many times.
  void moment(std::span<const double> values, Tick now, Real rate) {
    if (values.size() == targets_)
      std::copy(values.begin(), values.end(), value_.begin());
    else
      std::fill(value_.begin(), value_.end(), static_cast<Real>(values[0]));
    if (rule_.read == EpropRule::Read::held) {
      held_ = value_;
    } else if (steps_ == 0) {
      return;  // nothing has been that could be learnt from
    } else if (rule_.sums()) {
      add_moment(static_cast<double>(rate));
    } else if (now != last_ || written_) {
      // Within a step it counts at its end.
      for (std::uint32_t j = 0; j < targets_; ++j) pending_[j] += value_[j];
      is_pending_ = true;
    } else {
      const typename History::Step step = history_.step(history_.steps() - 1);
      for (std::uint32_t j = 0; j < targets_; ++j) step.signal[j] += rate * value_[j];
    }
  }

  // Weights were written from outside: what comes now is no more of the step that is over.
  void written() { written_ = true; }

  void clear() {
    moments_.clear();
    history_.clear();
    std::fill(held_.begin(), held_.end(), Real(0));
    std::fill(pending_.begin(), pending_.end(), Real(0));
    is_pending_ = false;
    steps_ = since_moment_ = 0;
    last_ = long_ago;
    written_ = false;
  }
  // Go on with the rates of the same targets in another engine.
  void take_over(const EpropSignals& from) { rate_ = from.rate_; }

  // How many steps have been; what is by target; the steps and moments since all runs caught up.
  void marks_io(const Archive& archive) {
    archive.value("steps", steps_);
    archive.value("steps at moment", since_moment_);
    archive.value("last step", last_);
    archive.value("written", written_);
  }
  void targets_io(const Archive& archive, std::uint32_t n, std::uint32_t first) {
    archive.value("pending in step", is_pending_);
    archive.part("rate", n, first, targets_, [&](std::size_t j) -> double& { return rate_[j]; });
    archive.part("held", n, first, targets_, [&](std::size_t j) -> Real& { return held_[j]; });
    archive.part("pending", n, first, targets_, [&](std::size_t j) -> Real& { return pending_[j]; });
  }
  void history_io(const Archive& archive, std::uint32_t n, std::uint32_t first);

  void rebase(Tick ticks) { last_ = rebased(last_, ticks); }

  std::size_t nbytes() const {
    std::size_t bytes = history_.nbytes() + targets_ * (sizeof(double) + 5 * sizeof(Real));
    for (const Moment& moment : moments_) bytes += moment.value.size() * sizeof(Real);
    return bytes;
  }

 private:
  static constexpr std::size_t most_moments = 64;

  double regulation(std::uint32_t j) const { return rule_.c_reg * (rate_[j] - rule_.f_target); }

  // With the value at hand.
  void add_moment(double rate) {
    const auto steps = static_cast<double>(std::max<std::uint64_t>(steps_ - since_moment_, 1));
    const double share = rule_.read == EpropRule::Read::mean ? 1.0 / steps : 1.0;
    Moment moment{history_.steps(), std::vector<Real>(targets_, Real(0))};
    if (rate != 0.0)
      for (std::uint32_t j = 0; j < targets_; ++j)
        moment.value[j] = static_cast<Real>((static_cast<double>(value_[j]) + regulation(j)) * share * rate);
    moments_.push_back(std::move(moment));
    since_moment_ = steps_;
  }

  const EpropRule rule_;
  const std::uint32_t targets_;
  History history_;
  std::vector<Moment> moments_;
  std::vector<Real> held_, pending_;  // by target: L, and what of it came within the step at hand
  bool is_pending_ = false;
  std::vector<Real> value_;           // of the modulator, by target: the one at hand
  std::vector<double> rate_;          // Hz, by target
  std::vector<std::uint32_t> fired_;  // targets, in the step at hand
  double rate_decay_, rate_jump_;
  std::vector<Real> per_width_, height_;  // of psi, by target
  std::uint64_t steps_ = 0, since_moment_ = 0;
  Tick last_ = long_ago;  // end of the last step
  bool written_ = false;  // were weights written from outside since?
};

template <class Real>
void EpropSignals<Real>::history_io(const Archive& archive, std::uint32_t n, std::uint32_t first) {
  std::uint32_t steps = history_.steps();
  std::vector<std::uint32_t> at;
  for (const Moment& moment : moments_) at.push_back(moment.at);
  archive.value("steps kept", steps);
  archive.list("moments at", at);
  if (steps > History::length) archive.wrong("steps kept", "too many");
  std::vector<std::vector<Real>> psi(targets_), signal(targets_), value(targets_);
  if (archive.saving()) {
    for (std::uint32_t k = 0; k < steps; ++k)
      for (std::uint32_t j = 0; j < targets_; ++j) {
        psi[j].push_back(history_.step(k).psi[j]);
        signal[j].push_back(history_.step(k).signal[j]);
      }
    for (const Moment& moment : moments_)
      for (std::uint32_t j = 0; j < targets_; ++j) value[j].push_back(moment.value[j]);
  }
  archive.lists("psi", n, first, psi);
  archive.lists("signal", n, first, signal);
  archive.lists("values", n, first, value);
  if (archive.saving()) return;
  // (Of targets without a synapse nobody has kept any.)
  const auto number = [](const std::vector<Real>& list, std::size_t k) { return k < list.size() ? list[k] : Real(0); };
  for (std::uint32_t k = 0; k < steps; ++k) {
    const typename History::Step step = history_.add();
    for (std::uint32_t j = 0; j < targets_; ++j) {
      step.psi[j] = number(psi[j], k);
      step.signal[j] = number(signal[j], k);
    }
  }
  for (std::size_t m = 0; m < at.size(); ++m) {
    moments_.push_back({at[m], std::vector<Real>(targets_)});
    for (std::uint32_t j = 0; j < targets_; ++j) moments_[m].value[j] = number(value[j], m);
  }
}

}  // namespace pysnn
