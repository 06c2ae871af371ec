// What models there are, the numbers that their steps are made of, and what this build and this processor are.
#include <map>

#include "bindings/numpy.hpp"
#include "connect/rule.hpp"
#include "currents/current.hpp"
#include "dynamics/dynamics.hpp"
#include "engine/restart.hpp"
#include "math/philox.hpp"
#include "network/loss.hpp"
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
  entry["hidden_states"] = info.hidden_states;
  return entry;
}

template <class Entry>
py::dict tables() {
  py::dict all;
  for (const auto& [name, entry] : Registry<Entry>::all()) all[py::str(name)] = table(entry.info);
  return all;
}

ParamSet to_params(const std::map<std::string, double>& numbers) {
  ParamSet params;
  for (const auto& [name, value] : numbers) params.set(name, {value});
  return params;
}

py::dict to_dict(const Constants& constants) {
  py::dict dict;
  for (const auto& [name, value] : constants) dict[py::str(name)] = value;
  return dict;
}

// Of each neuron where parameters differ, else of one: names, numbers [names, 1 or n], and whether they are of a step
// in double precision whose states are pairs of floats.
py::tuple constants_of_step(const std::string& model, const std::map<std::string, double>& params,
                            const std::map<std::string, std::vector<double>>& columns, double dt,
                            const std::string& dtype, bool round_off_grid, const std::string& owner) {
  const NeuronEntry& entry = NeuronModels::get("neuron model", model);
  const TimeBase time(dt, true, round_off_grid);
  const std::size_t n = columns.empty() ? 1 : columns.begin()->second.size();
  for (const auto& [name, values] : columns)
    if (values.size() != n) throw ParameterError(owner + ": " + name + ": expected " + std::to_string(n) + " values");
  ParamsOfEach each(to_params(params), columns);
  const auto config = [&](std::size_t k, const ParamSet& own) {
    const std::string which = columns.empty() ? owner : owner + ", neuron " + std::to_string(k);
    return NeuronConfig{.params = own, .time = time, .owner = which};
  };
  bool pairs = false;
  for (std::size_t k = 0; k < n && dtype == "float32" && !pairs; ++k)
    pairs = entry.pairs(config(k, each(static_cast<std::uint32_t>(k))));
  const auto& constants = dtype == "float32" && !pairs ? entry.constants32 : entry.constants64;
  std::vector<std::string> names;
  std::vector<double> numbers;
  for (std::size_t k = 0; k < n; ++k) {
    const Constants own = constants(config(k, each(static_cast<std::uint32_t>(k))));
    if (k == 0) {
      for (const auto& [name, value] : own) names.push_back(name);
      numbers.resize(names.size() * n);
    }
    for (std::size_t c = 0; c < own.size(); ++c) numbers[c * n + k] = own[c].second;
  }
  const auto rows = static_cast<py::ssize_t>(names.size());
  return py::make_tuple(names, to_numpy(std::move(numbers), {rows, static_cast<py::ssize_t>(n)}), pairs);
}

py::dict constants_of(const auto& entry, const std::map<std::string, double>& params, double dt) {
  if (!entry.constants) throw UnsupportedError(entry.info.name + " tells no constants");
  return to_dict(entry.constants(to_params(params), TimeBase(dt, true, false)));
}
py::dict constants_of_rule(const std::string& rule, const std::map<std::string, double>& params, double dt) {
  return constants_of(PlasticityRules::get("plasticity rule", rule), params, dt);
}
py::dict constants_of_dynamics(const std::string& law, const std::map<std::string, double>& params, double dt) {
  return constants_of(DynamicsLaws::get("dynamics", law), params, dt);
}

// What a readout's states miss at a tick, as Engine::teach has it.
py::array readout_error(const std::string& loss, const std::vector<double>& y, const std::vector<double>& wanted,
                        std::uint64_t key, std::uint64_t noise, std::uint64_t tick) {
  const Word4 words =
      philox(with_noise(key, noise), static_cast<std::uint32_t>(tick), static_cast<std::uint32_t>(tick >> 32), 0, 0);
  std::vector<double> missed = error_of(to_loss(loss), y, wanted, unit_interval(words[0], words[1]));
  return to_numpy(std::move(missed));
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
  m.def("dynamics_laws", &tables<DynamicsEntry>);
  m.def("connection_rules", [] {
    std::vector<std::string> names;
    for (const auto& [name, entry] : ConnectionRules::all()) names.push_back(name);
    return names;
  });
  m.def("step_constants", &constants_of_step, py::arg("model"), py::arg("params"), py::arg("columns"), py::arg("dt"),
        py::arg("dtype"), py::arg("round_off_grid"), py::arg("owner"));
  m.def(
      "spikes_key",
      [](std::uint64_t key, std::uint64_t noise) { return subkey(with_noise(key, noise), spikes_purpose); },
      py::arg("key"), py::arg("noise"));
  m.def("rule_constants", &constants_of_rule, py::arg("rule"), py::arg("params"), py::arg("dt"));
  m.def("dynamics_constants", &constants_of_dynamics, py::arg("law"), py::arg("params"), py::arg("dt"));
  m.def("readout_error", &readout_error, py::arg("loss"), py::arg("y"), py::arg("wanted"), py::arg("key"),
        py::arg("noise"), py::arg("tick"));
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
