// What ranks tell each other: messages through slots that grow and shrink, windows there and back, errors of one of
// them. The ranks are threads here, and their Allgather a barrier and a copy.
#include <algorithm>
#include <array>
#include <functional>
#include <memory>
#include <vector>

#include "check.hpp"
#include "core/team.hpp"
#include "engine/ranks.hpp"
#include "engine/window_message.hpp"
#include "math/philox.hpp"

using namespace pysnn;

namespace {

// Call f(rank) with so many ranks that hear of each other.
void on_ranks(std::uint32_t size, const std::function<void(Ranks&)>& f) {
  Team team(size);
  Barrier barrier(size);
  std::vector<const Ranks::Words*> told(size);
  team.run([&](std::uint32_t r) {
    Ranks ranks(r, size, [&, r](const Ranks::Words& mine, Ranks::Words& all, std::size_t words) {
      told[r] = &mine;
      barrier.wait();
      for (std::uint32_t k = 0; k < size; ++k)
        std::copy_n(told[k]->begin(), words, all.begin() + static_cast<std::ptrdiff_t>(k * words));
      barrier.wait();
    });
    f(ranks);
  });
}

// Told from outside the classes under test: what rank r says in round n.
Ranks::Words said(std::uint32_t r, std::uint32_t n, std::uint32_t longest) {
  Ranks::Words words(philox(3, r, n, 0, 0)[0] % (longest + 1));
  for (std::uint32_t k = 0; k < words.size(); ++k) words[k] = philox(4, r, n, k, 0)[0];
  return words;
}

}  // namespace

TEST(messages_of_any_length_reach_all_ranks_whole) {
  std::array<std::uint32_t, 3> bad{};
  std::array<std::uint64_t, 3> exchanges{};
  std::array<std::size_t, 3> widest{}, last{};
  on_ranks(3, [&](Ranks& ranks) {
    const std::uint32_t me = ranks.rank();
    for (std::uint32_t n = 0; n < 5000; ++n) {
      const std::uint32_t longest = n < 100 ? 5000 : 10;  // a storm, then calm
      const auto& messages = ranks.exchange(Ranks::window, said(me, n, longest));
      for (std::uint32_t r = 0; r < 3; ++r) {
        const Ranks::Words wanted = said(r, n, longest);
        bad[me] += !std::equal(messages[r].begin(), messages[r].end(), wanted.begin(), wanted.end());
      }
      widest[me] = std::max(widest[me], ranks.words());
    }
    exchanges[me] = ranks.exchanges();
    last[me] = ranks.words();
  });
  for (std::size_t r = 0; r < 3; ++r) {
    CHECK_EQ(bad[r], 0u);
    CHECK(widest[r] > 4000 && widest[r] < 9000);
    CHECK_EQ(last[r], last[0]);
    CHECK(last[r] < widest[r] / 8);                     // slots have shrunk in the calm
    CHECK(exchanges[r] > 5000 && exchanges[r] < 5020);  // few went twice
  }
}

TEST(values_are_gathered_in_the_order_of_ranks) {
  std::array<std::vector<double>, 3> got;
  on_ranks(3, [&](Ranks& ranks) {
    std::vector<double> mine;
    for (std::uint32_t k = 0; k < 100 * ranks.rank(); ++k) mine.push_back(ranks.rank() + 1e-3 * k);
    got[ranks.rank()] = ranks.gather(mine);
  });
  std::vector<double> wanted;
  for (std::uint32_t r = 0; r < 3; ++r)
    for (std::uint32_t k = 0; k < 100 * r; ++k) wanted.push_back(r + 1e-3 * k);
  for (const auto& values : got) CHECK(values == wanted);
}

TEST(an_error_of_one_rank_is_one_of_all) {
  std::array<std::string, 3> got;
  on_ranks(3, [&](Ranks& ranks) {
    try {
      ranks.agree(nullptr);
      ranks.agree(ranks.rank() == 1 ? std::make_exception_ptr(ParameterError("a neuron is hot")) : nullptr);
    } catch (const ParameterError& error) {
      got[ranks.rank()] = error.what();
    } catch (const RankError& error) {
      got[ranks.rank()] = error.what();
    }
  });
  CHECK_EQ(got[0], std::string("rank 1: a neuron is hot"));
  CHECK_EQ(got[1], std::string("a neuron is hot"));
  CHECK_EQ(got[2], got[0]);
}

TEST(a_window_of_several_ranks_is_read_in_order_of_time_and_index) {
  for (const Tick scale : {Tick{1}, Tick{1} << 33}) {  // times of one word, and of two
    const Tick from = 1000;
    std::vector<TimedSpike> expected;
    SpikeLists joined(3);
    WindowReport all;
    for (std::uint32_t r = 0; r < 3; ++r) {
      std::vector<SpikeLists> pages(2, SpikeLists(3));  // of two shards; population 1 is silent
      for (std::uint32_t s = 0; s < 2; ++s)
        for (const std::uint32_t p : {0u, 2u}) {
          std::vector<TimedSpike>& spikes = pages[s][PopulationId(p)];
          for (std::uint32_t k = 0; k < 30; ++k)
            spikes.push_back(
                {from + 1 + scale * (philox(5, r, s, p, k)[0] % 4), (2 * r + s) * 20 + philox(6, r, s, p, k)[0] % 20});
          std::sort(spikes.begin(), spikes.end());
          if (p == 2) expected.insert(expected.end(), spikes.begin(), spikes.end());
        }
      WindowReport own{.earliest = from + 50 - static_cast<Tick>(r), .arrivals = 7 + r, .wall = 0.5 / (r + 1)};
      own.leave = r == 1 ? 2 : 0;
      WindowMessage message;
      all.take_in(WindowMessage::read(message.write(own, from, pages), from, joined));
    }
    WindowMessage().sort(joined);
    std::sort(expected.begin(), expected.end());
    CHECK(joined[PopulationId(2)] == expected);
    CHECK_EQ(joined[PopulationId(0)].size(), 180u);
    CHECK(joined[PopulationId(1)].empty());
    CHECK_EQ(all.earliest, from + 48);
    CHECK_EQ(all.arrivals, 9u);
    CHECK_EQ(all.wall, 0.5);
    CHECK_EQ(all.leave, 2u);
    CHECK(!all.failed);
  }
}
