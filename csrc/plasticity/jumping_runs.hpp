// Runs of synapses with states that nothing but events changes: up to each moment in turn, those whose targets have
// fired, and on a grid step by step where a postsynaptic spike adds to all of a run alike.
//
// Where all that postsynaptic spikes do is to add so, and nothing but a moment makes something of that, presynaptic
// arrivals wait (waiting_arrivals.hpp): synapses go through what came between them when a moment comes, or somebody
// looks.
#pragma once
#include <algorithm>
#include <optional>
#include <span>

#include "plasticity/gains_by_step.hpp"
#include "plasticity/recent_steps.hpp"
#include "plasticity/runs_with_states.hpp"
#include "plasticity/waiting_arrivals.hpp"

namespace pysnn {

template <class Rule, class Real>
class JumpingRuns : public RunsWithStates<Rule, Real> {
  using Base = RunsWithStates<Rule, Real>;

 protected:
  using Base::block_, Base::due_, Base::learning_, Base::moments_, Base::recording_, Base::rule_, Base::settled_,
      Base::target_, Base::targets_;
  using Base::gains, Base::kernel, Base::meet_post, Base::moment_together, Base::rate_throughout, Base::stored,
      Base::unseen;
  using typename Base::Arrival;
  using typename Base::Number;
  using typename Base::Part;
  using typename Base::Pre;
  using typename Base::Synapse;
  // Whether nothing depends on what postsynaptic spikes add before the next moment.
  static constexpr bool waits = gains && !Rule::meets_pre;

 public:
  explicit JumpingRuns(const PlasticConfig& config)
      : Base(config), steps_(gains && config.time.grid() ? config.targets : 0), waiting_(waits ? block_.runs() : 0) {}

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

  std::size_t nbytes() const override { return Base::nbytes() + steps_.nbytes() + waiting_.nbytes(); }

 protected:
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

  RecentSteps steps_;  // of no targets where they are not asked for
  WaitingArrivals<Pre> waiting_;

 private:
  GainsByStep<Real> gained_;
};

}  // namespace pysnn
