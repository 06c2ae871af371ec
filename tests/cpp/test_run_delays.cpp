// Delays of runs are what was given, in as few bits as hold them.
#include <algorithm>
#include <vector>

#include "check.hpp"
#include "network/run_delays.hpp"

using namespace pysnn;

namespace {

void check_holds(const RunDelays& delays, const std::vector<Tick>& given, std::size_t bytes_each) {
  CHECK_EQ(delays.size(), given.size());
  CHECK_EQ(delays.nbytes(), given.size() * bytes_each);
  for (std::size_t run = 0; run < given.size(); ++run) CHECK_EQ(delays[run], given[run]);
  delays.with([&](const auto& entries, Tick unit) {
    for (std::size_t run = 0; run < given.size(); ++run) CHECK_EQ(static_cast<Tick>(entries[run]) * unit, given[run]);
  });
}

DelayList listed(const std::vector<Tick>& given) {
  DelayList list;
  list.reserve(given.size());
  for (const Tick d : given) list.push_back(d);
  return list;
}

}  // namespace

TEST(steps_take_as_few_bits_as_the_longest_needs) {
  const std::vector<std::pair<Tick, std::size_t>> bytes{{1, 1}, {255, 1}, {256, 2}, {65535, 2}};
  for (const auto& [longest, each] : bytes) {
    const std::vector<Tick> given{1, longest, 1, longest};
    check_holds(RunDelays(given, true), given, each);
    check_holds(RunDelays(listed(given)), given, each);
  }
}

TEST(longer_ones_are_multiples_of_what_they_have_in_common_or_ticks) {
  const Tick unit = 100'000'000'000;  // 0.1 ms
  for (const auto& [longest, each] :
       std::vector<std::pair<Tick, std::size_t>>{{255, 1}, {256, 2}, {65535, 2}, {65536, 8}}) {
    const std::vector<Tick> given{unit, longest * unit, 7 * unit};
    check_holds(RunDelays(given, false), given, each);
    check_holds(RunDelays(listed(given)), given, each);
  }
  const std::vector<Tick> odd{unit + 1, 65000 * unit};
  check_holds(RunDelays(odd, false), odd, 8);
}

TEST(one_delay_of_all_takes_a_byte) {
  for (const Tick delay : {Tick{0}, Tick{1}, Tick{70'000}, Tick{3'000'000'000'001}})
    check_holds(RunDelays(5, delay), std::vector<Tick>(5, delay), 1);
  CHECK_EQ(RunDelays(0, 12).size(), std::size_t{0});
  CHECK_EQ(RunDelays(std::vector<Tick>{}, false).size(), std::size_t{0});
}
