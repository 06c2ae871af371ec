// How fast synapses learn in the course of time: at their rule's own rate at first, and then by a factor from each
// moment on at which that is changed; 0 where learning is switched off. What reaches a synapse at the very moment still
// counts before it.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/archive.hpp"
#include "plasticity/long_ago.hpp"

namespace pysnn {

class LearningTimes {
 public:
  // Whether it has been another than now.
  bool differ() const { return !at_.empty(); }

  // What is not given stays.
  void set(std::optional<bool> on, std::optional<double> factor, Tick now) {
    on_ = on.value_or(on_);
    factor_ = factor.value_or(factor_);
    const double to = on_ ? factor_ : 0.0;
    if (to == rate()) return;
    if (differ() && at_.back() == now) {
      at_.pop_back();
      rates_.pop_back();
      if (to == rate()) return;
    }
    at_.push_back(now);
    rates_.push_back(to);
  }

  // Now: whether they learn, how fast where they do, and what comes of both.
  bool on() const { return on_; }
  double factor() const { return factor_; }
  double rate() const { return differ() ? rates_.back() : first_; }
  // Whether they have never learnt.
  bool never() const { return !differ() && first_ == 0.0; }

  double at(Tick t) const {
    const std::size_t n = before(t);
    return n == 0 ? first_ : rates_[n - 1];
  }

  // The one rate of all moments from `first` to `last`, if it is one.
  std::optional<double> all(Tick first, Tick last) const {
    const double then = at(last);
    return before(first) == before(last) ? std::optional(then) : std::nullopt;
  }

  // Call visit(from, to, rate) for each part of (begin, end] in which they learn, in order.
  template <class Visit>
  void each_on(Tick begin, Tick end, Visit&& visit) const {
    for (std::size_t n = before(begin + 1); begin < end; ++n) {
      const Tick to = n < at_.size() ? std::min(end, at_[n]) : end;
      const double rate = n == 0 ? first_ : rates_[n - 1];
      if (rate != 0.0) visit(begin, to, rate);
      begin = to;
    }
  }

  // As it is now, so it has always been.
  void forget() {
    first_ = rate();
    at_.clear();
    rates_.clear();
  }

  void io(const Archive& archive) {
    if (archive.restoring() && archive.has("learning switched")) return switched_io(archive);
    std::uint32_t on = on_ ? 1 : 0;
    archive.value("learning", on);
    archive.value("learning rate", factor_);
    archive.value("learning at first", first_);
    archive.list("learning changed", at_);
    archive.list("learning rates", rates_);
    if (at_.size() != rates_.size()) archive.wrong("learning rates", "another number of changes");
    on_ = on != 0;
  }

  void rebase(Tick ticks) {
    for (Tick& t : at_) t = rebased(t, ticks);
  }

 private:
  // As it was written before there were rates: off and on by turns.
  void switched_io(const Archive& archive) {
    archive.list("learning switched", at_);
    on_ = at_.size() % 2 == 0;
    for (std::size_t k = 0; k < at_.size(); ++k) rates_.push_back(k % 2 == 0 ? 0.0 : 1.0);
    if (at_.size() == 1 && at_[0] == long_ago) forget();
  }

  // How many changes there were before t.
  std::size_t before(Tick t) const {
    return static_cast<std::size_t>(std::lower_bound(at_.begin(), at_.end(), t) - at_.begin());
  }

  bool on_ = true;
  double factor_ = 1.0, first_ = 1.0;
  std::vector<Tick> at_;       // ascending
  std::vector<double> rates_;  // from each of them on
};

}  // namespace pysnn
