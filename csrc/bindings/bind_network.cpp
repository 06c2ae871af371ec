// NetworkBuilder and CompiledNetwork: plain numbers in, flat arrays out.
#include <algorithm>
#include <numeric>
#include <tuple>

#include "bindings/described.hpp"
#include "bindings/interruptible.hpp"
#include "bindings/numpy.hpp"
#include "bindings/stored.hpp"
#include "build/compile.hpp"
#include "currents/current.hpp"
#include "dynamics/dynamics.hpp"
#include "engine/initial.hpp"
#include "engine/new_delays.hpp"
#include "network/synapse_order.hpp"
#include "neurons/neuron.hpp"
#include "plasticity/plastic_synapses.hpp"
#include "sources/source.hpp"

namespace pysnn {
namespace {

using Doubles = py::array_t<double, py::array::c_style | py::array::forcecast>;
using Words = py::array_t<std::uint32_t, py::array::c_style | py::array::forcecast>;

// What differs between n neurons.
Columns to_columns(const py::dict& dict, std::uint32_t n, const std::string& owner) {
  const ParamSet given = to_params(dict);
  for (const auto& [name, values] : given.all())
    if (values.size() != n)
      throw ParameterError(owner + ": " + name + ": expected " + std::to_string(n) + " values (got " +
                           std::to_string(values.size()) + ")");
  return given.all();
}

Distribution to_distribution(const py::handle& draw, const std::string& owner) {
  if (!py::isinstance<py::dict>(draw)) return Distribution(py::cast<double>(draw));
  const auto dict = py::reinterpret_borrow<py::dict>(draw);
  return Distribution::make(py::cast<std::string>(dict["kind"]), to_params(dict), owner);
}

std::vector<Distribution> to_fan(const py::object& draw, const std::string& owner) {
  if (py::isinstance<py::dict>(draw)) return {to_distribution(draw, owner)};
  std::vector<Distribution> fan;
  for (const auto& item : draw) fan.push_back(to_distribution(item, owner));
  if (fan.empty()) throw ParameterError(owner + ": expected at least one value");
  return fan;
}

std::shared_ptr<const std::vector<std::uint32_t>> to_words(const py::dict& dict, const char* name) {
  if (!dict.contains(name)) return nullptr;
  const py::object value = dict[name];
  if (py::isinstance<py::array>(value))
    return std::make_shared<const std::vector<std::uint32_t>>(from_numpy<std::uint32_t>(py::cast<Words>(value)));
  return std::make_shared<const std::vector<std::uint32_t>>(1, py::cast<std::uint32_t>(value));
}

class NetworkBuilder {
 public:
  NetworkBuilder(double unit, bool grid, bool round_off_grid, const std::string& dtype, const std::string& weight_dtype,
                 std::uint32_t threads, bool packs_rows, double steps, bool adapts_threads, std::uint32_t ranks,
                 std::uint32_t rank, const std::string& kept_rows) {
    if (!(unit > 0.0)) throw ParameterError("dt must be > 0 ms (got " + show(unit) + ")");
    if (threads < 1 || threads > 1024)
      throw ParameterError("threads: expected 1 to 1024 (got " + std::to_string(threads) + ")");
    if (rank >= ranks)
      throw ParameterError("rank: expected less than " + std::to_string(ranks) + " (got " + std::to_string(rank) + ")");
    if (dtype != "float32" && dtype != "float64")
      throw ParameterError("dtype: expected 'float32' or 'float64' (got '" + dtype + "')");
    network_.time = TimeBase(unit, grid, round_off_grid);
    network_.steps = TimeBase(steps, true, round_off_grid);
    network_.single_precision = dtype == "float32";
    if (weight_dtype == "float16")
      network_.static_weights = WeightType::half;
    else if (weight_dtype == "float32")
      network_.static_weights = WeightType::single;
    else if (weight_dtype != "float64")
      throw ParameterError("weight_dtype: expected 'float16', 'float32' or 'float64' (got '" + weight_dtype + "')");
    if (kept_rows == "all")
      network_.kept_rows = NetworkDescription::KeptRows::all;
    else if (kept_rows == "present")
      network_.kept_rows = NetworkDescription::KeptRows::present;
    else if (kept_rows != "by_size")
      throw ParameterError("kept_rows: expected 'by_size', 'all' or 'present' (got '" + kept_rows + "')");
    network_.ranks = ranks;
    network_.rank = rank;
    network_.packs_rows = packs_rows;
    network_.threads = threads;
    network_.adapts_threads = adapts_threads;
  }

  PopulationId add_population(const std::string& name, const std::string& model, std::uint32_t n,
                              const py::dict& params, const py::dict& init, std::uint64_t key, std::uint64_t noise_key,
                              const py::dict& columns, Parts parts, std::uint32_t level) {
    Population population{.name = name,
                          .model = model,
                          .n = n,
                          .params = to_params(params),
                          .init = {},
                          .key = key,
                          .noise_key = noise_key};
    population.columns = to_columns(columns, n, "population '" + name + "'");
    population.parts = std::move(parts);
    population.level = level;
    NeuronModels::get("neuron model", model);
    for (const auto& [state, draw] : init) {
      const auto state_name = py::cast<std::string>(state);
      const std::string what = "population '" + name + "': init " + state_name;
      const Distribution d = to_distribution(draw, what);
      if (d.is_array() && d.values().size() != n)
        throw ParameterError(what + ": expected " + std::to_string(n) + " values (got " +
                             std::to_string(d.values().size()) + ")");
      population.init.emplace(state_name, d);
    }
    return network_.populations.add(std::move(population));
  }

  PopulationId add_source(const std::string& name, const std::string& model, std::uint32_t n, const py::dict& params,
                          std::uint64_t key, std::uint64_t noise_key, const py::dict& columns) {
    Sources::get("source", model);
    Population source{.name = name,
                      .model = model,
                      .n = n,
                      .params = to_params(params),
                      .init = {},
                      .key = key,
                      .noise_key = noise_key,
                      .is_source = true};
    source.columns = to_columns(columns, n, "source '" + name + "'");
    return network_.populations.add(std::move(source));
  }

  void add_current(PopulationId population, const py::object& neurons, const std::string& model, const py::dict& params,
                   std::uint64_t noise_key, const std::vector<py::dict>& own) {
    const Population& target = network_.populations.at(population);
    const auto [range, list] = to_neurons(neurons, target.n, "current into '" + target.name + "'");
    network_.currents.push_back({population, range, model, to_params(params), noise_key, list, {}});
    for (const py::dict& one : own) network_.currents.back().own.push_back(to_params(one));
    make_current(network_, network_.currents.back());  // so that its errors come before the synapses are made
  }

  ModulatorId add_modulator(const std::string& name, std::optional<PopulationId> population,
                            std::optional<PopulationId> by, double weight, double delay) {
    if (population && network_.populations.at(*population).is_source)
      throw ParameterError("modulator '" + name + "': expected a population of neurons");
    if (population && by) throw ParameterError("modulator '" + name + "': spikes are moments of one number for all");
    Modulator modulator{name, population, by, weight};
    if (by) {
      network_.populations.at(*by);
      modulator.delay = network_.time.delay(delay, "modulator '" + name + "': delay");
    }
    return network_.modulators.add(std::move(modulator));
  }

  ProjectionId add_projection(const std::string& name, PopulationId source, const py::object& source_range,
                              PopulationId target, const py::object& target_range, const std::string& receptor,
                              const std::string& rule, const py::dict& rule_params, const py::object& weight,
                              const py::object& delay, std::uint32_t synapses_per_pair,
                              const py::object& dendritic_fraction, const std::optional<std::string>& plasticity,
                              const py::dict& plasticity_params, bool zero_is_negative,
                              const std::optional<std::string>& dynamics, const py::dict& dynamics_params,
                              std::uint64_t key, std::uint64_t noise_key, std::int64_t modulator) {
    const std::string what = "projection '" + name + "'";
    Projection p;
    p.name = name;
    p.source = source;
    p.target = target;
    const Population& to = network_.populations.at(target);
    if (to.is_source) throw ParameterError(what + ": '" + to.name + "' is a source and takes no input");
    std::tie(p.source_range, p.source_list) =
        to_neurons(source_range, network_.populations.at(source).n, what + ": sources");
    std::tie(p.target_range, p.target_list) = to_neurons(target_range, to.n, what + ": targets");
    const auto& receptors = NeuronModels::get("neuron model", to.model).info.receptors;
    const auto found = std::find(receptors.begin(), receptors.end(), receptor);
    if (found == receptors.end()) throw ParameterError(what + ": " + to.model + " has no receptor '" + receptor + "'");
    p.receptor = static_cast<std::uint32_t>(found - receptors.begin());
    p.rule = rule;
    p.rule_i = to_words(rule_params, "i");
    p.rule_j = to_words(rule_params, "j");
    p.rule_n = to_words(rule_params, "n");
    py::dict scalars;
    for (const auto& [name, value] : rule_params)
      if (!py::isinstance<py::array>(value)) scalars[name] = value;
    p.rule_params = to_params(scalars);
    p.weight = to_fan(weight, what + ": weight");
    p.delay = to_fan(delay, what + ": delay");
    if (p.weight.size() > 1 && p.weight.size() != p.delay.size())
      throw ParameterError(what + ": " + std::to_string(p.weight.size()) + " weights for a fan of " +
                           std::to_string(p.delay.size()) + " delays");
    for (const auto* draws : {&p.weight, &p.delay})
      for (const auto& draw : *draws)
        if (draw.is_array() && (!p.rule_i || draw.values().size() != p.rule_i->size()))
          throw ParameterError(what + ": values by synapse come only with explicit arrays, one for each entry");
    p.synapses_per_pair = std::max(1u, synapses_per_pair);
    if (py::isinstance<py::array>(dendritic_fraction)) {
      p.dendritic_fractions = from_numpy<double>(py::cast<Doubles>(dendritic_fraction));
      if (!p.rule_i || p.dendritic_fractions.size() != p.rule_i->size())
        throw ParameterError(what + ": dendritic fractions come only with explicit arrays, one for each entry");
    } else {
      p.dendritic_fraction = py::cast<double>(dendritic_fraction);
    }
    if (plasticity) {
      p.plasticity = *plasticity;
      PlasticityRules::get("plasticity rule", p.plasticity);
      p.plasticity_params = to_params(plasticity_params);
      p.zero_is_negative = zero_is_negative;
    }
    if (modulator >= 0) {
      p.modulator = ModulatorId(modulator);
      const std::optional<PopulationId> of = network_.modulators.at(*p.modulator).population;
      if (of && *of != target) throw ParameterError(what + ": its modulator is of another population");
    }
    if (dynamics) {
      p.dynamics = *dynamics;
      DynamicsLaws::get("dynamics", p.dynamics);
      p.dynamics_params = to_params(dynamics_params);
    }
    p.key = key;
    p.noise_key = noise_key;
    return network_.projections.add(std::move(p));
  }

  void add_error(ModulatorId modulator, PopulationId readout, const std::string& state, double scale,
                 const std::string& loss, std::uint64_t noise_key) {
    network_.errors.push_back(
        {modulator, readout, state_index(network_.populations.at(readout), state), scale, to_loss(loss), noise_key});
  }
  void add_feedback(ModulatorId modulator, ModulatorId of, std::optional<ProjectionId> projection,
                    const std::optional<Doubles>& weights, double decay) {
    std::shared_ptr<const std::vector<double>> own;
    if (weights) own = std::make_shared<const std::vector<double>>(from_numpy<double>(*weights));
    network_.feedbacks.push_back({modulator, of, projection, std::move(own), decay});
  }

  double estimate() const { return estimate_bytes(network_); }
  double estimate_peak() const { return estimate_peak_bytes(network_); }
  // By projection, before any is drawn.
  std::vector<double> expected() const { return expected_synapses(network_); }
  // Why a population cannot go in steps of dt, or nothing.
  std::string why_not_stepped(PopulationId population) const {
    const Population& p = network_.populations.at(population);
    try {
      NeuronModels::get("neuron model", p.model)
          .clock64({p.params, network_.steps, p.columns.empty() ? 0 : p.n, 0, "population '" + p.name + "'",
                    p.noise_key, p.columns});
    } catch (const ParameterError& error) {
      return error.what();
    }
    return "";
  }

  std::shared_ptr<CompiledNetwork> build() const {
    return interruptible(
        [this](const std::atomic<bool>& stop) { return std::make_shared<CompiledNetwork>(compile(network_, stop)); });
  }

 private:
  NetworkDescription network_;
};

py::dict initial_state(const CompiledNetwork& network, PopulationId number) {
  const Population& population = network.description.populations.at(number);
  const NeuronEntry& model = NeuronModels::get("neuron model", population.model);
  py::dict states;
  for (std::size_t s = 0; s < model.info.states.size(); ++s) {
    std::vector<double> values(population.n);
    for (std::uint32_t k = 0; k < population.n; ++k) values[k] = initial_value<double>(population, model, s, k);
    states[py::str(model.info.states[s].name)] = to_numpy(std::move(values));
  }
  return states;
}

}  // namespace

void bind_network(py::module_& m) {
  m.def(
      "draw",
      [](const py::dict& distribution, std::uint64_t key, std::uint32_t n, const std::string& owner) {
        const Distribution draw = to_distribution(distribution, owner);
        std::vector<double> values(n);
        for (std::uint32_t k = 0; k < n; ++k) values[k] = draw(key, k, 0, 0, k);
        return to_numpy(std::move(values));
      },
      py::arg("distribution"), py::arg("key"), py::arg("n"), py::arg("owner"));
  py::class_<CompiledNetwork, std::shared_ptr<CompiledNetwork>>(m, "CompiledNetwork")
      .def_property_readonly("unit", [](const CompiledNetwork& n) { return n.description.time.unit(); })
      .def_property_readonly("shards", [](const CompiledNetwork& n) { return n.shards.size(); })
      .def_property_readonly("delay_spans",
                             [](const CompiledNetwork& n) {
                               std::vector<std::tuple<Tick, Tick, Tick>> spans;
                               for (const DelaySpan& s : n.delay_spans()) spans.emplace_back(s.min, s.max, s.dendrite);
                               return spans;
                             })
      .def(
          "hear_of",
          [](CompiledNetwork& n, const std::vector<std::tuple<Tick, Tick, Tick>>& given) {
            std::vector<DelaySpan> spans;
            for (const auto& [min, max, dendrite] : given) spans.push_back({min, max, dendrite, 0});
            n.hear_of(std::move(spans));
          },
          py::arg("spans"))
      .def_property_readonly("n_synapses",
                             [](const CompiledNetwork& n) {
                               std::uint64_t sum = 0;
                               for (const ProjectionId q : n.places.ids()) sum += n.synapses(q);
                               return sum;
                             })
      .def_property_readonly("nbytes", &stored_bytes)
      .def_property_readonly("delivery_order",
                             [](const CompiledNetwork& n) {
                               const Ids<ProjectionId> all = n.places.ids();
                               std::vector<ProjectionId> order(all.begin(), all.end());
                               std::sort(order.begin(), order.end(), [&](ProjectionId a, ProjectionId b) {
                                 return std::tie(n.places[a].block, n.places[a].member) <
                                        std::tie(n.places[b].block, n.places[b].member);
                               });
                               return order;
                             })
      .def(
          "set_stepped",
          [](CompiledNetwork& n, PopulationId population, bool stepped) {
            n.description.populations.at(population).stepped = stepped;
          },
          py::arg("population"), py::arg("stepped"))
      .def("synapse_count", &CompiledNetwork::synapses, py::arg("projection"))
      .def("synapses", &synapse_arrays, py::arg("projection"))
      .def("block", &block_arrays, py::arg("projection"), py::arg("shard"))
      .def(
          "order", [](const CompiledNetwork& n, ProjectionId q) { return to_numpy(synapse_order(n, q)); },
          py::arg("projection"))
      .def("check_delays", &check_delays, py::arg("projection"), py::arg("delays"), py::arg("least"), py::arg("driven"),
           py::arg("in_dendrites"))
      .def("check_sources", &check_sources, py::arg("projection"), py::arg("sources"), py::arg("driven"),
           py::arg("silent"))
      .def("initial_state", &initial_state, py::arg("population"));

  py::class_<NetworkBuilder>(m, "NetworkBuilder")
      .def(py::init<double, bool, bool, const std::string&, const std::string&, std::uint32_t, bool, double, bool,
                    std::uint32_t, std::uint32_t, const std::string&>(),
           py::kw_only(), py::arg("unit"), py::arg("grid"), py::arg("round_off_grid"), py::arg("dtype"),
           py::arg("weight_dtype"), py::arg("threads"), py::arg("packs_rows"), py::arg("steps") = 1.0,
           py::arg("adapts_threads") = false, py::arg("ranks") = 1, py::arg("rank") = 0,
           py::arg("kept_rows") = "by_size")
      .def("add_population", &NetworkBuilder::add_population, py::arg("name"), py::arg("model"), py::arg("n"),
           py::arg("params"), py::arg("init"), py::arg("key"), py::arg("noise_key"), py::arg("columns") = py::dict(),
           py::arg("parts") = Parts(), py::arg("level") = 0)
      .def("add_source", &NetworkBuilder::add_source, py::arg("name"), py::arg("model"), py::arg("n"),
           py::arg("params"), py::arg("key"), py::arg("noise_key"), py::arg("columns") = py::dict())
      .def("add_current", &NetworkBuilder::add_current, py::arg("population"), py::arg("neurons"), py::arg("model"),
           py::arg("params"), py::arg("noise_key"), py::arg("own") = std::vector<py::dict>())
      .def("add_modulator", &NetworkBuilder::add_modulator, py::arg("name"), py::arg("population"),
           py::arg("by") = std::nullopt, py::arg("weight") = 1.0, py::arg("delay") = 1.0)
      .def("add_projection", &NetworkBuilder::add_projection, py::arg("name"), py::kw_only(), py::arg("source"),
           py::arg("source_range"), py::arg("target"), py::arg("target_range"), py::arg("receptor"), py::arg("rule"),
           py::arg("rule_params"), py::arg("weight"), py::arg("delay"), py::arg("synapses_per_pair"),
           py::arg("dendritic_fraction"), py::arg("plasticity"), py::arg("plasticity_params"),
           py::arg("zero_is_negative"), py::arg("dynamics"), py::arg("dynamics_params"), py::arg("key"),
           py::arg("noise_key"), py::arg("modulator") = -1)
      .def("add_error", &NetworkBuilder::add_error, py::arg("modulator"), py::arg("readout"), py::arg("state"),
           py::arg("scale"), py::arg("loss"), py::arg("noise_key"))
      .def("add_feedback", &NetworkBuilder::add_feedback, py::arg("modulator"), py::arg("of"), py::arg("projection"),
           py::arg("weights"), py::arg("decay") = 0.0)
      .def("estimate_bytes", &NetworkBuilder::estimate)
      .def("estimate_peak_bytes", &NetworkBuilder::estimate_peak)
      .def("expected_synapses", &NetworkBuilder::expected)
      .def("why_not_stepped", &NetworkBuilder::why_not_stepped, py::arg("population"))
      .def("compile", &NetworkBuilder::build);
}

}  // namespace pysnn
