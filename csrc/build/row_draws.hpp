// What one projection adds to the rows of a block: its pairs, and the draws of their delays and weights.
#pragma once
#include <algorithm>
#include <array>
#include <cstdint>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "connect/rule.hpp"
#include "core/error.hpp"
#include "core/paged_vector.hpp"
#include "core/poll.hpp"
#include "math/philox.hpp"
#include "network/dendrite.hpp"
#include "network/network.hpp"

namespace pysnn {

inline std::string too_many(const std::string& projection) {
  return projection + ": more than " + std::to_string(Block::most_synapses) +
         " synapses on one thread's share of the targets; use more threads, or split it";
}

class RowDraws {
 public:
  // What a projection draws, each by a key of its own.
  static constexpr std::uint64_t topology_stream = 0, weight_stream = 1, delay_stream = 2;

  RowDraws(const NetworkDescription& network, const Projection& projection, const ConnectionRule& rule,
           const Shard& shard, std::uint32_t base)
      : projection_(projection), rule_(rule), time_(network.time), what_("projection '" + projection.name + "'"),
        delay_what_(what_ + ": delay"), weight_key_(subkey(projection.key, weight_stream)),
        delay_key_(subkey(projection.key, delay_stream)) {
    const Range owned = shard.owned[projection.target];
    const std::uint32_t begin = std::clamp(owned.begin, projection.target_range.begin, projection.target_range.end);
    const std::uint32_t end = std::clamp(owned.end, projection.target_range.begin, projection.target_range.end);
    targets_ = {begin - projection.target_range.begin, end - projection.target_range.begin};
    number_ = shard.offset[projection.target] - base;
    first_ = number_ + (begin < end ? begin - owned.begin : 0);
    end_ = number_ + owned.size();
    if (projection.is_scattered()) scatter(owned);
    const auto array = [](const Distribution& d) { return d.is_array(); };
    needs_entries_ = std::any_of(projection.weight.begin(), projection.weight.end(), array) ||
                     std::any_of(projection.delay.begin(), projection.delay.end(), array);
    own_dendrites_ = !projection.plasticity.empty() && !projection.dendritic_fractions.empty();
    needs_entries_ = needs_entries_ || own_dendrites_;
    for (const auto& delay : projection.delay)
      fixed_delay_.push_back(delay.is_constant() ? time_.delay_or_none(delay.constant(), delay_what_) : 0);
    random_delay_ = !projection.delay[0].is_constant();
    one_delay_ = !random_delay_ && !own_dendrites_ &&
                 std::all_of(fixed_delay_.begin(), fixed_delay_.end(), [&](Tick d) { return d == fixed_delay_[0]; });
  }

  bool needs_entries() const { return needs_entries_; }
  bool one_delay() const { return one_delay_; }
  bool own_dendrites() const { return own_dendrites_; }
  Tick delay() const { return fixed_delay_[0]; }
  const std::string& what() const { return what_; }
  // Its targets in the block end before this one.
  std::uint32_t end() const { return end_; }
  Member member(ProjectionId projection, std::uint64_t synapses) const { return {projection, number_, end_, synapses}; }

  double expected() const { return rule_.expected_pairs(targets_) * share_ * fan(); }
  // The synapses of each row.
  PagedVector<std::uint32_t> count(Poll& poll) const {
    PagedVector<std::uint32_t> per_row(projection_.source_range.size());
    // Known before it is counted, or at least expected: drawing so many would take minutes.
    if (expected() > Block::most_synapses) throw MemoryNeededError(too_many(what_));
    rule_.count(targets_, places(), per_row, poll);
    const std::uint64_t pairs = std::accumulate(per_row.begin(), per_row.end(), std::uint64_t{0});
    check(pairs);
    for (auto& n : per_row) n *= fan();
    return per_row;
  }
  // The row of each pair, as they are drawn: where rows are many and pairs are few. A pair has `fan` synapses.
  PagedVector<std::uint32_t> list(Poll& poll) const {
    PagedVector<std::uint32_t> rows;
    rows.reserve(static_cast<std::size_t>(1.02 * expected() / fan()) + 64);
    Listed listed(rows);
    rule_.place(targets_, first_, places(), 1, listed, poll);
    check(rows.size());
    return rows;
  }
  std::uint32_t fan() const { return projection_.fan(); }
  template <class Rows>
  void place(Rows& rows, Poll& poll) const {
    rule_.place(targets_, first_, places(), projection_.fan(), rows, poll);
  }

  // Targets ascending; equal ones keep the order in which they were drawn or given.
  void sort(std::span<std::uint16_t> target, std::span<std::uint32_t> entry, Poll& poll) {
    if (rule_.rows_sorted() && ascending_) return;
    if (!needs_entries_) {
      sort_by_bytes(target, poll);
      return;
    }
    pairs_.clear();
    for (std::size_t k = 0; k < target.size(); ++k) pairs_.emplace_back(target[k], entry[k]);
    std::stable_sort(pairs_.begin(), pairs_.end(), [&](const auto& x, const auto& y) {
      poll();
      return x.first < y.first;
    });
    for (std::size_t k = 0; k < target.size(); ++k) std::tie(target[k], entry[k]) = pairs_[k];
  }

  // Take the row's synapses as what their draws are keyed by: target in the projection, ordinal in the pair.
  void describe(std::span<const std::uint16_t> target, std::span<const std::uint32_t> entry) {
    target_.resize(target.size());
    ordinal_.resize(target.size());
    for (std::size_t k = 0; k < target.size(); ++k) {
      target_[k] = scattered_ ? scattered_->target[target[k] - number_] : target[k] - first_ + targets_.begin;
      ordinal_[k] = k > 0 && target_[k] == target_[k - 1] ? ordinal_[k - 1] + 1 : 0;
    }
    if (needs_entries_) given_.assign(entry.begin(), entry.end());
  }

  void draw_delays(std::uint32_t row, Tick* delay, Poll& poll) {
    const std::size_t n = target_.size();
    if (!random_delay_) {
      for (std::size_t k = 0; k < n; ++k) delay[k] = fixed_delay_[ordinal_[k] % fixed_delay_.size()];
      return;
    }
    drawn_.resize(n);
    const Distribution& values = projection_.delay[0];
    fill(values, delay_key_, source(row), drawn_, poll);
    for (std::size_t k = 0; k < n; ++k)  // none is 0 by accident
      delay[k] = values.is_array() ? time_.delay_or_none(drawn_[k], delay_what_) : time_.delay(drawn_[k], delay_what_);
  }

  // The part of each of these delays that is dendritic.
  void divide(std::span<const Tick> delay, std::span<Tick> dendrite) const {
    for (std::size_t k = 0; k < delay.size(); ++k)
      dendrite[k] = dendritic_delay(projection_.dendritic_fractions[given_[k]], delay[k], time_, what_);
  }

  void draw_weights(std::uint32_t row, double* weight, Poll& poll) const {
    const auto& draws = projection_.weight;
    const std::uint32_t i = source(row);
    if (draws.size() == 1) {
      fill(draws[0], weight_key_, i, {weight, target_.size()}, poll);
      return;
    }
    for (std::size_t k = 0; k < target_.size(); ++k)
      weight[k] =
          draws[ordinal_[k] % draws.size()](weight_key_, i, target_[k], ordinal_[k], needs_entries_ ? given_[k] : 0);
  }

 private:
  struct Listed final : RowSink {
    explicit Listed(PagedVector<std::uint32_t>& to) : rows(to) {}
    void add(std::uint32_t row, std::uint32_t, std::uint32_t) override { rows.push_back(row); }
    PagedVector<std::uint32_t>& rows;
  };

  void check(std::uint64_t pairs) const {
    if (pairs > Block::most_synapses / fan()) throw MemoryNeededError(too_many(what_));
  }

  // Of scattered neurons, rule's numbers and the block's: where pairs go, and what draws are keyed by.
  struct Scattered {
    Places places;
    std::vector<std::uint32_t> source, target;  // of each row, of each neuron that the shard owns
  };

  void scatter(Range owned) {
    Scattered& s = scattered_.emplace();
    const std::uint32_t sources = projection_.sources(), targets = projection_.targets();
    s.places.row.resize(sources);
    s.source.assign(projection_.source_range.size(), 0);
    for (std::uint32_t i = 0; i < sources; ++i) {
      s.places.row[i] = projection_.source_neuron(i) - projection_.source_range.begin;
      s.source[s.places.row[i]] = i;
    }
    s.places.number.assign(targets, Places::elsewhere);
    s.target.assign(owned.size(), 0);
    // A list in order has its targets of this shard side by side; of any other those between them are left out.
    targets_ = {targets, 0};
    std::uint32_t here = 0, last = 0;
    for (std::uint32_t j = 0; j < targets; ++j) {
      const std::uint32_t neuron = projection_.target_neuron(j);
      if (neuron < owned.begin || neuron >= owned.end) continue;
      ascending_ = ascending_ && (here == 0 || last < neuron);
      last = neuron;
      s.places.number[j] = number_ + (neuron - owned.begin);
      s.target[neuron - owned.begin] = j;
      targets_ = {std::min(targets_.begin, j), j + 1};
      ++here;
    }
    if (here == 0) targets_ = {0, 0};
    share_ = here == 0 ? 0.0 : static_cast<double>(here) / targets_.size();
  }
  const Places* places() const { return scattered_ ? &scattered_->places : nullptr; }
  std::uint32_t source(std::uint32_t row) const { return scattered_ ? scattered_->source[row] : row; }

  // A long row in two passes, by the low byte and then by the high one.
  void sort_by_bytes(std::span<std::uint16_t> target, Poll& poll) {
    if (target.size() < 256) {
      std::sort(target.begin(), target.end());
      return;
    }
    sorted_.resize(target.size());
    const auto pass = [&](std::span<const std::uint16_t> from, std::span<std::uint16_t> to, int shift) {
      std::array<std::size_t, 257> at{};
      for (std::size_t k = 0; k < from.size(); ++k) {
        if (k % Poll::far == 0) poll(Poll::far);
        ++at[(from[k] >> shift & 255) + 1];
      }
      std::partial_sum(at.begin(), at.end(), at.begin());
      for (std::size_t k = 0; k < from.size(); ++k) {
        if (k % Poll::far == 0) poll(Poll::far);
        to[at[from[k] >> shift & 255]++] = from[k];
      }
    };
    pass(target, sorted_, 0);
    pass(sorted_, target, 8);
  }

  // The draws of the row at hand, piece by piece: a row may have millions of synapses.
  void fill(const Distribution& draw, std::uint64_t key, std::uint32_t row, std::span<double> out, Poll& poll) const {
    const std::span<const std::uint32_t> target(target_), ordinal(ordinal_), given(given_);
    for (std::size_t at = 0; at < out.size();) {
      const std::size_t n = std::min<std::size_t>(out.size() - at, 1u << 16);
      draw.fill(key, row, target.subspan(at, n), ordinal.subspan(at, n), given.empty() ? given : given.subspan(at, n),
                out.subspan(at, n));
      poll(n);
      at += n;
    }
  }

  const Projection& projection_;
  const ConnectionRule& rule_;
  const TimeBase& time_;
  const std::string what_, delay_what_;
  const std::uint64_t weight_key_, delay_key_;
  Range targets_;                           // of the projection's targets, those of this shard
  std::uint32_t number_, first_, end_ = 0;  // in the block: of the population's neurons, of the first target
  std::optional<Scattered> scattered_;
  bool ascending_ = true;  // do this shard's targets come in the order of the rule's?
  double share_ = 1.0;     // of the rule's targets between them, those of this shard
  std::vector<Tick> fixed_delay_;
  bool needs_entries_ = false, random_delay_ = false, one_delay_ = false, own_dendrites_ = false;
  std::vector<std::uint32_t> target_, ordinal_, given_;
  std::vector<std::pair<std::uint16_t, std::uint32_t>> pairs_;
  std::vector<std::uint16_t> sorted_;
  std::vector<double> drawn_;
};

}  // namespace pysnn
