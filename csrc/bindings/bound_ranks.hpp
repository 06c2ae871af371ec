// Other ranks, as Python reaches them.
#pragma once
#include <memory>

#include "bindings/numpy.hpp"
#include "engine/ranks.hpp"

namespace pysnn {

// Of which allgather(mine, all) brings the words. The arrays that Python sees are those of the engine, as long as these
// stay where they are.
inline Ranks ranks_of(std::uint32_t rank, std::uint32_t size, const py::function& allgather) {
  using Words = py::array_t<std::uint32_t, py::array::c_style | py::array::forcecast>;
  struct Call {
    py::function function;
    Words mine, all;
    const std::uint32_t *mine_at = nullptr, *all_at = nullptr;
    std::size_t words = 0;
  };
  const auto call = std::make_shared<Call>();
  call->function = allgather;
  return Ranks(rank, size, [call](const Ranks::Words& mine, Ranks::Words& all, std::size_t words) {
    const py::gil_scoped_acquire acquire;
    if (call->mine_at != mine.data() || call->all_at != all.data() || call->words != words) {
      call->mine = Words(static_cast<py::ssize_t>(mine.size()), mine.data(), py::none());
      call->all = Words(static_cast<py::ssize_t>(all.size()), all.data(), py::none());
      call->mine_at = mine.data();
      call->all_at = all.data();
      call->words = words;
    }
    call->function(call->mine, call->all);
  });
}

}  // namespace pysnn
