// How the parameters of a source were changed while it ran: whoever restores it makes it as it began, changes it in the
// same order, and only then brings it to where it was.
#pragma once
#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/archive.hpp"
#include "engine/inputs.hpp"

namespace pysnn {

class SourceChanges {
 public:
  // All parameters of the sources that one change was of, as they have been since.
  struct One {
    std::uint64_t serial = 0;
    LongTick at = 0;  // by the source's own time
    std::vector<std::uint32_t> changed;
    std::map<std::string, std::vector<double>> values;
  };

  const std::optional<Population>& first() const { return first_; }
  const std::vector<One>& all() const { return all_; }
  // Whether what it began as is heard of still.
  bool has_first() const { return has_first_; }
  std::uint64_t next_serial() const { return last_ + 1; }

  // The changes, 0 for what there was before any, that nobody will ask for any more once this one is made: all of whose
  // sources others are heard of by `before`.
  std::vector<std::uint64_t> add(const Population& population, std::vector<std::uint32_t> changed, LongTick at,
                                 LongTick before) {
    One one{next_serial(), at, std::move(changed), {}};
    for (const ParamInfo& info : numbers_of(population)) {
      const std::vector<double> all = value_of_each(population, info.name);
      for (const std::uint32_t k : one.changed) one.values[info.name].push_back(all[k]);
    }
    last_ = one.serial;
    all_.push_back(std::move(one));
    return forget(population.n, before);
  }

  // It begins again as it is now.
  void begin_again(const Population& population) {
    first_ = population;
    all_.clear();
    has_first_ = true;
  }

  // `described`: as it was declared.
  void io(const Archive& archive, const Population& described) {
    archive.value("last change", last_);
    if (archive.saving() ? first_.has_value() : archive.has("first/start")) {
      std::vector<std::uint32_t> all(described.n);
      for (std::uint32_t k = 0; k < described.n; ++k) all[k] = k;
      std::map<std::string, std::vector<double>> values;
      for (const ParamInfo& info : numbers_of(described)) {
        if (archive.saving()) values[info.name] = value_of_each(*first_, info.name);
        archive.in("first").list(info.name, values[info.name]);
        check(archive, info.name, values[info.name].size() == described.n);
      }
      if (archive.restoring()) first_ = with_values(described, values, all).first;
    }
    archive.value("knows the first", has_first_);
    for (std::size_t k = 0; archive.saving() ? k < all_.size() : archive.in(k).has("at"); ++k) {
      if (archive.restoring()) all_.emplace_back();
      const Archive own = archive.in(k);
      One& one = all_[k];
      own.value("serial", one.serial);
      own.value("at", one.at);
      own.list("changed", one.changed);
      for (const std::uint32_t source : one.changed) check(own, "changed", source < described.n);
      for (const ParamInfo& info : numbers_of(described)) {
        own.list(info.name, one.values[info.name]);
        check(own, info.name, one.values[info.name].size() == one.changed.size());
      }
    }
  }

 private:
  // Other parameters, such as the times of a SpikeArray, never change.
  static std::vector<ParamInfo> numbers_of(const Population& population) {
    std::vector<ParamInfo> numbers = model_info(population).params;
    std::erase_if(numbers, [&](const ParamInfo& info) {
      if (!population.params.has(info.name)) return true;
      const std::size_t size = population.params.array(info.name).size();
      return size != 1 && !(info.each && size == population.n);
    });
    return numbers;
  }

  static void check(const Archive& archive, const std::string& name, bool right) {
    if (!right) archive.wrong(name, "another number of sources");
  }

  std::vector<std::uint64_t> forget(std::uint32_t n, LongTick before) {
    // By source, the place behind that of the change that is heard of at `before`, and in the end.
    std::vector<std::size_t> then(n, 0), now(n, 0);
    for (std::size_t c = 0; c < all_.size(); ++c)
      for (const std::uint32_t k : all_[c].changed) {
        now[k] = c + 1;
        if (all_[c].at < before) then[k] = c + 1;
      }
    std::vector<bool> needed(all_.size() + 1, false);
    for (std::uint32_t k = 0; k < n; ++k) needed[then[k]] = needed[now[k]] = true;
    std::vector<std::uint64_t> forgotten;
    if (has_first_ && !needed[0]) {
      forgotten.push_back(0);
      has_first_ = false;
    }
    std::vector<One> kept;
    for (std::size_t c = 0; c < all_.size(); ++c) {
      if (needed[c + 1] || all_[c].at >= before)
        kept.push_back(std::move(all_[c]));
      else
        forgotten.push_back(all_[c].serial);
    }
    all_ = std::move(kept);
    return forgotten;
  }

  std::optional<Population> first_;  // what it began as, where that is not what was declared
  std::vector<One> all_;             // that may still be heard of, in order
  std::uint64_t last_ = 0;           // serial
  bool has_first_ = true;            // whether what it began as is among its parts still
};

}  // namespace pysnn
