// Plastic rows of synapses that have states of their own beside the weight, such as an eligibility, and to which a
// modulator may speak: how far all of them have come together, what is kept while somebody reads, what archives have of
// them. How synapses go through their events is told by the class of the rows: those of a built-in rule
// (stateful_rows.hpp), those of a rule from equations (equation_rows.hpp).
//
// Order of events at a synapse: by time; at a tie the presynaptic spike, the postsynaptic one, the moment. All numbers
// of a synapse are as of its last event, whatever that was, and rounded to Real after each: so it does not matter to
// the bits when a synapse was brought up to date, and nothing is ever taken a part of the way but for reading.
//
// Invariant: every synapse has seen all postsynaptic arrivals s < max(T_last, settled_) and nothing later; and all
// moments of a time before T_last or a number below taught_, and no others.
#pragma once
#include <algorithm>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "plasticity/moments.hpp"
#include "plasticity/rows.hpp"

namespace pysnn {

// A Rule keeps a `Mod` of the modulator (or an empty one), and says whether times without events change a synapse:
// `moves()`.
template <class Rule, class Real>
class RowsWithStates : public Rows<Rule, Real> {
  using Base = Rows<Rule, Real>;

 protected:
  using Base::behind_, Base::block_, Base::learning_, Base::longest_delay_, Base::logged_, Base::rule_, Base::settled_,
      Base::sources_, Base::strands_, Base::targets_, Base::what_, Base::written_;
  using typename Base::Pre;
  using typename Base::Presynaptic;
  using Mod = typename Rule::Mod;
  using Number = typename Moments<Mod>::Number;

 public:
  explicit RowsWithStates(const PlasticConfig& config)
      : Base(config), moments_(config.modulated, config.modulates_each), columns_{&block_.template weight<Real>()} {}

  void modulate(std::span<const double> values, Tick now) override {
    add_moment(now, Moments<Mod>::from_outside, values);
  }
  void modulate_at(double value, Tick t, std::uint32_t feed) override { add_moment(t, feed, std::span(&value, 1)); }

  void settle(Tick now) override {
    if (beyond_)
      throw ParameterError(what_ + ": a weight has grown until sums of such weights are no finite numbers (check the " +
                           "rule's " + grown_by() + ")");
    sources_.forget_before(now - longest_delay_);
    if (!targets_.crowded() && !moments_.crowded()) return;
    apply_pending(now);
    targets_.forget_before(settled_ - behind_);
  }

  void finish(Tick now) override {
    if (learning_.never()) return;
    apply_pending(now);
    if (rule_.moves() || behind_ > 0) {
      // What lies between the settled past and now must be seen but not kept: a gap cut in two, or a
      // presynaptic spike on its way, would change later bits.
      kept_.emplace();
      for (const Array<Real>* column : columns_) kept_->emplace_back(column->begin(), column->end());
      this->for_each_run([&](std::uint32_t row, std::uint32_t run) { bring_to_present(row, run, now); });
    }
    logged_ = now;
    told_ = moments_.first_from(now + 1);
  }

  void prepare() override {
    if (!kept_) return;
    // Back into the same memory: NumPy may be looking at it.
    for (std::size_t c = 0; c < columns_.size(); ++c)
      std::copy((*kept_)[c].begin(), (*kept_)[c].end(), columns_[c]->begin());
    kept_.reset();
  }

  // States are as of now, as they were brought there by finish().
  void replaced(Tick now) override {
    kept_.reset();
    written_ = now;
    settled_ = std::max(settled_, now + 1);
    taught_ = moments_.first_from(now + 1);
  }

  void rebase(Tick ticks) override {
    sources_.rebase(ticks);
    targets_.rebase(ticks);
    moments_.rebase(ticks);
    for (auto& change : this->changes_) change.time = rebased(change.time, ticks);
    learning_.rebase(ticks);
    for (Tick* mark : {&settled_, &written_, &logged_}) *mark = rebased(*mark, ticks);
  }

  std::size_t nbytes() const override {
    return sources_.nbytes() + strands_.nbytes() + targets_.nbytes() + moments_.nbytes() +
           this->dendritic_.size() * sizeof(Tick) + this->state_bytes();
  }

 protected:
  // What ends the time through which synapses are taken: nothing, a presynaptic spike, or that somebody looks.
  enum class Then { nothing, arrive, look };

  // Take the synapses of a run through what comes before `end` and is not settled, `pre` being the presynaptic traces
  // at `last`, and through what comes then; of what comes at `end` itself only where somebody looks.
  virtual void take_run(std::uint32_t run, Tick last, const Pre& pre, Tick end, Then then) = 0;

  // What a user has to look at where weights grow beyond all bounds.
  virtual std::string grown_by() const { return "parameters"; }

  // The number of the first moment that a synapse has not seen, the last presynaptic spike having arrived at `last`.
  Number unseen(Tick last) const { return std::max(taught_, moments_.first_from(last)); }

  // Everything before the horizon, on every synapse. A presynaptic spike that has not reached the membrane by now
  // arrives at its synapse after now - dendritic delay: the horizon is before all of them, in any shard, so that after
  // it all have seen the same.
  void apply_pending(Tick now) {
    const Tick horizon = now + 1 - behind_;
    const Number taught = std::max(taught_, moments_.first_from(horizon));
    if (horizon <= settled_ && taught == taught_) return;
    if (!learning_.never())
      this->for_each_run([&](std::uint32_t row, std::uint32_t run) {
        const Presynaptic spike = this->last_served(row, run, now, nullptr);
        const Tick axonal = block_.run_delay[run] - this->dendritic(run);
        take_run(run, this->arrived(spike, axonal), spike.pre, horizon, Then::nothing);
      });
    settled_ = std::max(settled_, horizon);
    taught_ = taught;
    moments_.forget_before(taught_ - 1);  // the latest one is where times without events may begin
  }

  // All that has come is forgotten; states are for the class of the rows to clear.
  void forget_events() {
    kept_.reset();
    sources_.clear(rule_.first_pre());
    targets_.clear(rule_.first_post());
    moments_.clear();
    learning_.forget();
    taught_ = told_ = 0;
    settled_ = written_ = logged_ = long_ago;
  }

  // How far synapses have come, of which then all have seen the same; and what came to them since, but for the sources.
  void marks_io(const Archive& archive, Tick now) {
    if (archive.saving()) {
      prepare();
      apply_pending(now);
    }
    archive.value("settled", settled_);
    archive.value("written", written_);
    archive.value("logged", logged_);
  }
  void events_io(const Archive& archive, std::uint32_t n, std::uint32_t first) {
    learning_.io(archive);
    moments_io(archive.in("moments"), n, first);
    targets_.io(archive.in("targets"), n, first, settled_ - behind_);
  }

  Moments<Mod> moments_;
  Number taught_ = 0;                  // all synapses have seen the moments below
  Number told_ = 0;                    // changes by those below have been reported by a finish()
  bool beyond_ = false;                // has a weight left the range of those that may be declared?
  std::vector<Array<Real>*> columns_;  // all numbers of synapses, in row order: the weight, then their states

 private:
  void add_moment(Tick t, std::uint32_t order, std::span<const double> values) {
    if constexpr (std::is_empty_v<Mod>)
      moments_.add(t, order, values, [](const auto*, std::span<const double>, Tick) { return Mod{}; });
    else
      moments_.add(t, order, values, [this](const auto* before, std::span<const double> own, Tick at) {
        return before ? rule_.next_mod(before->mod, at - before->t, own[0], false)
                      : rule_.next_mod(rule_.first_mod(), 0, own[0], true);
      });
  }

  void bring_to_present(std::uint32_t row, std::uint32_t run, Tick now) {
    flying_.clear();
    Presynaptic spike = this->last_served(row, run, now, &flying_);
    const Tick axonal = block_.run_delay[run] - this->dendritic(run);
    for (const Presynaptic& next : flying_) {
      if (const Tick at = next.t + axonal; at > written_)
        take_run(run, this->arrived(spike, axonal), spike.pre, at, Then::arrive);
      spike = next;
    }
    take_run(run, this->arrived(spike, axonal), spike.pre, now, Then::look);
  }

  void moments_io(const Archive& archive, std::uint32_t n, std::uint32_t first) {
    Number taught = taught_ - moments_.begin(), told = std::max<Number>(told_ - moments_.begin(), 0);
    archive.value("taught", taught);
    archive.value("told", told);
    moments_.io(archive, n, first);
    if (archive.saving()) return;
    taught_ = taught;
    told_ = told;
  }

  std::vector<Presynaptic> flying_;
  std::optional<std::vector<std::vector<Real>>> kept_;  // columns as they were before somebody looked
};

}  // namespace pysnn
