// What models there are, and what this build and this processor are.
#include "bindings/numpy.hpp"
#include "connect/rule.hpp"
#include "currents/current.hpp"
#include "math/propagator.hpp"
#include "neurons/neuron.hpp"
#include "plasticity/plastic_synapses.hpp"
#include "sources/source.hpp"

namespace pysnn {
namespace {

py::dict table(const ModelInfo& info) {
  py::dict entry;
  py::list params, states;
  for (const auto& p : info.params) params.append(py::make_tuple(p.name, p.unit, p.default_value));
  for (const auto& s : info.states) states.append(py::make_tuple(s.name, s.unit));
  entry["params"] = params;
  entry["states"] = states;
  entry["receptors"] = info.receptors;
  entry["engines"] = info.engines;
  return entry;
}

template <class Entry>
py::dict tables() {
  py::dict all;
  for (const auto& [name, entry] : Registry<Entry>::all()) all[py::str(name)] = table(entry.info);
  return all;
}

std::vector<std::string> cpu_features() {
  std::vector<std::string> features;
#if defined(__x86_64__) && defined(__GNUC__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("sse4.2")) features.push_back("sse4.2");
  if (__builtin_cpu_supports("avx")) features.push_back("avx");
  if (__builtin_cpu_supports("avx2")) features.push_back("avx2");
  if (__builtin_cpu_supports("fma")) features.push_back("fma");
  if (__builtin_cpu_supports("avx512f")) features.push_back("avx512f");
  if (__builtin_cpu_supports("avx512bw")) features.push_back("avx512bw");
  if (__builtin_cpu_supports("avx512vl")) features.push_back("avx512vl");
#endif
  return features;
}

// The instruction set that the loader's choice among PYSNN_CLONES falls on.
std::string dispatch_level() {
#if PYSNN_HAS_CLONES
  __builtin_cpu_init();
  const bool v3 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2");
  const bool v4 = v3 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                  __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
                  __builtin_cpu_supports("avx512vl");
  return v4 ? "x86-64-v4" : v3 ? "x86-64-v3" : "default";
#else
  return "default (built without dispatch)";
#endif
}

}  // namespace

void bind_registries(py::module_& m) {
  m.def("neuron_models", &tables<NeuronEntry>);
  m.def("source_models", &tables<SourceEntry>);
  m.def("current_models", &tables<CurrentEntry>);
  m.def("plasticity_rules", &tables<PlasticityEntry>);
  m.def("connection_rules", [] {
    std::vector<std::string> names;
    for (const auto& [name, entry] : ConnectionRules::all()) names.push_back(name);
    return names;
  });
  m.def(
      "propagator",
      [](const py::array_t<double, py::array::c_style | py::array::forcecast>& matrix, double t) {
        if (matrix.ndim() != 2 || matrix.shape(0) != matrix.shape(1))
          throw ParameterError("propagator: expected a square matrix");
        using Rows = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
        const Eigen::Map<const Rows> a(matrix.data(), matrix.shape(0), matrix.shape(1));
        py::array_t<double> result({matrix.shape(0), matrix.shape(1)});
        Eigen::Map<Rows>(result.mutable_data(), matrix.shape(0), matrix.shape(1)) = propagator(a, t);
        return result;
      },
      py::arg("matrix"), py::arg("t"));
  m.def("cpu_features", &cpu_features);
  m.def("build_info", [] {
    py::dict info;
    info["version"] = PYSNN_VERSION;
    info["compiler"] = __VERSION__;
    info["dispatch"] = dispatch_level();
    return info;
  });
}

}  // namespace pysnn
