// NumPy in and out: copies of vectors, and views that keep their owner alive.
#pragma once
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <memory>
#include <type_traits>
#include <vector>

#include "bindings/ids.hpp"
#include "core/time.hpp"
#include "math/half.hpp"

namespace pysnn {
namespace py = pybind11;

template <class T>
py::dtype numpy_type() {
  if constexpr (std::is_same_v<T, Half>)
    return py::dtype("float16");
  else
    return py::dtype::of<T>();
}

// Hand a vector over to NumPy without a copy.
template <class T>
py::array to_numpy(std::vector<T> values, std::vector<py::ssize_t> shape = {}) {
  auto* owner = new std::vector<T>(std::move(values));
  const py::capsule free(owner, [](void* p) { delete static_cast<std::vector<T>*>(p); });
  if (shape.empty()) shape = {static_cast<py::ssize_t>(owner->size())};
  return py::array(numpy_type<T>(), shape, owner->data(), free);
}

template <class T>
std::vector<T> from_numpy(const py::array_t<T, py::array::c_style | py::array::forcecast>& values) {
  return std::vector<T>(values.data(), values.data() + values.size());
}

// Ticks are Python's own whole numbers there, which have no end.
inline py::int_ to_python(LongTick ticks) {
  const py::int_ high(static_cast<std::int64_t>(ticks >> 64)), low(static_cast<std::uint64_t>(ticks));
  return py::int_((high << py::int_(64)) | low);
}
inline LongTick from_python(const py::int_& ticks) {
  const py::int_ high(ticks >> py::int_(64)), low(ticks & py::int_(~std::uint64_t{0}));
  if (high < py::int_(-(std::int64_t{1} << 55)) || high >= py::int_(std::int64_t{1} << 55))
    throw ParameterError("time: beyond the range of ticks");
  return (static_cast<LongTick>(py::cast<std::int64_t>(high)) << 64) | py::cast<std::uint64_t>(low);
}

// Registration of each part, called by module.cpp.
void bind_errors(py::module_& m);
void bind_registries(py::module_& m);
void bind_equations(py::module_& m);
void bind_network(py::module_& m);
void bind_currents(py::module_& m);
void bind_engines(py::module_& m);

}  // namespace pysnn
