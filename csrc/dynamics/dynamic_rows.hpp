// Short-term plasticity: what a spike is worth at the synapses of its source, by the source's own spikes alone.
//
// A law's file defines a class over a state that lives per row, a structure of doubles,
//
//   struct State;                                  just after the row's latest spike
//   State first() const;                           after its first one
//   State next(const State&, Tick gap) const;      after one that comes `gap` after the one before
//   double release(const State&) const;            the share of the weight that the spike sends
//
// and this class does the rest: rows whose spikes carry that share, over weights that stay as they are or over rows
// that learn. The state is worked out where the spike sets out, so that it costs one step a spike and projection, in
// continuous time as on a grid; delays and the long-term rule know nothing of it.
//
// Stochastic, a synapse sends all of its weight with that probability. Draws are by (source, target, delay, which of
// the synapses of one pair and delay, number of the spike), so that no cut into shards changes one.
#pragma once
#include <algorithm>
#include <memory>
#include <vector>

#include "core/error.hpp"
#include "math/philox.hpp"
#include "plasticity/outlasting.hpp"
#include "plasticity/plastic_synapses.hpp"
#include "plasticity/pre_log.hpp"

namespace pysnn {

template <class Law, class Real>
class DynamicRows final : public PlasticSynapses<Real>, public Outlasting {
  // Of a spike: the state just after it, and how many the source has fired.
  struct Pre {
    typename Law::State state;
    double number = 0.0;
  };
  using Spike = typename PreLog<Pre>::Spike;

 public:
  // `learning` is null where weights stay as they are.
  DynamicRows(const PlasticConfig& config, std::unique_ptr<PlasticSynapses<Real>> learning)
      : law_(config.projection.dynamics_params, config.time),
        stochastic_(config.projection.dynamics_params["stochastic"] != 0.0), key_(config.projection.noise_key),
        block_(config.block), first_target_(config.first_target), what_(config.what()), learning_(std::move(learning)),
        rows_(block_.rows(), Pre{}), unused_(config.targets, Real(0)) {
    if (learning_ && learning_->sees() == Sees::thresholds)
      throw UnsupportedError(what_ + ": " + config.projection.plasticity + " takes every spike to send the whole " +
                             "weight: it cannot be combined with " + config.projection.dynamics);
  }

  std::uint64_t pre_spike(std::uint32_t row, Tick t) override {
    const Spike& before = rows_.newest(row);
    const Pre pre = before.t == long_ago ? Pre{law_.first(), 1.0}
                                         : Pre{law_.next(before.pre.state, t - before.t), before.pre.number + 1.0};
    const std::uint64_t number = rows_.add(row, {t, pre});
    if (learning_) check_alike(learning_->pre_spike(row, t), number);
    return number;
  }

  void deliver(std::span<const PlasticEntry> entries, Tick now, Real* sum) override {
    for (const PlasticEntry& entry : entries) {
      if (stochastic_)
        each(entry.run, [&](std::uint32_t q, std::uint32_t j) {
          sum[j] += static_cast<Real>(arrive(entry.run, q, entry.spike, now));
        });
      else
        deliver(entry, now, sum);
    }
  }

  double arrive(std::uint32_t run, std::uint32_t synapse, std::uint64_t spike, Tick now) override {
    const double weight = learning_ ? learning_->arrive(run, synapse, spike, now)
                                    : static_cast<double>(block_.template weight<Real>()[synapse]);
    const Pre& pre = rows_[spike].spike.pre;
    const double share = law_.release(pre.state);
    if (!stochastic_) return static_cast<double>(static_cast<Real>(weight) * static_cast<Real>(share));
    return uniform(run, synapse, pre) < share ? weight : 0.0;
  }

  void post_spike(std::uint32_t target, Tick t) override {
    if (learning_) learning_->post_spike(target, t);
  }
  void modulate_at(double value, Tick t, std::uint32_t feed) override {
    if (learning_) learning_->modulate_at(value, t, feed);
  }
  void modulate(std::span<const double> values, Tick now) override {
    if (learning_) learning_->modulate(values, now);
  }
  Sees sees() const override { return learning_ ? learning_->sees() : Sees::spikes; }
  void post_potentials(Tick now, std::span<const Real> v) override { learning_->post_potentials(now, v); }
  void settle(Tick now) override {
    if (learning_) learning_->settle(now);
    rows_.forget_before(now - block_.max_delay);
  }
  void finish(Tick now) override {
    if (learning_) learning_->finish(now);
  }
  void prepare() override {
    if (learning_) learning_->prepare();
  }
  void replaced(Tick now) override {
    if (learning_) learning_->replaced(now);
  }
  void learn(std::optional<bool> on, std::optional<double> rate, Tick now) override {
    if (learning_) learning_->learn(on, rate, now);
  }
  Learning learning() const override { return learning_ ? learning_->learning() : Learning{false}; }
  bool silent() const override { return rows_.silent() && (!learning_ || learning_->silent()); }
  void stored_anew(const PlasticConfig& config) override {
    if (learning_) learning_->stored_anew(config);
  }
  void forget() override {
    rows_.clear(Pre{});
    if (learning_) learning_->forget();
  }
  void draw_by(std::uint64_t noise, bool from_zero) override {
    turn_ = from_zero ? 0 : turn_ + 1;
    if (from_zero) noise_ = noise;
    if (learning_) learning_->draw_by(noise, from_zero);
  }

  void take_over(const Outlasting& other) override {
    auto* const mine = dynamic_cast<Outlasting*>(learning_.get());
    if (mine) mine->take_over(*dynamic_cast<const Outlasting*>(static_cast<const DynamicRows&>(other).learning_.get()));
  }

  void move(const std::vector<std::uint32_t>& moved) override {
    if (auto* const mine = dynamic_cast<Outlasting*>(learning_.get())) mine->move(moved);
  }

  void record_changes(bool on) override {
    if (learning_) learning_->record_changes(on);
  }
  std::vector<WeightChange> take_changes() override {
    return learning_ ? learning_->take_changes() : std::vector<WeightChange>{};
  }

  std::vector<RowSent> io(const Archive& archive, Tick now, std::uint32_t n, std::uint32_t first) override {
    const Archive own = archive.in("dynamics");
    own.value("turn", turn_);
    own.value("noise", noise_);
    std::vector<RowSent> under_way, alike;
    if (learning_) alike = learning_->io(archive, now, n, first);
    rows_.io(own, [&](std::uint32_t row, Tick t, std::uint64_t spike) { under_way.push_back({row, t, spike}); });
    if (learning_) {
      check_alike(alike.size(), under_way.size());
      for (std::size_t k = 0; k < alike.size(); ++k) check_alike(alike[k].spike, under_way[k].spike);
    }
    return under_way;
  }

  void rebase(Tick ticks) override {
    rows_.rebase(ticks);
    if (learning_) learning_->rebase(ticks);
  }
  std::size_t state_bytes() const override { return learning_ ? learning_->state_bytes() : 0; }
  std::size_t nbytes() const override { return rows_.nbytes() + (learning_ ? learning_->nbytes() : 0); }

 private:
  template <class Visit>
  void each(std::uint32_t run, Visit&& visit) const {
    for (std::uint32_t q = block_.run_begin[run]; q < block_.run_begin[run + 1]; ++q) visit(q, block_.target[q]);
  }

  // A run whose synapses send all the same share. What learns brings its weights up to date, and adds them up whole
  // where nobody looks.
  void deliver(const PlasticEntry& entry, Tick now, Real* sum) {
    if (learning_) learning_->deliver({&entry, 1}, now, unused_.data());
    const auto share = static_cast<Real>(law_.release(rows_[entry.spike].spike.pre.state));
    const Real* const weight = block_.template weight<Real>().data();
    each(entry.run, [&](std::uint32_t q, std::uint32_t j) { sum[j] += weight[q] * share; });
  }

  double uniform(std::uint32_t run, std::uint32_t synapse, const Pre& pre) const {
    std::uint32_t ordinal = 0;
    while (synapse - ordinal > block_.run_begin[run] && block_.target[synapse - ordinal - 1] == block_.target[synapse])
      ++ordinal;
    const auto row = static_cast<std::uint32_t>(std::upper_bound(block_.row_run.begin(), block_.row_run.end(), run) -
                                                block_.row_run.begin() - 1);
    const std::uint64_t key =
        subkey(subkey(subkey(noise_ == 0 ? key_ : subkey(key_, noise_), turn_), block_.row_base + row),
               static_cast<std::uint64_t>(block_.run_delay[run]));
    const auto number = static_cast<std::uint64_t>(pre.number);
    const Word4 words = philox(key, first_target_ + block_.target[synapse], ordinal, static_cast<std::uint32_t>(number),
                               static_cast<std::uint32_t>(number >> 32));
    return unit_interval(words[0], words[1]);
  }

  // Spikes under way have one number in both.
  void check_alike(std::uint64_t theirs, std::uint64_t mine) const {
    if (theirs != mine) throw ParameterError(what_ + ": its rule and its dynamics have not seen the same spikes");
  }

  Law law_;
  const bool stochastic_;
  const std::uint64_t key_;
  Block& block_;
  const std::uint32_t first_target_;
  const std::string what_;
  std::unique_ptr<PlasticSynapses<Real>> learning_;
  PreLog<Pre> rows_;
  std::vector<Real> unused_;  // by target
  std::uint64_t noise_ = 0, turn_ = 0;
};

}  // namespace pysnn
