// What groups have for parameters while their network runs: to tell, to change, to keep in a checkpoint.
#pragma once
#include <cstdint>
#include <map>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "core/archive.hpp"
#include "core/error.hpp"
#include "engine/inputs.hpp"
#include "engine/shard.hpp"
#include "engine/shards.hpp"
#include "engine/source_changes.hpp"

namespace pysnn {

// A time in an epoch, and the noise that is drawn by then.
struct EngineMoment {
  Tick now;
  LongTick epoch;
  std::uint64_t noise;
};

template <class Shard>
class ChangedParameters {
 public:
  ChangedParameters(const CompiledNetwork& network, Shards<Shard>& shards)
      : network_(network), shards_(shards), inputs_(network.description) {}

  const Inputs& inputs() const { return inputs_; }

  std::vector<double> of_each(PopulationId group, const std::string& name) const {
    return value_of_each(inputs_.group(group), name);
  }
  void set(PopulationId group, const std::map<std::string, std::vector<double>>& values,
           const std::vector<std::uint32_t>& indices, const EngineMoment& at) {
    auto [population, changed] = with_values(inputs_.group(group), values, indices);
    if (changed.empty()) return;
    ParameterChange change{group, population, changed, at.now, at.epoch, at.noise};
    for (const auto& shard : shards_) shard->check_parameters(change);
    std::vector<std::uint64_t> forgotten;
    if (population.is_source) {
      SourceChanges& changes = source_changes_[group];
      const LongTick then = shards_.front().source_time(group, at.now, at.epoch);
      change.serial = changes.next_serial();
      forgotten = changes.add(population, changed, then, then - shards_.front().source_keep(group));
      change.forgotten = forgotten;
    }
    shards_.each([&](ShardId s) { shards_[s]->set_parameters(change); });
    inputs_.replace(group, std::move(population));
  }

  double part(PopulationId p, const std::string& name) const {
    const Population& population = inputs_.group(p);
    const auto part = population.parts.find(name);
    if (part == population.parts.end())
      throw ParameterError("population '" + population.name + "' has no '" + name + "'");
    return part->second;
  }
  void set_part(PopulationId p, const std::string& name, double value, const EngineMoment& at) {
    if (part(p, name) == value) return;
    Population population = inputs_.group(p);
    population.parts[name] = value;
    shards_.each([&](ShardId s) { shards_[s]->set_parts(p, population.parts, at.now, at.epoch); });
    inputs_.replace(p, std::move(population));
  }

  // All as in another engine of the network; before it has run.
  void take_over(const ChangedParameters& other, const EngineMoment& at) {
    for (const PopulationId group : network_.description.populations.ids()) {
      if (!other.inputs_.replaced(group)) continue;
      const Population& population = other.inputs_.group(group);
      std::vector<std::uint32_t> all(population.n);
      std::iota(all.begin(), all.end(), 0u);
      const ParameterChange change{group, population, all, at.now, at.epoch, at.noise};
      shards_.each([&](ShardId s) {
        shards_[s]->set_parameters(change);
        shards_[s]->set_parts(group, population.parts, at.now, at.epoch);
      });
      inputs_.replace(group, population);
    }
  }

  // Sources begin again as they are now.
  void begin_again() {
    for (auto& [group, changes] : source_changes_) changes.begin_again(inputs_.group(group));
  }

  // Before the states that go on from there.
  void io(const Archive& archive, const EngineMoment& at) {
    for (const PopulationId group : network_.description.populations.ids()) io(archive.in(group.index()), group, at);
  }

 private:
  void io(const Archive& archive, PopulationId group, const EngineMoment& at) {
    const Population& population = inputs_.group(group);
    if (archive.saving() && !inputs_.replaced(group)) return;
    if (population.is_source) return sources_io(archive, group, at);
    for (auto [name, value] : Parts(population.parts)) {
      if (archive.restoring() && !archive.has(name)) continue;
      archive.value(name, value);
      if (archive.restoring()) set_part(group, name, value, at);
    }
    std::map<std::string, std::vector<double>> values;
    for (const ParamInfo& info : model_info(population).params) {
      if (archive.restoring() && !archive.has(info.name)) continue;
      if (archive.saving()) values[info.name] = value_of_each(population, info.name);
      archive.list(info.name, values[info.name]);
      if (values[info.name].size() != population.n) archive.wrong(info.name, "another number of neurons");
    }
    if (archive.saving() || values.empty()) return;
    std::vector<std::uint32_t> all(population.n);
    std::iota(all.begin(), all.end(), 0u);
    set(group, values, all, at);
  }

  void sources_io(const Archive& archive, PopulationId group, const EngineMoment& at) {
    if (archive.restoring() && !archive.has("last change")) return;
    SourceChanges& changes = source_changes_[group];
    changes.io(archive, network_.description.populations[group]);
    if (archive.saving()) return;
    if (changes.first()) {
      inputs_.replace(group, *changes.first());
      shards_.each([&](ShardId s) { shards_[s]->remake_source(group); });
    }
    for (const SourceChanges::One& one : changes.all()) {
      Population population = with_values(inputs_.group(group), one.values, one.changed).first;
      // By the last of them every source has changed, if nothing of the begin is left.
      const bool ends = &one == &changes.all().back() && !changes.has_first();
      const std::vector<std::uint64_t> begin{0};
      ParameterChange change{group, population, one.changed, at.now, at.epoch, at.noise};
      change.serial = one.serial;
      change.source_time = one.at;
      if (ends) change.forgotten = begin;
      shards_.each([&](ShardId s) { shards_[s]->set_parameters(change); });
      inputs_.replace(group, std::move(population));
    }
  }

  const CompiledNetwork& network_;
  Shards<Shard>& shards_;
  Inputs inputs_;
  std::map<PopulationId, SourceChanges> source_changes_;
};

}  // namespace pysnn
