// Distinct uniform draws from [0, n): by rejection against a bitmap, of the complement where that is smaller.
#pragma once
#include <algorithm>
#include <bit>
#include <cstdint>
#include <vector>

#include "core/poll.hpp"
#include "math/philox.hpp"

namespace pysnn {

class DistinctDraws {
 public:
  explicit DistinctDraws(std::uint32_t n) : n_(n), taken_((std::size_t{n} + 63) / 64) {}

  // Call visit(i) for each of k distinct i below n other than `excluded` (pass n for none), ascending.
  template <class Visit>
  void operator()(PhiloxStream& random, std::uint32_t k, std::uint32_t excluded, Poll& poll, Visit&& visit) {
    const std::uint32_t room = n_ - (excluded < n_ ? 1 : 0);
    const bool complement = k > room / 2;
    // Few are put in order; of many the bitmap is read. Both cost what is drawn.
    const bool few = !complement && std::uint64_t{k} * static_cast<unsigned>(std::bit_width(k)) < taken_.size();
    poll(few ? k : taken_.size());
    drawn_.clear();
    if (excluded < n_) flip(excluded);
    for (std::uint32_t left = complement ? room - k : k; left > 0;) {
      if (left % Poll::far == 0) poll(Poll::far);
      const std::uint32_t i = random.below(n_);
      if (taken(i)) continue;
      flip(i);
      --left;
      if (few) drawn_.push_back(i);
    }
    if (excluded < n_ && !complement) flip(excluded);  // back to "not chosen"
    if (few) {
      std::sort(drawn_.begin(), drawn_.end());
      for (const std::uint32_t i : drawn_) {
        flip(i);
        visit(i);
      }
      return;
    }
    for (std::size_t word = 0; word < taken_.size(); ++word) {
      if (word % Poll::far == 0) poll(Poll::far);
      std::uint64_t bits = complement ? ~taken_[word] : taken_[word];
      taken_[word] = 0;
      for (; bits != 0; bits &= bits - 1) {
        const auto i = static_cast<std::uint32_t>(word * 64 + static_cast<unsigned>(__builtin_ctzll(bits)));
        if (i < n_) visit(i);
      }
    }
  }

 private:
  bool taken(std::uint32_t i) const { return taken_[i >> 6] >> (i & 63) & 1; }
  void flip(std::uint32_t i) { taken_[i >> 6] ^= std::uint64_t{1} << (i & 63); }

  std::uint32_t n_;
  std::vector<std::uint64_t> taken_;
  std::vector<std::uint32_t> drawn_;
};

}  // namespace pysnn
