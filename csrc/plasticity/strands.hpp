// Which synapses of a row have heard its spikes at the same distances in time: those of a strand.
//
// Delays that never change keep the distances of spikes, so that all synapses of a row share what is kept of its source
// by time of emission, and each hears of it its own delay later: a row is one strand. Where delays were set, a spike
// from before arrives by the delay of then. In the time of the present delay it is as if it had been sent
// `delay then - delay now` later (or earlier, where that is negative), and so for all synapses whose delay has changed
// by as much. So each such part of a row is a strand, whose spikes have times of their own; runs are cut by strand as
// by delay. Strands are numbered by projection, those first that have the number of their row, the same in all shards.
#pragma once
#include <algorithm>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "network/block.hpp"
#include "network/redelayed.hpp"

namespace pysnn {

// Those that have synapses in a block, and one for each row that is kept and has none, by row and then by number: what
// is kept of each stands in this order.
class Strands {
 public:
  // Each row is one.
  explicit Strands(const RowRuns& row_run) : rows_(row_run.rows()), present_(row_run.present()) {}
  explicit Strands(const Block& block) : Strands(block.row_run) {
    if (block.run_strand.empty()) return;
    before_.resize(block.runs());
    first_.push_back(0);
    for (std::uint32_t place = 0; place < block.row_run.places(); ++place) {
      const std::uint32_t row = block.row_run.row_at(place);
      const auto [begin, end] = block.row_run.of(row);
      const auto first = static_cast<std::ptrdiff_t>(number_.size());
      number_.insert(number_.end(), block.run_strand.begin() + begin, block.run_strand.begin() + end);
      if (begin == end) number_.push_back(row);
      std::sort(number_.begin() + first, number_.end());
      number_.erase(std::unique(number_.begin() + first, number_.end()), number_.end());
      for (std::uint32_t run = begin; run < end; ++run)
        before_[run] = static_cast<std::uint32_t>(
            std::lower_bound(number_.begin() + first, number_.end(), block.run_strand[run]) - number_.begin() - first);
      first_.push_back(static_cast<std::uint32_t>(number_.size()));
    }
  }

  std::uint32_t size() const { return !is_by_row() ? first_.back() : keeps_all() ? rows_ : present_.size(); }
  std::uint32_t rows() const { return rows_; }
  // Those of a row: [first, second).
  std::pair<std::uint32_t, std::uint32_t> of_row(std::uint32_t row) const {
    if (!keeps_all() && !present_.has(row)) return {0, 0};
    const std::uint32_t at = place(row);
    return is_by_row() ? std::pair(at, at + 1) : std::pair(first_[at], first_[at + 1]);
  }
  // That of a run of the row.
  std::uint32_t of(std::uint32_t row, std::uint32_t run) const {
    return is_by_row() ? place(row) : first_[place(row)] + before_[run];
  }
  std::uint32_t number(std::uint32_t strand) const {
    return !is_by_row() ? number_[strand] : keeps_all() ? strand : present_.row(strand);
  }
  // What a spike leaves in the strands of its row is kept side by side: how many come before that of a run.
  std::uint32_t before(std::uint32_t run) const { return is_by_row() ? 0 : before_[run]; }
  std::size_t nbytes() const {
    return present_.nbytes() + (before_.size() + first_.size() + number_.size()) * sizeof(std::uint32_t);
  }

 private:
  bool is_by_row() const { return first_.empty(); }
  bool keeps_all() const { return present_.empty(); }
  std::uint32_t place(std::uint32_t row) const { return keeps_all() ? row : present_.before(row); }

  std::uint32_t rows_;
  PresentRows present_;  // the rows that are kept; empty: all
  // Where each row is one strand these are empty.
  std::vector<std::uint32_t> first_;   // by place of the row
  std::vector<std::uint32_t> before_;  // by run
  std::vector<std::uint32_t> number_;  // by strand
};

// Of each strand that there is now: which of those before it was, or none, and how much later its spikes are.
inline std::vector<StrandFrom> came_from(const Strands& before, const Strands& now,
                                         std::span<const StrandFrom> strands) {
  std::vector<StrandFrom> found(now.size());
  if (strands.empty()) return found;
  for (std::uint32_t row = 0; row < now.rows(); ++row) {
    const auto [first, end] = now.of_row(row);
    const auto [old, old_end] = before.of_row(row);
    for (std::uint32_t strand = first; strand < end; ++strand) {
      const StrandFrom& of = strands[now.number(strand)];
      for (std::uint32_t k = old; k < old_end; ++k)
        if (before.number(k) == of.from) found[strand] = {k, of.later};
    }
  }
  return found;
}

}  // namespace pysnn
