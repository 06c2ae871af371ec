// A synapse of StatefulRows, taken through its events one by one: spikes of both sides, moments, the times between
// them.
#pragma once
#include <algorithm>
#include <cmath>

#include "plasticity/rows_with_states.hpp"
#include "plasticity/state_loops.hpp"

namespace pysnn {

template <class Rule, class Real>
class SynapsesWithStates : public RowsWithStates<Rule, Real> {
  using Base = RowsWithStates<Rule, Real>;

 protected:
  using Base::beyond_, Base::block_, Base::learning_, Base::logged_, Base::moments_, Base::recording_, Base::rule_,
      Base::settled_, Base::target_, Base::targets_, Base::taught_, Base::told_, Base::written_, Base::unseen;
  using typename Base::Arrival;
  using typename Base::Mod;
  using typename Base::Number;
  using typename Base::Pre;
  using Synapse = typename Rule::Synapse;
  static constexpr bool has_gaps = requires { typename Rule::Gap; };
  static constexpr bool gathers = requires(Synapse s) { s.g; };
  // Whether a postsynaptic spike adds to all synapses of a row alike.
  static constexpr bool gains = requires(const typename Rule::Kernel k, Pre pre) { k.gain(pre, Tick{}); };

  using Base::Base;

  // The rule at a rate.
  auto kernel(double rate) const {
    auto kernel = rule_.kernel();
    kernel.at_rate(rate);
    return kernel;
  }
  auto gap(const Mod& mod, Tick since, Tick length, double rate) const {
    auto gap = rule_.gap(mod, since, length);
    if constexpr (requires { gap.at_rate(rate); }) gap.at_rate(rate);
    return gap;
  }

  // Whether a presynaptic spike finds a synapse as the one before has left it: for certain, and soon found.
  bool nothing_new(std::uint32_t j, const Arrival& arrival) const {
    if (Rule::meets_pre || rule_.moves()) return false;
    if (arrival.last == long_ago) return true;
    if (moments_.end() > taught_ && moments_[moments_.end() - 1].t >= arrival.last) return false;
    return !Rule::meets_post || targets_.newest(j).t + arrival.dendritic < std::max(arrival.last, settled_);
  }

  // Take a synapse through what arrives in [last, end) and is not settled, `pre` being the presynaptic trace at `last`,
  // and then on to `upto` through the time without an event.
  void take_through(Synapse& s, std::uint32_t q, Tick last, const Pre& pre, Tick dendritic, Tick end, Tick upto) {
    if (last == long_ago) return;  // without a presynaptic spike so far there is nothing to learn from
    const std::uint32_t j = target_[q];
    std::size_t k = targets_.count_before(j, std::max(last, settled_) - dendritic);
    Number m = unseen(last);
    Tick begin = std::max(last, written_);
    if (k > 0) begin = std::max(begin, targets_.time(j, k - 1) + dendritic);
    if (m > moments_.begin()) begin = std::max(begin, moments_[m - 1].t);
    const std::size_t count = targets_.count(j);
    for (;;) {
      const Tick post = k < count ? targets_.time(j, k) + dendritic : never;
      const Tick moment = m < moments_.end() ? moments_[m].t : never;
      const Tick next = std::min(post, moment);
      if (next >= end) break;
      pass_gap(s, m, begin, next);
      begin = std::max(begin, next);
      if (post <= moment) {
        if constexpr (Rule::meets_post) {
          if (const double rate = learning_.at(post); rate != 0.0) meet_post(s, pre, post - last, rate);
        }
        ++k;
      } else {
        meet_moment(s, j, m, pre, last);
        ++m;
      }
      round_as_stored<Real>(s);
      record(next, q, s.w, post > moment ? m - 1 : -1);
    }
    if (upto > begin) {
      pass_gap(s, m, begin, upto);
      if (upto == end) record(upto, q, s.w, -1);  // else somebody only looks
    }
  }

  void meet_post(Synapse& s, const Pre& pre, Tick since, [[maybe_unused]] double rate) const {
    if constexpr (gains)
      first_of(s) += as_stored<Real>(rule_.kernel().gain(pre, since));
    else
      kernel(rate).on_post(s, pre, since);
  }
  static double& first_of(Synapse& s) {
    double* first = nullptr;
    s.each([&](double& value) { first = first == nullptr ? &value : first; });
    return *first;
  }

  // The time from `begin` to `end` without an event, after the moments below m.
  void pass_gap(Synapse& s, Number m, Tick begin, Tick end) const {
    if constexpr (has_gaps) {
      if (!rule_.moves() || end <= begin) return;
      go_over_gap(s, m, begin, end);
      round_as_stored<Real>(s);
    }
  }
  void go_over_gap(Synapse& s, Number m, Tick begin, Tick end) const {
    const bool any = m > moments_.begin();
    const Mod mod = any ? moments_[m - 1].mod : rule_.first_mod();
    const Tick since = any ? begin - moments_[m - 1].t : 0;
    if (!learning_.differ()) return gap(mod, since, end - begin, learning_.rate()).over(s);
    // In the parts of it in which synapses do not learn the weight stays.
    Tick at = begin;
    const auto part = [&](Tick to, double rate) {
      const double w = s.w;
      if (to > at) gap(mod, since + (at - begin), to - at, rate).over(s);
      if (rate == 0.0) s.w = w;
      at = std::max(at, to);
    };
    learning_.each_on(begin, end, [&](Tick from, Tick to, double rate) {
      part(from, 0.0);
      part(to, rate);
    });
    part(end, 0.0);
  }

  void meet_moment(Synapse& s, std::uint32_t j, Number m, const Pre& pre, Tick last) const {
    if constexpr (Rule::meets_moments) {
      const double value = moments_.values(m)[moments_.width() == 1 ? 0 : j], rate = learning_.at(moments_[m].t);
      const Synapse before = s;
      const auto at = kernel(rate);
      at.on_moment(s, value, at.at_moment(pre, std::max(moments_[m].t - last, Tick{0})));
      if (rate == 0.0) {
        s.w = before.w;
        if constexpr (gathers) s.g = before.g;
      }
    }
  }

  // A presynaptic spike arrives at `at` and meets the trace of the latest postsynaptic arrival before it.
  void meet_pre(Synapse& s, std::uint32_t q, Tick at, Tick dendritic) {
    if constexpr (Rule::meets_pre) {
      if (const double rate = learning_.at(at); rate != 0.0)
        kernel(rate).on_pre(s, this->seen_of(at - dendritic, target_[q]));
      round_as_stored<Real>(s);
      record(at, q, s.w, -1);
    }
  }

  // A change is told once: those by moment m where it is a new one, others where they are later than the last reading.
  void record(Tick t, std::uint32_t q, double w, Number m) {
    if (!recording_ || w == recorded_) return;
    recorded_ = w;
    if (m >= 0 ? m < told_ : t <= logged_) return;
    const Real sign = block_.template weight<Real>()[q];
    this->changes_.push_back({t, q, Rule::signed_weights ? w : std::copysign(w, static_cast<double>(sign))});
  }

  // Whether a weight that arrives is in the range of those that may be declared.
  PYSNN_INLINE void watch([[maybe_unused]] Real weight) {
    if constexpr (!Rule::stays_finite) beyond_ |= !(std::abs(weight) <= largest_weight<Real>);
  }
  void watch([[maybe_unused]] std::uint32_t n, [[maybe_unused]] const Real* weights) {
    if constexpr (!Rule::stays_finite) beyond_ |= !all_within(n, weights, static_cast<Real>(largest_weight<Real>));
  }

  double recorded_ = 0.0;  // the value last reported of the synapse at hand
};

}  // namespace pysnn
