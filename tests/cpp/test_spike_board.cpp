// The spike board: what each shard wrote, read by all in order of (time, index).
#include <algorithm>
#include <vector>

#include "check.hpp"
#include "engine/spike_board.hpp"
#include "math/philox.hpp"

using namespace pysnn;

namespace {

bool by_time_and_index(const TimedSpike& a, const TimedSpike& b) {
  return a.time != b.time ? a.time < b.time : a.index < b.index;
}

bool same(std::span<const TimedSpike> a, const std::vector<TimedSpike>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const TimedSpike& x, const TimedSpike& y) { return x.time == y.time && x.index == y.index; });
}

}  // namespace

TEST(spikes_of_all_shards_come_in_order_of_time_and_index) {
  for (const std::uint32_t shards : {1u, 2u, 3u, 7u}) {
    constexpr std::uint32_t populations = 3, each = 20;  // neurons a shard
    SpikeBoard board(shards, populations);
    SpikeBoard::Reader reader(board);
    for (std::uint32_t round = 0; round < 20; ++round) {
      const std::size_t parity = round & 1;
      SpikeLists expected(populations);
      for (const ShardId s : Ids<ShardId>(0, shards)) {
        SpikeLists& page = board.page(parity, s);
        for (const PopulationId p : expected.ids()) {
          page[p].clear();
          // Few times, so that many spikes meet; some neurons twice, some pages empty.
          const std::uint32_t n = philox(1, round, s.index(), p.index(), 0)[0] % 40;
          for (std::uint32_t k = 0; k < n; ++k) {
            const Word4 w = philox(2, round, s.index(), p.index(), k);
            page[p].push_back({static_cast<Tick>(w[0] % 5), s.index() * each + w[1] % each});
          }
          std::sort(page[p].begin(), page[p].end(), by_time_and_index);
          expected[p].insert(expected[p].end(), page[p].begin(), page[p].end());
        }
      }
      reader.open(parity);
      for (const PopulationId p : expected.ids()) {
        std::sort(expected[p].begin(), expected[p].end(), by_time_and_index);
        CHECK(same(reader.of(p), expected[p]));
        CHECK(same(reader.of(p), expected[p]));  // asked again
      }
    }
  }
}

TEST(one_window_is_read_while_the_next_is_written) {
  constexpr PopulationId neurons(0);
  SpikeBoard board(2, 1);
  SpikeBoard::Reader reader(board);
  board.page(0, ShardId(0))[neurons] = {{5, 1}};
  board.page(0, ShardId(1))[neurons] = {{4, 9}};
  reader.open(0);
  board.page(1, ShardId(0))[neurons] = {{6, 2}};
  board.page(1, ShardId(1))[neurons] = {};
  CHECK(same(reader.of(neurons), {{4, 9}, {5, 1}}));
  reader.open(1);
  CHECK(same(reader.of(neurons), {{6, 2}}));
}
