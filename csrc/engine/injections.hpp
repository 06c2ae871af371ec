// The injected currents as one shard sees them: the level of each into its own neurons, and when any changes next.
// Every shard keeps the times of all currents of the network, also of those that reach none of its neurons: so all
// stop at the same ones.
#pragma once
#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "currents/current.hpp"
#include "network/network.hpp"

namespace pysnn {

struct Injection {
  const Current* current;
  PopulationId population;
  Range neurons = {}, local = {};  // of the shard: as numbered in the population, and in the shard
  LongTick due;                    // of its next change
  bool all;                        // of `local`; or those in `some`
  std::vector<std::uint32_t> some = {};
  std::vector<double> pA = {0.0};

  // Into a neuron as the shard numbers it.
  double level(std::uint32_t k) const { return pA[pA.size() == 1 ? 0 : k - local.begin]; }
  // Call visit(k) for each of its neurons here.
  template <class Visit>
  void each(Visit&& visit) const {
    if (all) {
      for (std::uint32_t k = local.begin; k < local.end; ++k) visit(k);
    } else {
      for (const std::uint32_t k : some) visit(k);
    }
  }
};

class Injections {
 public:
  Injections(const NetworkDescription& description, const Shard& shard, const Currents& currents) {
    for (std::uint32_t c = 0; c < currents.size(); ++c)
      add(c, description.currents[c], shard, *currents[c], currents[c]->next_change(-1));
  }

  // Current number c, a new one or one that was released, into its neurons of the shard from `due` on.
  void add(std::uint32_t c, const InjectedCurrent& described, const Shard& shard, const Current& current,
           LongTick due) {
    const Range owned = shard.owned[described.population];
    const std::uint32_t begin = std::clamp(described.neurons.begin, owned.begin, owned.end);
    const std::uint32_t end = std::clamp(described.neurons.end, owned.begin, owned.end);
    Injection added{.current = &current,
                    .population = described.population,
                    .neurons = {begin, end},
                    .local = {begin - owned.begin, end - owned.begin},
                    .due = due,
                    .all = !described.list};
    if (described.list) {
      for (const std::uint32_t neuron : *described.list)
        if (owned.begin <= neuron && neuron < owned.end) added.some.push_back(neuron - owned.begin);
      std::sort(added.some.begin(), added.some.end());
    }
    if (c == all_.size())
      all_.push_back(std::move(added));
    else
      all_[c] = std::move(added);
    next_ = std::min(next_, due);
  }
  // Another one in its place.
  void replace(std::uint32_t c, const Current& current, LongTick due) {
    all_[c].current = &current;
    all_[c].due = due;
    next_ = std::min(next_, due);
  }
  // It flows no more, and never again; once that is told to its neurons its number may be another's.
  void silence(std::uint32_t c) {
    all_[c].due = long_never;
    all_[c].pA = {0.0};
  }
  void release(std::uint32_t c) { all_[c] = {.current = nullptr, .population = {}, .due = long_never, .all = true}; }

  // From time 0 again.
  void begin_again(const Currents& currents) {
    next_ = long_never;
    for (std::size_t c = 0; c < all_.size(); ++c) {
      if (!currents[c]) continue;
      all_[c].current = currents[c].get();
      all_[c].due = currents[c]->next_change(-1);
      all_[c].pA.assign(1, 0.0);
      next_ = std::min(next_, all_[c].due);
    }
  }

  const std::vector<Injection>& all() const { return all_; }
  LongTick next_change() const { return next_; }

  // Take the levels that hold from `now` on; which currents have other ones here.
  std::span<const std::uint32_t> move_to(LongTick now) {
    changed_.clear();
    next_ = long_never;
    for (std::uint32_t c = 0; c < all_.size(); ++c) {
      Injection& injection = all_[c];
      if (injection.due <= now) {
        injection.due = injection.current->next_change(now);
        if (injection.neurons.size() > 0) {
          injection.current->levels(now, injection.neurons, injection.pA);
          changed_.push_back(c);
        }
      }
      next_ = std::min(next_, injection.due);
    }
    return changed_;
  }

  // Which changes have been seen, and what flows since then, `now`.
  void io(const Archive& archive, LongTick now) {
    std::size_t n = all_.size();
    while (n > 0 && !all_[n - 1].current) --n;  // numbers that nobody has
    archive.part("next change", n, 0, n, [&](std::size_t c) -> LongTick& { return all_[c].due; });
    if (archive.saving()) return;
    next_ = long_never;
    for (Injection& injection : all_) {
      if (injection.due > now && injection.neurons.size() > 0)
        injection.current->levels(now, injection.neurons, injection.pA);
      next_ = std::min(next_, injection.due);
    }
  }

 private:
  std::vector<Injection> all_;
  LongTick next_ = long_never;
  std::vector<std::uint32_t> changed_;
};

}  // namespace pysnn
