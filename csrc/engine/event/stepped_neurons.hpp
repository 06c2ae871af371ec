// A population that goes in steps of dt within the event engine: worth it where arrivals are so many that a step is
// cheaper than what happens in it. What arrives within a step counts at its end, as does a spike; a current that
// changes within one, from the next on.
#pragma once
#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/competition.hpp"
#include "engine/finite.hpp"
#include "engine/watchers.hpp"
#include "neurons/neuron.hpp"

namespace pysnn {

template <class Real>
class SteppedNeurons final : public TimedNeurons {
 public:
  // `config` is in continuous time, `steps` the same neurons' time on the grid.
  SteppedNeurons(const NeuronEntry& model, const NeuronConfig& config, const TimeBase& steps)
      : neurons_(model.template clock<Real>()({config.params, steps, config.n, config.first, config.owner, config.key,
                                               config.columns, config.moves_thresholds})),
        current_(config.n, Real(0)), from_next_(config.n, Real(0)), states_(model.info.states), owner_(config.owner),
        first_(config.first), dt_(steps.unit()) {
    const double ticks = steps.unit() / config.time.unit();
    if (!(ticks > 0.5) || std::abs(ticks - std::nearbyint(ticks)) > 1e-3)
      throw ParameterError(config.owner + ": dt = " + show(steps.unit()) + " ms is no multiple of 1e-12 ms, as steps " +
                           "within continuous time must be");
    for (std::size_t r = 0; r < model.info.receptors.size(); ++r) sums_.emplace_back(config.n, Real(0));
    for (auto& sum : sums_) inputs_.push_back(sum.data());
  }

  // Let the winner take all; theta is what thresholds are moved by, or null.
  void compete(const NeuronEntry& model, const Population& population, const TimeBase& steps,
               const std::vector<double>* theta) {
    auto room = model.template clock<Real>()(
        {population.params, steps, population.n, 0, owner_, population.noise_key, population.columns, true});
    competition_.emplace(population, std::move(room), theta);
  }
  void set_parts(const Parts& parts) {
    if (competition_) competition_->read(parts);
  }

  // Steps taken.
  Tick steps() const { return steps_; }
  // Where what arrives by then is added up, by neuron.
  Real* input(std::uint32_t receptor) { return inputs_[receptor]; }

  ClockNeurons<Real>& clock() { return *neurons_; }
  // Let rules look at the step that is about to be taken.
  void watch(Watchers<Real>& watchers) {
    watchers.look(*neurons_, inputs_.data(), injected_ ? current_.data() : nullptr);
  }

  // Take the step that ends at `now`; which neurons fire then.
  std::span<const std::uint32_t> step(Tick now) {
    fired_.clear();
    const Real* const current = injected_ ? current_.data() : nullptr;
    if (competition_)
      competition_->step(*neurons_, ++steps_, inputs_.data(), current, fired_);
    else
      neurons_->step(++steps_, inputs_.data(), current, fired_);
    last_ = now;
    if (changed_) {
      std::copy(from_next_.begin(), from_next_.end(), current_.begin());
      injected_ = true;
      changed_ = false;
    }
    return fired_;
  }

  void check_finite() const { pysnn::check_finite(*neurons_, states_, owner_, first_, dt_); }

  void predict(std::uint32_t, std::uint32_t, Tick, std::vector<Wake>&) override {}

  // As of the last step.
  double state(std::size_t state, std::uint32_t target, Tick) const override {
    return static_cast<double>(neurons_->state(state)[target]);
  }
  void set_state(std::size_t state, std::uint32_t target, double value, Tick) override {
    neurons_->state(state)[target] = static_cast<Real>(value);
  }

  void inject(std::uint32_t target, double pA, Tick now) override {
    from_next_[target] = static_cast<Real>(pA);
    changed_ = true;
    if (now != last_) return;
    current_[target] = from_next_[target];
    injected_ = true;
  }

  void set_parameters(const ParamSet& params, const Columns& columns, std::span<const std::uint32_t> changed,
                      Tick) override {
    neurons_->set_parameters(params, columns, changed);
    if (competition_) competition_->set_parameters(params, columns, changed);
  }
  void offset_threshold(std::uint32_t target, double mV, Tick) override {
    neurons_->offset_thresholds(target, std::array{mV});
  }

  // Beside the neurons what has come to them within the step at hand.
  void io(const Archive& archive, std::uint32_t n) override {
    neurons_->io(archive, n);
    archive.value("last step", last_);
    archive.value("steps", steps_);
    const auto size = static_cast<std::uint32_t>(current_.size());
    for (std::size_t r = 0; r < sums_.size(); ++r)
      archive.part("sum " + std::to_string(r), n, first_, size, [&](std::size_t k) -> Real& { return sums_[r][k]; });
    archive.part("current", n, first_, size, [&](std::size_t k) -> Real& { return current_[k]; });
    archive.part("current from next step", n, first_, size, [&](std::size_t k) -> Real& { return from_next_[k]; });
    // (A current of 0 is none.)
    if (archive.restoring()) injected_ = changed_ = true;
  }
  // Steps are counted on, and what is injected goes on, but where time begins again.
  void restart(const TimedNeurons& first, Tick now) override {
    neurons_->restart(*static_cast<const SteppedNeurons&>(first).neurons_, {});
    for (auto& sum : sums_) std::fill(sum.begin(), sum.end(), Real(0));
    if (now > 0) return;
    last_ = steps_ = 0;
    injected_ = changed_ = false;
    std::fill(from_next_.begin(), from_next_.end(), Real(0));
    std::fill(current_.begin(), current_.end(), Real(0));
  }
  void rekey(std::uint64_t key) override { neurons_->rekey(key); }

  void rebase(Tick ticks, Tick, Tick) override { last_ -= ticks; }

 private:
  Tick last_ = 0, steps_ = 0;  // end of the last step; how many there were
  std::unique_ptr<ClockNeurons<Real>> neurons_;
  std::vector<Array<Real>> sums_;  // by receptor
  std::vector<Real*> inputs_;
  Array<Real> current_, from_next_;  // pA: in this step, and after it
  bool injected_ = false, changed_ = false;
  std::vector<std::uint32_t> fired_;
  std::optional<Competition<Real>> competition_;
  std::vector<StateInfo> states_;
  std::string owner_;  // for messages, as the following
  std::uint32_t first_;
  double dt_;
};

}  // namespace pysnn
