// A synapse of rows that are updated at presynaptic arrivals, on its own: through the postsynaptic arrivals and the
// gaps since the presynaptic one before, and then through that one. lazy_rows.hpp has what a rule must define, and
// takes whole rows through the same in fewer passes.
#pragma once
#include <algorithm>
#include <cmath>

#include "plasticity/rows.hpp"

namespace pysnn {

template <class Rule, class Real>
class LazySynapses : public Rows<Rule, Real> {
  using Base = Rows<Rule, Real>;

 protected:
  using Base::acts_without_pre, Base::counts;
  using Base::behind_, Base::block_, Base::learning_, Base::logged_, Base::longest_dendrite_, Base::recording_,
      Base::rule_, Base::settled_, Base::targets_, Base::what_, Base::written_;
  using typename Base::Arrival;
  using typename Base::Post;
  using typename Base::Pre;

 public:
  // Whether weights go on between spikes by a factor of the target's.
  static constexpr bool scales = requires { &Rule::loop_gap; };
  // Whether spikes change weights, and whether presynaptic ones do.
  static constexpr bool jumps = requires { typename Rule::Kernel; };
  static constexpr bool acts_at_pre = jumps && !requires { requires !Rule::acts_at_pre; };

  explicit LazySynapses(const PlasticConfig& config) : Base(config) {
    if constexpr (requires { rule_.w_max(); }) check_weight<Real>(rule_.w_max(), what_ + ": w_max");
  }

 protected:
  // Since when postsynaptic arrivals are due, with `last` the presynaptic arrival before. (What has not happened, at
  // long_ago, is not.)
  Tick due_from(Tick last) const { return std::max({last, settled_, long_ago + 1 + longest_dendrite_}); }

  // The rule's kernel at a rate, and as a presynaptic spike arrives whose source keeps `now` of it.
  auto kernel(double rate) const {
    auto kernel = rule_.kernel();
    kernel.at_rate(rate);
    return kernel;
  }
  auto kernel_at([[maybe_unused]] const Pre& now, double rate) const {
    if constexpr (requires { rule_.kernel(now); }) {
      auto kernel = rule_.kernel(now);
      kernel.at_rate(rate);
      return kernel;
    } else {
      return kernel(rate);
    }
  }

  // A postsynaptic spike arrives; `post()` is what its target keeps of it.
  template <class OnPost, class PostOf>
  static PYSNN_INLINE Real after_post(const OnPost& on_post, Real m, const Pre& pre, Tick since,
                                      [[maybe_unused]] PostOf&& post) {
    if constexpr (requires(const Rule& rule) { rule.kernel().on_post(m, pre, since, post()); })
      return on_post(m, pre, since, post());
    else
      return on_post(m, pre, since);
  }

  Real update(Real signed_weight, std::uint32_t j, std::uint32_t q, const Arrival& arrival) {
    if (arrival.at <= written_) return signed_weight;
    Real m = recorded_ = std::abs(signed_weight);
    m = pass(m, j, q, arrival.last, arrival.pre, arrival.dendritic, arrival.at, true);
    m = depress(m, j, arrival.at, arrival.dendritic, arrival.now);
    record(arrival.at, q, m);
    return sign_as(m, signed_weight);
  }

  // What a presynaptic spike sees of target j, whose spikes of `stop` and later have not arrived at the synapse.
  double seen_before([[maybe_unused]] Tick stop, [[maybe_unused]] std::uint32_t j) const {
    if constexpr (acts_at_pre) {
      const auto& newest = targets_.newest(j);
      return newest.t < stop ? rule_.kernel().seen(newest.post, stop - newest.t) : this->seen_of(stop, j);
    } else {
      return 0.0;
    }
  }

  void record(Tick t, std::uint32_t q, Real m) {
    if (!recording_ || m == recorded_) return;
    recorded_ = m;
    if (t > logged_)
      this->changes_.push_back({t, q, static_cast<double>(sign_as(m, block_.template weight<Real>()[q]))});
  }

  // Whether a weight that arrives is in the range of those that may be declared.
  PYSNN_INLINE void watch([[maybe_unused]] Real weight) {
    if constexpr (!Rule::stays_finite) beyond_ |= !(std::abs(weight) <= largest_weight<Real>);
  }

  static Real sign_as(Real m, Real sign) { return std::copysign(m, sign); }

  // A presynaptic spike arrives at `at`, of which its source keeps `now`, and meets the trace of the latest
  // postsynaptic arrival before it.
  Real depress(Real m, [[maybe_unused]] std::uint32_t j, [[maybe_unused]] Tick at, [[maybe_unused]] Tick dendritic,
               [[maybe_unused]] const Pre& now) const {
    if constexpr (acts_at_pre) {
      if (const double rate = learning_.at(at); rate != 0.0)
        return kernel_at(now, rate).on_pre(m, seen_before(at - dendritic, j));
    }
    return m;
  }

  // Take a synapse through the postsynaptic arrivals in [last, end), `pre` being the presynaptic trace at `last`;
  // where the rule drifts, through the gaps too, the last of them up to `end` only if `to_end`.
  Real pass(Real m, std::uint32_t j, std::uint32_t q, Tick last, const Pre& pre, Tick dendritic, Tick end,
            bool to_end) {
    if (!counts(last)) return m;  // without a presynaptic spike so far there is no trace to learn from
    const Tick from = due_from(last);
    std::size_t k = targets_.count_before(j, from - dendritic);
    Tick begin = gap_from(last);
    if constexpr (Rule::drifts) {
      if (k > 0) begin = std::max(begin, targets_.time(j, k - 1) + dendritic);
    }
    for (const std::size_t count = targets_.count(j); k < count; ++k) {
      const Tick s = targets_.time(j, k) + dendritic;
      if (s >= end) break;
      if constexpr (Rule::drifts) {
        m = gap(m, j, k, last, pre, dendritic, begin, s);
        begin = s;
      }
      if constexpr (jumps) {
        if (const double rate = learning_.at(s); rate != 0.0) {
          const auto at = kernel(rate);
          m = after_post([&at](const auto&... seen) { return at.on_post(seen...); }, m, pre, s - last,
                         [&]() -> const Post& { return targets_.post_of(j, k); });
        }
      }
      record(s, q, m);
    }
    if constexpr (Rule::drifts) {
      if (to_end) m = gap(m, j, k, last, pre, dendritic, begin, end);
    }
    return m;
  }

  // Where a weight that drifts does so from, with `last` the presynaptic arrival before.
  Tick gap_from(Tick last) const { return std::max({last, written_, acts_without_pre ? origin_ : long_ago}); }

  // The time from `begin` to `end` without an arrival, after the first k spikes of the history.
  Real gap(Real m, std::uint32_t j, std::size_t k, Tick last, const Pre& pre, Tick dendritic, Tick begin, Tick end) {
    if (end <= begin || (k == 0 && !acts_without_pre)) return m;  // else a target that has not fired has no trace
    const Post& post = k == 0 ? rule_.first_post() : targets_.post_of(j, k - 1);
    const Tick s = k == 0 ? origin_ : targets_.time(j, k - 1) + dendritic;
    learning_.each_on(begin, end, [&](Tick from, Tick to, double rate) {
      const bool whole = k > 0 && from == s && k < targets_.count(j) && to == targets_.time(j, k) + dendritic;
      const auto gap = whole ? targets_.post_of(j, k).gap : rule_.gap(post, from - s, to - from);
      m = rule_.over_gap(m, rate, pre, from - last, gap);
    });
    return m;
  }

  // The open gap from the latest event at a synapse to `now`.
  Real drift_to(Real m, std::uint32_t j, Tick last, const Pre& pre, Tick dendritic, Tick now) {
    const std::size_t k = targets_.count_before(j, now + 1 - dendritic);
    Tick begin = gap_from(last);
    if (k > 0) begin = std::max(begin, targets_.time(j, k - 1) + dendritic);
    return gap(m, j, k, last, pre, dendritic, begin, now);
  }

  Tick origin_ = 0;  // when time began
  bool beyond_ = false;
  Real recorded_ = 0;  // the value last reported of the synapse at hand
};

}  // namespace pysnn
