// The currents of an engine by number: those described, and what has become of them since.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/error.hpp"
#include "currents/current.hpp"
#include "engine/restart.hpp"
#include "engine/shards.hpp"

namespace pysnn {

template <class Shard>
class FlowingCurrents {
 public:
  FlowingCurrents(const NetworkDescription& network, Shards<Shard>& shards)
      : network_(network), shards_(shards), currents_(make_currents(network)), described_(network.currents) {}

  // By number; null where one was stopped.
  const Currents& all() const { return currents_; }

  // At `now` of that epoch: another current, of a number that is free; another one into the same neurons; none.
  void inject(std::uint32_t number, const InjectedCurrent& described, Tick now, LongTick epoch) {
    auto made = make_current(network_, described);
    if (number > currents_.size() || (number < currents_.size() && currents_[number]))
      throw ParameterError("inject: there is a current of number " + std::to_string(number) + ", or there are fewer");
    if (number == currents_.size()) {
      currents_.emplace_back();
      described_.emplace_back();
    }
    currents_[number] = std::move(made);
    described_[number] = described;
    for (auto& shard : shards_) shard->inject(number, described, *currents_[number], now, epoch);
  }
  void replace(std::uint32_t number, const InjectedCurrent& another, Tick now, LongTick epoch) {
    InjectedCurrent described = flowing(number);
    described.model = another.model;
    described.params = another.params;
    described.own = another.own;
    described.noise_key = another.noise_key;
    auto made = make_current(network_, described);
    for (auto& shard : shards_) shard->replace_current(number, *made, now, epoch);
    currents_[number] = std::move(made);
    described_[number] = std::move(described);
  }
  void stop(std::uint32_t number, Tick now) {
    flowing(number);
    for (auto& shard : shards_) shard->stop_current(number, now);
    currents_[number].reset();
  }

  // Other draws: shards hear of them when they begin again.
  void draw(std::uint64_t noise) {
    for (std::size_t c = 0; c < currents_.size(); ++c) {
      if (!currents_[c]) continue;
      if (auto other = currents_[c]->with_key(with_noise(described_[c].noise_key, noise)))
        currents_[c] = std::move(other);
    }
  }

 private:
  const InjectedCurrent& flowing(std::uint32_t number) const {
    if (number >= currents_.size() || !currents_[number])
      throw ParameterError("there is no current of number " + std::to_string(number));
    return described_[number];
  }

  const NetworkDescription& network_;
  Shards<Shard>& shards_;
  Currents currents_;
  std::vector<InjectedCurrent> described_;  // of which they were made
};

}  // namespace pysnn
