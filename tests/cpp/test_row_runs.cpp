// Rows told by a bit each answer as the list of their first runs does.
#include <algorithm>
#include <random>
#include <tuple>
#include <vector>

#include "check.hpp"
#include "network/row_runs.hpp"

using namespace pysnn;

namespace {

// First runs of rows of which so large a share is there, with up to `most` runs each.
std::vector<std::uint32_t> drawn(std::uint32_t rows, double share, std::uint32_t most, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::bernoulli_distribution is_there(share);
  std::uniform_int_distribution<std::uint32_t> runs(1, most);
  std::vector<std::uint32_t> first{0};
  for (std::uint32_t row = 0; row < rows; ++row) first.push_back(first.back() + (is_there(random) ? runs(random) : 0));
  return first;
}

using Row = std::tuple<std::uint32_t, std::uint32_t, std::uint32_t>;

std::vector<Row> each_of(const RowRuns& rows) {
  std::vector<Row> seen;
  rows.each([&](std::uint32_t row, std::uint32_t begin, std::uint32_t end) { seen.emplace_back(row, begin, end); });
  return seen;
}

void check_against(const std::vector<std::uint32_t>& first) {
  const RowRuns list(first), bits = RowRuns::of_present(first);
  const auto rows = static_cast<std::uint32_t>(first.size() - 1);
  CHECK(list.is_list() && !bits.is_list());
  CHECK_EQ(list.rows(), rows);
  CHECK_EQ(bits.rows(), rows);
  CHECK(list.listed() == first);
  CHECK(bits.listed() == first);
  std::vector<Row> there;
  for (std::uint32_t row = 0; row < rows; ++row) {
    const bool has = first[row] < first[row + 1];
    CHECK(list.of(row) == std::pair(first[row], first[row + 1]));
    CHECK(list.place(row) == row && list.row_at(row) == row);
    CHECK_EQ(bits.may_have(row), has);
    const auto [begin, end] = bits.of(row);
    CHECK_EQ(end - begin, first[row + 1] - first[row]);
    if (!has) continue;
    CHECK_EQ(begin, first[row]);
    CHECK_EQ(bits.place(row), there.size());
    CHECK_EQ(bits.row_at(static_cast<std::uint32_t>(there.size())), row);
    there.emplace_back(row, begin, end);
    for (std::uint32_t run = begin; run < end; ++run) CHECK(bits.row_of(run) == row && list.row_of(run) == row);
  }
  CHECK(each_of(list) == there);
  CHECK(each_of(bits) == there);
  CHECK_EQ(list.places(), rows);
  CHECK_EQ(bits.places(), there.size());
}

}  // namespace

TEST(rows_that_are_present_answer_as_the_list_of_all) {
  std::uint64_t seed = 0;
  for (const std::uint32_t rows : {1u, 63u, 64u, 255u, 256u, 257u, 511u, 1024u, 2000u})
    for (const double share : {0.0, 0.02, 0.5, 1.0})
      for (const std::uint32_t most : {1u, 2u, 400u}) check_against(drawn(rows, share, most, ++seed));
}

TEST(few_of_many_rows_take_about_a_bit_each) {
  for (const std::uint32_t most : {1u, 2u}) {
    const RowRuns bits = RowRuns::of_present(drawn(1'000'000, 0.12, most, 3));
    const std::size_t more = bits[1'000'000] - bits.places();  // runs that are not the first of their rows, a byte each
    CHECK(more == 0 || most == 2);
    CHECK(bits.nbytes() < 175'000 + more);
  }
}
