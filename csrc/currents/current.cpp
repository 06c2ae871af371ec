#include "currents/current.hpp"

#include <algorithm>
#include <utility>

namespace pysnn {
namespace {

// One current for each run of neighbours whose parameters are alike.
class CurrentOfEach final : public Current {
 public:
  CurrentOfEach(const CurrentEntry& model, const InjectedCurrent& described, const CurrentConfig& config) {
    const auto neuron = [&](std::size_t j) {
      return config.list ? (*config.list)[j] : config.neurons.begin + static_cast<std::uint32_t>(j);
    };
    const auto& own = described.own;
    if (own.size() != (config.list ? config.list->size() : config.neurons.size()))
      throw ParameterError(config.owner + ": " + described.model + ": expected parameters of each neuron");
    for (std::size_t j = 0; j < own.size();) {
      std::size_t end = j + 1;
      while (end < own.size() && neuron(end) == neuron(end - 1) + 1 && own[end].all() == own[j].all()) ++end;
      const Range neurons{neuron(j), neuron(end - 1) + 1};
      runs_.push_back({neurons, model.make({config.owner, neurons, nullptr, own[j], config.time, config.key})});
      j = end;
    }
  }

  std::unique_ptr<const Current> with_key(std::uint64_t key) const override {
    std::vector<Run> runs;
    for (const Run& run : runs_) {
      runs.push_back({run.neurons, run.current->with_key(key)});
      if (!runs.back().current) return nullptr;
    }
    return std::unique_ptr<const Current>(new CurrentOfEach(std::move(runs)));
  }

  LongTick next_change(LongTick t) const override {
    LongTick next = long_never;
    for (const Run& run : runs_) next = std::min(next, run.current->next_change(t));
    return next;
  }

  void levels(LongTick t, Range neurons, std::vector<double>& pA) const override {
    pA.assign(neurons.size(), 0.0);
    std::vector<double> here;
    for (const Run& run : runs_) {
      const Range both{std::max(run.neurons.begin, neurons.begin), std::min(run.neurons.end, neurons.end)};
      if (both.begin >= both.end) continue;
      run.current->levels(t, both, here);
      for (std::uint32_t k = 0; k < both.size(); ++k)
        pA[both.begin - neurons.begin + k] = here[here.size() == 1 ? 0 : k];
    }
  }

 private:
  struct Run {
    Range neurons;
    std::unique_ptr<const Current> current;
  };
  explicit CurrentOfEach(std::vector<Run> runs) : runs_(std::move(runs)) {}

  std::vector<Run> runs_;
};

}  // namespace

std::unique_ptr<const Current> make_current(const NetworkDescription& description, const InjectedCurrent& described) {
  const std::string owner = "current into '" + description.populations[described.population].name + "'";
  const CurrentEntry& model = CurrentModels::get("current", described.model);
  const CurrentConfig config{
      owner, described.neurons, described.list, described.params, description.time, described.noise_key};
  if (!described.own.empty()) return std::make_unique<const CurrentOfEach>(model, described, config);
  return model.make(config);
}

Currents make_currents(const NetworkDescription& description) {
  Currents made;
  for (const InjectedCurrent& described : description.currents) made.push_back(make_current(description, described));
  return made;
}

}  // namespace pysnn
