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
// Where all that postsynaptic spikes do is to add to the state of all synapses of a row alike, and nothing but a moment
// makes something of that, presynaptic arrivals wait (waiting_arrivals.hpp): synapses go through what came between them
// when a moment comes, or somebody looks.
//
// The order of events, and why no bit depends on when a synapse was brought up to date, is in rows_with_states.hpp.
// While learning is off neither weights nor states gain anything; states go on to decay.
#pragma once
#include <algorithm>
#include <array>

#include "plasticity/due_synapses.hpp"
#include "plasticity/gains_by_step.hpp"
#include "plasticity/optimiser.hpp"
#include "plasticity/outlasting.hpp"
#include "plasticity/recent_steps.hpp"
#include "plasticity/rule_loops.hpp"
#include "plasticity/state_io.hpp"
#include "plasticity/state_loops.hpp"
#include "plasticity/synapses_with_states.hpp"
#include "plasticity/waiting_arrivals.hpp"

namespace pysnn {

template <class Rule, class Real>
class StatefulRows final : public SynapsesWithStates<Rule, Real>, public Outlasting {
  using Base = SynapsesWithStates<Rule, Real>;
  using typename Base::Arrival;
  using typename Base::Mod;
  using typename Base::Number;
  using typename Base::Pre;
  using typename Base::Synapse;
  using typename Base::Then;
  using Part = Stored<Rule, Real>;
  using Base::beyond_, Base::block_, Base::learning_, Base::longest_delay_, Base::moments_, Base::recording_,
      Base::recorded_, Base::rule_, Base::settled_, Base::sources_, Base::strands_, Base::all_strands_, Base::target_,
      Base::targets_, Base::taught_, Base::what_, Base::written_, Base::unseen;
  using Base::gains, Base::gathers, Base::has_gaps, Base::gap, Base::kernel, Base::meet_post, Base::meet_pre,
      Base::nothing_new, Base::record, Base::take_through, Base::watch;
  static constexpr std::size_t columns = Part::columns;
  static constexpr std::size_t own_columns = columns - (gathers ? 1 : 0);
  struct NoOptimiser {
    NoOptimiser(const ParamSet&, std::size_t) {}
  };
  // Whether nothing depends on that before the next moment.
  static constexpr bool waits = gains && !Rule::meets_pre;

 public:
  explicit StatefulRows(const PlasticConfig& config)
      : Base(config), optimiser_(config.projection.plasticity_params, block_.size()),
        steps_(gains && config.time.grid() ? config.targets : 0), waiting_(waits ? block_.runs() : 0) {
    if constexpr (requires { rule_.w_max(); }) check_weight<Real>(rule_.w_max(), what_ + ": w_max");
    for (std::size_t c = 0; c < own_columns; ++c) own_[c] = Array<Real>(block_.size(), Real(0));
    for (std::size_t c = 0; c < own_columns; ++c) state_[c] = &own_[c];
    if constexpr (gathers) state_[own_columns] = &optimiser_.gradients();
    this->columns_.insert(this->columns_.end(), state_.begin(), state_.end());
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

  void post_spike(std::uint32_t j, Tick t) override {
    if constexpr (Rule::meets_pre || Rule::meets_post) Base::post_spike(j, t);
    if (!steps_.empty()) steps_.add(j, t);
  }

  void modulate(std::span<const double> values, Tick now) override {
    if (steps_.empty()) wait_no_more();
    Base::modulate(values, now);
  }
  void modulate_at(double value, Tick t, std::uint32_t feed) override {
    if (steps_.empty()) wait_no_more();
    Base::modulate_at(value, t, feed);
  }
  void settle(Tick now) override {
    if (waiting_.many()) wait_no_more();
    Base::settle(now);
  }
  void finish(Tick now) override {
    if (!learning_.never()) this->apply_pending(now);
    wait_no_more();
    Base::finish(now);
  }
  void learn(std::optional<bool> on, std::optional<double> rate, Tick now) override {
    wait_no_more();
    Base::learn(on, rate, now);
  }
  void record_changes(bool on) override {
    wait_no_more();
    Base::record_changes(on);
  }
  void rebase(Tick ticks) override {
    waiting_.rebase(ticks);
    Base::rebase(ticks);
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
    for (std::size_t c = 0; c < own_columns; ++c) state_io("state " + std::to_string(c), own_[c]);
    if constexpr (gathers) optimiser_.io(archive, state_io);
    sources_.io(archive.in("sources"), strands_, all_strands_, rule_.first_pre(), now - longest_delay_);
  }

  std::size_t nbytes() const override { return Base::nbytes() + steps_.nbytes() + waiting_.nbytes(); }
  std::size_t state_bytes() const override {
    std::size_t bytes = own_columns * block_.size() * sizeof(Real);
    if constexpr (gathers) bytes += optimiser_.nbytes();
    return bytes;
  }

 private:
  Part stored() {
    Part all;
    all.w = block_.template weight<Real>().data();
    for (std::size_t c = 0; c < columns; ++c) all.state[c] = state_[c]->data();
    return all;
  }

  Bounds<Real> bounds() const { return {static_cast<Real>(rule_.w_min()), static_cast<Real>(rule_.most())}; }

  // ---- arrivals that wait -----------------------------------------------------------------------------------------

  // Whether a presynaptic spike may wait until its synapses go through what came before it; then it does. The answer
  // is the same for all synapses of the run, whichever is asked first.
  bool may_wait([[maybe_unused]] std::uint32_t run, [[maybe_unused]] const Arrival& arrival) {
    if constexpr (waits) {
      if (rule_.moves() || recording_) return false;
      if (arrival.last != long_ago) {
        // Where synapses are visited one by one, none waits beside a moment that another of its run may go through.
        if (const Number m = unseen(arrival.last); m < moments_.end() && (steps_.empty() || moments_[m].t < arrival.at))
          return false;
        if (rate_throughout(arrival.last, arrival.at) == 0.0) return false;
        const auto& before = waiting_.of(run);
        // While all steps are known in which targets fired: after that synapses are visited one by one.
        constexpr Tick known = RecentSteps::together * RecentSteps::words_kept / 2;
        if (!steps_.empty() && !before.empty() && arrival.at - before.front().from > known) return false;
        if (before.empty() || before.back().end < arrival.at)
          waiting_.add(run, {arrival.last, std::max(arrival.last, settled_), arrival.at, arrival.pre});
      }
      waiting_.know(run, arrival.last, arrival.at);
      return true;
    }
    return false;
  }

  void go_through_waiting(std::uint32_t run) {
    if constexpr (waits) {
      if (waiting_.of(run).empty()) return;
      const auto last = waiting_.take_last(run);
      jump_together(run, last.last, last.pre, last.end, 1.0);  // at whatever rate: it is of moments alone
    }
  }
  void wait_no_more() {
    for (const std::uint32_t run : waiting_.runs()) go_through_waiting(run);
    waiting_.clear();
  }

  // ---- a run at a time --------------------------------------------------------------------------------------------

  // The same as take_through() for all synapses of a run, in loops without branches where that can be.
  void catch_up(std::uint32_t run, Tick last, const Pre& pre, Tick end, Tick upto) {
    if (last == long_ago) return;
    const std::uint32_t begin = block_.run_begin[run], n = block_.run_begin[run + 1] - begin;
    const double rate = recording_ ? 0.0 : rate_throughout(last, std::max(end - 1, upto));
    const bool plainly = rate != 0.0;
    if (!plainly) go_through_waiting(run);
    if (plainly && !rule_.moves()) {
      jump_together(run, last, pre, end, rate);
    } else if (plainly && settled_ <= last && written_ <= last && taught_ <= moments_.first_from(last)) {
      move_together(run, last, pre, end, upto, rate);
    } else {
      const Part all = stored();
      for (std::uint32_t q = begin; q < begin + n; ++q) one_of_run(all, q, last, pre, this->dendritic(run), end, upto);
    }
  }

  void take_run(std::uint32_t run, Tick last, const Pre& pre, Tick end, Then then) override {
    if (then == Then::nothing) return catch_up(run, last, pre, end, long_ago);
    catch_up(run, last, pre, then == Then::look ? end + 1 : end, end);
    if (then == Then::arrive) arrive_at_run(run, end);
  }

  // The one rate at which synapses learn from all that has come since `last` and is new, up to `upto`; 0 where there
  // are several.
  double rate_throughout(Tick last, Tick upto) const {
    if (!learning_.differ()) return learning_.rate();
    Tick from = std::max(last, settled_);
    if (const Number m = unseen(last); m < moments_.end()) from = std::min(from, moments_[m].t);
    return learning_.all(from, upto).value_or(0.0);
  }

  void one_of_run(const Part& all, std::uint32_t q, Tick last, const Pre& pre, Tick dendritic, Tick end, Tick upto) {
    Synapse s = all.load(q);
    recorded_ = s.w;
    take_through(s, q, last, pre, dendritic, end, upto);
    all.store(q, s);
    watch(all.w[q]);
  }

  // Where nothing but events changes a synapse: up to each moment in turn, those whose targets have fired; what waits
  // first.
  void jump_together(std::uint32_t run, Tick last, const Pre& pre, Tick end, double rate) {
    const std::uint32_t first = block_.run_begin[run], n = block_.run_begin[run + 1] - first;
    const std::uint16_t* target = target_ + first;
    const Part part = stored().from(first);
    const Tick d = this->dendritic(run), now_on = std::max(last, settled_);
    Tick at = now_on;
    if constexpr (waits)
      if (!waiting_.of(run).empty()) at = waiting_.of(run).front().from;
    const Number first_moment = unseen(last);
    const bool in_parts = first_moment < moments_.end() && moments_[first_moment].t < end;
    if constexpr (gains)
      if (GainsByStep<Real>::pays(steps_, targets_.targets(), at - d, end - d))
        return jump_by_steps(run, last, now_on, d, pre, end, rate);
    if constexpr (Rule::meets_post) {
      due_.list(targets_, target, n, at - d);
      if (in_parts) due_.begin();
    }
    for (Number m = first_moment;; ++m) {
      const bool moment = m < moments_.end() && moments_[m].t < end;
      // Of what waits all, though dendrites may have it beyond `end`.
      const Tick stop = std::max(moment ? moments_[m].t + 1 : end, now_on);
      if constexpr (Rule::meets_post) {
        const auto visit = [&](std::uint32_t k, Tick t, const auto&) {
          if (waits && t + d < now_on)
            meet_post_of_waiting(part, k, run, t + d);
          else
            part.change(k, [&](Synapse& s) { meet_post(s, pre, t + d - last, rate); });
        };
        if (stop > at && in_parts)
          due_.each_next(targets_, target, at - d, stop - d, visit);
        else if (stop > at)
          due_.each(targets_, target, at - d, stop - d, visit);
      }
      at = std::max(at, stop);
      if (!moment) break;
      moment_together(part, n, target, m, pre, last, rate);
    }
    if constexpr (waits) waiting_.drop(run);
  }

  void meet_post_of_waiting(const Part& part, std::uint32_t k, std::uint32_t run, Tick t) {
    if constexpr (waits) {
      const auto& waiting = waiting_.of(run);
      auto of = waiting.rbegin();
      while (of != waiting.rend() && of->from > t) ++of;
      if (of != waiting.rend() && t < of->end)
        part.change(k, [&](Synapse& s) { meet_post(s, of->pre, t - of->last, 1.0); });
    }
  }

  void moment_together([[maybe_unused]] const Part& part, [[maybe_unused]] std::uint32_t n,
                       [[maybe_unused]] const std::uint16_t* target, [[maybe_unused]] Number m,
                       [[maybe_unused]] const Pre& pre, [[maybe_unused]] Tick last, [[maybe_unused]] double rate) {
    if constexpr (Rule::meets_moments) {
      const auto values = moments_.values(m);
      const auto at = kernel(rate);
      const double x = at.at_moment(pre, std::max(moments_[m].t - last, Tick{0}));
      double of_target[strip];
      if (values.size() == 1) std::fill(of_target, of_target + strip, values[0]);
      for (std::uint32_t from = 0; from < n; from += strip) {
        const std::uint32_t here = std::min(n - from, strip);
        if (values.size() != 1) look_up(here, target + from, values.data(), of_target);
        Rule::loop_moment(at, x, here, of_target, part.from(from));
      }
      watch(n, part.w);
    }
  }

  // The same on a grid, where what a postsynaptic spike adds depends on its step alone: up to each moment step by step,
  // the synapses of a strip side by side.
  void jump_by_steps(std::uint32_t run, Tick last, Tick at, Tick d, const Pre& pre, Tick end, double rate)
    requires gains
  {
    gained_.clear();
    const auto list = [&](Tick from, Tick to, const Pre& of, Tick since) {
      gained_.list(steps_, from - d, to - d,
                   [&](Tick step) { return static_cast<Real>(rule_.kernel().gain(of, step + d - since)); });
    };
    if constexpr (waits) {
      for (const auto& before : waiting_.of(run)) list(before.from, before.end, before.pre, before.last);
      waiting_.drop(run);
    }
    for (Number m = unseen(last);; ++m) {
      const bool moment = m < moments_.end() && moments_[m].t < end;
      const Tick stop = moment ? moments_[m].t + 1 : end;
      list(at, stop, pre, last);
      at = std::max(at, stop);
      if (!moment) break;
      gained_.list_moment(m);
    }
    const std::uint32_t first = block_.run_begin[run], n = block_.run_begin[run + 1] - first;
    const std::uint16_t* const target = target_ + first;
    const Part part = stored().from(first);
    gained_.pass(n, target, part.state[0], [&](std::uint32_t from, std::uint32_t here, Number m) {
      moment_together(part.from(from), here, target + from, m, pre, last, rate);
    });
  }

  // Where times without events change synapses: those whose targets have not fired since `last` share all that comes,
  // so all go through it at once; then the others one by one, from where they were.
  void move_together(std::uint32_t run, Tick last, const Pre& pre, Tick end, Tick upto, double rate) {
    if constexpr (has_gaps) {
      const std::uint32_t first = block_.run_begin[run], n = block_.run_begin[run + 1] - first;
      const std::uint16_t* target = target_ + first;
      const Part part = stored().from(first);
      const Tick d = this->dendritic(run);
      due_.list(targets_, target, n, last - d);
      const auto apart = due_.any();
      apart_.clear();
      for (const std::uint32_t k : apart) apart_.push_back(part.load(k));
      if (apart.size() < n) {
        Tick begin = last;
        for (Number m = unseen(last);; ++m) {
          const bool moment = m < moments_.end() && moments_[m].t < end;
          const Tick to = moment ? moments_[m].t : upto;
          if (to > begin) {
            const bool any = m > moments_.begin();
            Rule::loop_gap(any ? gap(moments_[m - 1].mod, begin - moments_[m - 1].t, to - begin, rate)
                               : gap(rule_.first_mod(), 0, to - begin, rate),
                           n, part);
            begin = to;
          }
          if (!moment) break;
          moment_together(part, n, target, m, pre, last, rate);
        }
      }
      for (std::size_t a = 0; a < apart.size(); ++a) {
        Synapse s = apart_[a];
        take_through(s, first + apart[a], last, pre, d, end, upto);
        part.store(apart[a], s);
      }
      watch(n, part.w);
    }
  }

  // A presynaptic spike arrives at the synapses of a run.
  void arrive_at_run(std::uint32_t run, Tick at) {
    if constexpr (Rule::meets_pre) {
      const std::uint32_t first = block_.run_begin[run], n = block_.run_begin[run + 1] - first;
      const Tick d = this->dendritic(run);
      const Part all = stored();
      const double rate = learning_.at(at);
      if (recording_ || rate == 0.0) {
        for (std::uint32_t q = first; q < first + n; ++q) {
          Synapse s = all.load(q);
          recorded_ = s.w;
          meet_pre(s, q, at, d);
          all.store(q, s);
        }
      } else {
        double seen[strip];
        for (std::uint32_t from = 0; from < n; from += strip) {
          const std::uint32_t here = std::min(n - from, strip);
          for (std::uint32_t k = 0; k < here; ++k) seen[k] = this->seen_of(at - d, target_[first + from + k]);
          Rule::loop_pre(kernel(rate), here, seen, all.from(first + from));
        }
      }
      watch(n, all.w + first);
    }
  }

  std::array<Array<Real>, own_columns> own_;  // by column, in row order
  std::array<Array<Real>*, columns> state_;   // the same, and the gathered gradient
  std::conditional_t<gathers, Optimiser<Real>, NoOptimiser> optimiser_;
  RecentSteps steps_;  // of no targets where they are not asked for
  GainsByStep<Real> gained_;
  WaitingArrivals<Pre> waiting_;
  DueSynapses<typename Rule::Post> due_;
  std::vector<Synapse> apart_;
};

}  // namespace pysnn
