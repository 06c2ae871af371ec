// Models from equations: functions that Python compiled, by their addresses, and what they take.
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "bindings/numpy.hpp"
#include "neurons/equations.hpp"
#include "plasticity/equation_rule.hpp"

namespace pysnn {
namespace {

using Addresses = std::map<std::string, std::uintptr_t>;

template <class Function>
Function function(const Addresses& at, const std::string& name) {
  const auto found = at.find(name);
  return found == at.end() ? nullptr : reinterpret_cast<Function>(found->second);
}

template <class Number>
EquationModel::Steps<Number> steps(const Addresses& at, const std::string& suffix) {
  return {function<EquationModel::Step<Number>>(at, "alike" + suffix),
          function<EquationModel::Step<Number>>(at, "each" + suffix)};
}

EquationWords words(const py::dict& given, const Addresses& at) {
  EquationWords words;
  words.prepare = function<EquationWords::Prepare>(at, "prepare");
  words.texts = py::cast<std::vector<std::string>>(given["values"]);
  using Entries = std::vector<std::pair<std::uint32_t, std::uint32_t>>;
  for (const auto& [names, parts, entries] :
       py::cast<std::vector<std::tuple<std::vector<std::string>, std::uint32_t, Entries>>>(given["matrices"])) {
    words.matrices.push_back({names, parts, {}});
    for (const auto& [row, column] : entries) words.matrices.back().entries.push_back({row, column});
  }
  for (const auto& [kind, first, second] :
       py::cast<std::vector<std::tuple<std::int32_t, std::uint32_t, std::uint32_t>>>(given["sources"]))
    words.sources.push_back({kind, first, second});
  return words;
}

void add_equations(const std::string& name, const py::dict& declared, bool single_precision, const py::dict& step_words,
                   const Addresses& step, const py::object& flow_words, const Addresses& flow) {
  auto model = std::make_shared<EquationModel>();
  model->info.name = name;
  for (const auto& [parameter, unit, default_value] :
       py::cast<std::vector<std::tuple<std::string, std::string, double>>>(declared["params"]))
    model->info.params.push_back({parameter, unit, default_value});
  for (const auto& [state, unit] : py::cast<std::vector<std::pair<std::string, std::string>>>(declared["states"]))
    model->info.states.push_back({state, unit});
  model->info.receptors = py::cast<std::vector<std::string>>(declared["receptors"]);
  model->holds = py::cast<bool>(declared["holds"]);
  model->resets = py::cast<bool>(declared["resets"]);
  model->draws = py::cast<bool>(declared["draws"]);
  model->noises = py::cast<std::uint32_t>(declared["noises"]);
  model->held = py::cast<std::vector<std::uint32_t>>(declared["held"]);
  model->info.hidden_states = model->holds ? 1 : 0;
  model->step_words = words(step_words, step);
  model->initial = function<EquationWords::Prepare>(step, "initial");
  if (single_precision) {
    model->steps32 = steps<float>(step, "");
    model->paired = steps<double>(step, "_paired");
  } else {
    model->steps64 = steps<double>(step, "");
  }
  model->rates = py::cast<std::vector<std::uint32_t>>(declared["rates"]);
  if (!flow_words.is_none()) {
    model->flow_words = words(py::cast<py::dict>(flow_words), flow);
    model->field = function<EquationModel::Field>(flow, "field");
    model->arrive = function<EquationModel::Arrive>(flow, "arrive");
    model->reset = function<EquationModel::Change>(flow, "reset");
    model->look = function<EquationModel::Change>(flow, "look");
    for (const auto& [row, column, word] :
         py::cast<std::vector<std::tuple<std::uint32_t, std::uint32_t, std::uint32_t>>>(declared["linear"]))
      model->linear.push_back({row, column, word});
    model->reach = function<EquationModel::Reach>(flow, "reach");
    model->step = function<EquationModel::PairStep>(flow, "step");
    if (const py::object jump = declared["jump"]; !jump.is_none()) {
      model->jump.function = function<LinearJump::Function>(flow, "jump");
      const auto [entries, stride] =
          py::cast<std::pair<std::vector<std::pair<std::uint32_t, std::uint32_t>>, std::size_t>>(jump);
      for (const auto& [row, column] : entries) model->jump.entries.push_back({row, column});
      model->jump.stride = stride;
    }
  }
  register_equations(model, single_precision);
}

void add_rule_equations(const std::string& name, const py::dict& declared, bool single_precision, const Addresses& at) {
  auto rule = std::make_shared<RuleEquations>();
  rule->info.name = name;
  for (const auto& [parameter, unit, default_value] :
       py::cast<std::vector<std::tuple<std::string, std::string, double>>>(declared["params"]))
    rule->info.params.push_back({parameter, unit, default_value});
  rule->states = py::cast<std::uint32_t>(declared["states"]);
  rule->texts = py::cast<std::vector<std::string>>(declared["words"]);
  rule->pre_taus = py::cast<std::vector<std::uint32_t>>(declared["pre_taus"]);
  rule->post_taus = py::cast<std::vector<std::uint32_t>>(declared["post_taus"]);
  rule->moves = py::cast<bool>(declared["moves"]);
  rule->fades = py::cast<bool>(declared["fades"]);
  rule->without_pre = py::cast<bool>(declared["without_pre"]);
  rule->prepare = function<RuleEquations::Prepare>(at, "prepare");
  rule->pre_jump = function<RuleEquations::Jump>(at, "pre_jump");
  rule->post_jump = function<RuleEquations::Jump>(at, "post_jump");
  rule->gap = function<RuleEquations::Change>(at, "gap");
  const auto reads = py::cast<std::map<std::string, std::pair<std::vector<std::uint32_t>, std::vector<std::uint32_t>>>>(
      declared["reads"]);
  const auto event = [&](const std::string& which) {
    const auto& [source, target] = reads.at(which);
    return RuleEquations::Event{function<RuleEquations::Change>(at, which), source, target};
  };
  rule->on_pre = event("on_pre");
  rule->on_post = event("on_post");
  rule->on_moment = event("on_modulator");
  register_rule_equations(rule, single_precision);
}

}  // namespace

void bind_equations(py::module_& m) {
  m.def("add_equations", &add_equations, py::arg("name"), py::arg("declared"), py::kw_only(),
        py::arg("single_precision"), py::arg("step_words"), py::arg("step"), py::arg("flow_words"), py::arg("flow"));
  m.def("add_rule_equations", &add_rule_equations, py::arg("name"), py::arg("declared"), py::kw_only(),
        py::arg("single_precision"), py::arg("functions"));
}

}  // namespace pysnn
