// The engines and their trials, registered.
#include "bindings/bound_engine.hpp"

namespace pysnn {
namespace {

class BoundClockEngine : public BoundEngine {
 public:
  explicit BoundClockEngine(std::shared_ptr<CompiledNetwork> n) : BoundEngine(std::move(n), &make_clock_engine) {}
};
class BoundEventEngine : public BoundEngine {
 public:
  explicit BoundEventEngine(std::shared_ptr<CompiledNetwork> n) : BoundEngine(std::move(n), &make_event_engine) {}
};

}  // namespace

void bind_engines(py::module_& m) {
  py::class_<BoundTrials>(m, "Trials")
      .def("run", &BoundTrials::run, py::arg("duration"), py::arg("keys"), py::arg("inputs"), py::arg("counted"),
           py::arg("told"), py::arg("read"), py::arg("lessons"), py::arg("first"), py::arg("wall_budget"))
      .def_property_readonly("done", &BoundTrials::done)
      .def_property_readonly("running", &BoundTrials::running)
      .def("take", &BoundTrials::take, py::arg("population"));
  py::class_<BoundEngine>(m, "Engine")
      .def_property_readonly("time", &BoundEngine::time)
      .def_property_readonly("ticks", &BoundEngine::ticks)
      .def_property_readonly("active_threads", &BoundEngine::active_threads)
      .def("join", &BoundEngine::join, py::arg("rank"), py::arg("size"), py::arg("allgather"))
      .def("owned", &BoundEngine::owned, py::arg("group"))
      .def_property_readonly("exchanges", &BoundEngine::exchanges)
      .def("advance", &BoundEngine::advance, py::arg("until"), py::arg("wall_budget"))
      .def("finish", &BoundEngine::finish)
      .def("record_spikes", &BoundEngine::record_spikes, py::arg("group"))
      .def("take_spikes", &BoundEngine::take_spikes, py::arg("group"))
      .def("add_state_probe", &BoundEngine::add_state_probe, py::arg("population"), py::arg("state"),
           py::arg("indices"), py::arg("every"))
      .def("take_states", &BoundEngine::take_states, py::arg("probe"))
      .def("add_change_probe", &BoundEngine::add_change_probe, py::arg("projection"))
      .def("take_changes", &BoundEngine::take_changes, py::arg("probe"))
      .def_property_readonly("nbytes", &BoundEngine::nbytes)
      .def("synapse_count", &BoundEngine::synapse_count, py::arg("projection"))
      .def("synapses", &BoundEngine::synapses, py::arg("projection"))
      .def("blocks", &BoundEngine::blocks, py::arg("projection"))
      .def("weights", &BoundEngine::weights, py::arg("projection"))
      .def("check_weights", &BoundEngine::check_weights, py::arg("projection"), py::arg("weights"), py::arg("call"))
      .def("set_weights", &BoundEngine::set_weights, py::arg("projection"), py::arg("weights"))
      .def("state", &BoundEngine::state, py::arg("population"), py::arg("name"))
      .def("set_state", &BoundEngine::set_state, py::arg("population"), py::arg("name"), py::arg("values"))
      .def("parameter", &BoundEngine::parameter, py::arg("group"), py::arg("name"))
      .def("set_parameters", &BoundEngine::set_parameters, py::arg("group"), py::arg("values"), py::arg("indices"))
      .def("inject", &BoundEngine::inject, py::arg("number"), py::arg("population"), py::arg("neurons"),
           py::arg("model"), py::arg("params"), py::arg("noise_key"), py::arg("own"))
      .def("replace_current", &BoundEngine::replace_current, py::arg("number"), py::arg("model"), py::arg("params"),
           py::arg("noise_key"), py::arg("own"))
      .def("stop_current", &BoundEngine::stop_current, py::arg("number"))
      .def("part", &BoundEngine::part, py::arg("population"), py::arg("name"))
      .def("set_part", &BoundEngine::set_part, py::arg("population"), py::arg("name"), py::arg("value"))
      .def("least_delay", &BoundEngine::least_delay, py::arg("projection"))
      .def("check_delays", &BoundEngine::check_delays, py::arg("projection"), py::arg("delays"))
      .def("set_delays", &BoundEngine::set_delays, py::arg("projection"), py::arg("delays"))
      .def("check_sources", &BoundEngine::check_sources, py::arg("projection"), py::arg("sources"))
      .def("rewire", &BoundEngine::rewire, py::arg("projection"), py::arg("sources"))
      .def("rewirings", &BoundEngine::rewirings, py::arg("projection"))
      .def("built_order", &BoundEngine::built_order, py::arg("projection"))
      .def("set_learning", &BoundEngine::set_learning, py::arg("projection"), py::arg("on"), py::arg("rate"))
      .def("learns", &BoundEngine::learns, py::arg("projection"))
      .def("teach", &BoundEngine::teach, py::arg("error"), py::arg("wanted"), py::arg("gain"))
      .def("modulate", &BoundEngine::modulate, py::arg("modulator"), py::arg("values"))
      .def("restart", &BoundEngine::restart, py::arg("kept"), py::arg("from_zero"), py::arg("noise"))
      .def("feed", &BoundEngine::feed, py::arg("source"), py::arg("times"), py::arg("indices"))
      .def("feed_source", &BoundEngine::feed_source, py::arg("source"), py::arg("model"), py::arg("params"),
           py::arg("noise_key"))
      .def("trials", &BoundEngine::trials, py::arg("threads"), py::arg("in_order"), py::arg("states"),
           py::keep_alive<0, 1>())  // their engines are made as this one is then
      .def("take_over", &BoundEngine::take_over, py::arg("trials"), py::arg("carried"))
      .def("delivered", &BoundEngine::delivered)
      .def("save", &BoundEngine::save, py::arg("before") = std::nullopt)
      .def("restore", &BoundEngine::restore, py::arg("arrays"))
      .def("set_profile", &BoundEngine::set_profile, py::arg("on"))
      .def("profile", &BoundEngine::profile);
  py::class_<BoundClockEngine, BoundEngine>(m, "ClockEngine")
      .def(py::init<std::shared_ptr<CompiledNetwork>>(), py::arg("network"));
  py::class_<BoundEventEngine, BoundEngine>(m, "EventEngine")
      .def(py::init<std::shared_ptr<CompiledNetwork>>(), py::arg("network"));
}

}  // namespace pysnn
