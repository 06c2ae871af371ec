#include "neurons/equations.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "math/propagator.hpp"
#include "neurons/equation_flow.hpp"

namespace pysnn {

std::vector<double> EquationWords::of(const std::vector<double>& parameters, const TimeBase& time,
                                      const std::string& owner) const {
  std::size_t n = n_values;
  for (const Matrix& matrix : matrices) n += matrix.entries.size();
  std::vector<double> values(n);
  prepare(parameters.data(), time.unit(), values.data());
  std::vector<Eigen::MatrixXd> exponentials;
  const double* entry = values.data() + n_values;
  for (const Matrix& matrix : matrices) {
    Eigen::MatrixXd system = Eigen::MatrixXd::Zero(matrix.size, matrix.size);
    for (const Entry& at : matrix.entries) system(at.row, at.column) = *entry++;
    if (!system.allFinite()) throw ParameterError(owner + ": with these parameters its equations have no finite rates");
    exponentials.push_back(propagator(system, time.unit() / matrix.parts));
  }
  std::vector<double> words;
  for (const Source& source : sources) {
    if (source.matrix == value)
      words.push_back(values[source.first]);
    else if (source.matrix == ticks)
      words.push_back(static_cast<double>(time.tick(values[source.first], owner + ": refractory")));
    else
      words.push_back(exponentials[source.matrix](source.first, source.second));
    if (std::isnan(words.back()))
      throw ParameterError(owner + ": with these parameters its equations have coefficients that are no numbers");
  }
  return words;
}

std::vector<double> EquationModel::parameters(const ParamSet& params) const {
  std::vector<double> values;
  for (const ParamInfo& declared : info.params) values.push_back(params[declared.name]);
  return values;
}

std::vector<double> EquationModel::initial_states(const ParamSet& params) const {
  std::vector<double> states(info.states.size());
  initial(parameters(params).data(), 0.0, states.data());
  return states;
}

namespace {

// A population's share on fixed steps, as ClockNeuronsOf is of a built-in model.
template <class Real>
class EquationNeurons final : public ClockNeurons<Real> {
 public:
  EquationNeurons(std::shared_ptr<const EquationModel> model, const NeuronConfig& config)
      : model_(std::move(model)), time_(config.time), owner_(config.owner), first_(config.first), n_(config.n) {
    if (config.columns.empty() || n_ == 0) {
      words_ = words(config.params, owner_);
    } else {
      ParamsOfEach each(config.params, config.columns);
      for (std::uint32_t k = 0; k < n_; ++k) set_words(k, words_of(each, k));
    }
    for (std::size_t s = 0; s < states(); ++s) state_.emplace_back(n_, Real(0));
  }

  void step(Tick, Real* const* input, const Real* current, std::vector<std::uint32_t>& fired) override {
    const std::size_t receptors = model_->info.receptors.size();
    const bool each = !words_of_each_.empty();
    const auto loop = each ? model_->each : model_->alike;
    for (std::uint32_t begin = 0; begin < n_; begin += strip) {
      const std::uint32_t size = std::min(n_ - begin, strip);
      columns_.clear();
      for (Array<Real>& state : state_) columns_.push_back(state.data() + begin);
      for (std::size_t r = 0; r < receptors; ++r) columns_.push_back(input[r] + begin);
      columns_.push_back(const_cast<Real*>(current ? current + begin : none_));  // which is only read
      const double* words = each ? words_of_each_.data() + begin : words_.data();
      if (loop(size, columns_.data(), words, n_, flags_) == 0) continue;
      for (std::uint32_t k = 0; k < size; ++k)
        if (flags_[k] != 0) fired.push_back(begin + k);
    }
  }

  Array<Real>& state(std::size_t index) override { return state_[index]; }

  void set_parameters(const ParamSet& params, const Columns& columns, std::span<const std::uint32_t> changed) override {
    if (columns.empty()) {
      words_ = words(params, owner_);
      words_of_each_.clear();
      return;
    }
    if (words_of_each_.empty())
      for (std::uint32_t k = 0; k < n_; ++k) set_words(k, words_);
    ParamsOfEach each(params, columns);
    for (const std::uint32_t neuron : changed)
      if (const std::uint32_t k = neuron - first_; k < n_) set_words(k, words_of(each, k));
  }

  void io(const Archive& archive, std::uint32_t n) override {
    const auto& declared = model_->info.states;
    for (std::size_t s = 0; s < state_.size(); ++s)
      archive.part(s < declared.size() ? declared[s].name : "hidden " + std::to_string(s), n, first_, n_,
                   [&](std::size_t k) -> Real& { return state_[s][k]; });
  }

  void restart(const ClockNeurons<Real>& first, const std::vector<char>& kept) override {
    const auto& from = static_cast<const EquationNeurons&>(first).state_;
    const std::size_t declared = model_->info.states.size(), hold = model_->holds ? 1 : 0;
    for (std::size_t s = 0; s < state_.size(); ++s) {
      // What is left of a state beyond a float goes with it.
      const std::size_t of = s < declared + hold ? s : s - declared - hold;
      if (of < kept.size() && kept[of]) continue;
      std::copy(from[s].begin(), from[s].end(), state_[s].begin());
    }
  }

  void rekey(std::uint64_t) override {}

 private:
  static constexpr std::uint32_t strip = 512;  // whose flags and states are in the first cache

  std::size_t states() const {
    const std::size_t declared = model_->info.states.size();
    return declared * (sizeof(Real) == 4 ? 2 : 1) + (model_->holds ? 1 : 0);
  }

  std::vector<double> words(const ParamSet& params, const std::string& owner) const {
    return model_->step_words.of(model_->parameters(params), time_, owner);
  }
  std::vector<double> words_of(ParamsOfEach& each, std::uint32_t k) const {
    const std::uint32_t neuron = first_ + k;
    return words(each(neuron), owner_ + ", neuron " + std::to_string(neuron));
  }
  void set_words(std::uint32_t k, const std::vector<double>& words) {
    if (words_of_each_.empty()) words_of_each_.resize(std::size_t{n_} * words.size());
    for (std::size_t w = 0; w < words.size(); ++w) words_of_each_[w * n_ + k] = words[w];
  }

  std::shared_ptr<const EquationModel> model_;
  TimeBase time_;
  std::string owner_;
  std::uint32_t first_, n_;
  std::vector<double> words_;          // of all neurons, or
  std::vector<double> words_of_each_;  // word by word, each neuron's own
  std::vector<Array<Real>> state_;     // declared, the steps left refractory, what is left of each beyond a float
  std::vector<void*> columns_;
  alignas(64) std::int64_t flags_[strip];
  alignas(64) Real none_[strip] = {};  // the current where there is none
};

}  // namespace

void register_equations(std::shared_ptr<const EquationModel> model, bool single_precision) {
  NeuronEntry entry;
  entry.info = model->info;
  entry.info.engines = {"clock"};
  if (single_precision)
    entry.clock32 = [model](const NeuronConfig& c) { return std::make_unique<EquationNeurons<float>>(model, c); };
  else
    entry.clock64 = [model](const NeuronConfig& c) { return std::make_unique<EquationNeurons<double>>(model, c); };
  entry.initial = [model](const ParamSet& params, std::size_t state) { return model->initial_states(params)[state]; };
  if (model->field) {
    entry.info.engines.push_back("event");
    entry.event = equation_flows(model);
  }
  NeuronModels::add(model->info.name, std::move(entry));
}

}  // namespace pysnn
