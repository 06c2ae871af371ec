// Sums over stretches of steps of what some targets tell in each, fading from the begin of the stretch on:
//
//   S(from, to) = sum over from <= s < to of f(s) a^(s - from),   f >= 0,
//
// each from three numbers at most, however long the stretch. None is a difference, so that no digits are lost.
//
// Steps are cut into blocks and blocks into chunks of steps; no stretch goes beyond its block. Kept are, by target,
//
//   told     f(s) of each step;
//   so far   S(begin of the chunk, s + 1) of each step s;
//   onward   S(s, end of the chunk) of each step s, made when the chunk is over;
//   across   S(begin of a chunk, begin of a later one) of each two of a block.
//
// How a stretch is cut follows from where it lies, and steps at its end in which nothing is told change no bit: so its
// sum is the same whenever it is asked for, and to whatever step after the last that counts.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/array.hpp"
#include "core/dispatch.hpp"

namespace pysnn {

class FadingSums {
 public:
  static constexpr std::uint32_t chunk = 16, chunks = 16, length = chunk * chunks;  // steps, chunks, steps of a block

  // The latest `blocks` are kept. left: a^k for k < length.
  FadingSums(std::uint32_t targets, std::uint32_t blocks, std::vector<double> left);

  // How many steps have been told.
  std::uint64_t steps() const { return steps_; }
  // Whether a step takes the place of one from `oldest` on.
  bool needs(std::uint64_t oldest, std::uint64_t step) const { return step / length - oldest / length >= blocks_; }
  // What is told in the next step, by target: to be written, and then told().
  double* next() { return told_.data() + row(steps_); }
  void told();
  // What was told in one of the steps that are kept, by target.
  const double* of_step(std::uint64_t step) const { return told_.data() + row(step); }

  // S(from, to) of targets[0 .. n), from < to <= steps() and both in one block (`to` at most its end).
  void sums(std::uint64_t from, std::uint64_t to, std::uint32_t n, const std::uint16_t* targets, double* sum) const;

  // As if so many steps had been told.
  void begin_at(std::uint64_t step) { steps_ = step; }

  std::size_t nbytes() const {
    return told_.nbytes() + so_far_.nbytes() + onward_.nbytes() + across_.nbytes() + left_.size() * sizeof(double);
  }

 private:
  static constexpr std::uint32_t pairs = chunks * (chunks - 1) / 2;  // of chunks of a block

  std::size_t row(std::uint64_t step) const { return static_cast<std::size_t>(step % (length * blocks_)) * targets_; }
  // Of chunks begin < end of the block that holds a step.
  std::size_t pair(std::uint64_t step, std::uint32_t begin, std::uint32_t end) const {
    return (static_cast<std::size_t>(step / length % blocks_) * pairs + end * (end - 1) / 2 + begin) * targets_;
  }
  void end_chunk(std::uint64_t first);

  std::uint32_t targets_;
  std::uint64_t blocks_, steps_ = 0;
  std::vector<double> left_;
  Array<double> told_, so_far_, onward_, across_;  // [step or pair of chunks, target]
};

}  // namespace pysnn
