// Numbers of one kind do not stand for those of another: what must not compile, asked of the compiler.
#include <stdexcept>
#include <type_traits>
#include <vector>

#include "check.hpp"
#include "core/id.hpp"
#include "network/network.hpp"

using namespace pysnn;

namespace {

template <class List, class Index>
concept IndexedBy = requires(List& list, Index index) { list[index]; };

template <class Number, class Kind>
concept AsksFor =
    requires(const CompiledNetwork& network, Number shard, Kind projection) { network.block(shard, projection); };

static_assert(!std::is_convertible_v<std::uint32_t, PopulationId>);
static_assert(!std::is_convertible_v<PopulationId, std::uint32_t>);
static_assert(!std::is_constructible_v<ProjectionId, PopulationId>);
static_assert(!std::is_assignable_v<ProjectionId&, ShardId>);
static_assert(std::is_trivially_copyable_v<ShardId> && sizeof(ShardId) == sizeof(std::uint32_t));

using Populations = ById<PopulationId, int>;
static_assert(IndexedBy<Populations, PopulationId>);
static_assert(!IndexedBy<Populations, ProjectionId> && !IndexedBy<Populations, std::size_t>);

static_assert(AsksFor<ShardId, ProjectionId>);
static_assert(!AsksFor<ProjectionId, ShardId> && !AsksFor<std::uint32_t, std::uint32_t>);

}  // namespace

TEST(each_of_a_kind_is_found_by_its_number) {
  ById<PopulationId, int> squares;
  for (int k = 0; k < 5; ++k) CHECK(squares.add(k * k) == PopulationId(k));
  std::vector<std::uint32_t> met;
  for (const PopulationId p : squares.ids()) {
    CHECK_EQ(squares[p], static_cast<int>(p.index() * p.index()));
    met.push_back(p.index());
  }
  CHECK(met == (std::vector<std::uint32_t>{0, 1, 2, 3, 4}));
  CHECK(squares.has(PopulationId(4)) && !squares.has(PopulationId(5)));
  CHECK_THROWS(squares.at(PopulationId(5)), std::out_of_range, "");
  CHECK(PopulationId(1) < PopulationId(2) && PopulationId() == PopulationId(0));
}
