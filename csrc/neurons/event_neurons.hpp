// A population's share in one thread in continuous time: each neuron jumps by its closed form from one of its own
// events (an arrival, a spike, a change of its current) to the next, and is touched at no other time.
//
// A model's Flow is that closed form for one neuron. The rule that everything rests on: crossing() is a function
// of the state at the last event alone. Where a window, a slice or a run ends therefore changes no bit. (What a model
// draws is a function of the population, the neuron and how many events it has had.)
//
//   struct Flow {
//     static constexpr std::size_t n_receptors;
//     struct State { ...; Tick last, wake;              last: of its latest event; wake: kept by the loop below
//       static void fields(Self& s, See&& see);         see("name", s.member) for every one, as declared
//     };
//     Flow(const Model&, const TimeBase&, const std::string& owner);
//     State rest() const;                               at time 0; or rest(index in the population), and
//                                                       Flow(const Model&, const NeuronConfig&), in a model that draws
//     double get(const State&, std::size_t state, Tick now) const;
//     void set(State&, std::size_t state, double value) const;      of a state that was advanced to its time
//     void inject(State&, double pA) const;             likewise
//     void advance(State&, Tick t) const;               to t, before which it does not cross
//     Tick crossing(State&, Tick limit) const;          of the threshold if nothing arrives, `never` if after limit
//     Tick bound(State&) const;                         a time before which there is no crossing, cheaply
//     struct Decays;                                    by which what decays in a state does, without events
//     Decays decays(Tick ticks) const;
//     struct DecayTable;                                those of `arrivals_at_once` times: the same bits
//     void decays(const double* ticks, size_t n, DecayTable&) const;
//     Decays decays(const DecayTable&, size_t k) const;
//     bool arrive(State&, Tick t, const double (&sum)[n_receptors], bool crosses, const Decays& since_last) const;
//                                                       does it fire at t?
//     void fire(State&, Tick t) const;
//     void rebase(State&, Tick ticks) const;
//     Tick refractory() const;                          its spikes are further apart than this
//     bool finite(const State&) const;                  whether all of it are finite numbers
//   };
#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "core/archive.hpp"
#include "core/array.hpp"
#include "core/error.hpp"
#include "neurons/config.hpp"
#include "neurons/moved_thresholds.hpp"
#include "neurons/paces.hpp"
#include "neurons/parts.hpp"
#include "neurons/race.hpp"
#include "neurons/timed_neurons.hpp"
#include "neurons/waits.hpp"

namespace pysnn {

// As many as are prepared together: their neurons fit the first cache.
inline constexpr int arrivals_at_once = 64;

// Whether its fields are all that a state holds.
template <class State>
constexpr bool tells_all() {
  State s{};
  std::size_t at = 0;
  const auto aligned = [&](std::size_t to) { return (at + to - 1) / to * to; };
  State::fields(s, [&](const char*, const auto& field) { at = aligned(alignof(decltype(field))) + sizeof field; });
  return aligned(alignof(State)) == sizeof(State);
}

// What makes a model of a neuron's parameters, and its declaration: what a built-in model's class itself does.
template <class Model>
struct KindOf {
  struct type {
    ModelInfo info() const { return Model::info(); }
    Model operator()(const ParamSet& params) const { return Model(params); }
  };
};
template <class Model>
  requires requires { typename Model::Kind; }
struct KindOf<Model> {
  using type = typename Model::Kind;
};

template <class Model>
class EventNeuronsOf final : public EventNeurons {
  template <class, class>
  friend class Race;
  using Kind = typename KindOf<Model>::type;
  using Flow = typename Model::Flow;
  using State = typename Flow::State;
  static_assert(Flow::n_receptors < Arrival::wake);
  static_assert(tells_all<State>(), "State::fields must see every member, in the order declared");
  static constexpr bool numbered = requires(const Flow& flow) { flow.rest(std::uint32_t{}); };

 public:
  explicit EventNeuronsOf(const NeuronConfig& config, Kind kind = {})
      : kind_(std::move(kind)), time_(config.time), owner_(config.owner), key_(config.key), first_(config.first),
        unit_(config.time.unit()), flow_(make_flow(config.params, config.owner)),
        state_(config.n, rest(flow_, config.first)) {
    if (!config.columns.empty()) {
      ParamsOfEach each(config.params, config.columns);
      for (std::uint32_t k = 0; k < config.n; ++k) flows_.push_back(make_flow_of(k, each));
    }
    if (numbered || !flows_.empty())
      for (std::uint32_t k = 0; k < config.n; ++k) state_[k] = rest(flow_of(k), config.first + k);
    begin_paces(0);
    if (!config.moves_thresholds) return;
    thresholds_.emplace(config, kind_.info().name, can_move);
    keep_models(config.params, config.columns);
    begin_paces(0);
  }

  void advance(EventWindow& window) override {
    try {
      if (window.takes)
        Race<EventNeuronsOf, EventWindow>(*this, window).run();
      else if (flows_.empty())
        advance_all<false>(window);
      else
        advance_all<true>(window);
    } catch (const Unfollowable& error) {
      throw_unfollowable(at_hand_, error);
    }
  }

  void predict(std::uint32_t begin, std::uint32_t end, Tick now, std::vector<Wake>& wakes) override {
    for (std::uint32_t target = begin; target < end; ++target)
      named(target, [&] { predict_one(flow_of(target), state_[target], target, now, wakes); });
  }

  double state(std::size_t state, std::uint32_t target, Tick now) const override {
    return named(target, [&] { return flow_of(target).get(state_[target], state, now); });
  }

  void set_state(std::size_t state, std::uint32_t target, double value, Tick now) override {
    named(target, [&] { flow_of(target).advance(state_[target], now); });
    flow_of(target).set(state_[target], state, value);
  }

  void inject(std::uint32_t target, double pA, Tick now) override {
    named(target, [&] { flow_of(target).advance(state_[target], now); });
    flow_of(target).inject(state_[target], pA);
  }

  void set_parameters(const ParamSet& params, const Columns& columns, std::span<const std::uint32_t> changed,
                      Tick now) override {
    if (thresholds_) {
      thresholds_->read(params, columns);
      keep_models(params, columns);
      for (const std::uint32_t neuron : changed)
        if (const std::uint32_t target = neuron - first_; target < state_.size()) {
          const Flow flow = moved_flow(target);
          take_over(target, flows_[target], flow, now);
          flows_[target] = flow;
        }
      begin_paces(now);
      return;
    }
    if (columns.empty()) {
      const Flow flow = make_flow(params, owner_);
      for (const std::uint32_t neuron : changed)
        if (neuron - first_ < state_.size()) take_over(neuron - first_, flow_of(neuron - first_), flow, now);
      flow_ = flow;
      flows_.clear();
      begin_paces(now);
      return;
    }
    if (flows_.empty()) flows_.assign(state_.size(), flow_);
    ParamsOfEach each(params, columns);
    for (const std::uint32_t neuron : changed) {
      const std::uint32_t target = neuron - first_;
      if (target >= state_.size()) continue;
      const Flow flow = make_flow_of(target, each);
      take_over(target, flows_[target], flow, now);
      flows_[target] = flow;
    }
    begin_paces(now);
  }

  void offset_threshold(std::uint32_t target, double mV, Tick now) override {
    thresholds_->move(target, mV);
    Flow& flow = flows_[target];
    State& s = state_[target];
    named(target, [&] {
      const double v = flow.get(s, 0, now);
      flow.advance(s, now);
      flow = moved_flow(target);
      flow.set(s, 0, v);  // so that it forgets when it would have fired
    });
  }

  void io(const Archive& archive, std::uint32_t n) override {
    // Fields are found by their places in the state, as pointers to members cannot reach into arrays and structures.
    State sample{};
    State::fields(sample, [&](const std::string& name, auto& field) {
      const auto place = reinterpret_cast<const char*>(&field) - reinterpret_cast<const char*>(&sample);
      using Field = std::remove_reference_t<decltype(field)>;
      if (name == "wake") return;
      archive.part(name, n, first_, state_.size(), [&](std::size_t k) -> Field& {
        return *reinterpret_cast<Field*>(reinterpret_cast<char*>(&state_[k]) + place);
      });
    });
    paces_.io(archive, n, first_);
    if (archive.saving()) return;
    for (State& s : state_) s.wake = never;
  }

  void restart(const TimedNeurons& first, Tick now) override {
    const auto& from = static_cast<const EventNeuronsOf&>(first).state_;
    for (std::uint32_t target = 0; target < state_.size(); ++target) {
      State s = from[target];
      flow_of(target).rebase(s, -now);
      s.last += now;
      s.wake = never;
      if constexpr (requires { s.events; })  // by which it draws
        if (now > 0) s.events = state_[target].events + 1;
      state_[target] = s;
    }
    paces_.restart(now);
  }

  void rekey(std::uint64_t key) override {
    key_ = key;
    if constexpr (requires { flow_.rekey(key); }) {
      flow_.rekey(key);
      for (Flow& flow : flows_) flow.rekey(key);
    }
  }

  void rebase(Tick ticks, Tick now, Tick oldest) override {
    for (std::uint32_t target = 0; target < state_.size(); ++target) {
      State& s = state_[target];
      if (s.last < oldest) named(target, [&] { flow_of(target).advance(s, now); });
      flow_of(target).rebase(s, ticks);
      s.last -= ticks;
      if (s.wake != never) s.wake -= ticks;
    }
    paces_.rebase(ticks);
  }

  void check_finite() const override {
    for (std::uint32_t target = 0; target < state_.size(); ++target)
      if (!flow_of(target).finite(state_[target])) [[unlikely]]
        throw_not_finite(target);
  }

 private:
  template <class M>
  static constexpr bool has_moving_threshold() {
    if constexpr (requires { M::table(); })
      return has_threshold<typename M::template Step<double>>;
    else
      return false;
  }
  static constexpr bool can_move = has_moving_threshold<Model>();

  Flow make_flow(const ParamSet& params, const std::string& owner) const {
    return make_flow(kind_(params), params, owner);
  }
  Flow make_flow(const Model& model, const ParamSet& params, const std::string& owner) const {
    if constexpr (std::is_constructible_v<Flow, const Model&, const NeuronConfig&>)
      return Flow(model, {.params = params, .time = time_, .owner = owner, .key = key_});
    else
      return Flow(model, time_, owner);
  }
  static double Model::* threshold_of(const ParamTable<Model>& table) {
    return std::find_if(table.begin(), table.end(), [](const auto& p) { return std::string(p.name) == "v_th"; })
        ->member;
  }
  // Where thresholds move every neuron has a flow of its own, made anew from its model.
  void keep_models(const ParamSet& params, const Columns& columns) {
    ParamsOfEach each(params, columns);
    models_.clear();
    for (std::uint32_t k = 0; k < state_.size(); ++k) models_.emplace_back(kind_(each(first_ + k)));
    if (flows_.empty()) flows_.assign(state_.size(), flow_);
  }
  Flow moved_flow(std::uint32_t target) const {
    if constexpr (can_move) {
      static const auto v_th = threshold_of(Model::table());
      Model model = models_[target];
      model.*v_th = thresholds_->v_th(target);
      static const ParamSet none;
      return make_flow(model, none, owner_);
    } else {
      return flows_[target];
    }
  }
  Flow make_flow_of(std::uint32_t target, ParamsOfEach& each) const {
    const std::uint32_t neuron = first_ + target;
    return make_flow(each(neuron), owner_ + ", neuron " + std::to_string(neuron));
  }

  static State rest(const Flow& flow, std::uint32_t index) {
    if constexpr (numbered)
      return flow.rest(index);
    else
      return flow.rest();
  }

  // Where all neurons are alike nothing asks which one it is.
  template <bool each>
  const Flow& flow_of(std::uint32_t target) const {
    if constexpr (each)
      return flows_[target];
    else
      return flow_;
  }
  const Flow& flow_of(std::uint32_t target) const { return flows_.empty() ? flow_ : flows_[target]; }

  // What a state says under one flow it shall say under another from `now` on.
  void take_over(std::uint32_t target, const Flow& from, const Flow& to, Tick now) {
    State& s = state_[target];
    std::vector<double> values(kind_.info().states.size());
    named(target, [&] {
      for (std::size_t k = 0; k < values.size(); ++k) values[k] = from.get(s, k, now);
      from.advance(s, now);
    });
    to.inject(s, 0.0);
    for (std::size_t k = 0; k < values.size(); ++k) to.set(s, k, values[k]);
  }

  // (Of neurons that differ some might fire without end: all parts of a population shall decide alike.)
  void begin_paces(Tick now) {
    if (!flows_.empty() || Paces::is_short(static_cast<double>(flow_.refractory()) * unit_))
      paces_.begin(state_.size(), now);
  }

  // Apart from the handler of errors, which would cost the loop its registers.
  template <bool each>
  [[gnu::noinline]] void advance_all(EventWindow& window) {
    const Arrival* at = window.arrivals.data();
    const Arrival* const end = at + window.arrivals.size();
    while (at < end) {
      const auto n = static_cast<std::size_t>(std::min(end - at, std::ptrdiff_t{arrivals_at_once}));
      if constexpr (!each) prepare_decays(window, at, n);
      for (const Arrival* const first = at; at < first + n;) {
        // Of the next ones, for when their decays are prepared.
        if (end - at > arrivals_at_once) __builtin_prefetch(&state_[at[arrivals_at_once].target()], 1);
        at = advance_one<each>(window, at, end, first, n);
      }
    }
  }

  // Nearly always a neuron comes to an arrival from the one before or from its state as it is now: what is left of it
  // by then is known for many arrivals at once. Where it fires on the way it is found anew.
  void prepare_decays(const EventWindow& window, const Arrival* first, std::size_t n) {
    for (std::size_t k = 0; k < n; ++k) {
      const std::uint32_t target = first[k].target();
      const bool again = k > 0 && first[k - 1].target() == target;
      const Tick from = again ? window.origin + first[k - 1].since() : state_[target].last;
      elapsed_[k] = static_cast<double>(window.origin + first[k].since() - from);
    }
    flow_.decays(elapsed_, n, decay_table_);
  }

  template <bool each>
  typename Flow::Decays decays(const Flow& flow, Tick ticks, std::size_t k, std::size_t n) const {
    if constexpr (each) return flow.decays(ticks);
    return k < n && static_cast<double>(ticks) == elapsed_[k] ? flow_.decays(decay_table_, k) : flow_.decays(ticks);
  }

  // Before `quiet` it does not cross by itself: nearly always that is all there is to know, and no crossing is
  // looked for. A wake is never later than the bound of the state that it was made for.
  template <bool each>
  const Arrival* advance_one(EventWindow& window, const Arrival* at, const Arrival* const end, const Arrival* prepared,
                             std::size_t n) {
    const std::uint32_t target = at->target();
    const Flow& flow = flow_of<each>(target);
    at_hand_ = target;
    State& s = state_[target];
    Tick quiet = s.wake;
    do {
      const std::uint64_t instant = at->instant();
      const Tick t = window.origin + at->since();
      const auto k = static_cast<std::size_t>(at - prepared);
      const bool crosses = t >= quiet && cross(window, flow, s, target, t);
      double sum[Flow::n_receptors] = {};
      bool inputs = false;
      do {
        const std::uint32_t kind = at->kind();
        if (kind < Flow::n_receptors) [[likely]] {
          sum[kind] += at->weight();
          inputs = true;
        } else if (kind == Arrival::learned) {
          const auto input = window.learning->arrive(at->reference(), t);
          sum[input.receptor] += input.weight;
          inputs = true;
        } else if (s.wake == t) {
          s.wake = never;
        }
        ++at;
      } while (at < end && at->instant() == instant);
      // A wake moves nothing: the state stays that of the last event.
      if (inputs ? flow.arrive(s, t, sum, crosses, decays<each>(flow, t - s.last, k, n)) : crosses)
        fire(window, flow, s, target, t);
      if (inputs || crosses) quiet = flow.bound(s);
    } while (at < end && at->target() == target);
    if (quiet <= window.end || quiet < s.wake) look_ahead(window, flow, s, target, quiet);
    return at;
  }

  // Fire whenever it crosses before t; whether it does at t.
  [[gnu::noinline]] bool cross(EventWindow& window, const Flow& flow, State& s, std::uint32_t target, Tick t) {
    Tick crossing = flow.crossing(s, t);
    for (; crossing < t; crossing = flow.crossing(s, t)) fire(window, flow, s, target, crossing);
    return crossing == t;
  }

  // To the end of the window, and when to look again.
  [[gnu::noinline]] void look_ahead(EventWindow& window, const Flow& flow, State& s, std::uint32_t target, Tick quiet) {
    if (quiet <= window.end && cross(window, flow, s, target, window.end)) fire(window, flow, s, target, window.end);
    predict_one(flow, s, target, window.end, window.wakes);
  }

  [[gnu::noinline]] void fire(EventWindow& window, const Flow& flow, State& s, std::uint32_t target, Tick t) {
    if (!paces_.empty()) paces_.count(target, t, unit_);
    flow.fire(s, t);
    window.fired.push_back({t, target});
    if (window.learning) window.learning->fired(target, t);
  }

  // It does not cross up to `now`. Most neurons are met by another arrival before a cheap bound runs out; its
  // crossing is looked for when a bound from here brings it no further either. Only the earliest wake counts.
  void predict_one(const Flow& flow, State& s, std::uint32_t target, Tick now, std::vector<Wake>& wakes) {
    Tick wake = flow.bound(s);
    if (wake <= now) {
      State there = s;
      flow.advance(there, now);
      wake = flow.bound(there);
      if (wake - now <= (now - s.last) / 4) wake = std::max(flow.crossing(s, never), now + 1);
    }
    if (wake >= s.wake) return;
    s.wake = wake;
    wakes.push_back({wake, target});
  }

  // f(), where what it throws is of this neuron.
  template <class F>
  decltype(auto) named(std::uint32_t target, F&& f) const {
    try {
      return f();
    } catch (const Unfollowable& error) {
      throw_unfollowable(target, error);
    }
  }

  [[noreturn]] void throw_unfollowable(std::uint32_t target, const Unfollowable& error) const {
    throw ParameterError(owner_ + ": neuron " + std::to_string(first_ + target) + " " + error.why);
  }

  [[gnu::noinline]] void throw_not_finite(std::uint32_t target) const {
    const State& s = state_[target];
    const auto states = kind_.info().states;
    std::size_t k = 0;
    while (k + 1 < states.size() && std::isfinite(flow_of(target).get(s, k, s.last))) ++k;
    throw ParameterError(owner_ + ": " + states[k].name + " of neuron " + std::to_string(first_ + target) +
                         " is no finite number any more (check its parameters, weights and currents)");
  }

  [[no_unique_address]] Kind kind_;
  TimeBase time_;
  std::string owner_;
  std::uint64_t key_;
  std::uint32_t first_;        // index of neuron 0 in the population
  double unit_;                // ms a tick
  std::uint32_t at_hand_ = 0;  // the neuron that is taken through a window, for messages
  Flow flow_;                  // of all neurons, or
  std::vector<Flow> flows_;    // each one's own, where their parameters differ
  Array<State> state_;
  std::optional<MovedThresholds> thresholds_;
  std::vector<Model> models_;                     // of each, where thresholds move
  Paces paces_;                                   // none where t_ref lets no neuron fire without end
  alignas(64) double elapsed_[arrivals_at_once];  // in ticks, of the arrivals at hand
  typename Flow::DecayTable decay_table_;
};

}  // namespace pysnn
