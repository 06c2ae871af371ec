// Traces as columns of numbers, for archives. A rule's traces are structures of doubles.
#pragma once
#include <cstddef>
#include <cstring>
#include <string>
#include <type_traits>
#include <vector>

#include "core/archive.hpp"

namespace pysnn {

template <class Trace>
inline constexpr std::size_t trace_columns = std::is_empty_v<Trace> ? 0 : sizeof(Trace) / sizeof(double);

// Lists of spikes, each with a time `t` and the traces after it, by member: `begin`, ... of n.
template <class Spike, class Trace>
void spike_lists_io(const Archive& archive, std::size_t n, std::size_t begin, std::vector<std::vector<Spike>>& lists,
                    Trace Spike::* trace) {
  static_assert(std::is_trivially_copyable_v<Trace> && alignof(Trace) <= alignof(double));
  static_assert(std::is_empty_v<Trace> || sizeof(Trace) % sizeof(double) == 0, "traces are doubles");
  const auto column = [&](const std::string& name, auto&& at) {
    std::vector<std::vector<std::remove_cvref_t<decltype(at(lists[0][0]))>>> values(lists.size());
    if (archive.saving())
      for (std::size_t k = 0; k < lists.size(); ++k)
        for (Spike& spike : lists[k]) values[k].push_back(at(spike));
    archive.lists(name, n, begin, values);
    if (archive.saving()) return;
    for (std::size_t k = 0; k < lists.size(); ++k) {
      lists[k].resize(values[k].size());
      for (std::size_t s = 0; s < lists[k].size(); ++s) at(lists[k][s]) = values[k][s];
    }
  };
  column("times", [](Spike& spike) -> auto& { return spike.t; });
  for (std::size_t c = 0; c < trace_columns<Trace>; ++c)
    column("trace " + std::to_string(c),
           [&](Spike& spike) -> double& { return *(reinterpret_cast<double*>(&(spike.*trace)) + c); });
}

}  // namespace pysnn
