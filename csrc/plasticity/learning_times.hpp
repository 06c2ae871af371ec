// When synapses learn: at first, and then by turns from each moment on at which that is switched. What reaches a
// synapse at the very moment still counts before it.
#pragma once
#include <algorithm>
#include <cstddef>
#include <vector>

#include "core/archive.hpp"
#include "plasticity/long_ago.hpp"

namespace pysnn {

class LearningTimes {
 public:
  // Whether it has ever been switched.
  bool differ() const { return !switches_.empty(); }

  void set(bool on, Tick now) {
    if (on == this->on()) return;
    if (!switches_.empty() && switches_.back() == now)
      switches_.pop_back();
    else
      switches_.push_back(now);
  }

  // Now, and whether it was ever on.
  bool on() const { return switches_.size() % 2 == 0; }
  bool never() const { return differ() && switches_.size() == 1 && switches_[0] == long_ago; }

  bool at(Tick t) const { return !differ() || before(t) % 2 == 0; }

  enum class Of { on, off, both };
  // Of all moments from `first` to `last`.
  Of all(Tick first, Tick last) const {
    const std::size_t n = before(last);
    if (before(first) != n) return Of::both;
    return n % 2 == 0 ? Of::on : Of::off;
  }

  // Call visit(from, to) for each part of (begin, end] in which they learn, in order.
  template <class Visit>
  void each_on(Tick begin, Tick end, Visit&& visit) const {
    for (std::size_t n = before(begin + 1); begin < end; ++n) {
      const Tick to = n < switches_.size() ? std::min(end, switches_[n]) : end;
      if (n % 2 == 0) visit(begin, to);
      begin = to;
    }
  }

  // As it is now, so it has always been.
  void forget() { switches_.assign(switches_.size() % 2, long_ago); }

  void io(const Archive& archive) { archive.list("learning switched", switches_); }

  void rebase(Tick ticks) {
    for (Tick& t : switches_) t = rebased(t, ticks);
  }

 private:
  // How many switches there were before t.
  std::size_t before(Tick t) const {
    return static_cast<std::size_t>(std::lower_bound(switches_.begin(), switches_.end(), t) - switches_.begin());
  }

  std::vector<Tick> switches_;  // ascending
};

}  // namespace pysnn
