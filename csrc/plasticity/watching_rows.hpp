// Plastic rows of a rule that goes by the membranes of its targets, step by step, and not by their spikes: from one
// presynaptic arrival to the next a synapse gains the sum of what its target's steps give, each by what is left of the
// source's trace, and at an arrival it loses what the target tells of the last step before.
//
// A rule's file defines, beside what rows.hpp asks of any (of a target's spikes it keeps nothing),
//
//   class Membranes;                                     what targets tell (clopath_membranes.hpp)
//   Kernel kernel() const;                               by value:
//     void at_rate(double);                                changes of weights become so many times as large
//     double amplitude(const Pre&) const;                  what a step's part is multiplied by, just after a spike,
//     const Decay::View& fading() const;                   and what of that is left later
//     void with_on_met(loop) const;                        call the loop with the gain, Real(Real m, double),
//     void with_on_pre(loop) const;                        and with the loss; both of m = |weight| (rule_loops.hpp)
//   loop_post, loop_pre                                  compiled loops of them
//
// The steps of a target lie in blocks (math/fading_sums.hpp); a synapse goes through those since its last arrival block
// by block, cut where learning was switched or weights were written besides, and is rounded to Real after each part.
// How they are divided depends on nothing else: so rows may be brought up to the end of a block whenever that is of
// use, and are, before targets forget it.
#pragma once
#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <vector>

#include "math/fading_sums.hpp"
#include "plasticity/rows.hpp"
#include "plasticity/rule_loops.hpp"

namespace pysnn {

template <class Rule, class Real>
class WatchingRows final : public Rows<Rule, Real> {
  using Base = Rows<Rule, Real>;
  using Base::arrived, Base::counts;
  using Base::behind_, Base::block_, Base::learning_, Base::logged_, Base::recording_, Base::rule_, Base::sources_,
      Base::strands_, Base::target_, Base::what_, Base::written_;
  using typename Base::Arrival;
  using typename Base::Pre;
  using typename Base::Presynaptic;

 public:
  explicit WatchingRows(const PlasticConfig& config) : Base(config), membranes_(config, behind_) {
    check_weight<Real>(rule_.w_max(), what_ + ": w_max");
  }

  void deliver(std::span<const PlasticEntry> entries, Tick now, Real* sum) override {
    if (learning_.never()) return this->deliver_as_it_is(entries, sum);
    for (std::size_t e = 0; e < entries.size(); ++e) {
      if (e + 1 < entries.size()) this->prefetch_run(entries[e + 1].run);
      const std::uint32_t run = entries[e].run;
      arrive_at(block_.run_begin[run], block_.run_begin[run + 1], this->arrival_of(run, entries[e].spike, now));
      this->deliver_run(run, sum);
    }
  }

  double arrive(std::uint32_t run, std::uint32_t synapse, std::uint64_t spike, Tick now) override {
    if (!learning_.never()) arrive_at(synapse, synapse + 1, this->arrival_of(run, spike, now));
    return static_cast<double>(weights()[synapse]);
  }

  void post_spike(std::uint32_t j, Tick) override { membranes_.fired(j); }
  Sees sees() const override { return Sees::potential; }
  void post_potentials(Tick now, std::span<const Real> v) override {
    if (membranes_.rises().needs(settled_, membranes_.rises().steps())) catch_up(now);
    membranes_.step(now, v);
  }
  bool silent() const override { return membranes_.silent() && Base::silent(); }
  void stored_anew(const PlasticConfig& config, const Redelayed& made) override {
    Base::stored_anew(config, made);
    if (membranes_.silent()) membranes_ = typename Rule::Membranes(config, behind_);
  }

  void settle(Tick now) override { sources_.forget_before(now - this->longest_delay_); }

  void finish(Tick now) override {
    if (learning_.never()) return;
    // A part of a block must be seen but not kept: cut in two it would change later bits.
    stored_.emplace(block_.size());
    std::copy_n(weights(), block_.size(), stored_->begin());
    this->for_each_run([&](std::uint32_t row, std::uint32_t run) { bring_to_present(row, run, now); });
    logged_ = now;
  }
  void prepare() override {
    if (!stored_) return;
    // Back into the same memory: NumPy may be looking at it.
    std::copy(stored_->begin(), stored_->end(), weights());
    stored_.reset();
  }
  void replaced(Tick now) override {
    stored_.reset();
    written_ = now;
  }

  void forget(Tick) override {
    stored_.reset();
    sources_.clear(rule_.first_pre());
    membranes_.clear();
    learning_.forget();
    written_ = logged_ = long_ago;
    settled_ = 0;
  }

  void io(const Archive& archive, Tick now, std::uint32_t n, std::uint32_t first) override {
    if (archive.saving()) {
      prepare();
      catch_up(now);
    }
    archive.value("settled steps", settled_);
    archive.value("written", written_);
    archive.value("logged", logged_);
    learning_.io(archive);
    membranes_.io(archive.in("membranes"), n, first, settled_);
    sources_.io(archive.in("sources"), strands_, this->all_strands_, rule_.first_pre(), now - this->longest_delay_);
  }

  void rebase(Tick ticks) override {
    sources_.rebase(ticks);
    for (auto& change : this->changes_) change.time = rebased(change.time, ticks);
    learning_.rebase(ticks);
    membranes_.rebase(ticks);
    for (Tick* mark : {&written_, &logged_}) *mark = rebased(*mark, ticks);
  }

  std::size_t nbytes() const override {
    return sources_.nbytes() + strands_.nbytes() + membranes_.nbytes() + this->dendritic_.size() * sizeof(Tick);
  }

 private:
  // Steps that synapses go through at once, and what the sum of them is multiplied by.
  struct Part {
    std::uint64_t from, to;
    double amplitude;
  };

  Real* weights() { return block_.template weight<Real>().data(); }
  auto kernel(double rate) const {
    auto kernel = rule_.kernel();
    kernel.at_rate(rate);
    return kernel;
  }

  // How many steps of a target a synapse has seen that sees those which reach it, d after they end, before t.
  std::uint64_t seen(Tick t, Tick d) const { return membranes_.before(t - d); }

  // A presynaptic spike arrives at synapses of a run.
  void arrive_at(std::uint32_t begin, std::uint32_t end, const Arrival& arrival) {
    if (arrival.at <= written_) return;
    const std::uint64_t to = seen(arrival.at, arrival.dendritic);
    gain(begin, end, arrival.last, arrival.pre, arrival.dendritic, to);
    lose(begin, end, arrival.at, to);
  }

  // The steps before `to` that synapses have not gone through since the presynaptic arrival `last`.
  void divide(Tick last, const Pre& pre, Tick d, std::uint64_t to) {
    constexpr std::uint64_t length = FadingSums::length;
    parts_.clear();
    std::uint64_t from = std::max({seen(last, d), settled_, seen(written_ + 1, d)});
    for (std::uint64_t end; from < to; from = end) {
      end = std::min(to, (from / length + 1) * length);
      learning_.each_on(membranes_.end_of(from) + d - 1, membranes_.end_of(end - 1) + d,
                        [&](Tick after, Tick upto, double rate) {
                          const auto kernel = this->kernel(rate);
                          const std::uint64_t first = seen(after + 1, d), stop = seen(upto + 1, d);
                          const double left = kernel.fading()(membranes_.end_of(first) + d - last);
                          if (first < stop && left > 0.0) parts_.push_back({first, stop, kernel.amplitude(pre) * left});
                        });
    }
  }

  void gain(std::uint32_t begin, std::uint32_t end, Tick last, const Pre& pre, Tick d, std::uint64_t to) {
    if (!counts(last)) return;
    divide(last, pre, d, to);
    if (parts_.empty()) return;
    if (recording_) return gain_step_by_step(begin, end, d);
    const auto kernel = rule_.kernel();
    double sums[strip];
    for (; begin < end; begin += strip) {
      const std::uint32_t n = std::min(end - begin, strip);
      for (const Part& part : parts_) {
        membranes_.rises().sums(part.from, part.to, n, target_ + begin, sums);
        Rule::loop_post(kernel, n, part.amplitude, sums, weights() + begin);
      }
    }
  }

  // The same, and each change told.
  void gain_step_by_step(std::uint32_t begin, std::uint32_t end, Tick d) {
    const FadingSums& rises = membranes_.rises();
    const auto kernel = rule_.kernel();
    for (std::uint32_t q = begin; q < end; ++q)
      for (const Part& part : parts_) {
        const Real before = weights()[q];
        Real told = before;
        for (std::uint64_t step = part.from; step < part.to; ++step) {
          if (rises.of_step(step)[target_[q]] == 0.0) continue;
          double sum;
          Real w = before;
          rises.sums(part.from, step + 1, 1, target_ + q, &sum);
          Rule::loop_post(kernel, 1, part.amplitude, &sum, &w);
          tell(membranes_.end_of(step) + d, q, told, w);
          told = w;
        }
        weights()[q] = told;
      }
  }

  // Presynaptic spikes meet the last of `steps` steps.
  void lose(std::uint32_t begin, std::uint32_t end, Tick at, std::uint64_t steps) {
    const double rate = learning_.at(at);
    if (rate == 0.0) return;
    const auto kernel = this->kernel(rate);
    const double* const falls = membranes_.falls(steps);
    double seen[strip] = {};
    Real before[strip];
    for (; begin < end; begin += strip) {
      const std::uint32_t n = std::min(end - begin, strip);
      if (falls)
        for (std::uint32_t k = 0; k < n; ++k) seen[k] = falls[target_[begin + k]];
      Real* const w = weights() + begin;
      if (recording_) std::copy_n(w, n, before);
      Rule::loop_pre(kernel, n, seen, w);
      if (recording_)
        for (std::uint32_t k = 0; k < n; ++k) tell(at, begin + k, before[k], w[k]);
    }
  }

  void tell(Tick t, std::uint32_t q, Real before, Real w) {
    if (w != before && t > logged_) this->changes_.push_back({t, q, static_cast<double>(w)});
  }

  // All rows to the end of the last block of which no synapse waits for a step. (A presynaptic spike that has not
  // reached the membrane by now arrives at its synapse after now - dendritic delay, as a step does that much later.)
  void catch_up(Tick now) {
    constexpr std::uint64_t length = FadingSums::length;
    const std::uint64_t to = seen(now + 1 - behind_, behind_) / length * length;
    if (to <= settled_) return;
    this->for_each_run([&](std::uint32_t row, std::uint32_t run) {
      const Presynaptic spike = this->last_served(row, run, now, nullptr);
      const Tick d = this->dendritic(run);
      gain(block_.run_begin[run], block_.run_begin[run + 1], arrived(spike, block_.run_delay[run] - d), spike.pre, d,
           to);
    });
    settled_ = to;
  }

  void bring_to_present(std::uint32_t row, std::uint32_t run, Tick now) {
    flying_.clear();
    Presynaptic spike = this->last_served(row, run, now, &flying_);
    const Tick d = this->dendritic(run), axonal = block_.run_delay[run] - d;
    const std::uint32_t begin = block_.run_begin[run], end = block_.run_begin[run + 1];
    for (const Presynaptic& next : flying_) {
      const Tick at = next.t + axonal;
      arrive_at(begin, end, {at, arrived(spike, axonal), d, spike.pre, next.pre});
      spike = next;
    }
    gain(begin, end, arrived(spike, axonal), spike.pre, d, seen(now + 1, d));
  }

  typename Rule::Membranes membranes_;
  std::uint64_t settled_ = 0;  // steps of the targets that every synapse has gone through
  std::vector<Part> parts_;    // of the run at hand
  std::vector<Presynaptic> flying_;
  std::optional<Array<Real>> stored_;
};

// Such a rule under its name.
template <class Rule>
struct RegisterWatchingRows {
  RegisterWatchingRows()
      : registration(
            Rule::info().name,
            PlasticityEntry{Rule::info(),
                            [](const PlasticConfig& c) { return std::make_unique<WatchingRows<Rule, float>>(c); },
                            [](const PlasticConfig& c) { return std::make_unique<WatchingRows<Rule, double>>(c); },
                            constants_of<Rule>()}) {}
  Registration<PlasticityEntry> registration;
};

}  // namespace pysnn
