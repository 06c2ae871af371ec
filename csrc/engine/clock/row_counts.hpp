// How often each row has fired: noted in a list, and counted when that is long, since a counter is seldom in a cache
// when its row fires.
#pragma once
#include <cstdint>
#include <vector>

namespace pysnn {

class RowCounts {
 public:
  RowCounts() = default;
  explicit RowCounts(std::uint32_t rows) : counts_(rows, 0) {}

  void add(std::uint32_t row) {
    fired_.push_back(row);
    if (fired_.size() == longest) {
      for (const std::uint32_t counted : fired_) ++counts_[counted];
      fired_.clear();
    }
  }
  std::vector<std::uint64_t> counts() const {
    std::vector<std::uint64_t> all = counts_;
    for (const std::uint32_t row : fired_) ++all[row];
    return all;
  }

 private:
  static constexpr std::size_t longest = 4096;
  std::vector<std::uint64_t> counts_;
  std::vector<std::uint32_t> fired_;
};

}  // namespace pysnn
