// Which runs each row of a block has: those from the row's first run on, up to the first of the next row.
//
// Where most sources are present that is a list of the first runs, one entry a row. Of a shard that few of many sources
// reach such a list would take more than the synapses: then it is a bit for each row, as nearly all rows that are there
// have one run, and beside it a byte for each run that is not the first of its row.
#pragma once
#include <algorithm>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "core/array.hpp"
#include "network/present_rows.hpp"

namespace pysnn {

class RowRuns {
 public:
  RowRuns() = default;
  // The first run of each row, and after the last how many there are.
  explicit RowRuns(Array<std::uint32_t> first) : first_(std::move(first)) {}
  explicit RowRuns(std::span<const std::uint32_t> first) : first_(first.size()) {
    std::copy(first.begin(), first.end(), first_.begin());
  }
  // Rows that are present have one run each, but for those of add_more().
  explicit RowRuns(PresentRows present) : present_(std::move(present)) {}
  // The same list in that form.
  static RowRuns of_present(std::span<const std::uint32_t> first) {
    const auto rows = static_cast<std::uint32_t>(first.size() - 1);
    PresentRows present(rows);
    for (std::uint32_t row = 0; row < rows; ++row)
      if (first[row] < first[row + 1]) present.add(row);
    present.number();
    RowRuns made(std::move(present));
    for (std::uint32_t row = 0; row < rows; ++row)
      if (first[row] < first[row + 1]) made.add_more(row, first[row + 1] - first[row] - 1);
    made.shrink();
    return made;
  }
  // A row, later than those before, has so many runs beside its first.
  void add_more(std::uint32_t row, std::uint32_t runs) {
    if (runs == 0) return;
    more_before_.resize(row / PresentRows::group + 1, static_cast<std::uint32_t>(more_.size()));
    more_.insert(more_.end(), runs, static_cast<std::uint8_t>(row % PresentRows::group));
  }
  // To be called when all have been added.
  void shrink() {
    if (more_.empty()) return;
    more_before_.resize(present_.rows() / PresentRows::group + 2, static_cast<std::uint32_t>(more_.size()));
    more_.shrink_to_fit();
    more_before_.shrink_to_fit();
  }

  bool is_list() const { return !first_.empty(); }
  const PresentRows& present() const { return present_; }
  std::uint32_t rows() const { return is_list() ? static_cast<std::uint32_t>(first_.size() - 1) : present_.rows(); }
  // The first run of a row; that after the last has how many there are.
  std::uint32_t operator[](std::uint32_t row) const { return is_list() ? first_[row] : first_of(row); }
  // The runs of a row: [first, second).
  std::pair<std::uint32_t, std::uint32_t> of(std::uint32_t row) const {
    if (is_list()) return {first_[row], first_[row + 1]};
    if (!present_.has(row)) return {0, 0};
    const std::uint32_t begin = first_of(row);
    return {begin, begin + 1 + more_of(row)};
  }
  // Whether a row may have runs: a look at less than where they are.
  bool may_have(std::uint32_t row) const { return is_list() || present_.has(row); }
  // Call visit(row, begin, end) for the rows that have runs.
  template <class Visit>
  void each(Visit&& visit) const {
    const auto one = [&](std::uint32_t row) {
      if (const auto [begin, end] = of(row); begin < end) visit(row, begin, end);
    };
    if (!is_list()) return present_.each(one);
    for (std::uint32_t row = 0; row < rows(); ++row) one(row);
  }
  // The row of a run.
  std::uint32_t row_of(std::uint32_t run) const {
    std::uint32_t row = 0;  // the last that begins with this run or before
    for (std::uint32_t end = rows() + 1; end - row > 1;) {
      const std::uint32_t middle = row + (end - row) / 2;
      ((*this)[middle] <= run ? row : end) = middle;
    }
    return row;
  }
  void prefetch(std::uint32_t row) const {
    if (is_list())
      __builtin_prefetch(first_.data() + row);
    else
      present_.prefetch(row);
  }

  // What is kept of each row is kept in so many places, of a row (that is present, where only those are kept) in this.
  std::uint32_t places() const { return is_list() ? rows() : present_.size(); }
  std::uint32_t place(std::uint32_t row) const { return is_list() ? row : present_.before(row); }
  std::uint32_t row_at(std::uint32_t place) const { return is_list() ? place : present_.row(place); }

  // The list of first runs, as one where it is no other.
  const Array<std::uint32_t>& list() const { return first_; }
  std::vector<std::uint32_t> listed() const {
    std::vector<std::uint32_t> first(rows() + 1);
    for (std::uint32_t row = 0; row <= rows(); ++row) first[row] = (*this)[row];
    return first;
  }
  std::size_t nbytes() const {
    return first_.nbytes() + present_.nbytes() + more_.size() + more_before_.size() * sizeof(std::uint32_t);
  }
  // What a view may show still is kept in `to`.
  void retire(std::vector<Array<std::uint8_t>>& to) { to.push_back(std::move(first_).bytes()); }

 private:
  // Of the group of a row, the runs that are not the first of their rows.
  std::span<const std::uint8_t> more_in_group(std::uint32_t row) const {
    const std::uint32_t g = row / PresentRows::group;
    return std::span(more_).subspan(more_before_[g], more_before_[g + 1] - more_before_[g]);
  }
  std::uint32_t first_of(std::uint32_t row) const {
    const std::uint32_t n = present_.before(row);
    if (more_.empty()) return n;
    const auto more = more_in_group(row);
    const auto at = std::lower_bound(more.begin(), more.end(), row % PresentRows::group);
    return n + more_before_[row / PresentRows::group] + static_cast<std::uint32_t>(at - more.begin());
  }
  std::uint32_t more_of(std::uint32_t row) const {
    if (more_.empty()) return 0;
    const auto more = more_in_group(row);
    const auto [low, high] = std::equal_range(more.begin(), more.end(), row % PresentRows::group);
    return static_cast<std::uint32_t>(high - low);
  }

  Array<std::uint32_t> first_;  // [rows + 1]; or what follows
  PresentRows present_;
  std::vector<std::uint8_t> more_;  // of each run that is not the first of its row: which of its group's rows that is
  std::vector<std::uint32_t> more_before_;  // [groups + 1] so many of them come before each group's
};

}  // namespace pysnn
