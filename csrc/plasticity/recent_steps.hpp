// In which of the last steps the targets have fired, a bit a step: so that what a spike of a step does to all synapses
// of a row alike is done to them in loops without branches. Times are of a grid.
#pragma once
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/dispatch.hpp"
#include "plasticity/long_ago.hpp"

namespace pysnn {

class RecentSteps {
 public:
  using Word = std::uint32_t;
  // Steps whose bits share a word, as those of one multiple of so many; how many words of a target are kept.
  static constexpr Tick together = 32, words_kept = 8;

  explicit RecentSteps(std::uint32_t targets) : targets_(targets), words_(std::size_t{targets} * words_kept, 0) {}
  bool empty() const { return targets_ == 0; }

  // Target j fired at t.
  void add(std::uint32_t j, Tick t) {
    if (t > newest_) go_on_to(t);
    if (!reach(t)) return;
    words_[at(t) + j] |= bit(t);
    ++fired_[place(t)];
  }

  // The step of the latest spike; whether all spikes from t on are known.
  Tick newest() const { return newest_; }
  bool reach(Tick t) const { return group(t) > group(newest_) - words_kept; }
  // Of a step that is reached and not later than the newest: how many targets fired in it; their words, by target, and
  // its bit in them.
  std::uint32_t fired(Tick t) const { return fired_[place(t)]; }
  const Word* words(Tick t) const { return words_.data() + at(t); }
  static Word bit(Tick t) { return Word{1} << (t & (together - 1)); }

  void clear() {
    std::fill(words_.begin(), words_.end(), 0);
    fired_.fill(0);
    newest_ = long_ago;
  }
  std::size_t nbytes() const { return words_.size() * sizeof(Word); }

 private:
  static Tick group(Tick t) { return t >> 5; }
  static std::size_t place(Tick t) { return static_cast<std::size_t>(t & (together * words_kept - 1)); }
  std::size_t at(Tick t) const { return place(t) / together * targets_; }

  void go_on_to(Tick t) {
    const Tick last = group(t);
    for (Tick next = std::max(group(newest_), last - words_kept) + 1; next <= last; ++next) {
      const Tick first = next * together;
      std::fill_n(words_.data() + at(first), targets_, 0);
      std::fill_n(fired_.data() + place(first), together, 0);
    }
    newest_ = t;
  }

  std::uint32_t targets_;
  std::vector<Word> words_;                                   // by group of steps, then target
  std::array<std::uint32_t, together * words_kept> fired_{};  // by step
  Tick newest_ = long_ago;
};

// What n neighbouring synapses find at their targets.
PYSNN_DECLARES_CLONES void look_up(std::uint32_t n, const std::uint16_t* target, const RecentSteps::Word* words,
                                   RecentSteps::Word* found);
PYSNN_DECLARES_CLONES void look_up(std::uint32_t n, const std::uint16_t* target, const double* values, double* found);

// sum grows by gains[s] where the target has fired in the step of bits[s], one step after the other.
PYSNN_DECLARES_CLONES void add_gains(std::uint32_t n, const RecentSteps::Word* words, std::uint32_t steps,
                                     const RecentSteps::Word* bits, const float* gains, float* sum);
PYSNN_DECLARES_CLONES void add_gains(std::uint32_t n, const RecentSteps::Word* words, std::uint32_t steps,
                                     const RecentSteps::Word* bits, const double* gains, double* sum);

// Whether all are numbers of at most this size.
PYSNN_DECLARES_CLONES bool all_within(std::uint32_t n, const float* values, float most);
PYSNN_DECLARES_CLONES bool all_within(std::uint32_t n, const double* values, double most);

}  // namespace pysnn
