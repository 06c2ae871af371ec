// The currents of a network for engines that step in Python: what flows when, as the C++ engines have it.
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bindings/described.hpp"
#include "bindings/numpy.hpp"
#include "currents/current.hpp"
#include "engine/restart.hpp"

namespace pysnn {
namespace {

class BoundCurrent {
 public:
  BoundCurrent(std::shared_ptr<const CompiledNetwork> network, InjectedCurrent described)
      : network_(std::move(network)), described_(std::move(described)),
        current_(make_current(network_->description, described_)) {}

  PopulationId population() const { return described_.population; }
  // Of the population, in the order of levels().
  py::array neurons() const {
    if (described_.list) return to_numpy(std::vector<std::uint32_t>(*described_.list));
    std::vector<std::uint32_t> all(described_.neurons.size());
    for (std::uint32_t k = 0; k < all.size(); ++k) all[k] = described_.neurons.begin + k;
    return to_numpy(std::move(all));
  }

  py::object next_change(const py::int_& t) const {
    const LongTick next = current_->next_change(from_python(t));
    if (next == long_never) return py::none();
    return to_python(next);
  }
  py::array levels(const py::int_& t) const {
    std::vector<double> pA;
    current_->levels(from_python(t), described_.neurons, pA);
    if (!described_.list || pA.size() == 1) return to_numpy(std::move(pA));
    std::vector<double> chosen;
    for (const std::uint32_t neuron : *described_.list) chosen.push_back(pA[neuron - described_.neurons.begin]);
    return to_numpy(std::move(chosen));
  }

  void draw_by(std::uint64_t noise) {
    if (auto other = current_->with_key(with_noise(described_.noise_key, noise))) current_ = std::move(other);
  }
  BoundCurrent replaced(const std::string& model, const py::dict& params, std::uint64_t noise_key,
                        const std::vector<py::dict>& own) const {
    InjectedCurrent other = described_;
    other.model = model;
    other.params = to_params(params);
    other.noise_key = noise_key;
    other.own = each(own);
    return {network_, std::move(other)};
  }

  static std::vector<ParamSet> each(const std::vector<py::dict>& own) {
    std::vector<ParamSet> params;
    for (const py::dict& one : own) params.push_back(to_params(one));
    return params;
  }

 private:
  std::shared_ptr<const CompiledNetwork> network_;
  InjectedCurrent described_;
  std::unique_ptr<const Current> current_;
};

}  // namespace

void bind_currents(py::module_& m) {
  py::class_<BoundCurrent>(m, "Current")
      .def(py::init([](const std::shared_ptr<CompiledNetwork>& network, PopulationId population,
                       const py::object& neurons, const std::string& model, const py::dict& params,
                       std::uint64_t noise_key, const std::vector<py::dict>& own) {
             const Population& target = network->description.populations.at(population);
             const auto [range, list] = to_neurons(neurons, target.n, "current into '" + target.name + "'");
             return BoundCurrent(
                 network, {population, range, model, to_params(params), noise_key, list, BoundCurrent::each(own)});
           }),
           py::arg("network"), py::arg("population"), py::arg("neurons"), py::arg("model"), py::arg("params"),
           py::arg("noise_key"), py::arg("own"))
      .def_property_readonly("population", &BoundCurrent::population)
      .def_property_readonly("neurons", &BoundCurrent::neurons)
      .def("next_change", &BoundCurrent::next_change, py::arg("t"))
      .def("levels", &BoundCurrent::levels, py::arg("t"))
      .def("draw_by", &BoundCurrent::draw_by, py::arg("noise"))
      .def("replaced", &BoundCurrent::replaced, py::arg("model"), py::arg("params"), py::arg("noise_key"),
           py::arg("own"));
  m.def(
      "described_currents",
      [](const std::shared_ptr<CompiledNetwork>& network) {
        std::vector<std::unique_ptr<BoundCurrent>> currents;
        for (const InjectedCurrent& described : network->description.currents)
          currents.push_back(std::make_unique<BoundCurrent>(network, described));
        return currents;
      },
      py::arg("network"));
}

}  // namespace pysnn
