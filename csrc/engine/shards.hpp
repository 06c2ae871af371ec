// The shards of an engine, each worked on by one thread of a team.
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "core/team.hpp"
#include "network/network.hpp"

namespace pysnn {

template <class Shard>
class Shards {
 public:
  // 0 threads are as many as the network is meant for.
  Shards(const CompiledNetwork& network, std::uint32_t threads)
      : network_(network), team_(threads == 0 ? network.description.threads : threads), shards_(network.shards.size()) {
  }

  // Each by make(s), on its thread: memory lies where it is used.
  template <class Make>
  void make(Make&& make) {
    each([&](ShardId s) { shards_[s] = make(s); });
  }

  // Call f(s) for every shard, each on the thread that works on it.
  template <class F>
  void each(F&& f) {
    team_.run([&](std::uint32_t t) {
      for (const ShardId s : network_.shards_of(t, team_.size())) f(s);
    });
  }
  // Likewise f(synapses) for those of every plastic projection of every shard.
  template <class F>
  void each_plastic(F&& f) {
    each([&](ShardId s) {
      for (const ProjectionId q : network_.description.projections.ids())
        if (auto* plastic = shards_[s]->plastic(q)) f(*plastic);
    });
  }

  Team& team() { return team_; }
  std::size_t size() const { return shards_.size(); }
  Ids<ShardId> ids() const { return shards_.ids(); }
  // Any of them, where all answer alike.
  Shard& front() const { return *shards_.front(); }
  Shard* operator[](ShardId s) const { return shards_[s].get(); }
  auto begin() const { return shards_.begin(); }
  auto end() const { return shards_.end(); }

 private:
  const CompiledNetwork& network_;
  Team team_;
  ById<ShardId, std::unique_ptr<Shard>> shards_;
};

}  // namespace pysnn
