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
        strands_(block_), all_strands_(config.all_strands()), longest_delay_(config.longest_delay),
        fired_(block_.row_run.places(), Pre{}), rows_(strands_.size(), Pre{}), unused_(config.targets, Real(0)) {
    if (learning_ && learning_->sees() == Sees::thresholds)
      throw UnsupportedError(what_ + ": " + config.projection.plasticity + " takes every spike to send the whole " +
                             "weight: it cannot be combined with " + config.projection.dynamics);
  }

  std::uint64_t pre_spike(std::uint32_t row, Tick t) override {
    const std::uint32_t place = block_.row_run.place(row);
    const Spike& before = fired_.newest(place);
    const Pre pre = before.t == long_ago ? Pre{law_.first(), 1.0}
                                         : Pre{law_.next(before.pre.state, t - before.t), before.pre.number + 1.0};
    fired_.replace_newest(place, {t, pre});
    const std::uint64_t number =
        rows_.add_to_row(strands_, row, {t, pre}, [](const Spike&, const Spike& spike) { return spike.pre; });
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
    const Pre& pre = rows_[spike + strands_.before(run)].spike.pre;
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
    rows_.forget_before(now - longest_delay_);
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
  bool silent() const override { return fired_.silent() && (!learning_ || learning_->silent()); }
  bool divides_delays() const override { return learning_ && learning_->divides_delays(); }
  bool remembers(std::uint32_t row, std::uint32_t run, Tick now) const override {
    const Tick newest = rows_.newest(strands_.of(row, run)).t;
    return (newest != long_ago && newest + block_.run_delay[run] > now) ||
           (learning_ && learning_->remembers(row, run, now));
  }
  void stored_anew(const PlasticConfig& config, const Redelayed& made) override {
    if (learning_) learning_->stored_anew(config, made);
    Strands strands(block_);
    rows_.divide(strands, came_from(strands_, strands, made.strands), Pre{});
    strands_ = std::move(strands);
    all_strands_ = config.all_strands();
    longest_delay_ = config.longest_delay;
    // Rows may be others where synapses were rewired, which is before any has fired.
    if (fired_.silent()) fired_ = PreLog<Pre>(block_.row_run.places(), Pre{});
  }
  std::vector<RunSent> under_way(Tick now) const override {
    std::vector<RunSent> sent = rows_.under_way(block_, strands_, now);
    if (!learning_) return sent;
    const std::vector<RunSent> alike = learning_->under_way(now);
    check_alike(alike.size(), sent.size());
    for (std::size_t k = 0; k < alike.size(); ++k) check_alike(alike[k].spike, sent[k].spike);
    return sent;
  }
  void forget(Tick since) override {
    fired_.clear(Pre{});
    rows_.clear(Pre{});
    if (learning_) learning_->forget(since);
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

  void io(const Archive& archive, Tick now, std::uint32_t n, std::uint32_t first) override {
    const Archive own = archive.in("dynamics");
    own.value("turn", turn_);
    own.value("noise", noise_);
    if (learning_) learning_->io(archive, now, n, first);
    rows_.io(own, strands_, all_strands_, Pre{}, now - longest_delay_);
    if (archive.saving() || own.in("fired").has("times"))
      fired_.io(own.in("fired"), Strands(block_.row_run), block_.rows(), Pre{}, now);
    else  // written before delays could be set
      for (std::uint32_t k = 0; k < block_.row_run.places(); ++k) fired_.replace_newest(k, rows_.newest(k));
  }

  void rebase(Tick ticks) override {
    fired_.rebase(ticks);
    rows_.rebase(ticks);
    if (learning_) learning_->rebase(ticks);
  }
  std::size_t state_bytes() const override { return learning_ ? learning_->state_bytes() : 0; }
  std::size_t nbytes() const override {
    return fired_.nbytes() + rows_.nbytes() + strands_.nbytes() + (learning_ ? learning_->nbytes() : 0);
  }

 private:
  template <class Visit>
  void each(std::uint32_t run, Visit&& visit) const {
    for (std::uint32_t q = block_.run_begin[run]; q < block_.run_begin[run + 1]; ++q) visit(q, block_.target[q]);
  }

  // A run whose synapses send all the same share. What learns brings its weights up to date, and adds them up whole
  // where nobody looks.
  void deliver(const PlasticEntry& entry, Tick now, Real* sum) {
    if (learning_) learning_->deliver({&entry, 1}, now, unused_.data());
    const auto share = static_cast<Real>(law_.release(rows_[entry.spike + strands_.before(entry.run)].spike.pre.state));
    const Real* const weight = block_.template weight<Real>().data();
    each(entry.run, [&](std::uint32_t q, std::uint32_t j) { sum[j] += weight[q] * share; });
  }

  // By source, delay and target: of several synapses that share them by how many come before.
  double uniform(std::uint32_t run, std::uint32_t synapse, const Pre& pre) const {
    const std::uint16_t target = block_.target[synapse];
    std::uint32_t ordinal = 0;
    while (synapse - ordinal > block_.run_begin[run] && block_.target[synapse - ordinal - 1] == target) ++ordinal;
    const std::uint32_t row = block_.row_run.row_of(run);
    // Runs of one delay are several where they have other dendritic delays, or heard other spikes.
    const std::uint32_t first_run = block_.row_run[row];
    for (std::uint32_t r = run; r > first_run && block_.run_delay[r - 1] == block_.run_delay[run]; --r) {
      const auto there = std::equal_range(block_.target.begin() + block_.run_begin[r - 1],
                                          block_.target.begin() + block_.run_begin[r], target);
      ordinal += static_cast<std::uint32_t>(there.second - there.first);
    }
    const std::uint64_t key =
        subkey(subkey(subkey(noise_ == 0 ? key_ : subkey(key_, noise_), turn_), block_.row_base + row),
               static_cast<std::uint64_t>(block_.run_delay[run]));
    const auto number = static_cast<std::uint64_t>(pre.number);
    const Word4 words = philox(key, first_target_ + target, ordinal, static_cast<std::uint32_t>(number),
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
  Strands strands_;
  std::size_t all_strands_;  // of all shards,
  Tick longest_delay_;       // as this is
  PreLog<Pre> fired_;        // by place of the row: its latest spike, when it was emitted
  PreLog<Pre> rows_;
  std::vector<Real> unused_;  // by target
  std::uint64_t noise_ = 0, turn_ = 0;
};

}  // namespace pysnn
