// Archives: what shards save of arrays, lists and times, read back by shards that are cut in another way.
#include <cstdint>
#include <utility>
#include <vector>

#include "check.hpp"
#include "core/archive.hpp"

using namespace pysnn;

namespace {

using Cut = std::vector<std::pair<std::uint32_t, std::uint32_t>>;  // begin and size of each part
const Cut one = {{0, 10}}, two = {{0, 3}, {3, 7}}, four = {{0, 1}, {1, 4}, {5, 0}, {5, 5}};

template <class T>
void pass(Archive::Arrays& arrays, bool saving, const Cut& cut, std::vector<T>& all) {
  for (const auto& part : cut)
    Archive(arrays, saving).in("x").part("values", 10, part.first, part.second, [&](std::size_t k) -> T& {
      return all[part.first + k];
    });
}

template <class T>
bool comes_back(T (*value)(int)) {
  std::vector<T> all, none(10);
  for (int k = 0; k < 10; ++k) all.push_back(value(k));
  for (const Cut& saved : {one, two, four})
    for (const Cut& restored : {one, two, four}) {
      Archive::Arrays arrays;
      pass(arrays, true, saved, all);
      std::vector<T> found = none;
      pass(arrays, false, restored, found);
      if (found != all || arrays.count("x/values") != 1) return false;
    }
  return true;
}

}  // namespace

TEST(numbers_of_every_kind_come_back_however_they_are_cut) {
  CHECK(comes_back<double>([](int k) { return 0.1 * k - 0.3; }));
  CHECK(comes_back<float>([](int k) { return 0.1f * static_cast<float>(k); }));
  CHECK(comes_back<std::int64_t>([](int k) { return (std::int64_t{1} << 62) - k; }));
  CHECK(comes_back<std::uint32_t>([](int k) { return 0xFFFFFFFFu - static_cast<std::uint32_t>(k); }));
  CHECK(comes_back<std::uint64_t>([](int k) { return ~std::uint64_t{0} - static_cast<std::uint64_t>(k); }));
}

TEST(times_of_128_bits_keep_all_of_them) {
  CHECK(comes_back<__int128>([](int k) { return (static_cast<__int128>(k - 5) << 90) + k - 5; }));
}

TEST(lists_come_back_however_they_are_cut) {
  std::vector<std::vector<double>> all(10);
  for (std::size_t k = 0; k < 10; ++k) all[k].assign(k % 4, 0.5 * static_cast<double>(k));
  for (const Cut& saved : {one, two, four})
    for (const Cut& restored : {one, two, four}) {
      Archive::Arrays arrays;
      for (const auto& [begin, size] : saved) {
        std::vector<std::vector<double>> own(all.begin() + begin, all.begin() + begin + size);
        Archive(arrays, true).lists("spikes", 10, begin, own);
      }
      std::vector<std::vector<double>> found;
      for (const auto& [begin, size] : restored) {
        std::vector<std::vector<double>> own(size);
        Archive(arrays, false).lists("spikes", 10, begin, own);
        found.insert(found.end(), own.begin(), own.end());
      }
      CHECK(found == all);
    }
}

TEST(what_is_missing_or_of_another_kind_is_an_error) {
  Archive::Arrays arrays;
  std::vector<double> values(10, 1.0);
  std::vector<float> narrow(10);
  pass(arrays, true, one, values);
  CHECK_THROWS(pass(arrays, false, one, narrow), CheckpointError, "another kind");
  double other = 0.0;
  CHECK_THROWS(Archive(arrays, false).value("y", other), CheckpointError, "missing");
  CHECK_THROWS(Archive(arrays, false).in("x").value("values", other), CheckpointError, "another kind");
}
