// The states of a population on steps, array by array: those that it begins with, and what it may keep beside them
// later.
#pragma once
#include <cstddef>
#include <span>
#include <vector>

#include "core/side_by_side.hpp"

namespace pysnn {

template <class Real>
class StateArrays {
 public:
  // So many more of n neurons, which are 0; those that there are stay where they are.
  void add(std::size_t arrays, std::size_t n) {
    SideBySide<Real>& added =
        memory_.emplace_back(arrays, n, arrays_.empty() ? Place::states : Place::arrivals, Real(0));
    for (std::size_t k = 0; k < arrays; ++k) arrays_.push_back(added[k]);
  }

  std::size_t size() const { return arrays_.size(); }
  std::span<Real> operator[](std::size_t k) { return arrays_[k]; }
  std::span<const Real> operator[](std::size_t k) const { return arrays_[k]; }

 private:
  std::vector<SideBySide<Real>> memory_;
  std::vector<std::span<Real>> arrays_;
};

}  // namespace pysnn
