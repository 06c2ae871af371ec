#include "engine/recorders.hpp"

#include <algorithm>

namespace pysnn {

StateProbe::StateProbe(PopulationId population, std::size_t state, std::vector<std::uint32_t> indices, LongTick every,
                       const ById<ShardId, Shard>& shards)
    : population_(population), state_(state), width_(indices.size()), every_(every), parts_(shards.size()) {
  for (const ShardId s : shards.ids()) {
    const Range owned = shards[s].owned[population];
    for (std::uint32_t column = 0; column < indices.size(); ++column) {
      if (indices[column] < owned.begin || indices[column] >= owned.end) continue;
      parts_[s].local.push_back(indices[column] - owned.begin);
      parts_[s].column.push_back(column);
    }
  }
}

StateRecord StateProbe::take(const TimeBase& time) {
  StateRecord record;
  record.width = width_;
  std::size_t rows = parts_.front().rows;
  for (const auto& part : parts_) rows = std::min(rows, part.rows);
  record.values.resize(rows * width_);
  for (std::size_t row = 0; row < rows; ++row)
    record.times.push_back(time.ms(taken_ + static_cast<LongTick>(row) * every_));
  for (auto& part : parts_) {
    const std::size_t width = part.column.size();
    for (std::size_t row = 0; row < rows; ++row)
      for (std::size_t c = 0; c < width; ++c)
        record.values[row * width_ + part.column[c]] = part.values[row * width + c];
    part.values.erase(part.values.begin(), part.values.begin() + static_cast<std::ptrdiff_t>(rows * width));
    part.rows -= rows;
  }
  taken_ += static_cast<LongTick>(rows) * every_;
  return record;
}

ChangeRecord collect_changes(const ById<ShardId, std::vector<WeightChange>>& by_shard, const TimeBase& time,
                             LongTick epoch) {
  struct Entry {
    WeightChange change;
    ShardId shard;
  };
  std::vector<Entry> all;
  for (const ShardId s : by_shard.ids())
    for (const auto& change : by_shard[s]) all.push_back({change, s});
  std::stable_sort(all.begin(), all.end(),
                   [](const Entry& a, const Entry& b) { return a.change.time < b.change.time; });
  ChangeRecord record;
  for (const auto& entry : all) {
    record.times.push_back(time.ms(epoch + entry.change.time));
    record.shard.push_back(entry.shard);
    record.synapse.push_back(entry.change.synapse);
    record.weights.push_back(entry.change.weight);
  }
  return record;
}

}  // namespace pysnn
