// Threads: every part runs once, memory written before a barrier is seen after it, errors come back.
// Worth most under ThreadSanitizer (nox -s sanitize).
#include <atomic>
#include <stdexcept>
#include <vector>

#include "check.hpp"
#include "core/team.hpp"

using namespace pysnn;

TEST(every_member_runs_each_job_once) {
  for (const std::uint32_t size : {1u, 2u, 5u}) {
    Team team(size);
    std::vector<int> ran(size);
    for (int job = 0; job < 100; ++job) team.run([&](std::uint32_t s) { ++ran[s]; });
    for (const int count : ran) CHECK_EQ(count, 100);
  }
}

TEST(a_barrier_orders_writes_before_it_with_reads_after_it) {
  const std::uint32_t size = 3;
  Team team(size);
  Barrier barrier(size);
  std::vector<std::uint64_t> value(size), sum(size);
  team.run([&](std::uint32_t s) {
    for (std::uint64_t round = 1; round <= 500; ++round) {
      value[s] = round * (s + 1);
      barrier.wait();
      for (const auto v : value) sum[s] += v;
      barrier.wait();
    }
  });
  // Sum over rounds of round * (1 + 2 + 3).
  for (const auto total : sum) CHECK_EQ(total, std::uint64_t{6 * 500 * 501 / 2});
}

TEST(an_error_in_any_member_reaches_the_caller_and_the_team_goes_on) {
  Team team(3);
  for (std::uint32_t bad = 0; bad < 3; ++bad) {
    CHECK_THROWS(team.run([&](std::uint32_t s) {
      if (s == bad) throw std::runtime_error("member " + std::to_string(s));
    }),
                 std::runtime_error, "member " + std::to_string(bad));
  }
  std::atomic<int> ran{0};
  team.run([&](std::uint32_t) { ++ran; });
  CHECK_EQ(ran.load(), 3);
}
