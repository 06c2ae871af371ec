// Plastic rows of synapses with a state of their own beside the weight, such as an eligibility, which a modulator may
// speak to.
//
// A rule's file defines a class over traces that live per neuron, as for LazyRows, and over one synapse,
//
//   struct Pre, Post;                                        traces just after a neuron's latest spike;
//                                                            first_pre, next_pre, first_post, next_post
//   struct Mod;                                              trace of the modulator just after a moment, of one number
//   Mod first_mod() const;                                   for all (or empty)
//   Mod next_mod(Mod, Tick gap, double value, bool first) const;
//   struct Synapse { double w; double c ...; each(f) };      the weight, and the state: f(c) ... (state_loops.hpp)
//   static constexpr bool signed_weights;                    whether w is the weight, or its absolute value
//   static constexpr bool stays_finite;                      whether no spikes can make a weight leave all bounds
//   static constexpr bool meets_pre, meets_post, meets_moments;     which events change a synapse
//   bool moves() const;                                      whether times without events change it too
//   Gap gap(Mod, Tick since, Tick length) const;             how: Gap::over(Synapse&)
//   Kernel kernel() const;                                   all that loops over synapses need, by value:
//     void on_post(Synapse&, Pre, Tick since_pre) const;       a postsynaptic spike arrives at the synapse; or, where
//     double gain(Pre, Tick since_pre) const;                  the first number of the state grows by this, no more
//     double seen(Post, Tick since_post) const;                what a presynaptic one sees of the target
//     void on_pre(Synapse&, double seen) const;                as it arrives
//     double at_moment(Pre, Tick since_pre) const;             what a moment sees of the source
//     void on_moment(Synapse&, double value, double x) const;  as its value for the target comes
//
// and the loops of state_loops.hpp that go with it.
//
// A rule whose Synapse has a last number g, what its moments gather instead of moving the weight, leaves that to an
// optimiser: a trial in which there were moments is over at the reset (eta(), w_min(), most() of the rule say how).
//
// A run is brought up to date in one of three ways: where times without events change nothing, in jumps from moment to
// moment (jumping_runs.hpp); where they do, together as long as no target has fired (runs_with_states.hpp); else
// synapse by synapse (synapses_with_states.hpp).
//
// The order of events, and why no bit depends on when a synapse was brought up to date, is in rows_with_states.hpp.
// While learning is off neither weights nor states gain anything; states go on to decay.
#pragma once
#include <algorithm>
#include <string>

#include "plasticity/jumping_runs.hpp"
#include "plasticity/outlasting.hpp"
#include "plasticity/state_io.hpp"

namespace pysnn {

template <class Rule, class Real>
class StatefulRows final : public JumpingRuns<Rule, Real>, public Outlasting {
  using Base = JumpingRuns<Rule, Real>;
  using Base::arrive_at_run, Base::gathers, Base::go_through_waiting, Base::jump_together, Base::may_wait,
      Base::meet_pre, Base::move_together, Base::nothing_new, Base::rate_throughout, Base::stored,
      Base::take_one_by_one, Base::take_through, Base::wait_no_more, Base::waits, Base::watch;
  using Base::beyond_, Base::block_, Base::learning_, Base::longest_delay_, Base::moments_, Base::optimiser_,
      Base::own_, Base::recording_, Base::recorded_, Base::rule_, Base::settled_, Base::sources_, Base::steps_,
      Base::strands_, Base::all_strands_, Base::target_, Base::targets_, Base::taught_, Base::waiting_, Base::what_,
      Base::written_;
  using typename Base::Arrival;
  using typename Base::Part;
  using typename Base::Pre;
  using typename Base::Synapse;
  using typename Base::Then;

 public:
  explicit StatefulRows(const PlasticConfig& config) : Base(config) {
    if constexpr (requires { rule_.w_max(); }) check_weight<Real>(rule_.w_max(), what_ + ": w_max");
  }

  void deliver(std::span<const PlasticEntry> entries, Tick now, Real* sum) override {
    if (learning_.never()) return this->deliver_as_it_is(entries, sum);
    for (const PlasticEntry& entry : entries) {
      const Arrival arrival = this->arrival_of(entry.run, entry.spike, now);
      if (arrival.at > written_ && !may_wait(entry.run, arrival)) {
        catch_up(entry.run, arrival.last, arrival.pre, arrival.at, arrival.at);
        arrive_at_run(entry.run, arrival.at);
      }
      this->deliver_run(entry.run, sum);
    }
  }

  double arrive(std::uint32_t run, std::uint32_t q, std::uint64_t spike, Tick now) override {
    const Part all = stored();
    if (learning_.never()) return static_cast<double>(all.w[q]);
    if constexpr (waits)
      if (waiting_.knows(run, now - this->dendritic(run))) return static_cast<double>(all.w[q]);
    const Arrival arrival = this->arrival_of(run, spike, now);
    if (arrival.at > written_ && !may_wait(run, arrival) && !nothing_new(target_[q], arrival)) {
      Synapse s = all.load(q);
      recorded_ = s.w;
      take_through(s, q, arrival.last, arrival.pre, arrival.dendritic, arrival.at, arrival.at);
      meet_pre(s, q, arrival.at, arrival.dendritic);
      all.store(q, s);
      watch(all.w[q]);
    }
    return static_cast<double>(all.w[q]);
  }

  void forget(Tick) override {
    if constexpr (gathers) {
      if (moments_.end() > 0 && learning_.on() && optimiser_.trial_over())
        beyond_ |= !optimiser_.step(rule_.eta() * learning_.rate(), bounds(), block_.template weight<Real>().data());
    }
    this->for_each_run([this](std::uint32_t, std::uint32_t run) {
      for (Array<Real>& column : own_)
        std::fill(column.begin() + block_.run_begin[run], column.begin() + block_.run_begin[run + 1], Real(0));
    });
    this->forget_events();
    steps_.clear();
    waiting_.forget();
  }

  void take_over([[maybe_unused]] const Outlasting& other) override {
    if constexpr (gathers) optimiser_.take_over(static_cast<const StatefulRows&>(other).optimiser_);
  }

  void stored_anew(const PlasticConfig& config, const Redelayed& made) override {
    Base::stored_anew(config, made);
    for (Array<Real>& column : own_) carry(column, made.moved);
    if constexpr (waits) waiting_.divide(made.from_run);
  }
  void move([[maybe_unused]] const std::vector<std::uint32_t>& moved) override {
    if constexpr (gathers) {
      if (!moved.empty()) optimiser_.move(moved);
    }
  }

  void io(const Archive& archive, Tick now, std::uint32_t n, std::uint32_t first) override {
    if (archive.saving()) {
      this->prepare();
      this->apply_pending(now);
      wait_no_more();
    }
    this->marks_io(archive, now);
    this->events_io(archive, n, first);
    if (archive.restoring() && !steps_.empty())
      for (std::uint32_t j = 0; j < targets_.targets(); ++j)
        for (std::size_t k = 0; k < targets_.count(j); ++k) steps_.add(j, targets_.time(j, k));
    const auto state_io = [&](const std::string& name, Array<Real>& each) {
      synapse_state_io(archive, name, block_, each, targets_.targets(), n, first);
    };
    for (std::size_t c = 0; c < own_.size(); ++c) state_io("state " + std::to_string(c), own_[c]);
    if constexpr (gathers) optimiser_.io(archive, state_io);
    sources_.io(archive.in("sources"), strands_, all_strands_, rule_.first_pre(), now - longest_delay_);
  }

 private:
  Bounds<Real> bounds() const { return {static_cast<Real>(rule_.w_min()), static_cast<Real>(rule_.most())}; }

  // The same as take_through() for all synapses of a run, in loops without branches where that can be.
  void catch_up(std::uint32_t run, Tick last, const Pre& pre, Tick end, Tick upto) {
    if (last == long_ago) return;
    const double rate = recording_ ? 0.0 : rate_throughout(last, std::max(end - 1, upto));
    const bool plainly = rate != 0.0;
    if (!plainly) go_through_waiting(run);
    if (plainly && !rule_.moves())
      jump_together(run, last, pre, end, rate);
    else if (plainly && settled_ <= last && written_ <= last && taught_ <= moments_.first_from(last))
      move_together(run, last, pre, end, upto, rate);
    else
      take_one_by_one(run, last, pre, end, upto);
  }

  void take_run(std::uint32_t run, Tick last, const Pre& pre, Tick end, Then then) override {
    if (then == Then::nothing) return catch_up(run, last, pre, end, long_ago);
    catch_up(run, last, pre, then == Then::look ? end + 1 : end, end);
    if (then == Then::arrive) arrive_at_run(run, end);
  }
};

}  // namespace pysnn
