// Rows of a rule from equations (equation_rule.hpp): weights and states of synapses beside them, kept as of a synapse's
// last event and rounded as they are stored after each (rows_with_states.hpp has the order of events and why no bit
// depends on when a synapse was brought up to date). A time without events and the event after it are one call of a
// compiled function for a piece of a run; where changes are recorded, or synapses did not learn all along, the same
// functions take one synapse at a time.
#pragma once
#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "plasticity/due_synapses.hpp"
#include "plasticity/equation_calls.hpp"
#include "plasticity/equation_rule.hpp"
#include "plasticity/recent_steps.hpp"
#include "plasticity/rows_with_states.hpp"
#include "plasticity/state_io.hpp"

namespace pysnn {

template <std::size_t N, class Real>
class EquationRows final : public RowsWithStates<EquationRule<N>, Real> {
  using Rule = EquationRule<N>;
  using Base = RowsWithStates<Rule, Real>;
  using Base::beyond_, Base::block_, Base::learning_, Base::longest_delay_, Base::logged_, Base::longest_dendrite_,
      Base::moments_, Base::recording_, Base::rule_, Base::settled_, Base::sources_, Base::strands_, Base::all_strands_,
      Base::target_, Base::targets_, Base::told_, Base::written_, Base::unseen;
  using typename Base::Arrival;
  using typename Base::Number;
  using typename Base::Post;
  using typename Base::Pre;
  using typename Base::Then;
  static constexpr std::uint32_t piece = EquationCalls<N, Real>::piece;

 public:
  EquationRows(const PlasticConfig& config, Rule rule)
      : Base(config), equations_((rule_ = std::move(rule)).equations()), calls_(rule_, block_), met_(piece),
        begin_(piece), which_(piece), fired_(piece), posts_(piece) {
    for (Array<Real>& state : calls_.states) this->columns_.push_back(&state);
  }

  void deliver(std::span<const PlasticEntry> entries, Tick now, Real* sum) override {
    if (learning_.never()) return this->deliver_as_it_is(entries, sum);
    see_all(entries, now);
    this->prefetch_run(entries[0].run);
    for (std::size_t e = 0; e < entries.size(); ++e) {
      if (e + 1 < entries.size()) this->prefetch_run(entries[e + 1].run);
      const Arrival arrival = this->arrival_of(entries[e].run, entries[e].spike, now);
      if (arrival.at > written_) take_run(entries[e].run, arrival.last, arrival.pre, arrival.at, Then::arrive);
      this->deliver_run(entries[e].run, sum);
    }
    sees_all_ = false;
  }

  double arrive(std::uint32_t run, std::uint32_t q, std::uint64_t spike, Tick now) override {
    if (!learning_.never()) {
      const Arrival arrival = this->arrival_of(run, spike, now);
      if (arrival.at > written_)
        take_synapse(q, arrival.last, arrival.pre, arrival.dendritic, arrival.at, Then::arrive);
    }
    return static_cast<double>(calls_.weights()[q]);
  }

  bool silent() const override { return Base::silent() && moments_.end() == 0; }
  void stored_anew(const PlasticConfig& config, const Redelayed& made) override {
    Base::stored_anew(config, made);
    for (Array<Real>& state : calls_.states) carry(state, made.moved);
  }
  void learn(std::optional<bool> on, std::optional<double> rate, Tick now) override {
    learning_.set(on, rate, now);
    if (!equations_.without_pre && sources_.silent()) learning_.forget();  // nothing could have changed a weight
  }

  void forget(Tick since) override {
    for (Array<Real>& state : calls_.states) std::fill(state.begin(), state.end(), Real(0));
    this->forget_events();
    origin_ = since;
  }

  void io(const Archive& archive, Tick now, std::uint32_t n, std::uint32_t first) override {
    this->marks_io(archive, now);
    archive.value("origin", origin_);
    this->events_io(archive, n, first);
    for (std::size_t c = 0; c < calls_.states.size(); ++c)
      synapse_state_io(archive, "state " + std::to_string(c), block_, calls_.states[c], targets_.targets(), n, first);
    sources_.io(archive.in("sources"), strands_, all_strands_, rule_.first_pre(), now - longest_delay_);
  }

  void rebase(Tick ticks) override {
    Base::rebase(ticks);
    origin_ = rebased(origin_, ticks);
  }

  std::size_t state_bytes() const override { return calls_.states.size() * block_.size() * sizeof(Real); }

 private:
  std::string grown_by() const override { return "equations and parameters"; }

  bool counts(Tick last) const { return equations_.without_pre || last != long_ago; }
  // Since when postsynaptic arrivals are due, and when times without events begin, with `last` the presynaptic arrival
  // before. (What has not happened, at long_ago, is not due.)
  Tick due_from(Tick last) const { return std::max({last, settled_, long_ago + 1 + longest_dendrite_}); }
  Tick gap_from(Tick last) const { return std::max({last, written_, equations_.without_pre ? origin_ : long_ago}); }
  // The end of what is new in the time before an arrival at `end`, or up to and with what somebody looks at.
  static Tick stop_of(Tick end, Then then) { return then == Then::look ? end + 1 : end; }

  // The traces of the one source, so long after its spike.
  void set_source(const RuleEquations::Event& event, const Pre& pre, Tick since, bool any) {
    for (const std::uint32_t k : event.source) calls_.all[1 + k] = any ? rule_.pre_after(k, pre, since) : 0.0;
  }

  // A trace of target j as an event at `now` sees it: that after its last spike before `stop`, which is now or, of a
  // moment, one tick later.
  double seen(std::uint32_t trace, const Decay::View& decay, std::uint32_t j, Tick now, Tick stop) const {
    const auto& newest = targets_.newest(j);
    if (newest.t < stop) return newest.post.of[trace] * decay(now - newest.t);
    const std::size_t before = targets_.count_before(j, stop);
    return before == 0 ? 0.0 : targets_.post_of(j, before - 1).of[trace] * decay(now - targets_.time(j, before - 1));
  }
  // All that an event asks for, at place k of the inputs.
  void set_target(const RuleEquations::Event& event, std::uint32_t j, Tick now, Tick stop, std::uint32_t k) {
    for (const std::uint32_t c : event.target) calls_.y[c][k] = seen(c, rule_.post_decay(c), j, now, stop);
  }

  // ---- one synapse at a time ----------------------------------------------------------------------------------------

  // Take a synapse through what arrives before `end` and is not settled, `pre` being the presynaptic traces at `last`,
  // and through what comes then.
  void take_synapse(std::uint32_t q, Tick last, const Pre& pre, Tick dendritic, Tick end, Then then) {
    recorded_ = calls_.weights()[q];
    Tick begin = counts(last) ? gap_from(last) : end;
    if (counts(last)) {
      const std::uint32_t j = target_[q];
      std::size_t k = targets_.count_before(j, due_from(last) - dendritic);
      Number m = unseen(last);
      if (k > 0) begin = std::max(begin, targets_.time(j, k - 1) + dendritic);
      if (m > moments_.begin()) begin = std::max(begin, moments_[m - 1].t);
      const Tick stop = stop_of(end, then);
      for (const std::size_t count = targets_.count(j);;) {
        const Tick post = k < count ? targets_.time(j, k) + dendritic : never;
        const Tick moment = m < moments_.end() ? moments_[m].t : never;
        const Tick next = std::min(post, moment);
        if (next >= stop) break;
        if (post <= moment) {
          for (const std::uint32_t c : equations_.on_post.source)
            calls_.x[c][0] = last == long_ago ? 0.0 : rule_.pre_after(c, pre, next - last);
          for (const std::uint32_t c : equations_.on_post.target) calls_.y[c][0] = targets_.post_of(j, k).before[c];
          meet(equations_.on_post.change, q, begin, next);
          ++k;
        } else {
          set_source(equations_.on_moment, pre, std::max(next - last, Tick{0}), last != long_ago);
          set_target(equations_.on_moment, j, next - dendritic, next + 1 - dendritic, 0);
          calls_.signal[0] = moments_.values(m)[moments_.width() == 1 ? 0 : j];
          meet(equations_.on_moment.change, q, begin, next);
          ++m;
        }
        begin = std::max(begin, next);
        record(next, q, post > moment ? m - 1 : -1);
      }
    }
    if (then == Then::arrive) {
      set_source(equations_.on_pre, pre, end - last, last != long_ago);
      set_target(equations_.on_pre, target_[q], end - dendritic, end - dendritic, 0);
      meet(equations_.on_pre.change, q, begin, end);
      record(end, q, -1);
    } else if (then == Then::look && equations_.moves && end > begin) {
      pass(q, begin, end);
    }
    watch(calls_.weights()[q]);
  }

  // The time from `begin` to `at` without an event, and the event at its end.
  void meet(RuleEquations::Change function, std::uint32_t q, Tick begin, Tick at) {
    const double rate = learning_.at(at);
    calls_.elapsed[0] = 0.0;
    if (equations_.moves && at > begin) {
      // In one, where synapses learnt alike all the while: as those of a piece are taken.
      if (rate != 0.0 && learning_.all(begin + 1, at) == rate)
        calls_.elapsed[0] = rule_.ms(at - begin);
      else
        pass(q, begin, at);
    }
    // Of a moment states take note all the same, as of what they were kept for: the weight alone stays.
    if (!function || (rate == 0.0 && function != equations_.on_moment.change)) return;
    calls_.all[0] = rate;
    calls_.change(function, q, 1);
  }

  // A time without events, in parts by how synapses learn in it.
  void pass(std::uint32_t q, Tick begin, Tick end) {
    Tick at = begin;
    const auto part = [&](Tick to, double rate) {
      if (to <= at) return;
      calls_.elapsed[0] = rule_.ms(to - at);
      calls_.all[0] = rate;
      calls_.change(equations_.gap, q, 1);
      at = to;
    };
    learning_.each_on(begin, end, [&](Tick from, Tick to, double rate) {
      part(from, 0.0);
      part(to, rate);
    });
    part(end, 0.0);
    calls_.elapsed[0] = 0.0;
  }

  // A change is told once: those by moment m where it is a new one, others where they are later than the last reading.
  void record(Tick t, std::uint32_t q, Number m) {
    if (!recording_) return;
    const Real w = calls_.weights()[q];
    if (w == recorded_) return;
    recorded_ = w;
    if (m >= 0 ? m < told_ : t <= logged_) return;
    this->changes_.push_back({t, q, static_cast<double>(w)});
  }

  // Whether a weight that arrives is in the range of those that may be declared.
  void watch(Real weight) { beyond_ |= !(std::abs(weight) <= largest_weight<Real>); }

  // ---- a run at a time ----------------------------------------------------------------------------------------------

  // The same for all synapses of a run.
  void take_run(std::uint32_t run, Tick last, const Pre& pre, Tick end, Then then) override {
    if (then != Then::arrive && !counts(last)) return;
    const std::uint32_t first = block_.run_begin[run], stop = block_.run_begin[run + 1];
    const Tick d = this->dendritic(run);
    const std::optional<double> rate = recording_ ? std::nullopt : rate_throughout(last, end);
    if (!rate || *rate == 0.0) {
      for (std::uint32_t q = first; q < stop; ++q) take_synapse(q, last, pre, d, end, then);
      return;
    }
    calls_.all[0] = *rate;
    for (std::uint32_t q = first; q < stop; q += piece)
      take_piece({q, std::min(stop - q, piece), last, d, pre}, end, then);
    beyond_ |= !all_within(stop - first, calls_.weights() + first, static_cast<Real>(largest_weight<Real>));
  }

  // The one rate at which synapses learn from all that is new since `last`, up to `upto`, if it is one.
  std::optional<double> rate_throughout(Tick last, Tick upto) const {
    if (!learning_.differ()) return learning_.rate();
    if (!counts(last)) return learning_.at(upto);
    Tick from = equations_.moves ? gap_from(last) : std::min(due_from(last), upto);
    if (const Number m = unseen(last); m < moments_.end()) from = std::min(from, moments_[m].t);
    return learning_.all(from, std::max(from, upto));
  }

  // Neighbouring synapses of a run: n from `first` on, whose last presynaptic spike arrived at `last`.
  struct Piece {
    std::uint32_t first, n;
    Tick last, dendritic;
    const Pre& pre;
  };

  void take_piece(const Piece& p, Tick end, Then then) {
    if (then == Then::arrive && passes_along(p.last, end)) return pass_along(p, end);
    if (equations_.moves) find_begins(p, end);
    if (counts(p.last)) meet_events(p, stop_of(end, then));
    if (then == Then::nothing || (then == Then::look && !equations_.moves)) return;
    const RuleEquations::Event& on_pre = equations_.on_pre;
    if (then == Then::arrive && !on_pre.change) return;
    if (equations_.moves)
      for (std::uint32_t k = 0; k < p.n; ++k) calls_.elapsed[k] = rule_.ms(std::max(end - begin_[k], Tick{0}));
    if (then == Then::look) return calls_.change(equations_.gap, p.first, p.n);
    set_source(on_pre, p.pre, end - p.last, p.last != long_ago);
    see(on_pre, p, end - p.dendritic);
    calls_.change(on_pre.change, p.first, p.n);
  }

  // When the last event was that each synapse has seen.
  void find_begins(const Piece& p, Tick end) {
    const Tick from = due_from(p.last);
    Tick begin = counts(p.last) ? gap_from(p.last) : end;
    if (const Number m = unseen(p.last); counts(p.last) && m > moments_.begin())
      begin = std::max(begin, moments_[m - 1].t);
    std::fill(begin_.begin(), begin_.begin() + p.n, begin);
    if (from <= begin || !counts(p.last)) return;
    for (std::uint32_t k = 0; k < p.n; ++k) {
      const std::uint32_t j = target_[p.first + k];
      if (const std::size_t n = targets_.count_before(j, from - p.dendritic); n > 0)
        begin_[k] = std::max(begin, targets_.time(j, n - 1) + p.dendritic);
    }
  }

  // Postsynaptic spikes and moments that come before `end`: up to each moment in turn, those whose targets have fired.
  void meet_events(const Piece& p, Tick end) {
    const std::uint16_t* const target = target_ + p.first;
    const RuleEquations::Event& on_post = equations_.on_post;
    Tick at = due_from(p.last);
    const Number first_moment = unseen(p.last);
    const bool in_parts = first_moment < moments_.end() && moments_[first_moment].t < end;
    if (on_post.change) {
      due_.list(targets_, target, p.n, at - p.dendritic);
      if (in_parts) due_.begin();
    }
    for (Number m = first_moment;; ++m) {
      const bool moment = m < moments_.end() && moments_[m].t < end;
      const Tick stop = moment ? moments_[m].t + 1 : end;
      if (on_post.change && stop > at) {
        if (in_parts)
          list_posts(p, at - p.dendritic, stop - p.dendritic, [&](auto&&... which) { due_.each_next(which...); });
        else
          list_posts(p, at - p.dendritic, stop - p.dendritic, [&](auto&&... which) { due_.each(which...); });
      }
      at = std::max(at, stop);
      if (!moment) return;
      if (equations_.on_moment.change) meet_moment(p, m);
    }
  }

  // Whether all that comes before a presynaptic spike are postsynaptic ones that do nothing but by one trace of the
  // source, which a table holds, and none is on its way in a dendrite.
  bool passes_along(Tick last, Tick end) const {
    if (!equations_.fades || longest_dendrite_ != 0 || !counts(last)) return false;
    const Number m = unseen(last);
    return (m >= moments_.end() || moments_[m].t >= end) && rule_.pre_decay(equations_.on_post.source[0]).has_table();
  }

  // Then one pass looks up what the newest spike of every target meets, 0 where it is none of these, and few synapses
  // have more than that one to learn from.
  void pass_along(const Piece& p, Tick end) {
    const RuleEquations::Event &on_post = equations_.on_post, &on_pre = equations_.on_pre;
    const std::uint16_t* const target = target_ + p.first;
    const std::uint32_t c = on_post.source[0];
    const Decay::View decay = rule_.pre_decay(c);
    const Tick from = due_from(p.last), settled = std::min(from - p.last, decay.last());
    const std::span fading(decay.table() + settled, static_cast<std::size_t>(decay.last() - settled) + 1);
    // What the presynaptic spike sees of the targets first is looked up on the way, where the others leave it in place.
    const bool ahead = !on_pre.target.empty() && on_post.target.empty();
    const auto look = [&](auto&& seen, double* y) {
      due_.look(targets_, target, p.n, from, fading, seen, met_.data(), y);
    };
    if (!ahead)
      look([](std::uint32_t) { return 0.0; }, calls_.signal.data());
    else
      with_seen(on_pre.target[0], end - p.dendritic,
                [&](const auto& seen) { look(seen, calls_.y[on_pre.target[0]].data()); });
    list_posts(p, from, end, [&](auto&&... which) { due_.each(which...); });
    double* const x = calls_.x[c].data();
    for (std::uint32_t k = 0; k < p.n; ++k) x[k] = p.pre.of[c] * met_[k];
    for (const std::uint32_t o : on_post.target) {
      double* const y = calls_.y[o].data();
      for (std::uint32_t k = 0; k < p.n; ++k) y[k] = targets_.newest(target[k]).post.before[o];
    }
    calls_.change(on_post.change, p.first, p.n);
    if (!on_pre.change) return;
    set_source(on_pre, p.pre, end - p.last, p.last != long_ago);
    see(on_pre, p, end - p.dendritic, ahead ? 1 : 0);
    calls_.change(on_pre.change, p.first, p.n);
  }

  // The postsynaptic spikes fired in [begin, stop), as `each` tells them: each synapse once at a time, so that all of
  // them go through it side by side.
  template <class Each>
  void list_posts(const Piece& p, Tick begin, Tick stop, Each&& each) {
    std::uint32_t n = 0, last = 0;
    const bool sees = !equations_.on_post.target.empty();
    each(targets_, target_ + p.first, begin, stop, [&](std::uint32_t k, Tick t, const Post& post) {
      if (n == piece || (n > 0 && k <= last)) {
        meet_posts(p, n);
        n = 0;
      }
      which_[n] = last = k;
      fired_[n] = t;
      if (sees) posts_[n] = &post;
      ++n;
    });
    if (n > 0) meet_posts(p, n);
  }

  // The postsynaptic spikes that are listed, one at each of some synapses.
  void meet_posts(const Piece& p, std::uint32_t n) {
    const std::uint32_t* const which = which_.data();
    for (const std::uint32_t c : equations_.on_post.source) {
      const Decay::View decay = rule_.pre_decay(c);
      const double x = p.last == long_ago ? 0.0 : p.pre.of[c];
      const Tick since = p.dendritic - p.last;
      double* const to = calls_.x[c].data();
      for (std::uint32_t e = 0; e < n; ++e) to[e] = x * decay(fired_[e] + since);
    }
    for (const std::uint32_t c : equations_.on_post.target)
      for (std::uint32_t e = 0; e < n; ++e) calls_.y[c][e] = posts_[e]->before[c];
    if (equations_.moves)
      for (std::uint32_t e = 0; e < n; ++e) {
        const Tick s = fired_[e] + p.dendritic;
        calls_.elapsed[e] = rule_.ms(std::max(s - begin_[which[e]], Tick{0}));
        begin_[which[e]] = std::max(begin_[which[e]], s);
      }
    calls_.change_some(equations_.on_post.change, p.first, std::span(which_).first(n));
  }
  void meet_moment(const Piece& p, Number m) {
    const RuleEquations::Event& event = equations_.on_moment;
    const Tick t = moments_[m].t;
    const auto values = moments_.values(m);
    for (std::uint32_t k = 0; k < p.n; ++k) {
      calls_.signal[k] = values[values.size() == 1 ? 0 : target_[p.first + k]];
      if (!equations_.moves) continue;
      calls_.elapsed[k] = rule_.ms(std::max(t - begin_[k], Tick{0}));
      begin_[k] = std::max(begin_[k], t);
    }
    set_source(event, p.pre, std::max(t - p.last, Tick{0}), p.last != long_ago);
    for (std::uint32_t k = 0; k < p.n; ++k)
      set_target(event, target_[p.first + k], t - p.dendritic, t + 1 - p.dendritic, k);
    calls_.change(event.change, p.first, p.n);
  }

  // Call use with what of a trace a presynaptic spike sees of a target, whose spikes of `stop` and later have not come.
  template <class Use>
  void with_seen(std::uint32_t trace, Tick stop, Use&& use) const {
    if (sees_all_)
      use([all = seen_[trace].data()](std::uint32_t j) { return all[j]; });
    else
      use([this, trace, stop, decay = rule_.post_decay(trace)](std::uint32_t j) {
        return seen(trace, decay, j, stop, stop);
      });
  }
  // The same of the targets of a piece, of all traces that it asks for but the first `known`.
  void see(const RuleEquations::Event& event, const Piece& p, Tick stop, std::size_t known = 0) {
    const std::uint16_t* const target = target_ + p.first;
    for (const std::uint32_t c : std::span(event.target).subspan(known))
      with_seen(c, stop, [&](const auto& seen) {
        double* const y = calls_.y[c].data();
        for (std::uint32_t k = 0; k < p.n; ++k) y[k] = seen(target[k]);
      });
  }

  // The same of every target, looked up once for all runs where they have more synapses than there are targets.
  void see_all(std::span<const PlasticEntry> entries, Tick now) {
    std::size_t synapses = 0;
    for (const PlasticEntry& entry : entries) synapses += block_.run_begin[entry.run + 1] - block_.run_begin[entry.run];
    sees_all_ = synapses > targets_.targets() && this->dendritic_.empty() && !recording_;
    if (!sees_all_) return;
    const Tick stop = now - 2 * longest_dendrite_;
    const auto newest = targets_.newest();
    for (const std::uint32_t c : equations_.on_pre.target) {
      seen_[c].resize(newest.size());
      const Decay::View decay = rule_.post_decay(c);
      for (std::uint32_t j = 0; j < newest.size(); ++j)
        seen_[c][j] = newest[j].post.of[c] * decay(std::max(stop - newest[j].t, Tick{0}));
      if (longest_dendrite_ == 0) continue;
      for (std::uint32_t j = 0; j < newest.size(); ++j)
        if (newest[j].t >= stop) seen_[c][j] = seen(c, decay, j, stop, stop);
    }
  }

  const RuleEquations& equations_;
  Tick origin_ = 0;  // when time began
  bool sees_all_ = false;
  Real recorded_ = 0;  // the value last reported of the synapse at hand
  EquationCalls<N, Real> calls_;
  std::vector<double> met_;                  // what of a trace of the source the newest spikes of targets meet
  std::vector<Tick> begin_;                  // by synapse of a piece: its last event
  std::vector<std::uint32_t> which_;         // synapses of a piece that a postsynaptic spike reaches,
  std::vector<Tick> fired_;                  // when that was fired,
  std::vector<const Post*> posts_;           // and what its target keeps of it
  std::array<std::vector<double>, N> seen_;  // by trace and target
  DueSynapses<Post> due_;
};

}  // namespace pysnn
