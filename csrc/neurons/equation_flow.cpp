#include "neurons/equation_flow.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "neurons/equations.hpp"
#include "neurons/runge_kutta_flow.hpp"

namespace pysnn {
namespace {

// With room for `n` numbers; those that a model does not have stay 0.
template <std::size_t n, bool does_reset>
class Equations {
 public:
  // What makes one of these from a neuron's parameters.
  struct Kind {
    std::shared_ptr<const EquationModel> model;
    const ModelInfo& info() const { return model->info; }
    Equations operator()(const ParamSet& params) const { return Equations(model, params); }
  };

  Equations(std::shared_ptr<const EquationModel> model, const ParamSet& params)
      : model_(std::move(model)), start_(model_->initial_states(params)), error_(params["tolerance"]) {
    const EquationWords& words = model_->flow_words;
    auto values = std::make_shared<std::vector<double>>(words.n_values);
    words.prepare(model_->parameters(params).data(), 0.0, values->data());
    start_.insert(start_.begin(), 0.0);
    model_->look(start_.data(), values->data());
    words_ = std::move(values);
  }

  double peak() const { return 0.0; }
  double refractory() const { return model_->holds ? (*words_)[0] : 0.0; }
  double tolerance() const { return error_; }
  double initial(std::size_t k) const { return k < start_.size() ? start_[k] : 0.0; }
  void check_continuous(const std::string& owner) const {
    if (std::any_of(words_->begin(), words_->end(), [](double word) { return std::isnan(word); }))
      throw ParameterError(owner + ": with these parameters its equations have coefficients that are no numbers");
  }
  std::string where(const double (&x)[n]) const {
    const StateInfo& first = model_->info.states.front();
    return first.name + " = " + show(x[1]) + (first.unit.empty() ? "" : " " + first.unit);
  }

  template <class>
  struct Field {
    static constexpr std::size_t n_states = n, n_receptors = 8;
    static constexpr bool resets = does_reset;
    std::shared_ptr<const EquationModel> model;
    std::shared_ptr<const std::vector<double>> words;

    explicit Field(const Equations& m) : model(m.model_), words(m.words_) {}
    void operator()(const double (&x)[n], double current, bool held, double (&d)[n]) const {
      std::fill(d + model->info.states.size() + 1, d + n, 0.0);
      model->field(x, current, words->data(), held, d);
    }
    void arrive(double (&x)[n], const double (&sum)[n_receptors], bool held) const {
      model->arrive(x, sum, words->data(), held);
    }
    void reset(double (&x)[n]) const { model->reset(x, words->data()); }
    void look(double (&x)[n]) const { model->look(x, words->data()); }
  };

  // States are counted without the threshold.
  class Flow : public RungeKuttaFlow<Equations> {
    using Base = RungeKuttaFlow<Equations>;

   public:
    using State = typename Base::State;
    Flow(const Equations& m, const TimeBase& time, const std::string& owner) : Base(m, time, owner), field_(m) {}
    double get(const State& s, std::size_t state, Tick now) const { return Base::get(s, state + 1, now); }
    void set(State& s, std::size_t state, double value) const {
      Base::set(s, state + 1, value);
      field_.look(s.x);
    }

   private:
    Field<double> field_;
  };

 private:
  std::shared_ptr<const EquationModel> model_;
  std::shared_ptr<const std::vector<double>> words_;
  std::vector<double> start_;
  double error_;
};

template <std::size_t n>
std::unique_ptr<EventNeurons> make(const std::shared_ptr<const EquationModel>& model, const NeuronConfig& config) {
  if (model->resets) return std::make_unique<EventNeuronsOf<Equations<n, true>>>(config, typename Equations<n, true>::Kind{model});
  return std::make_unique<EventNeuronsOf<Equations<n, false>>>(config, typename Equations<n, false>::Kind{model});
}

}  // namespace

std::function<std::unique_ptr<EventNeurons>(const NeuronConfig&)> equation_flows(
    std::shared_ptr<const EquationModel> model) {
  return [model](const NeuronConfig& config) {
    const std::size_t n = model->info.states.size() + 1;
    return n <= 4 ? make<4>(model, config) : n <= 8 ? make<8>(model, config) : make<32>(model, config);
  };
}

}  // namespace pysnn
