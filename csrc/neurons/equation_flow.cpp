#include "neurons/equation_flow.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include "neurons/equations.hpp"
#include "neurons/linear_system.hpp"
#include "neurons/runge_kutta_flow.hpp"

namespace pysnn {
namespace {

// How far above an infinite threshold, which no sum of weights comes near, as a number that steps can be taken with.
constexpr double beyond = 1e200;
double numbered(double above) { return std::clamp(above, -beyond, beyond); }

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
    auto values = std::make_shared<std::vector<double>>(words.texts.size());
    words.prepare(model_->parameters(params).data(), 0.0, values->data());
    start_.insert(start_.begin(), 0.0);
    model_->look(start_.data(), values->data());
    start_[0] = numbered(start_[0]);
    words_ = std::move(values);
  }

  double peak() const { return 0.0; }
  double refractory() const { return model_->holds ? (*words_)[0] : 0.0; }
  double tolerance() const { return error_; }
  double initial(std::size_t k) const { return k < start_.size() ? start_[k] : 0.0; }
  void check_continuous(const std::string& owner) const {
    model_->flow_words.check_numbers(*words_, owner);
    refractory_time(refractory(), owner);
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
      clear_unused(d);
      model->field(x, current, words->data(), held, d);
    }
    void reach(const double (&x)[n], double current, bool held, double h, double (&to)[n]) const {
      clear_unused(to);
      model->reach(x, current, h, words->data(), held, to);
    }
    double step(const double (&x)[n], double current, bool held, double h, double tolerance, double (&to)[n],
                double (&slope)[n]) const {
      clear_unused(to);
      clear_unused(slope);
      return model->step(x, current, h, words->data(), held, tolerance, to, slope);
    }
    void arrive(double (&x)[n], const double (&sum)[n_receptors], bool held) const {
      const double above = x[0];  // counted by what changes of it, which is no number where it is infinite
      model->arrive(x, sum, words->data(), held);
      if (std::abs(above) >= beyond) x[0] = above;
    }
    void reset(double (&x)[n]) const {
      model->reset(x, words->data());
      x[0] = numbered(x[0]);
    }
    void look(double (&x)[n]) const {
      model->look(x, words->data());
      x[0] = numbered(x[0]);
    }

   private:
    void clear_unused(double (&x)[n]) const { std::fill(x + model->info.states.size() + 1, x + n, 0.0); }
  };

  const EquationModel& model() const { return *model_; }
  const std::vector<double>& words() const { return *words_; }

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

// Linear equations, which have a closed form, whose spikes take it below a threshold that is linear as well. A search
// for the next crossing goes on where it ended, in segments from the last event on, so that it does not matter in how
// many parts it was made.
template <std::size_t n>
class LinearEquations : public Equations<n, true> {
  using Base = Equations<n, true>;

 public:
  struct Kind {
    std::shared_ptr<const EquationModel> model;
    const ModelInfo& info() const { return model->info; }
    LinearEquations operator()(const ParamSet& params) const { return LinearEquations(model, params); }
  };
  using Base::Base;

  class Flow {
    using System = LinearSystem<n - 1>;

   public:
    static constexpr std::size_t n_receptors = Base::template Field<double>::n_receptors;
    struct State {
      double x[n], at[n];  // at the last event, how far above first; and where the search has come to, without it
      double current;
      Tick last, free, wake = never;
      Tick searched = unknown, next = unknown;

      template <class Self, class See>
      static constexpr void fields(Self& s, See&& see) {
        see("x", s.x);
        see("at", s.at);
        see("current", s.current);
        see("last", s.last);
        see("free", s.free);
        see("wake", s.wake);
        see("searched", s.searched);
        see("next", s.next);
      }
    };

    Flow(const LinearEquations& m, const TimeBase& time, const std::string& owner)
        : field_(m), hold_(m.refractory(), time, owner), start_(m), unit_(time.unit()) {
      m.check_continuous(owner);
      const EquationModel& model = m.model();
      const auto size = static_cast<Eigen::Index>(model.info.states.size());
      Eigen::MatrixXd system = Eigen::MatrixXd::Zero(size + 1, size + 2);
      for (const auto& entry : model.linear) system(entry.row, entry.column) = m.words()[entry.word];
      if (!system.topRows(size).allFinite())
        throw ParameterError(owner + ": with these parameters its equations have no finite rates (" +
                             largest(system, model) + ")");
      system.row(size) = system.row(size).cwiseMax(-beyond).cwiseMin(beyond);
      free_ = tabulated(system, model, owner);
      held_ = free_;
      if (model.held.empty()) return;
      for (const std::uint32_t state : model.held) system.row(state).setZero();
      held_ = tabulated(system, model, owner);
    }

    State rest() const {
      State s{};
      for (std::size_t k = 0; k < n; ++k) s.x[k] = start_.initial(k);
      return s;
    }
    double get(const State& s, std::size_t state, Tick now) const {
      State there = s;
      advance(there, now);
      return there.x[state + 1];
    }
    void set(State& s, std::size_t state, double value) const {
      s.x[state + 1] = value;
      forget(s);
    }
    void inject(State& s, double pA) const {
      s.current = pA;
      forget(s);
    }

    void advance(State& s, Tick t) const {
      if (t <= s.last) return;
      move(s.x + 1, s, t);
      s.last = t;
      forget(s);
    }

    Tick crossing(State& s, Tick limit) const {
      if (limit <= s.last || limit <= s.free) return never;
      if (s.next == unknown && s.searched == unknown) {
        std::copy(s.x + 1, s.x + n, s.at);
        s.searched = std::max(s.last, hold_.holds(s) ? s.free : s.last);
        if (s.searched > s.last) held_->advance(s.at, s.current, s.searched - s.last);
        if (free_->above(s.at) >= 0.0) s.next = s.searched + 1;
      }
      // Without a limit it is asked when to look again, not whether there is one.
      Tick from = s.searched;
      for (int segments = 0; s.next == unknown && s.searched < limit && (limit != never || segments < 64); ++segments) {
        if (segments == segments_at_once) {
          check_progress(s, s.searched - from);
          from = s.searched;
          segments = 0;
        }
        if (free_->stays_below(s.at, s.current)) {
          s.next = never;
          break;
        }
        // Nearly always a bound takes it over many segments.
        if (const Tick calm = calm_segments(s); calm > 0) {
          free_->advance(s.at, s.current, calm);
          s.searched += calm;
          continue;
        }
        const double root = free_->first_root(s.at, s.current);
        if (std::isnan(root))
          throw Unfollowable{"has equations whose terms are beyond all numbers at " + start_.where(s.x) +
                             " (check its parameters, weights and currents)"};
        if (root <= 1.0)
          s.next = after(s.searched, root * static_cast<double>(free_->segment()));
        else
          s.searched += free_->segment();
      }
      if (s.next == unknown) return limit == never ? s.searched : never;
      return s.next <= limit ? s.next : never;
    }

    Tick bound(const State& s) const {
      if (s.next != unknown) return s.next;
      if (s.searched != unknown && s.searched > s.last) return s.searched;
      if (hold_.holds(s)) return s.free + 1;
      if (free_->above(s.x + 1) >= 0.0) return s.last + 1;
      if (free_->stays_below(s.x + 1, s.current)) return never;
      return s.last + whole_ticks(free_->quiet(s.x + 1, s.current) / unit_);
    }

    struct Decays {};
    struct DecayTable {};
    void decays(const double*, std::size_t, DecayTable&) const {}
    Decays decays(const DecayTable&, std::size_t) const { return {}; }
    Decays decays(Tick) const { return {}; }

    bool arrive(State& s, Tick t, const double (&sum)[n_receptors], bool crosses, const Decays&) const {
      advance(s, t);
      field_.arrive(s.x, sum, t <= s.free);
      forget(s);
      return t > s.free && (crosses || free_->above(s.x + 1) >= 0.0);
    }
    void fire(State& s, Tick t) const {
      advance(s, t);
      field_.reset(s.x);
      hold_.begin(s, t);
      forget(s);
    }

    void rebase(State& s, Tick ticks) const {
      hold_.rebase(s, ticks);
      forget(s);
    }
    Tick refractory() const { return hold_.length; }
    bool finite(const State& s) const {
      return std::all_of(s.x + 1, s.x + n, [](double value) { return std::isfinite(value); });
    }

   private:
    static constexpr Tick unknown = std::numeric_limits<Tick>::min();

    // So many segments of a search must get further than so many ms each: else the run would seem to hang.
    static constexpr int segments_at_once = 1 << 16;
    static constexpr double shortest_mean = 1e-5;

    static void forget(State& s) { s.next = s.searched = unknown; }

    std::shared_ptr<const System> tabulated(const Eigen::MatrixXd& system, const EquationModel& model,
                                            const std::string& owner) const {
      auto made = std::make_shared<const System>(system, unit_, model.jump);
      if (made->finite()) return made;
      throw ParameterError(owner + ": with these parameters what its states do to each other is beyond all numbers (" +
                           largest(system, model) + ")");
    }
    static std::string largest(const Eigen::MatrixXd& system, const EquationModel& model) {
      std::vector<std::string> names;
      for (const StateInfo& state : model.info.states) names.push_back(state.name);
      return largest_rate(system.topRows(system.rows() - 1), names);
    }

    void check_progress(const State& s, Tick ticks) const {
      if (static_cast<double>(ticks) * unit_ < segments_at_once * shortest_mean)
        throw Unfollowable{"is searched for spikes in steps of less than " + show(shortest_mean) + " ms at " +
                           start_.where(s.x) + " (check its parameters, weights and currents)"};
    }

    // Of where the search has come to: how long it cannot cross, in whole segments.
    Tick calm_segments(const State& s) const {
      constexpr Tick longest = Tick{1} << 53;  // no sum of them overflows
      const Tick quiet = std::min(whole_ticks(free_->quiet(s.at, s.current) / unit_), longest);
      return quiet - quiet % free_->segment();
    }

    // The states x of a neuron as of its last event, at t.
    void move(double* x, const State& s, Tick t) const {
      const Tick freed = hold_.holds(s) ? std::min(t, s.free) : s.last;
      if (freed > s.last) held_->advance(x, s.current, freed - s.last);
      if (t > freed) free_->advance(x, s.current, t - freed);
    }

    typename Base::template Field<double> field_;
    HoldTime hold_;
    LinearEquations start_;
    double unit_;
    std::shared_ptr<const System> free_, held_;
  };
};

constexpr std::size_t most_linear = 16;  // of more, the tables of a LinearSystem would be large

template <class Model>
std::unique_ptr<EventNeurons> make(const std::shared_ptr<const EquationModel>& model, const NeuronConfig& config) {
  return std::make_unique<EventNeuronsOf<Model>>(config, typename Model::Kind{model});
}

template <std::size_t n>
std::unique_ptr<EventNeurons> make_for(const std::shared_ptr<const EquationModel>& model, const NeuronConfig& config) {
  if (!model->resets) return make<Equations<n, false>>(model, config);
  if constexpr (n <= most_linear)
    if (!model->linear.empty()) return make<LinearEquations<n>>(model, config);
  return make<Equations<n, true>>(model, config);
}

}  // namespace

std::function<std::unique_ptr<EventNeurons>(const NeuronConfig&)> equation_flows(
    const std::shared_ptr<const EquationModel>& model) {
  return [model](const NeuronConfig& config) {
    const std::size_t n = model->info.states.size() + 1;
    return n <= 4    ? make_for<4>(model, config)
           : n <= 8  ? make_for<8>(model, config)
           : n <= 16 ? make_for<16>(model, config)
                     : make_for<32>(model, config);
  };
}

}  // namespace pysnn
