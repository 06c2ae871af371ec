// The calendar of the event engine against a plain list: entries come out by time, those of one time as they went in,
// also where the earlier of them waited beyond the ring.
#include <algorithm>
#include <vector>

#include "check.hpp"
#include "engine/event/calendar.hpp"
#include "math/philox.hpp"

using namespace pysnn;

namespace {

struct Entry {
  Tick since = 0;
  std::uint32_t number = 0;
};
struct Due {
  Tick time;
  std::uint32_t number;
};

// Windows of a bucket each, or of parts of one, and entries up to 40 buckets ahead of a ring of 4.
void follow(Tick width, std::uint32_t seed) {
  BucketClock clock(width);
  Calendar<Entry> calendar(4);
  std::vector<Due> waiting;
  std::uint32_t number = 0;
  Tick now = 0;
  for (std::uint32_t k = 0; k < 3000; ++k) {
    for (std::uint32_t n = philox(seed, k, 0, 0, 0)[0] % 4; n > 0; --n) {
      const Word4 w = philox(seed, k, n, 1, 0);
      // Few times in all, so that near and far entries meet.
      const Tick ahead = w[0] % 2 == 0 ? 1 + w[1] % (2 * width) : 10 * width + w[1] % (30 * width);
      const Tick t = std::max(now + 1, (now + ahead) / 3 * 3);
      calendar.push(clock, t, {0, number});
      waiting.push_back({t, number++});
    }
    const Tick to = std::min(clock.end(), now + 1 + static_cast<Tick>(philox(seed, k, 0, 2, 0)[0] % width));
    std::vector<Due> due;
    std::copy_if(waiting.begin(), waiting.end(), std::back_inserter(due), [to](const Due& d) { return d.time <= to; });
    std::erase_if(waiting, [to](const Due& d) { return d.time <= to; });
    std::stable_sort(due.begin(), due.end(), [](const Due& a, const Due& b) { return a.time < b.time; });
    calendar.order();
    const auto taken = calendar.take(to, clock);
    CHECK_EQ(taken.size(), due.size());
    for (std::size_t m = 0; m < std::min(taken.size(), due.size()); ++m) {
      CHECK_EQ(clock.begin + taken[m].since, due[m].time);
      CHECK_EQ(taken[m].number, due[m].number);
    }
    now = to;
    if (now == clock.end()) {
      clock.begin += width;
      calendar.move(1, clock);
    }
    Tick first = never;
    for (const Due& d : waiting) first = std::min(first, d.time);
    CHECK(calendar.earliest(clock) <= first);
    CHECK((calendar.earliest(clock) == never) == waiting.empty());
    if (k % 500 == 499) {
      const Tick back = clock.begin;
      clock.begin -= back;
      now -= back;
      calendar.rebase(back);
      for (Due& d : waiting) d.time -= back;
    }
  }
}

}  // namespace

TEST(entries_come_by_time_and_of_one_time_as_they_went_in) {
  for (const Tick width : {Tick{3}, Tick{10}, Tick{64}}) follow(width, static_cast<std::uint32_t>(width));
}
