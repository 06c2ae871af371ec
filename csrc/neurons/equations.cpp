#include "neurons/equations.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>
#include <utility>

#include "math/distribution.hpp"
#include "math/propagator.hpp"
#include "neurons/equation_flow.hpp"
#include "neurons/neuron_loops.hpp"

namespace pysnn {

std::vector<double> EquationWords::prepared(const std::vector<double>& parameters, double dt) const {
  std::size_t n = texts.size();
  for (const Matrix& matrix : matrices) n += matrix.entries.size();
  std::vector<double> values(n);
  prepare(parameters.data(), dt, values.data());
  return values;
}

double refractory_time(double ms, const std::string& owner) {
  if (ms < 0.0)
    throw ParameterError(owner + ": with these parameters its refractory time is negative (" + show(ms) + " ms)");
  return ms;
}

std::vector<double> EquationWords::of(const std::vector<double>& parameters, const TimeBase& time,
                                      const std::string& owner) const {
  const std::vector<double> values = prepared(parameters, time.unit());
  std::vector<Eigen::MatrixXd> exponentials;
  check_numbers(values, owner);
  const double* entry = values.data() + texts.size();
  for (const Matrix& matrix : matrices) {
    const auto size = static_cast<Eigen::Index>(matrix.names.size());
    Eigen::MatrixXd system = Eigen::MatrixXd::Zero(size, size);
    for (const Entry& at : matrix.entries) system(at.row, at.column) = *entry++;
    if (!system.allFinite())
      throw ParameterError(owner + ": with these parameters its equations have no finite rates (" +
                           largest_rate(system, matrix.names) + ")");
    exponentials.push_back(propagator(system, time.unit() / matrix.parts));
  }
  std::vector<double> words;
  for (const Source& source : sources) {
    if (source.matrix == value)
      words.push_back(values[source.first]);
    else if (source.matrix == ticks)
      words.push_back(
          static_cast<double>(time.tick(refractory_time(values[source.first], owner), owner + ": refractory")));
    else
      words.push_back(exponentials[source.matrix](source.first, source.second));
    if (std::isnan(words.back()))
      throw ParameterError(owner + ": with these parameters a step of dt = " + show(time.unit()) +
                           " ms comes to no number (of " + matrices[source.matrix].names[source.first] + ")");
  }
  return words;
}

void EquationWords::check_numbers(const std::vector<double>& values, const std::string& owner) const {
  for (std::size_t k = 0; k < texts.size(); ++k)
    if (std::isnan(values[k]))
      throw ParameterError(owner + ": with these parameters its equations have coefficients that are no numbers (" +
                           texts[k] + ")");
}

std::string largest_rate(const Eigen::MatrixXd& rates, const std::vector<std::string>& names) {
  Eigen::Index row = 0, column = 0;
  rates.cwiseAbs().maxCoeff<Eigen::PropagateNaN>(&row, &column);
  return "d" + names[static_cast<std::size_t>(row)] + "/dt has a coefficient of " + show(rates(row, column));
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

bool EquationModel::too_short(const ParamSet& params, const TimeBase& time) const {
  // Steps shorter than this, times the slowest rate, lose in single precision what they add.
  constexpr double shortest_single = 1.0 / 4096.0;
  const std::vector<double> values = step_words.prepared(parameters(params), time.unit());
  return std::any_of(rates.begin(), rates.end(), [&](std::uint32_t rate) {
    return std::abs(values[step_words.sources[rate].first]) * time.unit() < shortest_single;
  });
}

namespace {

// A population's share on fixed steps, as ClockNeuronsOf is of a built-in model.
template <class Real>
class EquationNeurons final : public ClockNeurons<Real> {
 public:
  EquationNeurons(std::shared_ptr<const EquationModel> model, const NeuronConfig& config)
      : model_(std::move(model)), time_(config.time), owner_(config.owner), first_(config.first), n_(config.n) {
    draws_.first = first_;
    draws_of_.resize((model_->draws ? 1 : 0) + model_->noises);
    rekey(config.key);
    if (config.columns.empty() || n_ == 0) {
      words_ = words(config.params, owner_);
    } else {
      ParamsOfEach each(config.params, config.columns);
      for (std::uint32_t k = 0; k < n_; ++k) set_words(k, words_of(each, k));
    }
    state_.add(declared() + hold(), n_);
    std::vector<std::uint32_t> all(config.columns.empty() ? 0 : config.columns.begin()->second.size());
    std::iota(all.begin(), all.end(), 0u);
    words_changed(config.params, config.columns, all);
    if (config.moves_thresholds)
      throw UnsupportedError(owner_ +
                             ": Homeostasis, winner_takes_all: the threshold of a model from equations is its " +
                             "own (write what moves it as a state)");
  }

  void step(Tick now, Real* const* input, const Real* current, std::vector<std::uint32_t>& fired) override {
    draws_.now = now;
    for (std::uint32_t begin = 0; begin < n_; begin += most_at_once)
      take(begin, std::min(n_ - begin, most_at_once), input, current, fired);
  }

  // See ClockNeuronsOf.
  void steps(Tick first, std::span<const std::vector<Real*>> inputs, const Real* current,
             std::span<std::vector<std::uint32_t>> fired) override {
    const std::uint32_t at_once = neurons_at_once();
    for (std::uint32_t begin = 0; begin < n_; begin += at_once)
      for (std::size_t s = 0; s < inputs.size(); ++s) {
        draws_.now = first + static_cast<Tick>(s);
        take(begin, std::min(n_ - begin, at_once), inputs[s].data(), current, fired[s]);
      }
  }

  bool can_be_watched() const override { return false; }
  void watch(Real* const*, const Real*, WatchedStates<Real>&) const override {}
  void offset_thresholds(std::uint32_t, std::span<const double>) override {}

  std::span<Real> state(std::size_t index) override { return state_[index]; }

  void set_parameters(const ParamSet& params, const Columns& columns, std::span<const std::uint32_t> changed) override {
    if (columns.empty()) {
      words_ = words(params, owner_);
      words_of_each_.clear();
    } else {
      if (words_of_each_.empty())
        for (std::uint32_t k = 0; k < n_; ++k) set_words(k, words_);
      ParamsOfEach each(params, columns);
      for (const std::uint32_t neuron : changed)
        if (const std::uint32_t k = neuron - first_; k < n_) set_words(k, words_of(each, k));
    }
    words_changed(params, columns, changed);
  }

  void io(const Archive& archive, std::uint32_t n) override {
    const auto& names = model_->info.states;
    for (std::size_t s = 0; s < state_.size(); ++s)
      archive.part(s < names.size() ? names[s].name : "hidden " + std::to_string(s), n, first_, n_,
                   [&](std::size_t k) -> Real& { return state_[s][k]; });
  }

  void restart(const ClockNeurons<Real>& first, const std::vector<char>& kept) override {
    const auto& from = static_cast<const EquationNeurons&>(first).state_;
    for (std::size_t s = 0; s < state_.size(); ++s) {
      // What is left of a state beyond a float goes with it.
      const std::size_t of = s < declared() + hold() ? s : s - declared() - hold();
      if (of < kept.size() && kept[of]) continue;
      if (s < from.size())
        std::copy(from[s].begin(), from[s].end(), state_[s].begin());
      else  // they were paired for parameters that have gone
        std::fill(state_[s].begin(), state_[s].end(), Real(0));
    }
  }

  void rekey(std::uint64_t key) override { draws_.key = subkey(key, spikes_purpose); }

 private:
  static constexpr std::uint32_t most_at_once = 512;  // whose flags and states are in the first cache

  static constexpr bool single = sizeof(Real) == 4;

  struct OfStrip {
    alignas(64) Real value[most_at_once];
  };

  std::size_t declared() const { return model_->info.states.size(); }
  std::size_t hold() const { return model_->holds ? 1 : 0; }

  std::uint32_t neurons_at_once() const {
    const std::size_t words = words_of_each_.size() / n_, word = single && !paired_ ? sizeof(float) : sizeof(double);
    // States, inputs, parameters and a flag of each.
    const std::size_t each = (state_.size() + model_->info.receptors.size()) * sizeof(Real) + (words + 1) * word;
    return static_cast<std::uint32_t>(
        std::clamp(first_cache / each / 64 * 64, std::size_t{64}, std::size_t{most_at_once}));
  }

  // Take `size` neurons from `begin` on through a step.
  void take(std::uint32_t begin, std::uint32_t size, Real* const* input, const Real* current,
            std::vector<std::uint32_t>& fired) {
    if constexpr (single) {
      if (paired_)
        take(model_->paired, words_, words_of_each_, begin, size, input, current, fired);
      else
        take(model_->steps32, single_words_, single_words_of_each_, begin, size, input, current, fired);
    } else {
      take(model_->steps64, words_, words_of_each_, begin, size, input, current, fired);
    }
  }

  template <class Number>
  void take(const EquationModel::Steps<Number>& steps, const std::vector<Number>& words,
            const std::vector<Number>& words_of_each, std::uint32_t begin, std::uint32_t size, Real* const* input,
            const Real* current, std::vector<std::uint32_t>& fired) {
    alignas(page_part) Flag<Number> flags[most_at_once];
    const bool each = !words_of_each.empty();
    const auto step = each ? steps.each : steps.alike;
    columns_.clear();
    for (std::size_t s = 0; s < state_.size(); ++s) columns_.push_back(state_[s].data() + begin);
    for (std::size_t r = 0; r < model_->info.receptors.size(); ++r) columns_.push_back(input[r] + begin);
    columns_.push_back(const_cast<Real*>(current ? current + begin : none_));  // which is only read
    // A spike's draw is the 0th of a step, as of the built-in models that escape by chance; those of noises follow.
    if (model_->draws) columns_.push_back(draw(begin, size, 0, draws_of_.front()));
    for (std::uint32_t k = 0; k < model_->noises; ++k)
      columns_.push_back(draw(begin, size, k + 1, draws_of_[draws_of_.size() - model_->noises + k]));
    if (step(size, columns_.data(), each ? words_of_each.data() + begin : words.data(), n_, flags) == 0) return;
    for (std::uint32_t k = 0; k < size; ++k)
      if (flags[k] != 0) fired.push_back(begin + k);
  }

  // One of each neuron's draws of a step, a pure function of (population, neuron, step): a uniform one for its spike
  // (the 0th), or a normal one for a noise.
  Real* draw(std::uint32_t begin, std::uint32_t size, std::uint32_t which, OfStrip& into) {
    DrawsEachStep::Uniforms uniform, normal;
    for (std::uint32_t k = 0; k < size; k += DrawsEachStep::strip) {
      const std::uint32_t n = std::min(size - k, DrawsEachStep::strip);
      draws_.fill(begin + k, n, uniform, which);
      if (which > 0) normal_quantiles({uniform, n}, normal);
      std::copy_n(which > 0 ? normal : uniform, n, into.value + k);
    }
    return into.value;
  }

  // Whether steps are too short for single precision of any of these neurons. Those of the whole population are asked,
  // so that all of its parts decide alike.
  bool too_short(const ParamSet& params, const Columns& columns, std::span<const std::uint32_t> neurons) const {
    const auto loses = [&](const ParamSet& own) { return model_->too_short(own, time_); };
    if (columns.empty()) return loses(params);
    ParamsOfEach each(params, columns);
    return std::any_of(neurons.begin(), neurons.end(), [&](std::uint32_t neuron) { return loses(each(neuron)); });
  }

  void words_changed(const ParamSet& params, const Columns& columns, std::span<const std::uint32_t> changed) {
    if constexpr (single) {
      if (!paired_ && too_short(params, columns, changed)) {
        paired_ = true;
        state_.add(declared(), n_);
      }
      single_words_.assign(words_.begin(), words_.end());
      single_words_of_each_.assign(words_of_each_.begin(), words_of_each_.end());
    }
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
  StateArrays<Real> state_;            // declared, the steps left refractory, where paired what is left of each
  std::vector<void*> columns_;
  bool paired_ = false;
  std::vector<float> single_words_, single_words_of_each_;  // the same, where neurons step in single precision
  DrawsEachStep draws_;
  alignas(64) Real none_[most_at_once] = {};  // the current where there is none
  std::vector<OfStrip> draws_of_;
};

}  // namespace

void register_equations(const std::shared_ptr<const EquationModel>& model, bool single_precision) {
  NeuronEntry entry;
  entry.info = model->info;
  entry.info.engines = {"clock"};
  if (single_precision)
    entry.clock32 = [model](const NeuronConfig& c) { return std::make_unique<EquationNeurons<float>>(model, c); };
  else
    entry.clock64 = [model](const NeuronConfig& c) { return std::make_unique<EquationNeurons<double>>(model, c); };
  entry.constants32 = entry.constants64 = [model](const NeuronConfig& c) {
    Constants words;
    for (const double word : model->step_words.of(model->parameters(c.params), c.time, c.owner))
      words.emplace_back("word_" + std::to_string(words.size()), word);
    return words;
  };
  entry.pairs = [model](const NeuronConfig& c) { return model->too_short(c.params, c.time); };
  entry.info.hidden_states = model->holds ? 1 : 0;
  entry.initial = [model](const ParamSet& params, std::size_t state) { return model->initial_states(params)[state]; };
  if (model->field) {
    entry.info.engines.push_back("event");
    entry.event = equation_flows(model);
  }
  NeuronModels::add(model->info.name, std::move(entry));
}

}  // namespace pysnn
