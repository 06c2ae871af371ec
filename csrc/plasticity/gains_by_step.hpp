// What postsynaptic spikes add to synapses of a run on a grid, where that depends on their step alone: listed step by
// step with the moments between, and then gone through by a strip of synapses at a time, side by side.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "plasticity/recent_steps.hpp"
#include "plasticity/rule_loops.hpp"

namespace pysnn {

template <class Real>
class GainsByStep {
 public:
  // Whether it is best to go through the spikes of targets in [from, to) step by step: where those are known, and few
  // beside the spikes. (What is visited alone costs as much as some twenty that are passed side by side.)
  static bool pays(const RecentSteps& recent, std::uint32_t targets, Tick from, Tick to) {
    if (recent.empty() || !recent.reach(from)) return false;
    to = std::min(to, recent.newest() + 1);
    std::uint64_t steps = 0, spikes = 0;
    for (Tick t = from; t < to; ++t) {
      const std::uint32_t fired = recent.fired(t);
      steps += fired > 0 ? 1 : 0;
      spikes += fired;
    }
    return steps <= 8 || steps * targets < 24 * spikes;
  }

  void clear() {
    parts_.clear();
    bits_.clear();
    gains_.clear();
  }

  // List the steps in [from, to) in which targets fired; what a synapse gains from a spike of one is gain(step).
  template <class Gain>
  void list(const RecentSteps& recent, Tick from, Tick to, Gain&& gain) {
    to = std::min(to, recent.newest() + 1);
    for (Tick step = from; step < to; ++step) {
      if (recent.fired(step) == 0) continue;
      const RecentSteps::Word* const words = recent.words(step);
      if (parts_.empty() || parts_.back().words != words || parts_.back().moment >= 0)
        parts_.push_back({words, bits_.size(), 0, -1});
      ++parts_.back().steps;
      bits_.push_back(RecentSteps::bit(step));
      gains_.push_back(gain(step));
    }
  }
  // The moment of this number comes after what is listed so far.
  void list_moment(std::int64_t number) {
    if (parts_.empty() || parts_.back().moment >= 0) parts_.push_back({nullptr, 0, 0, -1});
    parts_.back().moment = number;
  }

  // The n synapses onto `target` go through all that is listed: what they gain is added to `sum`, and meet(first,
  // n, number) is called for a strip of them as a moment comes.
  template <class Meet>
  void pass(std::uint32_t n, const std::uint16_t* target, Real* sum, Meet&& meet) const {
    RecentSteps::Word words[strip];
    for (std::uint32_t from = 0; from < n; from += strip) {
      const std::uint32_t here = std::min(n - from, strip);
      const RecentSteps::Word* found = nullptr;
      for (const Part& part : parts_) {
        if (part.words != nullptr && part.words != found) look_up(here, target + from, found = part.words, words);
        add_gains(here, words, part.steps, bits_.data() + part.first, gains_.data() + part.first, sum + from);
        if (part.moment >= 0) meet(from, here, part.moment);
      }
    }
  }

 private:
  // Steps that something is to be gained in, whose bits share a word, and the moment after them, or -1.
  struct Part {
    const RecentSteps::Word* words;
    std::size_t first;
    std::uint32_t steps;
    std::int64_t moment;
  };
  std::vector<Part> parts_;
  std::vector<RecentSteps::Word> bits_;  // by step of those,
  std::vector<Real> gains_;
};

}  // namespace pysnn
