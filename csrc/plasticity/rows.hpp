// What plastic rows of every kind keep and do alike: the spikes of both sides, each with the traces of its neuron just
// after it; delays cut in two; when synapses learn; which changes of weights are told.
//
// Presynaptic spikes arrive at a synapse at T = t + axonal delay, postsynaptic ones at s = t + dendritic delay.
#pragma once
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "core/prefetch.hpp"
#include "network/dendrite.hpp"
#include "plasticity/histories.hpp"
#include "plasticity/learning_times.hpp"
#include "plasticity/plastic_synapses.hpp"
#include "plasticity/pre_log.hpp"

namespace pysnn {

template <class Rule, class Real>
class Rows : public PlasticSynapses<Real> {
 protected:
  using Pre = typename Rule::Pre;
  using Post = typename Rule::Post;
  using Presynaptic = typename PreLog<Pre>::Spike;

 public:
  // Whether postsynaptic spikes change a weight although no presynaptic one has come.
  static constexpr bool acts_without_pre = requires { requires Rule::acts_without_pre; };

  explicit Rows(const PlasticConfig& config)
      : rule_(config.projection.plasticity_params, config.time), block_(config.block), target_(block_.target.data()),
        strands_(block_), all_strands_(config.all_strands()), longest_delay_(config.longest_delay),
        sources_(strands_.size(), rule_.first_pre()),
        targets_(config.targets, rule_.first_post(), worth_settling(block_)), behind_(config.longest_dendrite),
        what_(config.what()) {
    divide_delays(config);
  }

  // States of synapses that no spike has reached are all alike.
  bool silent() const override {
    const auto newest = targets_.newest();
    return sources_.silent() &&
           std::all_of(newest.begin(), newest.end(), [](const auto& spike) { return spike.t == long_ago; });
  }
  bool divides_delays() const override { return true; }
  bool remembers(std::uint32_t row, std::uint32_t run, Tick) const override {
    return sources_.newest(strands_.of(row, run)).t != long_ago;
  }
  void stored_anew(const PlasticConfig& config, const Redelayed& made) override {
    target_ = block_.target.data();
    behind_ = config.longest_dendrite;
    divide_delays(config);
    Strands strands(block_);
    sources_.divide(strands, came_from(strands_, strands, made.strands), rule_.first_pre());
    strands_ = std::move(strands);
    all_strands_ = config.all_strands();
    longest_delay_ = config.longest_delay;
    for (WeightChange& change : changes_) change.synapse = made.moved[change.synapse];
  }
  std::vector<RunSent> under_way(Tick now) const override { return sources_.under_way(block_, strands_, now); }

 private:
  // Which part of each delay is dendritic.
  void divide_delays(const PlasticConfig& config) {
    longest_dendrite_ = 0;
    dendritic_.resize(block_.runs());
    for (std::uint32_t run = 0; run < block_.runs(); ++run) {
      dendritic_[run] = block_.run_dendrite.empty() ? dendritic_delay(config.projection.dendritic_fraction,
                                                                      block_.run_delay[run], config.time, what_)
                                                    : block_.run_dendrite[run];
      longest_dendrite_ = std::max(longest_dendrite_, dendritic_[run]);
    }
    if (std::all_of(dendritic_.begin(), dendritic_.end(), [this](Tick d) { return d == longest_dendrite_; }))
      std::vector<Tick>().swap(dendritic_);
  }

 public:
  std::uint64_t pre_spike(std::uint32_t row, Tick t) override {
    return sources_.add_to_row(strands_, row, {t, rule_.first_pre()},
                               [this](const Presynaptic& before, const Presynaptic& spike) {
                                 return before.t == long_ago ? rule_.next_pre(rule_.first_pre(), 0, true)
                                                             : rule_.next_pre(before.pre, spike.t - before.t, false);
                               });
  }

  void post_spike(std::uint32_t j, Tick t) override {
    const auto& last = targets_.newest(j);
    happened(j, t, rule_.next_post(last.post, last.t == long_ago ? 0 : t - last.t, last.t == long_ago));
  }

 protected:
  // A postsynaptic event of target j, of which that keeps `post`.
  void happened(std::uint32_t j, Tick t, const Post& post) {
    targets_.forget_before(j, settled_ - behind_);
    targets_.add(j, {t, post});
    if (targets_.beyond() > most_spikes)
      throw ParameterError(what_ + ": its targets have fired " + std::to_string(most_spikes) +
                           " times more than is kept of them while none of its synapses could learn from it (check " +
                           "the targets' t_ref, weights and currents)");
  }

 public:
  void learn(std::optional<bool> on, std::optional<double> rate, Tick now) override {
    learning_.set(on, rate, now);
    // Nothing has come that could have changed a weight.
    if (sources_.silent() && (!acts_without_pre || targets_.silent())) learning_.forget();
  }
  Learning learning() const override { return {learning_.on(), learning_.factor()}; }

  void record_changes(bool on) override { recording_ = on; }
  std::vector<WeightChange> take_changes() override { return std::exchange(changes_, {}); }

 protected:
  // More spikes than the engines go on for at one instant before they look at the clock on the wall.
  static constexpr std::size_t most_spikes = std::size_t{1} << 26;
  // Spikes kept beside the newest few of each target, until it pays to visit every synapse for their sake.
  static std::size_t worth_settling(const Block& block) { return std::max<std::size_t>(1024, block.size() / 32); }

  // A presynaptic spike at a synapse: when, when the one before arrived, the trace since then, and the trace after it.
  struct Arrival {
    Tick at, last, dendritic;
    Pre pre, now;
  };

  // Whether postsynaptic spikes count that came after the presynaptic arrival `last`.
  static bool counts(Tick last) { return acts_without_pre || last != long_ago; }

  // When a spike of a source has reached its synapse, `axonal` after it was fired; long_ago where there is none.
  static Tick arrived(const Presynaptic& spike, Tick axonal) {
    return spike.t == long_ago ? long_ago : spike.t + axonal;
  }

  Tick dendritic(std::uint32_t run) const { return dendritic_.empty() ? longest_dendrite_ : dendritic_[run]; }

  Arrival arrival_of(std::uint32_t run, std::uint64_t spike, Tick now) const {
    const auto& n = sources_[spike + strands_.before(run)];
    const Tick d = dendritic(run), axonal = block_.run_delay[run] - d;
    return {now - d, arrived(n.previous, axonal), d, n.previous.pre, n.spike.pre};
  }

  // Where synapses have never learnt nothing is written: engines side by side may deliver the same weights.
  void deliver_as_it_is(std::span<const PlasticEntry> entries, Real* sum) const {
    for (const PlasticEntry& entry : entries) deliver_run(entry.run, sum);
  }
  void deliver_run(std::uint32_t run, Real* sum) const {
    const Real* weight = block_.template weight<Real>().data();
    const std::uint32_t end = block_.run_begin[run + 1];
    for (std::uint32_t q = block_.run_begin[run]; q < end; ++q) sum[target_[q]] += weight[q];
  }

  void prefetch_run(std::uint32_t run) const {
    const std::uint32_t begin = block_.run_begin[run], end = block_.run_begin[run + 1];
    const Real* weight = block_.template weight<Real>().data();
    prefetch(target_ + begin, end - begin);
    prefetch(weight + begin, end - begin);
  }

  // What a presynaptic spike sees of target j, whose spikes of `stop` and later have not arrived at the synapse.
  double seen_of(Tick stop, std::uint32_t j) const {
    const std::size_t k = targets_.count_before(j, stop);
    return k == 0 ? rule_.kernel().seen(rule_.first_post(), 0)
                  : rule_.kernel().seen(targets_.post_of(j, k - 1), stop - targets_.time(j, k - 1));
  }

  Presynaptic last_served(std::uint32_t row, std::uint32_t run, Tick now, std::vector<Presynaptic>* flying) const {
    const Tick delay = block_.run_delay[run];
    return sources_.last_served(strands_.of(row, run), delay, delay - dendritic(run), now, flying);
  }

  // Of the rows whose synapses may have something to learn.
  template <class Visit>
  void for_each_run(Visit&& visit) {
    block_.row_run.each([&](std::uint32_t row, std::uint32_t begin, std::uint32_t end) {
      if (!counts(sources_.newest(strands_.of_row(row).first).t)) return;  // all of its strands have heard alike
      for (std::uint32_t run = begin; run < end; ++run) visit(row, run);
    });
  }

  Rule rule_;
  Block& block_;
  const std::uint16_t* target_;
  std::vector<Tick> dendritic_;  // by run; empty where all are longest_dendrite_
  Tick longest_dendrite_ = 0;
  Strands strands_;
  std::size_t all_strands_;  // of all shards,
  Tick longest_delay_;       // as this is
  PreLog<Pre> sources_;
  Histories<Post> targets_;
  LearningTimes learning_;
  Tick behind_;  // the longest dendritic delay in any shard
  std::string what_;
  Tick settled_ = long_ago, written_ = long_ago;
  Tick logged_ = long_ago;  // changes up to here have been reported by a finish()
  bool recording_ = false;
  std::vector<WeightChange> changes_;
};

}  // namespace pysnn
