#include "bindings/numpy.hpp"

PYBIND11_MODULE(_core, m) {
  m.doc() = "The C++ core of pysnn; use the package pysnn instead.";
  pysnn::bind_errors(m);
  pysnn::bind_registries(m);
  pysnn::bind_equations(m);
  pysnn::bind_network(m);
  pysnn::bind_currents(m);
  pysnn::bind_engines(m);
}
