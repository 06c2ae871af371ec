#include "math/fading_sums.hpp"

#include <algorithm>

namespace pysnn {
namespace {

// to = told + kept left, of n targets.
PYSNN_CLONES void fade(std::uint32_t n, const double* told, double left, const double* kept, double* to) {
  for (std::uint32_t j = 0; j < n; ++j) to[j] = told[j] + left * kept[j];
}

// to = kept + left told: the same, the other way round in time.
PYSNN_CLONES void extend(std::uint32_t n, const double* kept, double left, const double* told, double* to) {
  for (std::uint32_t j = 0; j < n; ++j) to[j] = kept[j] + left * told[j];
}

// The steps of one chunk, `stride` apart, the last of them first.
PYSNN_CLONES void by_steps(std::uint32_t n, const std::uint16_t* target, std::uint32_t steps, std::size_t stride,
                           const double* told, double left, double* sum) {
  std::fill_n(sum, n, 0.0);
  for (std::uint32_t s = steps; s-- > 0;) {
    const double* const of = told + s * stride;
    for (std::uint32_t k = 0; k < n; ++k) sum[k] = of[target[k]] + left * sum[k];
  }
}

PYSNN_CLONES void look_up(std::uint32_t n, const std::uint16_t* target, const double* onward, double* sum) {
  for (std::uint32_t k = 0; k < n; ++k) sum[k] = onward[target[k]];
}
PYSNN_CLONES void next_chunk(std::uint32_t n, const std::uint16_t* target, const double* onward, double left,
                             const double* so_far, double* sum) {
  for (std::uint32_t k = 0; k < n; ++k) sum[k] = onward[target[k]] + left * so_far[target[k]];
}
PYSNN_CLONES void over_chunks(std::uint32_t n, const std::uint16_t* target, const double* onward, double left,
                              const double* across, double left_across, const double* so_far, double* sum) {
  for (std::uint32_t k = 0; k < n; ++k) {
    const std::uint32_t j = target[k];
    sum[k] = onward[j] + left * (across[j] + left_across * so_far[j]);
  }
}

}  // namespace

FadingSums::FadingSums(std::uint32_t targets, std::uint32_t blocks, std::vector<double> left)
    : targets_(targets), blocks_(blocks), left_(std::move(left)), told_(std::size_t{length} * blocks * targets, 0.0),
      so_far_(told_.size(), 0.0), onward_(told_.size(), 0.0), across_(std::size_t{pairs} * blocks * targets, 0.0) {}

void FadingSums::told() {
  const std::uint32_t place = static_cast<std::uint32_t>(steps_ % chunk);
  const std::size_t at = row(steps_);
  const double* const step = told_.data() + at;
  double* const so_far = so_far_.data() + at;
  if (place == 0)
    std::copy_n(step, targets_, so_far);
  else
    extend(targets_, so_far_.data() + at - targets_, left_[place], step, so_far);
  ++steps_;
  if (place == chunk - 1) end_chunk(steps_ - chunk);
}

void FadingSums::end_chunk(std::uint64_t first) {
  const std::size_t begin = row(first), end = begin + std::size_t{chunk} * targets_;
  const double *const told = told_.data(), *const all = so_far_.data() + end - targets_;
  double* const onward = onward_.data();
  std::copy_n(told + end - targets_, targets_, onward + end - targets_);
  for (std::size_t at = end - targets_; at != begin; at -= targets_)
    fade(targets_, told + at - targets_, left_[1], onward + at, onward + at - targets_);
  const std::uint32_t which = static_cast<std::uint32_t>(first / chunk % chunks);
  if (which + 1 == chunks) return;  // no stretch goes on
  std::copy_n(all, targets_, across_.data() + pair(first, which, which + 1));
  for (std::uint32_t c = 0; c < which; ++c)
    extend(targets_, across_.data() + pair(first, c, which), left_[(which - c) * chunk], all,
           across_.data() + pair(first, c, which + 1));
}

void FadingSums::sums(std::uint64_t from, std::uint64_t to, std::uint32_t n, const std::uint16_t* targets,
                      double* sum) const {
  const std::uint64_t last = to - 1;
  const std::uint32_t begin = static_cast<std::uint32_t>(from / chunk % chunks),
                      end = static_cast<std::uint32_t>(last / chunk % chunks);
  const double* const onward = onward_.data() + row(from);
  const double* const so_far = so_far_.data() + row(last);
  if (begin == end) {
    if (to % chunk == 0)
      look_up(n, targets, onward, sum);
    else
      by_steps(n, targets, static_cast<std::uint32_t>(to - from), targets_, told_.data() + row(from), left_[1], sum);
    return;
  }
  const double left = left_[chunk - from % chunk];
  if (begin + 1 == end)
    next_chunk(n, targets, onward, left, so_far, sum);
  else
    over_chunks(n, targets, onward, left, across_.data() + pair(from, begin + 1, end), left_[(end - begin - 1) * chunk],
                so_far, sum);
}

}  // namespace pysnn
