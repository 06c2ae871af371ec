// Where arrays that are gone through together stand in memory.
#include <cstdint>
#include <set>

#include "check.hpp"
#include "core/side_by_side.hpp"

using namespace pysnn;

namespace {

template <class T>
std::uintptr_t in_page(const SideBySide<T>& arrays, std::size_t k) {
  return reinterpret_cast<std::uintptr_t>(arrays[k].data()) % 4096;
}

}  // namespace

TEST(arrays_of_nearly_a_page_begin_at_parts_of_their_pages_of_their_own) {
  for (const std::size_t n : {128u, 500u, 1000u, 1024u, 1200u, 2048u, 4096u, 20000u}) {
    const SideBySide<float> states(8, n, Place::states, 0.0f);
    std::set<std::uintptr_t> parts;
    for (std::size_t k = 0; k < 8; ++k) {
      CHECK_EQ(in_page(states, k) % 512, 0u);
      parts.insert(in_page(states, k));
    }
    CHECK_EQ(parts.size(), 8u);
    CHECK_EQ(in_page(states, 0), 0u);
    CHECK_EQ(in_page(SideBySide<double>(1, n, Place::parameters, 0.0), 0), 3072u);
  }
}

TEST(what_one_array_holds_is_no_other_s) {
  for (const std::size_t n : {1u, 15u, 127u, 128u, 513u, 1000u}) {
    SideBySide<double> arrays(5, n, Place::arrivals, 7.0);
    for (std::size_t k = 0; k < 5; ++k) {
      CHECK_EQ(arrays[k].size(), n);
      for (const double value : arrays[k]) CHECK_EQ(value, 7.0);
      for (double& value : arrays[k]) value = static_cast<double>(k);
    }
    for (std::size_t k = 0; k < 5; ++k)
      for (const double value : arrays[k]) CHECK_EQ(value, static_cast<double>(k));
  }
  CHECK(SideBySide<float>(3, 0, Place::states, 0.0f)[2].empty());
}

TEST(many_short_arrays_take_no_page_each) {
  const SideBySide<float> sums(100, 8, Place::arrivals, 0.0f);
  CHECK_EQ(sums[99].data() - sums[0].data(), 99 * 16);
}
