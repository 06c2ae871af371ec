#include "connect/compile.hpp"

#include <algorithm>
#include <limits>
#include <numeric>

#include "connect/rule.hpp"
#include "core/team.hpp"

namespace pysnn {
namespace {

constexpr std::uint64_t topology_stream = 0, weight_stream = 1, delay_stream = 2;

PairSpace pair_space(const Projection& p) {
  PairSpace space;
  space.name = "projection '" + p.name + "'";
  space.sources = p.source_range.size();
  space.targets = p.target_range.size();
  space.autapses = !p.rule_params.has("autapses") || p.rule_params["autapses"] != 0.0;
  space.same_population = p.source == p.target;
  space.diagonal = static_cast<std::int64_t>(p.source_range.begin) - p.target_range.begin;
  space.key = subkey(p.key, topology_stream);
  return space;
}

// Packs the synapses of one projection onto one shard.
template <class Real>
class BlockPacker {
 public:
  BlockPacker(const NetworkDescription& network, const Projection& projection, const ConnectionRule& rule,
              Range targets, std::uint32_t shift)
      : projection_(projection), rule_(rule), time_(network.time), targets_(targets), shift_(shift),
        fan_(projection.fan()), what_("projection '" + projection.name + "'"),
        weight_key_(subkey(projection.key, weight_stream)), delay_key_(subkey(projection.key, delay_stream)) {
    const auto array = [](const Distribution& d) { return d.is_array(); };
    needs_entries_ = std::any_of(projection.weight.begin(), projection.weight.end(), array) ||
                     std::any_of(projection.delay.begin(), projection.delay.end(), array);
    for (const auto& delay : projection.delay)
      fixed_delay_.push_back(delay.is_constant() ? time_.delay(delay.constant(), what_ + ": delay") : 0);
    random_delay_ = !projection.delay[0].is_constant();
    const bool same = std::all_of(projection.weight.begin(), projection.weight.end(), [&](const Distribution& w) {
      return w.is_constant() && w.constant() == projection.weight[0].constant();
    });
    constant_weight_ = projection.weight[0].is_constant() && same && projection.plasticity.empty();
    const Tick first = fixed_delay_[0];
    one_run_ = !random_delay_ &&
               std::all_of(fixed_delay_.begin(), fixed_delay_.end(), [&](Tick d) { return d == first; });
  }

  Block pack() {
    place();
    block_.row_base = projection_.source_range.begin;
    block_.row_run = Array<std::uint32_t>(rows() + 1);
    runs_begin_.clear();
    for (std::uint32_t row = 0; row < rows(); ++row) {
      block_.row_run[row] = static_cast<std::uint32_t>(runs_begin_.size());
      pack_row(row);
    }
    block_.row_run[rows()] = static_cast<std::uint32_t>(runs_begin_.size());
    runs_begin_.push_back(block_.size());
    block_.run_begin = copy(runs_begin_);
    block_.run_delay = copy(runs_delay_);
    if (shift_ != 0)
      for (auto& target : block_.target) target += shift_;
    return std::move(block_);
  }

 private:
  std::uint32_t rows() const { return projection_.source_range.size(); }

  template <class T>
  static Array<T> copy(std::vector<T>& from) {
    Array<T> to(from.size());
    std::copy(from.begin(), from.end(), to.begin());
    std::vector<T>().swap(from);
    return to;
  }

  // Two passes over the rule, which draws the same pairs twice: count, then place in rows.
  void place() {
    std::vector<std::uint32_t> per_row(rows());
    rule_.count(targets_, per_row);
    offset_.assign(rows() + 1, 0);
    for (std::uint32_t row = 0; row < rows(); ++row)
      offset_[row + 1] = offset_[row] + std::uint64_t{per_row[row]} * fan_;
    const std::uint64_t total = offset_[rows()];
    if (total > std::numeric_limits<std::uint32_t>::max())
      throw MemoryNeededError(what_ + ": " + std::to_string(total) + " synapses on one thread; a projection may "
                              "have at most 4294967295 a thread: use more threads or split it");
    block_.target = Array<std::uint32_t>(total);
    if (needs_entries_) entry_ = Array<std::uint32_t>(total);
    std::vector<std::uint64_t> cursor(offset_.begin(), offset_.end() - 1);
    rule_.place(targets_, cursor, fan_, block_.target, entry_);
    block_.constant_weight = constant_weight_;
    block_.template weight<Real>() = Array<Real>(constant_weight_ ? 1 : total);
    if (constant_weight_) block_.template weight<Real>()[0] = static_cast<Real>(projection_.weight[0].constant());
  }

  struct Synapse {
    Tick delay;
    std::uint32_t target, ordinal, entry;
  };

  void pack_row(std::uint32_t row) {
    const std::uint64_t begin = offset_[row], end = offset_[row + 1];
    if (begin == end) return;
    if (!rule_.rows_sorted()) sort_targets(begin, end);
    if (one_run_) {
      start_run(begin, fixed_delay_[0]);
      if (!constant_weight_) draw_weights_in_place(row, begin, end);
      return;
    }
    row_.clear();
    std::uint32_t ordinal = 0;
    for (std::uint64_t at = begin; at < end; ++at) {
      const std::uint32_t target = block_.target[at];
      ordinal = at > begin && block_.target[at - 1] == target ? ordinal + 1 : 0;
      const std::uint32_t entry = needs_entries_ ? entry_[at] : 0;
      row_.push_back({delay(row, target, ordinal, entry), target, ordinal, entry});
    }
    std::stable_sort(row_.begin(), row_.end(), [](const Synapse& a, const Synapse& b) { return a.delay < b.delay; });
    for (std::uint64_t at = begin; at < end; ++at) {
      const Synapse& synapse = row_[at - begin];
      if (at == begin || synapse.delay != runs_delay_.back()) start_run(at, synapse.delay);
      block_.target[at] = synapse.target;
      if (!constant_weight_)
        block_.template weight<Real>()[at] = weight(row, synapse.target, synapse.ordinal, synapse.entry);
    }
  }

  // Targets ascending; equal ones keep the order in which they were drawn or given.
  void sort_targets(std::uint64_t begin, std::uint64_t end) {
    if (!needs_entries_) {
      std::sort(block_.target.begin() + begin, block_.target.begin() + end);
      return;
    }
    row_.clear();
    for (std::uint64_t at = begin; at < end; ++at) row_.push_back({0, block_.target[at], 0, entry_[at]});
    std::stable_sort(row_.begin(), row_.end(), [](const Synapse& a, const Synapse& b) { return a.target < b.target; });
    for (std::uint64_t at = begin; at < end; ++at) {
      block_.target[at] = row_[at - begin].target;
      entry_[at] = row_[at - begin].entry;
    }
  }

  void draw_weights_in_place(std::uint32_t row, std::uint64_t begin, std::uint64_t end) {
    auto& weights = block_.template weight<Real>();
    std::uint32_t ordinal = 0;
    for (std::uint64_t at = begin; at < end; ++at) {
      const std::uint32_t target = block_.target[at];
      ordinal = at > begin && block_.target[at - 1] == target ? ordinal + 1 : 0;
      weights[at] = weight(row, target, ordinal, needs_entries_ ? entry_[at] : 0);
    }
  }

  void start_run(std::uint64_t at, Tick delay) {
    runs_begin_.push_back(static_cast<std::uint32_t>(at));
    runs_delay_.push_back(delay);
    block_.min_delay = std::min(block_.min_delay, delay);
    block_.max_delay = std::max(block_.max_delay, delay);
  }

  // Draws are keyed by (source, target, ordinal in the pair): by nothing that depends on the cut.
  Tick delay(std::uint32_t row, std::uint32_t target, std::uint32_t ordinal, std::uint32_t entry) const {
    if (!random_delay_) return fixed_delay_[ordinal % fixed_delay_.size()];
    const double ms = projection_.delay[0](delay_key_, row, target + targets_.begin, ordinal, entry);
    return time_.delay(ms, what_ + ": delay");
  }

  Real weight(std::uint32_t row, std::uint32_t target, std::uint32_t ordinal, std::uint32_t entry) const {
    const auto& draw = projection_.weight[ordinal % projection_.weight.size()];
    return static_cast<Real>(draw(weight_key_, row, target + targets_.begin, ordinal, entry));
  }

  const Projection& projection_;
  const ConnectionRule& rule_;
  const TimeBase& time_;
  const Range targets_;        // of the projection's targets, those of this shard
  const std::uint32_t shift_;  // from there to the shard's own numbering
  const std::uint32_t fan_;
  const std::string what_;
  const std::uint64_t weight_key_, delay_key_;
  std::vector<Tick> fixed_delay_;
  bool needs_entries_ = false, random_delay_ = false, constant_weight_ = false, one_run_ = false;
  Block block_;
  Array<std::uint32_t> entry_;
  std::vector<std::uint64_t> offset_;
  std::vector<std::uint32_t> runs_begin_;
  std::vector<Tick> runs_delay_;
  std::vector<Synapse> row_;
};

Block pack_block(const NetworkDescription& network, const Projection& p, const ConnectionRule& rule, Range owned) {
  const std::uint32_t begin = std::clamp(owned.begin, p.target_range.begin, p.target_range.end);
  const std::uint32_t end = std::clamp(owned.end, p.target_range.begin, p.target_range.end);
  const Range targets{begin - p.target_range.begin, end - p.target_range.begin};
  const std::uint32_t shift = begin - owned.begin;
  return network.single_precision ? BlockPacker<float>(network, p, rule, targets, begin < end ? shift : 0).pack()
                                  : BlockPacker<double>(network, p, rule, targets, begin < end ? shift : 0).pack();
}

double expected_synapses(const Projection& p) {
  const double sources = p.source_range.size(), targets = p.target_range.size();
  double pairs = sources * targets;
  const auto degrees = [&](double count) {
    const auto& n = *p.rule_n;
    return n.size() == 1 ? n[0] * count : std::accumulate(n.begin(), n.end(), 0.0);
  };
  if (p.rule == "one_to_one") pairs = targets;
  if (p.rule == "arrays") pairs = static_cast<double>(p.rule_i->size());
  if (p.rule == "fixed_indegree") pairs = degrees(targets);
  if (p.rule == "fixed_outdegree") pairs = degrees(sources);
  if (p.rule_params.has("p")) pairs *= p.rule_params["p"];
  if (p.rule == "fixed_total_number") pairs = p.rule_params["n"];
  return pairs * p.fan();
}

}  // namespace

std::uint64_t estimate_bytes(const NetworkDescription& network) {
  double bytes = 0.0;
  for (const auto& p : network.projections) {
    const bool constant = p.plasticity.empty() && p.weight.size() == 1 && p.weight[0].is_constant();
    const double synapse = 4.0 + (constant ? 0.0 : network.single_precision ? 4.0 : 8.0);
    const double runs = p.delay[0].is_constant() ? 0.0 : 12.0;  // at worst, a run for each synapse
    bytes += expected_synapses(p) * synapse + runs * std::min(expected_synapses(p), 64.0 * p.source_range.size());
  }
  return static_cast<std::uint64_t>(bytes);
}

CompiledNetwork compile(NetworkDescription description) {
  CompiledNetwork compiled;
  compiled.description = std::move(description);
  const auto& network = compiled.description;
  const std::uint32_t shards = std::max(1u, network.threads);
  compiled.shards.resize(shards);
  std::vector<std::unique_ptr<ConnectionRule>> rules;
  for (const auto& p : network.projections)
    rules.push_back(ConnectionRules::get("connection rule", p.rule).make(pair_space(p), p));
  Team team(shards);
  team.run([&](std::uint32_t s) {
    Shard& shard = compiled.shards[s];
    for (const auto& population : network.populations) shard.owned.push_back(shard_range(population.n, s, shards));
    for (std::size_t p = 0; p < network.projections.size(); ++p) {
      const auto& projection = network.projections[p];
      shard.blocks.push_back(pack_block(network, projection, *rules[p], shard.owned[projection.target]));
    }
  });
  for (const auto& shard : compiled.shards) {
    for (const auto& block : shard.blocks) {
      compiled.min_delay = std::min(compiled.min_delay, block.min_delay);
      compiled.max_delay = std::max(compiled.max_delay, block.max_delay);
    }
  }
  return compiled;
}

}  // namespace pysnn
