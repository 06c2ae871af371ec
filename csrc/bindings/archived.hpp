// The arrays of an archive, and NumPy's.
#pragma once
#include "bindings/numpy.hpp"
#include "core/archive.hpp"

namespace pysnn {

inline py::dtype dtype_of(Archive::Type type) {
  static constexpr const char* names[] = {"int64", "uint8", "uint32", "uint64", "float32", "float64"};
  return py::dtype(names[static_cast<std::size_t>(type)]);
}

inline py::array stored_array(const Archive::Stored& stored) {
  std::vector<py::ssize_t> shape{static_cast<py::ssize_t>(stored.rows)};
  if (stored.columns > 0) shape.push_back(static_cast<py::ssize_t>(stored.columns));
  return py::array(dtype_of(stored.type), shape, stored.bytes.data());
}

inline Archive::Stored as_stored(const py::array& given) {
  const py::array array = py::array::ensure(given, py::array::c_style);
  Archive::Stored stored;
  if (array.ndim() < 1 || array.ndim() > 2) throw CheckpointError("checkpoint: expected arrays of rows");
  stored.rows = static_cast<std::size_t>(array.shape(0));
  stored.columns = array.ndim() == 2 ? static_cast<std::size_t>(array.shape(1)) : 0;
  bool known = false;
  for (const auto type : {Archive::Type::int64, Archive::Type::uint8, Archive::Type::uint32, Archive::Type::uint64,
                          Archive::Type::float32, Archive::Type::float64}) {
    if (!array.dtype().equal(dtype_of(type))) continue;
    stored.type = type;
    known = true;
  }
  if (!known) throw CheckpointError("checkpoint: an array of another type than any that is kept");
  const auto* bytes = static_cast<const std::byte*>(array.data());
  stored.bytes.assign(bytes, bytes + array.nbytes());
  return stored;
}

}  // namespace pysnn
