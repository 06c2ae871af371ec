// NumPy in and out: copies of vectors, and views that keep their owner alive.
#pragma once
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <memory>
#include <type_traits>
#include <vector>

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

// Registration of each part, called by module.cpp.
void bind_errors(py::module_& m);
void bind_registries(py::module_& m);
void bind_network(py::module_& m);
void bind_engines(py::module_& m);

}  // namespace pysnn
