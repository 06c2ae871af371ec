// How many threads share the shards: a pure function of the work and the wall time it hears of.
#include <vector>

#include "check.hpp"
#include "engine/thread_choice.hpp"

using namespace pysnn;

namespace {

// Goes on for `seconds`, with so much work a second done by n threads; the numbers it settles on in turn.
template <class Rate>
std::vector<std::uint32_t> run(ThreadChoice& choice, double seconds, Rate&& rate) {
  std::vector<std::uint32_t> seen{choice.active()};
  constexpr double wall = 0.005;
  for (double t = 0.0; t < seconds; t += wall) {
    choice.heard(wall, wall * rate(choice.active()));
    if (choice.active() != seen.back()) seen.push_back(choice.active());
  }
  return seen;
}

}  // namespace

TEST(threads_that_nobody_disturbs_stay) {
  ThreadChoice choice(8, true);
  CHECK(run(choice, 20.0, [](std::uint32_t n) { return 0.9 * n; }) == std::vector<std::uint32_t>{8});
}

TEST(threads_that_wait_for_one_another_become_fewer) {
  ThreadChoice choice(2, true);
  // Two in lockstep on taken cores: together a tenth of what one does.
  const auto busy = [](std::uint32_t n) { return n == 1 ? 0.8 : 0.1; };
  run(choice, 1.0, busy);
  CHECK_EQ(choice.active(), 1u);
  // A trial of two takes 25 ms, ever more seldom: nearly all the time one works.
  int of_one = 0;
  for (int k = 0; k < 4000; ++k) {
    choice.heard(0.005, 0.005 * busy(choice.active()));
    of_one += choice.active() == 1 ? 1 : 0;
  }
  CHECK(of_one > 3800);
}

TEST(threads_come_back_when_the_machine_is_quiet_again) {
  ThreadChoice choice(4, true);
  run(choice, 5.0, [](std::uint32_t n) { return n == 1 ? 0.9 : 0.8 / n; });
  CHECK_EQ(choice.active(), 1u);
  run(choice, 20.0, [](std::uint32_t n) { return 0.95 * n; });
  CHECK_EQ(choice.active(), 4u);
}

TEST(a_trial_that_does_no_better_is_taken_back) {
  ThreadChoice choice(4, true);
  // Little work, however many: fewer would do no more.
  run(choice, 10.0, [](std::uint32_t) { return 0.3; });
  CHECK_EQ(choice.active(), 4u);
}

TEST(where_half_as_many_are_no_better_fewer_still_are_tried) {
  ThreadChoice choice(8, true);
  run(choice, 10.0, [](std::uint32_t n) { return n == 1 ? 0.9 : 0.1; });
  CHECK_EQ(choice.active(), 1u);
}

TEST(a_number_that_the_user_gave_is_kept) {
  ThreadChoice choice(4, false);
  CHECK(!choice.adapts());
  ThreadChoice one(1, true);
  CHECK(!one.adapts());
  CHECK(run(one, 5.0, [](std::uint32_t) { return 0.0; }) == std::vector<std::uint32_t>{1});
}

TEST(what_it_chooses_follows_from_what_it_hears) {
  const auto rate = [](std::uint32_t n) { return n == 2 ? 0.7 : 0.35; };
  ThreadChoice a(4, true), b(4, true);
  for (int k = 0; k < 2000; ++k) {
    const bool changed = a.heard(0.007, 0.007 * rate(a.active()));
    CHECK_EQ(b.heard(0.007, 0.007 * rate(b.active())), changed);
    CHECK_EQ(a.active(), b.active());
    CHECK(a.active() >= 1 && a.active() <= 4);
  }
}
