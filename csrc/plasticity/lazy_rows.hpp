// Plastic rows updated at the presynaptic arrival from the recent spikes of their targets.
//
// A rule's file defines a class over traces that live per neuron,
//
//   struct Pre, Post;                                    traces just after a neuron's latest spike
//   Pre first_pre() const;   Pre next_pre(Pre, Tick gap, bool first) const;        (Post likewise)
//   static constexpr bool stays_finite;                  whether no spikes can make a weight leave all bounds
//   double w_max() const;                                the largest weight, where there is one
//   Kernel kernel() const;                               all that loops over synapses need, by value:
//     void at_rate(double);                                changes of weights become so many times as large
//     Real on_post(Real m, Pre, Tick since_pre) const;     a postsynaptic spike arrives at the synapse
//     double seen(Post, Tick since_post) const;            what a presynaptic one sees of the target
//     Real on_pre(Real m, double seen) const;              as it arrives
//     void with_on_post(loop), with_on_pre(loop) const;    call the loop with it (rule_loops.hpp)
//   PYSNN_DECLARE_RULE_LOOPS, PYSNN_RULE_LOOPS
//
// where a rule needs more than that it says so:
//
//   on_post(m, pre, since_pre, const Post&)              it asks what the target keeps of this very spike
//   Kernel kernel(const Pre&) const;                     on_pre asks what the source keeps of this very spike
//   static constexpr bool acts_without_pre = true;       a postsynaptic spike counts before any presynaptic one
//   static constexpr bool acts_at_pre = false;           presynaptic spikes change traces alone: no seen, no on_pre
//
// (seen() of a target that has not fired is the same at any time.) Where all that a postsynaptic spike meets of the
// source fades exponentially, pieces of rows are taken through fewer passes with, in Kernel,
//
//   double amplitude(const Pre&) const;                  it meets amplitude(pre) fading()(since_pre)
//   const Decay::View& fading() const;
//   void with_on_met(loop) const;                        on_post by what it meets, which is nothing where that is 0
//   PYSNN_DECLARE_POST_LOOP, PYSNN_POST_LOOP
//
// or, where the weight drifts between spikes (drifts = true) rather than jump at them, or besides,
//
//   Gap gap(Post, Tick since_post, Tick length) const;   what a time without spikes of the target is, which keeps in
//                                                        post.gap what the time before its spike was
//   Real over_gap(Real m, double rate, Pre, Tick since_pre, Gap) const;
//
// and, where the gap is a factor that does not ask for the source, whole runs go through gaps together by
//
//   loop_gap, loop_scale                                 (synaptic_scaling.cpp)
//
// with m the absolute weight, and this class does the rest: order of events, delays, bounded histories,
// reading without a trace. Presynaptic spikes arrive at T = t + axonal delay, postsynaptic ones at
// s = t + dendritic delay; s in [T_last, T) come between two presynaptic ones (at a tie the presynaptic is first).
//
// Invariant: every synapse has seen all postsynaptic arrivals s < max(T_last, settled_) and nothing later.
// Intermediate values are rounded to Real after each event, so that it does not matter to the bits when a
// synapse was brought up to date.
#pragma once
#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "math/decay.hpp"
#include "plasticity/due_synapses.hpp"
#include "plasticity/lazy_synapses.hpp"
#include "plasticity/rule_loops.hpp"
#include "plasticity/run_ahead.hpp"

namespace pysnn {

template <class Rule, class Real>
class LazyRows final : public LazySynapses<Rule, Real> {
  using Base = LazySynapses<Rule, Real>;
  using Base::acts_without_pre, Base::acts_at_pre, Base::scales;
  using Base::after_post, Base::arrived, Base::counts, Base::depress, Base::drift_to, Base::due_from, Base::gap_from,
      Base::kernel_at, Base::pass, Base::prefetch_run, Base::record, Base::seen_before, Base::sign_as, Base::update,
      Base::watch;
  using Base::behind_, Base::beyond_, Base::block_, Base::learning_, Base::longest_delay_, Base::logged_,
      Base::longest_dendrite_, Base::origin_, Base::recorded_, Base::recording_, Base::rule_, Base::settled_,
      Base::sources_, Base::strands_, Base::all_strands_, Base::target_, Base::targets_, Base::what_, Base::written_;
  using typename Base::Arrival;
  using typename Base::Post;
  using typename Base::Pre;
  using typename Base::Presynaptic;

  // Whether what postsynaptic ones meet fades exponentially.
  static constexpr bool fades = requires(const Rule& rule, const Pre& pre) { rule.kernel().amplitude(pre); };

 public:
  using Base::Base;

  void deliver(std::span<const PlasticEntry> entries, Tick now, Real* sum) override {
    if (learning_.never()) return this->deliver_as_it_is(entries, sum);
    if constexpr (!Rule::drifts) {
      if (!recording_) return deliver_together(entries, now, sum);
    }
    if constexpr (scales) {
      if (!recording_ && !learning_.differ() && longest_dendrite_ == 0) return deliver_scaled(entries, now, sum);
    }
    for (const PlasticEntry& entry : entries)
      deliver_one_by_one(this->arrival_of(entry.run, entry.spike, now), block_.run_begin[entry.run],
                         block_.run_begin[entry.run + 1], sum);
  }

  double arrive(std::uint32_t run, std::uint32_t synapse, std::uint64_t spike, Tick now) override {
    Real& weight = block_.template weight<Real>()[synapse];
    if (learning_.never()) return static_cast<double>(weight);
    weight = update(weight, target_[synapse], synapse, this->arrival_of(run, spike, now));
    watch(weight);
    return static_cast<double>(weight);
  }

  void settle(Tick now) override {
    if (beyond_)
      throw ParameterError(what_ + ": a weight has grown until sums of such weights are no finite numbers (check the " +
                           "rule's parameters)");
    sources_.forget_before(now - longest_delay_);
    if (!targets_.crowded()) return;
    apply_pending(now);
    targets_.forget_before(settled_ - behind_);
  }

  void finish(Tick now) override {
    if (learning_.never()) return;
    apply_pending(now);
    if (!Rule::drifts && behind_ == 0) {
      logged_ = now;
      return;
    }
    // What lies between the settled past and now must be seen but not kept: a gap cut in two, or a
    // presynaptic spike on its way, would change later bits.
    auto& weights = block_.template weight<Real>();
    stored_.emplace(weights.size());
    std::copy(weights.begin(), weights.end(), stored_->begin());
    this->for_each_run([&](std::uint32_t row, std::uint32_t run) { bring_to_present(row, run, now); });
    logged_ = now;
  }

  void prepare() override {
    if (!stored_) return;
    // Back into the same memory: NumPy may be looking at it.
    std::copy(stored_->begin(), stored_->end(), block_.template weight<Real>().begin());
    stored_.reset();
  }

  void replaced(Tick now) override {
    stored_.reset();
    written_ = now;
    settled_ = std::max(settled_, now + 1);
  }

  void forget(Tick since) override {
    stored_.reset();
    sources_.clear(rule_.first_pre());
    targets_.clear(rule_.first_post());
    learning_.forget();
    settled_ = written_ = logged_ = long_ago;
    origin_ = since;
  }

  void io(const Archive& archive, Tick now, std::uint32_t n, std::uint32_t first) override {
    if (archive.saving()) {
      prepare();
      apply_pending(now);
    }
    archive.value("settled", settled_);
    archive.value("written", written_);
    archive.value("logged", logged_);
    if constexpr (Rule::drifts && acts_without_pre) archive.value("origin", origin_);
    learning_.io(archive);
    targets_.io(archive.in("targets"), n, first, settled_ - behind_);
    sources_.io(archive.in("sources"), strands_, all_strands_, rule_.first_pre(), now - longest_delay_);
  }

  void rebase(Tick ticks) override {
    sources_.rebase(ticks);
    targets_.rebase(ticks);
    for (auto& change : this->changes_) change.time = rebased(change.time, ticks);
    learning_.rebase(ticks);
    origin_ = rebased(origin_, ticks);
    for (Tick* mark : {&settled_, &written_, &logged_}) *mark = rebased(*mark, ticks);
  }

  std::size_t nbytes() const override {
    return sources_.nbytes() + strands_.nbytes() + targets_.nbytes() + this->dendritic_.size() * sizeof(Tick);
  }

 private:
  void deliver_one_by_one(const Arrival& arrival, std::uint32_t begin, std::uint32_t end, Real* sum) {
    Real* const weight = block_.template weight<Real>().data();
    for (std::uint32_t q = begin; q < end; ++q) {
      weight[q] = update(weight[q], target_[q], q, arrival);
      sum[target_[q]] += weight[q];
      watch(weight[q]);
    }
  }

  // The same as update() for whole runs whose weights are scaled all the time, at one rate, and where nothing is under
  // way in dendrites.
  void deliver_scaled(std::span<const PlasticEntry> entries, Tick now, Real* sum) {
    for (std::size_t e = 0; e < entries.size(); ++e) {
      if (e + 1 < entries.size()) prefetch_run(entries[e + 1].run);
      const Arrival arrival = this->arrival_of(entries[e].run, entries[e].spike, now);
      const std::uint32_t end = block_.run_begin[entries[e].run + 1];
      Real* const weight = block_.template weight<Real>().data();
      for (std::uint32_t q = block_.run_begin[entries[e].run]; q < end; q += strip) {
        const std::uint32_t n = std::min(end - q, strip);
        if (arrival.at > written_) scale_strip(arrival, q, n, weight + q);
        for (std::uint32_t k = q; k < q + n; ++k) sum[target_[k]] += weight[k];
        for (std::uint32_t k = q; k < q + n; ++k) watch(weight[k]);
      }
    }
  }

  // Each synapse up to its target's first spike that is due, or to the arrival where none is; those with spikes through
  // them, and on from the last of them: the exponentials of both in loops side by side.
  void scale_strip(const Arrival& arrival, std::uint32_t q, std::uint32_t n, Real* w)
    requires(scales)
  {
    static_assert(acts_without_pre);  // weights are scaled from the begin on
    const std::uint16_t* const target = target_ + q;
    const Tick from = due_from(arrival.last), begins = gap_from(arrival.last);
    const double rate = learning_.rate();
    const auto kernel = this->kernel(rate);
    constexpr std::uint32_t most = Histories<Post>::levels;
    std::uint32_t fired[strip], due[strip], n_fired = 0;
    // (Zeros, as the compiler does not know that of no synapse none is read.)
    double r[strip] = {}, x[strip];
    Tick since[strip] = {}, length[strip] = {};
    for (std::uint32_t k = 0; k < n; ++k) {
      const std::uint32_t j = target[k];
      std::uint32_t level = 0;
      while (level < most && targets_.times(level)[j] >= from) ++level;
      const bool crowded = level == most;  // older ones may be due too: it goes on its own
      if (crowded) {
        w[k] = sign_as(pass(std::abs(w[k]), j, q + k, arrival.last, arrival.pre, 0, arrival.at, true), w[k]);
        r[k] = 0.0;
        since[k] = length[k] = 0;
        continue;
      }
      const Tick before = targets_.times(level)[j], begin = std::max(begins, before);
      const Tick end = level > 0 ? targets_.times(level - 1)[j] : arrival.at;
      r[k] = before == long_ago ? rule_.first_post().r : targets_.post(level, j).r;
      since[k] = begin - (before == long_ago ? origin_ : before);
      length[k] = std::max(end - begin, Tick{0});
      fired[n_fired] = k;
      due[n_fired] = level;
      n_fired += level > 0 ? 1 : 0;
    }
    Rule::loop_gap(kernel, rate, n, r, since, length, x);
    Rule::loop_scale(kernel, n, x, w);
    for (std::uint32_t i = 0; i < n_fired; ++i) {
      const std::uint32_t k = fired[i], j = target[k];
      Real m = std::abs(w[k]);
      for (std::uint32_t level = due[i]; level-- > 0;) {
        m = kernel.on_post(m, arrival.pre, targets_.times(level)[j] - arrival.last);
        if (level > 0) m = rule_.over_gap(m, rate, arrival.pre, 0, targets_.post(level - 1, j).gap);
      }
      w[k] = sign_as(m, w[k]);
      r[i] = targets_.post(0, j).r;
      since[i] = 0;
      length[i] = arrival.at - targets_.times(0)[j];
    }
    Rule::loop_gap(kernel, rate, n_fired, r, since, length, x);
    Real after[strip];
    for (std::uint32_t i = 0; i < n_fired; ++i) after[i] = w[fired[i]];
    Rule::loop_scale(kernel, n_fired, x, after);
    for (std::uint32_t i = 0; i < n_fired; ++i) w[fired[i]] = after[i];
    for (std::uint32_t k = 0; k < n; ++k) x[k] = seen_before(arrival.at, target[k]);
    Rule::loop_pre(kernel, n, x, w);
  }

  // The same as update() for whole runs where no change is recorded, in passes without branches: potentiation for the
  // few synapses whose targets have fired since, then depression for all.
  void deliver_together(std::span<const PlasticEntry> entries, Tick now, Real* sum) {
    std::size_t synapses = 0;
    for (const PlasticEntry& entry : entries) synapses += block_.run_begin[entry.run + 1] - block_.run_begin[entry.run];
    const bool many = acts_at_pre && synapses > targets_.targets() && this->dendritic_.empty();
    const bool along = passes_along();
    if (many && along)
      look_at_all(now);
    else if (many)
      see_all(now - 2 * longest_dendrite_);
    Real* weight = block_.template weight<Real>().data();
    prefetch_run(entries[0].run);
    for (std::size_t e = 0; e < entries.size(); ++e) {
      const PlasticEntry& entry = entries[e];
      auto next = e + 1 < entries.size() ? RunAhead<Real>(block_, entries[e + 1].run) : RunAhead<Real>();
      const Arrival arrival = this->arrival_of(entry.run, entry.spike, now);
      const std::uint32_t begin = block_.run_begin[entry.run], n = block_.run_begin[entry.run + 1] - begin;
      const std::uint16_t* target = target_ + begin;
      Real* w = weight + begin;
      const auto rate = rate_of(arrival.last, arrival.at);
      const bool learns = rate && arrival.at > written_ && *rate != 0.0;
      const auto seen = [&](std::uint32_t j) { return seen_before(arrival.at - arrival.dendritic, j); };
      if constexpr (fades) {
        if (learns && along && counts(arrival.last)) {
          const TargetNow* const of = many && TargetNow::knows(now - due_from(arrival.last)) ? now_.data() : nullptr;
          pass_along(arrival, target, n, *rate, of, seen, next, w, sum);
          continue;
        }
      }
      next.ask_for_rest();
      if (!rate) {
        deliver_one_by_one(arrival, begin, begin + n, sum);
      } else if (learns) {
        if (counts(arrival.last))
          potentiate(target, n, arrival.last, arrival.pre, arrival.dendritic, arrival.at, *rate, w);
        const auto kernel = kernel_at(arrival.now, *rate);
        if (many && along)
          depress_all(kernel, target, n, [all = now_.data()](std::uint32_t j) { return all[j].seen; }, w, sum);
        else if (many)
          depress_all(kernel, target, n, [all = seen_.data()](std::uint32_t j) { return all[j]; }, w, sum);
        else
          depress_all(kernel, target, n, seen, w, sum);
      } else {
        for (std::uint32_t k = 0; k < n; ++k) sum[target[k]] += w[k];
      }
    }
  }

  // Whether the rule goes by pass_along().
  bool passes_along() const {
    if constexpr (fades) return longest_dendrite_ == 0 && rule_.kernel().fading().has_table();
    return false;
  }

  // What a run does at a presynaptic spike, where nothing is under way in dendrites: one pass looks up all that its
  // targets give (which lies side by side in `of`, if given), few synapses have more than one spike to learn from.
  // Meanwhile the next run is asked for.
  template <class Seen>
  void pass_along(const Arrival& arrival, const std::uint16_t* target, std::uint32_t n, double rate,
                  const TargetNow* of, Seen&& seen, RunAhead<Real>& next, Real* w, Real* sum) {
    const auto kernel = this->kernel(rate);
    const Tick from = due_from(arrival.last), last = kernel.fading().last();
    const Tick settled = std::min(from - arrival.last, last);
    const std::span fading(kernel.fading().table() + settled, static_cast<std::size_t>(last - settled) + 1);
    double x[long_strip], y[long_strip];
    for (std::uint32_t first = 0; first < n; first += long_strip, target += long_strip, w += long_strip) {
      const std::uint32_t m = std::min(n - first, long_strip);
      next.ask_for_piece();
      if (of)
        due_.look(targets_, target, m, from, arrival.at, fading, of, x, y);
      else
        due_.look(targets_, target, m, from, fading, seen, x, y);
      next.ask_for_piece();
      learn_from_due(target, arrival.last, arrival.pre, from, arrival.at, rate, w);
      next.ask_for_piece();
      Rule::loop_post(kernel, m, kernel.amplitude(arrival.pre), x, w);
      next.ask_for_piece();
      Rule::loop_pre(kernel, m, y, w);
      next.ask_for_piece();
      for (std::uint32_t k = 0; k < m; ++k) sum[target[k]] += w[k];
      for (std::uint32_t k = 0; k < m; ++k) watch(w[k]);
      next.ask_for_piece();
    }
  }

  // The one rate at which synapses learn from what reached them since `last` and is not settled, up to `at`.
  std::optional<double> rate_of(Tick last, Tick at) const {
    if (!learning_.differ()) return learning_.rate();
    return learning_.all(counts(last) ? due_from(last) : at, at);
  }

  // A presynaptic spike arrives at synapses of a run, and then at the membranes: a strip at a time.
  template <class Kernel, class Seen>
  void depress_all(const Kernel& kernel, const std::uint16_t* target, std::uint32_t n, Seen&& seen, Real* w,
                   Real* sum) {
    [[maybe_unused]] double of_target[strip];
    for (std::uint32_t first = 0; first < n; first += strip) {
      const std::uint32_t end = std::min(n, first + strip);
      if constexpr (acts_at_pre) {
        for (std::uint32_t k = first; k < end; ++k) of_target[k - first] = seen(target[k]);
        Rule::loop_pre(kernel, end - first, of_target, w + first);
      }
      if (!sum) continue;
      for (std::uint32_t k = first; k < end; ++k) sum[target[k]] += w[k];
      for (std::uint32_t k = first; k < end; ++k) watch(w[k]);
    }
  }

  // The same of every target, looked up once for all runs.
  void see_all(Tick stop) {
    const auto newest = targets_.newest();
    seen_.resize(newest.size());
    if constexpr (acts_at_pre) Rule::loop_seen(rule_.kernel(), targets_.targets(), newest.data(), stop, seen_.data());
    if (longest_dendrite_ == 0) return;
    for (std::uint32_t j = 0; j < newest.size(); ++j)
      if (newest[j].t >= stop) seen_[j] = seen_before(stop, j);
  }

  // Apply all spikes of the targets that arrive in [last, end) and are not settled, each target's in order: pass by
  // pass from the oldest, through those synapses whose targets have fired so often.
  void potentiate(const std::uint16_t* target, std::uint32_t n, Tick last, const Pre& pre, Tick dendritic, Tick end,
                  double rate, Real* w) {
    const Tick from = due_from(last) - dendritic, stop = end - dendritic;
    due_.list(targets_, target, n, from);
    learn_from_due(target, last - dendritic, pre, from, stop, rate, w);
  }
  // From the spikes of those listed that were fired in [from, stop); those at `origin` arrive with the presynaptic one.
  void learn_from_due(const std::uint16_t* target, Tick origin, const Pre& pre, Tick from, Tick stop, double rate,
                      Real* w) {
    this->kernel(rate).with_on_post([&](const auto& on_post) {
      due_.each(targets_, target, from, stop, [&](std::uint32_t k, Tick t, const Post& post) {
        w[k] =
            sign_as(after_post(on_post, std::abs(w[k]), pre, t - origin, [&]() -> const Post& { return post; }), w[k]);
      });
    });
  }

  // All that is asked of every target at `now`, looked up once for all runs.
  void look_at_all([[maybe_unused]] Tick now) {
    if constexpr (fades) {
      now_.resize(targets_.targets());
      Rule::loop_now(rule_.kernel(), targets_.targets(), targets_.newest().data(), targets_.times(1), now, now_.data());
    }
  }

  // Every postsynaptic arrival before the horizon, on every synapse. A presynaptic spike that has not reached
  // the membrane by now arrives at its synapse after now - dendritic delay: the horizon is before all of them, in any
  // shard, so that after it all have seen the same.
  void apply_pending(Tick now) {
    const Tick horizon = now + 1 - behind_;
    if (horizon <= settled_) return;
    Real* weight = block_.template weight<Real>().data();
    this->for_each_run([&](std::uint32_t row, std::uint32_t run) {
      const Presynaptic spike = this->last_served(row, run, now, nullptr);
      if (!counts(spike.t)) return;
      const Tick d = this->dendritic(run), last = arrived(spike, block_.run_delay[run] - d);
      const Tick from = due_from(last);
      if constexpr (!Rule::drifts) {
        const auto rate = rate_of(last, horizon - 1);
        if (rate == 0.0) return;
        if (!recording_ && rate) {
          const std::uint32_t begin = block_.run_begin[run], n = block_.run_begin[run + 1] - begin;
          return potentiate(target_ + begin, n, last, spike.pre, d, horizon, *rate, weight + begin);
        }
      }
      for (std::uint32_t q = block_.run_begin[run]; q < block_.run_begin[run + 1]; ++q) {
        const std::uint32_t j = target_[q];
        if (targets_.newest(j).t + d < from) continue;
        recorded_ = std::abs(weight[q]);
        weight[q] = sign_as(pass(recorded_, j, q, last, spike.pre, d, horizon, false), weight[q]);
      }
    });
    settled_ = horizon;
  }

  void bring_to_present(std::uint32_t row, std::uint32_t run, Tick now) {
    flying_.clear();
    Presynaptic spike = this->last_served(row, run, now, &flying_);
    const Tick d = this->dendritic(run), axonal = block_.run_delay[run] - d;
    Real* weight = block_.template weight<Real>().data();
    if constexpr (!Rule::drifts) {
      if (!recording_ && !learning_.differ()) {
        const std::uint32_t begin = block_.run_begin[run], n = block_.run_begin[run + 1] - begin;
        const std::uint16_t* target = target_ + begin;
        const double rate = learning_.rate();
        Real* w = weight + begin;
        for (const Presynaptic& next : flying_) {
          const Tick at = next.t + axonal;
          if (at > written_) {
            if (counts(spike.t)) potentiate(target, n, arrived(spike, axonal), spike.pre, d, at, rate, w);
            depress_all(
                kernel_at(next.pre, rate), target, n, [&](std::uint32_t j) { return seen_before(at - d, j); }, w,
                nullptr);
          }
          spike = next;
        }
        if (counts(spike.t)) potentiate(target, n, arrived(spike, axonal), spike.pre, d, now + 1, rate, w);
        return;
      }
    }
    for (std::uint32_t q = block_.run_begin[run]; q < block_.run_begin[run + 1]; ++q) {
      const std::uint32_t j = target_[q];
      Real m = recorded_ = std::abs(weight[q]);
      Presynaptic before = spike;
      for (const Presynaptic& next : flying_) {
        const Tick at = next.t + axonal;
        if (at > written_) {
          m = pass(m, j, q, arrived(before, axonal), before.pre, d, at, true);
          m = depress(m, j, at, d, next.pre);
          record(at, q, m);
        }
        before = next;
      }
      if (counts(before.t)) {
        m = pass(m, j, q, arrived(before, axonal), before.pre, d, now + 1, false);
        if constexpr (Rule::drifts) m = drift_to(m, j, arrived(before, axonal), before.pre, d, now);
      }
      weight[q] = sign_as(m, weight[q]);
    }
  }

  std::vector<Presynaptic> flying_;
  DueSynapses<Post> due_;
  std::vector<double> seen_;
  std::vector<TargetNow> now_;
  std::optional<Array<Real>> stored_;
};

}  // namespace pysnn
