// The steps of neurons whose parameters differ, turned on their side: a model's Step is so many words, and those that
// are not alike in all neurons become columns. The loop over neurons puts each one's Step together again, so it
// vectorises as if all were alike, and no model knows of it.
#pragma once
#include <algorithm>
#include <array>
#include <bit>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <utility>
#include <vector>

#include "core/array.hpp"
#include "core/dispatch.hpp"
#include "core/side_by_side.hpp"

namespace pysnn {

// Neurons that a loop takes at once.
inline constexpr std::uint32_t strip_length = 128;

// What a Step reckons in, and so is loaded by: its Real, or double in one that pairs floats.
template <class Step>
struct StepWord;
template <template <class> class Step, std::floating_point Real>
struct StepWord<Step<Real>> {
  using type = Real;
};
template <template <class, class, int> class Step, class Model, std::floating_point Real, int parts>
struct StepWord<Step<Model, Real, parts>> {
  using type = Real;
};
template <template <class> class Paired, class Step>
  requires(!std::floating_point<Step>)
struct StepWord<Paired<Step>> {
  using type = double;
};

// The words of a Step before its doubles: one that reckons in floats may end in so many of those (`doubles`).
template <class Step>
constexpr std::size_t narrow_words() {
  using Word = typename StepWord<Step>::type;
  if constexpr (sizeof(Word) < sizeof(double) && requires { Step::doubles; })
    return (sizeof(Step) - Step::doubles * sizeof(double)) / sizeof(Word);
  else
    return sizeof(Step) / sizeof(Word);
}

// A Step of neuron k, of those that a strip begins with: the same for all, or each one's own.
template <class OneStep>
struct SameStep {
  using Step = OneStep;
  const Step& one;
  PYSNN_INLINE const Step& operator()(std::uint32_t) const { return one; }
};

template <class OneStep, class Word, std::size_t... W>
struct StepOfEach {
  using Step = OneStep;
  const Step& one;          // any of them
  const Word* const words;  // of the strip, word by word

  PYSNN_INLINE Step operator()(std::uint32_t k) const {
    Step step = one;
    (put<W>(step, k), ...);
    // Of one kind in all, which the loop may know.
    if constexpr (requires { step.reset.subtracts(); }) step.reset.subtract(one.reset.subtracts());
    return step;
  }

 private:
  template <std::size_t w>
  PYSNN_INLINE void put(Step& step, std::uint32_t k) const {
    char* const to = reinterpret_cast<char*>(&step) + w * sizeof(Word);
    const Word* const column = words + w * strip_length;
    if constexpr (w < narrow_words<Step>())
      __builtin_memcpy(to, column + k, sizeof(Word));
    else if constexpr ((w - narrow_words<Step>()) % 2 == 0)  // both halves of a double
      __builtin_memcpy(to, reinterpret_cast<const double*>(column) + k, sizeof(double));
  }
};

// What i_e alone changes in the Step of a membrane: what it adds to v.
template <class Step>
PYSNN_INLINE auto& drive_of(Step& step)
  requires requires { step.drive; } || requires { step.leak.drive; }
{
  if constexpr (requires { step.drive; })
    return step.drive;
  else
    return step.leak.drive;
}

// What a current is multiplied by there.
template <class Step>
PYSNN_INLINE auto& gain_of(Step& step)
  requires requires { step.gain; } || requires { step.leak.gain; }
{
  if constexpr (requires { step.gain; })
    return step.gain;
  else
    return step.leak.gain;
}

// Let the neuron of a Step fire at v_th, from where it falls to v_reset. A Step of a model with a threshold has it as
// `v_th`.
template <class Step>
PYSNN_INLINE void set_threshold(Step& step, double v_th, double v_reset)
  requires requires { step.v_th; }
{
  step.v_th = static_cast<std::remove_reference_t<decltype(step.v_th)>>(v_th);
  if constexpr (requires { step.reset.set_fall(0.0); }) step.reset.set_fall(v_th - v_reset);
}

// Steps that differ in that alone.
template <class OneStep, class Word>
struct StepByDrive {
  using Step = OneStep;
  const Step& one;
  const Word* const drive;

  PYSNN_INLINE Step operator()(std::uint32_t k) const {
    Step step = one;
    drive_of(step) = drive[k];
    return step;
  }
};

// The steps of all neurons, strip by strip.
template <class OneStep>
struct SameSteps {
  using Step = OneStep;
  const Step one;  // of our own: no state that is written can be one of its constants, which stay in registers
  explicit SameSteps(const Step& given) : one(given) {}
  PYSNN_INLINE SameStep<Step> strip(std::uint32_t) const { return {one}; }
};

template <class Step>
class StepColumns {
 public:
  using Word = typename StepWord<Step>::type;
  static constexpr std::size_t words = sizeof(Step) / sizeof(Word), narrow = narrow_words<Step>();
  static constexpr bool drives = requires(Step& step) { drive_of(step); };
  static_assert(sizeof(Step) % sizeof(Word) == 0 && std::is_trivially_copyable_v<Step>);

  // At first all n are alike.
  StepColumns(const Step& step, std::uint32_t n)
      : whole_(step), common_(split(step)), differs_(words, false), differing_(0),
        data_((std::size_t{n} + strip_length - 1) / strip_length * strip_length * words) {
    for (std::uint32_t k = 0; k < n; ++k)
      for (std::size_t w = 0; w < words; ++w) word(w, k) = common_[w];
    if constexpr (drives) drive_ = SideBySide<Word>(1, n, Place::parameters, drive_of(whole_));
  }

  void set(std::uint32_t k, const Step& step) {
    const Words own = split(step);
    for (std::size_t w = 0; w < words; ++w) {
      if (!differs_[w] && std::bit_cast<Bits>(own[w]) != std::bit_cast<Bits>(common_[w])) {
        differs_[w] = true;
        ++differing_;
      }
      word(w, k) = own[w];
    }
    if constexpr (drives) drive_[0][k] = drive_of(step);
  }

  Step get(std::uint32_t k) const {
    Words own;
    for (std::size_t w = 0; w < words; ++w) own[w] = word(w, k);
    Step step = whole_;
    std::memcpy(static_cast<void*>(&step), own.data(), sizeof(Step));
    return step;
  }

  // Whether nothing but word w differs.
  bool differ_only_in(std::size_t w) const { return differing_ == 1 && differs_[w]; }

  // Bytes of a neuron that a loop over them reads.
  std::size_t read() const { return differing_ == 1 ? sizeof(Word) : sizeof(Step); }

  // The words of neurons begin, ...: strip_length of each.
  PYSNN_INLINE const Word* strip(std::uint32_t begin) const { return data_.data() + std::size_t{begin} * words; }
  // What neuron `begin` and those after it are driven by.
  PYSNN_INLINE const Word* drive(std::uint32_t begin) const { return drive_[0].data() + begin; }

 private:
  using Words = std::array<Word, words>;
  using Bits = std::conditional_t<sizeof(Word) == 4, std::uint32_t, std::uint64_t>;
  static Words split(const Step& step) {
    Step bare = step;
#if defined(__has_builtin) && __has_builtin(__builtin_clear_padding)
    __builtin_clear_padding(&bare);  // what lies between members is anything, and would seem to differ
#endif
    Words parts;
    std::memcpy(parts.data(), &bare, sizeof(Step));
    return parts;
  }
  static std::size_t place(std::size_t w, std::uint32_t k) {
    const std::size_t begin = k / strip_length * strip_length, in_strip = k - begin, half = (w - narrow) % 2;
    return begin * words + (w < narrow ? w * strip_length + in_strip : (w - half) * strip_length + 2 * in_strip + half);
  }
  Word& word(std::size_t w, std::uint32_t k) { return data_[place(w, k)]; }
  const Word& word(std::size_t w, std::uint32_t k) const { return data_[place(w, k)]; }

  Step whole_;  // any of them
  Words common_;
  std::vector<bool> differs_;  // by word
  std::size_t differing_;      // so many of them
  Array<Word> data_;           // strip by strip, in each word (or double) by word: one pointer reaches them all
  SideBySide<Word> drive_;     // that word again, neuron by neuron: where it differs alone nothing else is read
};

// The same pointer, of which the compiler does not know where it comes from: columns are then so many bytes behind it,
// where else each would have a pointer of its own, more than there are registers for.
template <class Word>
PYSNN_INLINE const Word* one_pointer(const Word* words) {
#if defined(__GNUC__)
  asm("" : "+r"(words));
#endif
  return words;
}

// Part of the steps of all neurons: those words from `first` on that make a OneStep.
template <class OneStep, class Whole>
struct PartOfSteps {
  using Step = OneStep;
  using Word = typename StepColumns<Whole>::Word;
  const Step one;
  const StepColumns<Whole>& columns;
  std::uint32_t origin;  // the first of the neurons
  std::size_t first;

  PYSNN_INLINE auto strip(std::uint32_t begin) const {
    return strip(origin + begin, std::make_index_sequence<sizeof(Step) / sizeof(Word)>());
  }

 private:
  static_assert(std::is_same_v<Step, Whole> || narrow_words<Whole>() == StepColumns<Whole>::words);
  template <std::size_t... W>
  PYSNN_INLINE StepOfEach<Step, Word, W...> strip(std::uint32_t begin, std::index_sequence<W...>) const {
    return {one, one_pointer(columns.strip(begin) + first * strip_length)};
  }
};

// Those that differ in their drive.
template <class OneStep>
struct StepsByDrive {
  using Step = OneStep;
  const Step one;
  const StepColumns<Step>& columns;
  std::uint32_t origin;

  PYSNN_INLINE auto strip(std::uint32_t begin) const {
    return StepByDrive<Step, typename StepColumns<Step>::Word>{one, columns.drive(origin + begin)};
  }
};

// What a loop over neurons takes in place of a Step where each has its own; `one` is any of them. The first of the
// neurons, `origin`, begins a strip.
template <class Step>
struct EachStep {
  const Step& one;
  const StepColumns<Step>& columns;
  std::uint32_t origin = 0;

  // Where a part of a step begins, in words.
  template <class Part>
  std::size_t word_of(const Part& part) const {
    const auto offset = reinterpret_cast<const char*>(&part) - reinterpret_cast<const char*>(&one);
    return static_cast<std::size_t>(offset) / sizeof(typename StepColumns<Step>::Word);
  }
  // Of one of the schemes that a Step is made of, or of the whole.
  template <class Part>
  PYSNN_INLINE PartOfSteps<Part, Step> part(const Part& chosen) const {
    return {chosen, columns, origin, word_of(chosen)};
  }
};

}  // namespace pysnn
