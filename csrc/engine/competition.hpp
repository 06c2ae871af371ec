// Winner takes all on steps: a spike takes from the membranes of all other neurons of its population at the same step,
// in which only one fires: of those that reach their thresholds the one furthest above, the first of several that are
// as far. Who is above the threshold even then fires at the next step. (In continuous time: neurons/race.hpp.)
//
// No model knows of it: where several would fire, the step is taken again with the thresholds of all but one out of
// reach. So all neurons of the population must be here.
#pragma once
#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "engine/homeostasis.hpp"
#include "neurons/neuron.hpp"

namespace pysnn {

// What a spike takes from all others, where the winner takes all: mV, or infinite for as much as leaves v_reset.
inline std::optional<double> taken_by_winner(const Population& population) {
  const auto found = population.parts.find("winner_takes_all");
  return found == population.parts.end() ? std::nullopt : std::optional(found->second);
}

// Whether thresholds of a population move while it runs.
inline bool moves_thresholds(const Population& population) {
  return Homeostasis::in(population) || taken_by_winner(population);
}

template <class Real>
class Competition {
 public:
  // `room` are the same neurons once more; theta: what their thresholds are moved by, or null.
  Competition(const Population& population, std::unique_ptr<ClockNeurons<Real>> room, const std::vector<double>* theta)
      : room_(std::move(room)), theta_(theta), v_th_(population.n), v_reset_(population.n),
        saved_(receptors(population)) {
    read(population.parts);
    read(population.params, population.columns);
  }

  void read(const Parts& parts) { takes_ = parts.at("winner_takes_all"); }
  void set_parameters(const ParamSet& params, const Columns& columns, std::span<const std::uint32_t> changed) {
    room_->set_parameters(params, columns, changed);
    read(params, columns);
  }

  // As ClockNeurons::step().
  void step(ClockNeurons<Real>& neurons, Tick now, Real* const* input, const Real* current,
            std::vector<std::uint32_t>& fired) {
    const std::size_t n = v_th_.size();
    room_->restart(neurons, {});
    for (std::size_t r = 0; r < saved_.size(); ++r) saved_[r].assign(input[r], input[r] + n);
    fired.clear();
    neurons.step(now, input, current, fired);
    if (fired.empty()) return;
    if (fired.size() > 1) {
      const auto again = [&] {
        neurons.restart(*room_, {});
        for (std::size_t r = 0; r < saved_.size(); ++r) std::copy(saved_[r].begin(), saved_[r].end(), input[r]);
        fired_.clear();
        neurons.step(now, input, current, fired_);
      };
      for (const std::uint32_t k : fired) neurons.offset_thresholds(k, std::array{out_of_reach});
      again();
      const std::uint32_t winner = furthest(neurons, fired);
      neurons.offset_thresholds(winner, std::array{offset(winner)});
      again();
      for (const std::uint32_t k : fired) neurons.offset_thresholds(k, std::array{offset(k)});
      fired.assign(1, winner);
    }
    const std::span<Real> v = neurons.state(0);
    for (std::size_t k = 0; k < n; ++k)
      if (k != fired[0]) v[k] = std::isinf(takes_) ? static_cast<Real>(v_reset_[k]) : v[k] - static_cast<Real>(takes_);
  }

 private:
  static constexpr double out_of_reach = 1e30;  // mV

  static std::size_t receptors(const Population& population) {
    return NeuronModels::get("neuron model", population.model).info.receptors.size();
  }
  void read(const ParamSet& params, const Columns& columns) {
    ParamsOfEach each(params, columns);
    for (std::uint32_t k = 0; k < v_th_.size(); ++k) {
      const ParamSet& own = each(k);
      v_th_[k] = own["v_th"];
      v_reset_[k] = own["v_reset"];
    }
  }
  double offset(std::uint32_t k) const { return theta_ ? (*theta_)[k] : 0.0; }

  // Above its threshold at either end of the step that was taken without firing.
  std::uint32_t furthest(ClockNeurons<Real>& neurons, const std::vector<std::uint32_t>& of) const {
    const std::span<const Real> before = room_->state(0), after = neurons.state(0);
    const auto above = [&](std::uint32_t k) {
      return static_cast<double>(std::max(before[k], after[k])) - (v_th_[k] + offset(k));
    };
    return *std::max_element(of.begin(), of.end(),
                             [&](std::uint32_t a, std::uint32_t b) { return above(a) < above(b); });
  }

  std::unique_ptr<ClockNeurons<Real>> room_;  // where the states before a step are kept
  const std::vector<double>* theta_;
  double takes_ = 0.0;
  std::vector<double> v_th_, v_reset_;
  std::vector<std::vector<Real>> saved_;  // inputs of a step, by receptor
  std::vector<std::uint32_t> fired_;
};

}  // namespace pysnn
