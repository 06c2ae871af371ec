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
        fan_(projection.fan()), what_("projection '" + projection.name + "'"), delay_what_(what_ + ": delay"),
        weight_key_(subkey(projection.key, weight_stream)), delay_key_(subkey(projection.key, delay_stream)) {
    const auto array = [](const Distribution& d) { return d.is_array(); };
    needs_entries_ = std::any_of(projection.weight.begin(), projection.weight.end(), array) ||
                     std::any_of(projection.delay.begin(), projection.delay.end(), array);
    for (const auto& delay : projection.delay)
      fixed_delay_.push_back(delay.is_constant() ? time_.delay(delay.constant(), delay_what_) : 0);
    random_delay_ = !projection.delay[0].is_constant();
    const bool same = std::all_of(projection.weight.begin(), projection.weight.end(), [&](const Distribution& w) {
      return w.is_constant() && w.constant() == projection.weight[0].constant();
    });
    constant_weight_ = projection.weight[0].is_constant() && same && projection.plasticity.empty();
    const Tick first = fixed_delay_[0];
    one_run_ =
        !random_delay_ && std::all_of(fixed_delay_.begin(), fixed_delay_.end(), [&](Tick d) { return d == first; });
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
      throw MemoryNeededError(what_ + ": " + std::to_string(total) +
                              " synapses on one thread; a projection may "
                              "have at most 4294967295 a thread: use more threads or split it");
    block_.target = Array<std::uint32_t>(total);
    if (needs_entries_) entry_ = Array<std::uint32_t>(total);
    std::vector<std::uint64_t> cursor(offset_.begin(), offset_.end() - 1);
    rule_.place(targets_, cursor, fan_, block_.target, entry_);
    block_.constant_weight = constant_weight_;
    block_.template weight<Real>() = Array<Real>(constant_weight_ ? 1 : total);
    if (constant_weight_) block_.template weight<Real>()[0] = static_cast<Real>(projection_.weight[0].constant());
  }

  void pack_row(std::uint32_t row) {
    const std::uint64_t begin = offset_[row], end = offset_[row + 1];
    if (begin == end) return;
    if (!rule_.rows_sorted()) sort_targets(begin, end);
    describe_row(begin, end);
    if (one_run_) {
      start_run(begin, fixed_delay_[0]);
    } else {
      draw_delays(row);
      sort_by_delay();
      for (std::size_t k = 0; k < delay_.size(); ++k) {
        if (k == 0 || delay_[k] != delay_[k - 1]) start_run(begin + k, delay_[k]);
        block_.target[begin + k] = target_[k] - targets_.begin;
      }
    }
    if (!constant_weight_) draw_weights(row, begin);
  }

  // Targets ascending; equal ones keep the order in which they were drawn or given.
  void sort_targets(std::uint64_t begin, std::uint64_t end) {
    if (!needs_entries_) {
      std::sort(block_.target.begin() + begin, block_.target.begin() + end);
      return;
    }
    std::vector<std::pair<std::uint32_t, std::uint32_t>> pairs;
    for (std::uint64_t at = begin; at < end; ++at) pairs.emplace_back(block_.target[at], entry_[at]);
    std::stable_sort(pairs.begin(), pairs.end(), [](const auto& x, const auto& y) { return x.first < y.first; });
    for (std::uint64_t at = begin; at < end; ++at) {
      block_.target[at] = pairs[at - begin].first;
      entry_[at] = pairs[at - begin].second;
    }
  }

  // The row's synapses as what their draws are keyed by: target in the projection, ordinal in the pair.
  void describe_row(std::uint64_t begin, std::uint64_t end) {
    const std::size_t n = end - begin;
    if (one_run_ && constant_weight_) return;
    target_.resize(n);
    ordinal_.resize(n);
    for (std::size_t k = 0; k < n; ++k) {
      target_[k] = block_.target[begin + k] + targets_.begin;
      ordinal_[k] = k > 0 && target_[k] == target_[k - 1] ? ordinal_[k - 1] + 1 : 0;
    }
    if (needs_entries_) given_.assign(entry_.begin() + begin, entry_.begin() + end);
  }

  void draw_delays(std::uint32_t row) {
    const std::size_t n = target_.size();
    delay_.resize(n);
    if (!random_delay_) {
      for (std::size_t k = 0; k < n; ++k) delay_[k] = fixed_delay_[ordinal_[k] % fixed_delay_.size()];
      return;
    }
    drawn_.resize(n);
    projection_.delay[0].fill(delay_key_, row, target_, ordinal_, given_, drawn_);
    for (std::size_t k = 0; k < n; ++k) delay_[k] = time_.delay(drawn_[k], delay_what_);
  }

  // By delay; equal ones stay in order of target and ordinal.
  void sort_by_delay() {
    const auto [low, high] = std::minmax_element(delay_.begin(), delay_.end());
    const Tick first = *low, spread = *high - first;
    const std::size_t n = delay_.size();
    place_.resize(n);
    if (spread < 4096) {
      counts_.assign(static_cast<std::size_t>(spread) + 2, 0);
      for (const Tick d : delay_) ++counts_[static_cast<std::size_t>(d - first) + 1];
      for (std::size_t c = 1; c < counts_.size(); ++c) counts_[c] += counts_[c - 1];
      for (std::size_t k = 0; k < n; ++k)
        place_[counts_[static_cast<std::size_t>(delay_[k] - first)]++] = static_cast<std::uint32_t>(k);
    } else {
      std::iota(place_.begin(), place_.end(), 0u);
      std::sort(place_.begin(), place_.end(), [this](std::uint32_t x, std::uint32_t y) {
        return delay_[x] != delay_[y] ? delay_[x] < delay_[y] : x < y;
      });
    }
    permute(delay_, sorted_delay_);
    permute(target_, sorted_);
    if (!constant_weight_) permute(ordinal_, sorted_);
    if (needs_entries_) permute(given_, sorted_);
  }

  template <class T>
  void permute(std::vector<T>& values, std::vector<T>& scratch) const {
    scratch.resize(values.size());
    for (std::size_t k = 0; k < values.size(); ++k) scratch[k] = values[place_[k]];
    values.swap(scratch);
  }

  void draw_weights(std::uint32_t row, std::uint64_t begin) {
    Real* weights = block_.template weight<Real>().data() + begin;
    const auto& draws = projection_.weight;
    const std::size_t n = target_.size();
    if (draws.size() == 1 && draws[0].is_constant()) {
      std::fill(weights, weights + n, static_cast<Real>(draws[0].constant()));
    } else if (draws.size() == 1) {
      drawn_.resize(n);
      draws[0].fill(weight_key_, row, target_, ordinal_, given_, drawn_);
      for (std::size_t k = 0; k < n; ++k) weights[k] = static_cast<Real>(drawn_[k]);
    } else {
      for (std::size_t k = 0; k < n; ++k)
        weights[k] = static_cast<Real>(draws[ordinal_[k] % draws.size()](weight_key_, row, target_[k], ordinal_[k],
                                                                         needs_entries_ ? given_[k] : 0));
    }
  }

  void start_run(std::uint64_t at, Tick delay) {
    runs_begin_.push_back(static_cast<std::uint32_t>(at));
    runs_delay_.push_back(delay);
    block_.min_delay = std::min(block_.min_delay, delay);
    block_.max_delay = std::max(block_.max_delay, delay);
  }

  const Projection& projection_;
  const ConnectionRule& rule_;
  const TimeBase& time_;
  const Range targets_;        // of the projection's targets, those of this shard
  const std::uint32_t shift_;  // from there to the shard's own numbering
  const std::uint32_t fan_;
  const std::string what_, delay_what_;
  const std::uint64_t weight_key_, delay_key_;
  std::vector<Tick> fixed_delay_;
  bool needs_entries_ = false, random_delay_ = false, constant_weight_ = false, one_run_ = false;
  Block block_;
  Array<std::uint32_t> entry_;
  std::vector<std::uint64_t> offset_;
  std::vector<std::uint32_t> runs_begin_;
  std::vector<Tick> runs_delay_;
  // The row at hand, synapse by synapse.
  std::vector<std::uint32_t> target_, ordinal_, given_, place_, sorted_;
  std::vector<Tick> delay_, sorted_delay_;
  std::vector<std::uint64_t> counts_;
  std::vector<double> drawn_;
};

Block pack_block(const NetworkDescription& network, const Projection& p, const ConnectionRule& rule, Range owned) {
  const std::uint32_t begin = std::clamp(owned.begin, p.target_range.begin, p.target_range.end);
  const std::uint32_t end = std::clamp(owned.end, p.target_range.begin, p.target_range.end);
  const Range targets{begin - p.target_range.begin, end - p.target_range.begin};
  const std::uint32_t shift = begin - owned.begin;
  return network.single_precision ? BlockPacker<float>(network, p, rule, targets, begin < end ? shift : 0).pack()
                                  : BlockPacker<double>(network, p, rule, targets, begin < end ? shift : 0).pack();
}

std::unique_ptr<ConnectionRule> make_rule(const Projection& p) {
  return ConnectionRules::get("connection rule", p.rule).make(pair_space(p), p);
}

}  // namespace

std::uint64_t estimate_bytes(const NetworkDescription& network) {
  double bytes = 0.0;
  for (const auto& p : network.projections) {
    const double synapses = make_rule(p)->expected_pairs() * p.fan();
    const bool constant = p.plasticity.empty() && p.weight.size() == 1 && p.weight[0].is_constant();
    const double synapse = 4.0 + (constant ? 0.0 : network.single_precision ? 4.0 : 8.0);
    const double runs = p.delay[0].is_constant() ? 0.0 : 12.0;  // at worst, a run for each synapse
    bytes += synapses * synapse + runs * std::min(synapses, 64.0 * p.source_range.size());
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
  for (const auto& p : network.projections) rules.push_back(make_rule(p));
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
