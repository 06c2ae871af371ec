// Thresholds that follow how often neurons fire: what is kept, beside the neurons of any model with a threshold, of a
// population's part in one shard. Neuron k fires at v_th + theta[k].
//
// A spike of its own raises theta by delta at once. What lowers all (spikes of the population, time) does so at
// moments, `every` ms apart from the start on and alike in all shards, as windows end there: by then each has heard
// of all spikes, so that no bit depends on how the population is cut.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/archive.hpp"
#include "core/time.hpp"
#include "math/philox.hpp"
#include "network/network.hpp"
#include "neurons/neuron.hpp"

namespace pysnn {

class Homeostasis {
 public:
  static constexpr const char* state_name = "theta";
  static bool in(const Population& population) { return population.parts.count("homeostasis.delta") != 0; }

  // theta is the state of number `state`, behind those of the model.
  Homeostasis(const Population& population, Range owned, std::size_t state, const TimeBase& time)
      : n_(population.n), begin_(owned.begin), state_(state), unit_(time.unit()),
        every_(time.long_tick(population.parts.at("homeostasis.every"),
                              "population '" + population.name + "': Homeostasis.every")),
        next_(every_), initial_(owned.size(), 0.0) {
    const auto given = population.init.find(state_name);
    for (std::uint32_t k = 0; given != population.init.end() && k < owned.size(); ++k) {
      const std::uint32_t index = owned.begin + k;
      initial_[k] = given->second(subkey(population.key, state), index, 0, 0, index);
    }
    theta_ = initial_;
    read(population.parts);
  }

  std::size_t state() const { return state_; }
  std::vector<double>& theta() { return theta_; }
  // What of neuron k's threshold comes of a spike of its own.
  double raised(std::uint32_t k) {
    if (on_) theta_[k] += delta_;
    return theta_[k];
  }
  void heard(std::size_t spikes) { spikes_ += spikes; }

  // When thresholds fall next.
  LongTick next() const { return next_; }
  // The moment has come, or the one before it is to be the last of these laws; whether any threshold is another.
  bool fall(LongTick now) {
    const double ms = static_cast<double>(now - last_) * unit_;
    const double lower = delta_ * (share_ / n_ * static_cast<double>(spikes_) + 1e-3 * target_ * ms);
    const double stays = std::exp(-ms / tau_);
    const bool falls = on_ && (lower != 0.0 || stays != 1.0);
    if (falls)
      for (double& theta : theta_) theta = std::max(theta * stays - lower, low_);
    last_ = now;
    spikes_ = 0;
    while (next_ <= now) next_ += every_;
    return falls;
  }
  // Go on with these numbers, once what was due is done.
  void read(const Parts& parts) {
    const auto number = [&](const char* name) { return parts.at(std::string("homeostasis.") + name); };
    on_ = number("on") != 0.0;
    delta_ = number("delta");
    share_ = number("share");
    target_ = number("target");
    tau_ = number("tau");
    low_ = number("low");
  }

  void restart(bool kept, bool from_zero, LongTick now) {
    if (!kept) {
      theta_ = initial_;
      spikes_ = 0;
    } else if (from_zero) {
      fall(now);
    }
    if (!from_zero) return;
    last_ = 0;
    next_ = every_;
    spikes_ = 0;
  }

  void io(const Archive& archive) {
    archive.part(state_name, n_, begin_, theta_.size(), [&](std::size_t k) -> double& { return theta_[k]; });
    archive.value("theta fell last", last_);
    archive.value("theta falls next", next_);
    archive.value("spikes since theta fell", spikes_);
  }

 private:
  std::uint32_t n_, begin_;  // neurons of the population; which is the first here
  std::size_t state_;
  double unit_;  // ms a tick
  LongTick every_, next_, last_ = 0;
  std::uint64_t spikes_ = 0;  // of the population since
  bool on_ = true;
  double delta_ = 0.0, share_ = 0.0, target_ = 0.0, tau_ = 0.0, low_ = 0.0;
  std::vector<double> theta_, initial_;
};

// Of all populations of a shard.
class HomeostasisOfAll {
 public:
  HomeostasisOfAll(const NetworkDescription& network, const Shard& shard) : of_(network.populations.size()) {
    for (const PopulationId p : of_.ids()) {
      const Population& population = network.populations[p];
      if (!Homeostasis::in(population)) continue;
      const std::size_t state = NeuronModels::get("neuron model", population.model).info.states.size();
      of_[p] = std::make_unique<Homeostasis>(population, shard.owned[p], state, network.time);
      all_.push_back(p);
    }
  }

  // Null where a population has none.
  Homeostasis* of(PopulationId population) const { return of_[population].get(); }
  // What thresholds of a population are moved by, or null.
  std::vector<double>* theta(PopulationId population) const {
    Homeostasis* const h = of(population);
    return h ? &h->theta() : nullptr;
  }
  // The same where `state` of the population is that.
  std::vector<double>* theta(PopulationId population, std::size_t state) const {
    Homeostasis* const h = of(population);
    return h && state == h->state() ? &h->theta() : nullptr;
  }
  // Populations that have it.
  const std::vector<PopulationId>& all() const { return all_; }

  Tick next(LongTick epoch) const {
    Tick next = never;
    for (const PopulationId p : all_) next = std::min(next, in_epoch(of_[p]->next(), epoch));
    return next;
  }
  template <class Spikes>
  void hear(Spikes&& spikes_of) {
    for (const PopulationId p : all_) of_[p]->heard(spikes_of(p).size());
  }
  // Call changed(p) for every population whose thresholds fall now.
  template <class Changed>
  void fall(LongTick now, Changed&& changed) {
    for (const PopulationId p : all_)
      if (of_[p]->next() <= now && of_[p]->fall(now)) changed(p);
  }

 private:
  ById<PopulationId, std::unique_ptr<Homeostasis>> of_;
  std::vector<PopulationId> all_;
};

}  // namespace pysnn
