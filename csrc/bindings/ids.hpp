// Numbers of populations, projections, modulators and shards are whole numbers to Python.
#pragma once
#include <pybind11/pybind11.h>

#include "core/id.hpp"

namespace pybind11::detail {

template <class Kind>
struct type_caster<pysnn::Id<Kind>> {
  PYBIND11_TYPE_CASTER(pysnn::Id<Kind>, make_caster<std::uint32_t>::name);

  bool load(handle from, bool convert) {
    make_caster<std::uint32_t> number;
    if (!number.load(from, convert)) return false;
    value = pysnn::Id<Kind>(cast_op<std::uint32_t>(number));
    return true;
  }
  static handle cast(pysnn::Id<Kind> id, return_value_policy policy, handle parent) {
    return make_caster<std::uint32_t>::cast(id.index(), policy, parent);
  }
};

}  // namespace pybind11::detail
