// Winner takes all in continuous time: neurons of which a spike takes from the membranes of all others at the same
// instant, and of which only one fires at an instant. They are taken through a window together, from one instant at
// which anything happens to any of them to the next, so that all of them must be here.
//
// Of those that reach their thresholds at an instant the one furthest above fires, the first of several that are as
// far. The others lose what it takes from them; who is above the threshold even then fires a tick later.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <queue>
#include <utility>
#include <vector>

#include "core/time.hpp"

namespace pysnn {

// Neurons: an EventNeuronsOf, which is our friend; Window: its EventWindow.
template <class Neurons, class Window>
class Race {
 public:
  Race(Neurons& neurons, Window& window)
      : neurons_(neurons), window_(window), looked_at_(neurons.state_.size(), never) {
    order_.reserve(window.arrivals.size());
    for (std::uint32_t k = 0; k < window.arrivals.size(); ++k) {
      const auto& arrival = window.arrivals[k];
      order_.emplace_back(static_cast<std::uint64_t>(arrival.since()) << 16 | arrival.target(), k);
    }
    std::sort(order_.begin(), order_.end());
  }

  void run() {
    for (;;) {
      const Tick arrives = at_ < order_.size() ? time(at_) : never;
      const Tick wakes = wakes_.empty() ? never : wakes_.top().first;
      const Tick now = std::min(arrives, wakes);
      if (now == never || now > window_.end) return;
      crossing_.clear();
      while (at_ < order_.size() && time(at_) == now) serve(now);
      while (!wakes_.empty() && wakes_.top().first == now) {
        const std::uint32_t target = wakes_.top().second;
        wakes_.pop();
        if (looked_at_[target] != now) look(target, now);
      }
      if (!crossing_.empty()) settle(now);
    }
  }

 private:
  using Flow = typename Neurons::Flow;
  using Arrival = std::remove_cvref_t<decltype(std::declval<Window>().arrivals[0])>;

  Tick time(std::size_t at) const { return window_.origin + static_cast<Tick>(order_[at].first >> 16); }

  // All arrivals of an instant at one neuron.
  void serve(Tick now) {
    const std::uint64_t instant = order_[at_].first;
    const auto target = static_cast<std::uint32_t>(instant & 0xffff);
    double sum[Flow::n_receptors] = {};
    bool inputs = false;
    for (; at_ < order_.size() && order_[at_].first == instant; ++at_) {
      const Arrival& arrival = window_.arrivals[order_[at_].second];
      const std::uint32_t kind = arrival.kind();
      if (kind == Arrival::wake) continue;
      inputs = true;
      if (kind == Arrival::learned) {
        const auto learned = window_.learning->arrive(arrival.reference(), now);
        sum[learned.receptor] += learned.weight;
      } else {
        sum[kind] += arrival.weight();
      }
    }
    look(target, now, inputs ? &sum : nullptr);
  }

  // A neuron that does not cross before now.
  void look(std::uint32_t target, Tick now, const double (*sum)[Flow::n_receptors] = nullptr) {
    looked_at_[target] = now;
    neurons_.at_hand_ = target;
    const Flow& flow = neurons_.flows_[target];
    auto& s = neurons_.state_[target];
    const bool crosses = now >= s.wake && flow.crossing(s, now) <= now;
    if (s.wake <= now) s.wake = never;
    if (sum ? flow.arrive(s, now, *sum, crosses, flow.decays(now - s.last)) : crosses)
      crossing_.push_back(target);
    else
      predict(target, now);
  }

  double v(std::uint32_t target, Tick now) const {
    return neurons_.flows_[target].get(neurons_.state_[target], 0, now);
  }

  void settle(Tick now) {
    const auto above = [&](std::uint32_t k) { return v(k, now) - neurons_.thresholds_->v_th(k); };
    std::uint32_t winner = crossing_[0];
    double most = above(winner);
    for (const std::uint32_t k : crossing_) {
      const double here = above(k);
      if (here > most || (here == most && k < winner)) {
        winner = k;
        most = here;
      }
    }
    neurons_.fire(window_, neurons_.flows_[winner], neurons_.state_[winner], winner, now);
    predict(winner, now);
    const double takes = *window_.takes;
    for (std::uint32_t k = 0; k < neurons_.state_.size(); ++k) {
      if (k == winner) continue;
      neurons_.at_hand_ = k;
      const Flow& flow = neurons_.flows_[k];
      auto& s = neurons_.state_[k];
      const double left = std::isinf(takes) ? neurons_.thresholds_->v_reset(k) : v(k, now) - takes;
      flow.advance(s, now);
      flow.set(s, 0, left);
      predict(k, now);
    }
  }

  void predict(std::uint32_t target, Tick now) {
    found_.clear();
    neurons_.predict_one(neurons_.flows_[target], neurons_.state_[target], target, now, found_);
    for (const auto& wake : found_) {
      if (wake.time <= window_.end)
        wakes_.emplace(wake.time, target);
      else
        window_.wakes.push_back(wake);
    }
  }

  using Entry = std::pair<Tick, std::uint32_t>;
  Neurons& neurons_;
  Window& window_;
  std::vector<std::pair<std::uint64_t, std::uint32_t>> order_;  // arrivals by time and target, then as they came
  std::size_t at_ = 0;                                          // the next of them
  std::priority_queue<Entry, std::vector<Entry>, std::greater<>> wakes_;  // within the window
  std::vector<Tick> looked_at_;                                           // by neuron
  std::vector<std::uint32_t> crossing_;                                   // that could fire at this instant
  std::remove_cvref_t<decltype(std::declval<Window>().wakes)> found_;
};

}  // namespace pysnn
