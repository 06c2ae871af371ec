// Sources that emit ahead of the neurons: each spike once, whatever the windows, and never later than it is needed.
#include "check.hpp"
#include "engine/source_lead.hpp"
#include "math/philox.hpp"

using namespace pysnn;

TEST(all_of_time_is_emitted_once_and_before_it_can_arrive) {
  constexpr Tick delay = 10, longest = 150;
  SourceLead lead(delay, longest);
  CHECK(lead.leads());
  Tick now = 0, emitted = 0;
  for (std::uint32_t k = 0; k < 1000; ++k) {
    // A window ends where sources let it, or before: a current changes, a run ends.
    Tick to = std::min(now + longest, lead.reach(now));
    if (const Word4 w = philox(3, k, 0, 0, 0); w[0] % 3 == 0) to = std::min(to, now + 1 + static_cast<Tick>(w[1] % 40));
    CHECK(to > now);
    const Window window{now, to, to + longest};
    const SourceLead::Span span = lead.move_on(window);
    CHECK_EQ(span.from, emitted);
    emitted = std::max(emitted, span.to);
    // What is not emitted by now arrives later than this window.
    CHECK(emitted + delay > to);
    CHECK(emitted >= to);
    CHECK_EQ(lead.horizon(), emitted);
    now = to;
    if (k % 100 == 99) {
      lead.rebase(now);
      emitted -= now;
      now = 0;
    }
  }
}

TEST(only_the_first_window_is_bounded_by_sources_that_lead) {
  SourceLead lead(1, 15);
  CHECK_EQ(lead.reach(0), Tick{1});
  lead.move_on({0, 1, 16});
  // Known up to 16, which arrive from 17 on.
  CHECK_EQ(lead.reach(1), Tick{17});
}

TEST(sources_slower_than_neurons_do_not_lead) {
  SourceLead lead(20, 15);
  CHECK(!lead.leads());
  const SourceLead::Span span = lead.move_on({0, 15, 30});
  CHECK_EQ(span.to, Tick{15});
  SourceLead none;
  CHECK_EQ(none.reach(7), never);
}
