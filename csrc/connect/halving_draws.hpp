// Many independent uniform draws from [0, n), of which those within a range are wanted: the others are not drawn.
//
// A draw is a binary fraction u in [0, 1) of 32 bits and more, and gives floor(u n). How many of k draws have a first
// bit of 0 is the number of zeros among k random bits; those draws alone are then divided by their second bit, and so
// on, until few are left, which draw the rest of their bits. Each half has a stream of its own, so that one that lies
// elsewhere is left out, and the draws are the same whatever range is asked for. All draws of a range cost their number
// and the way to it, some 2 k bits.
#pragma once
#include <bit>
#include <cstdint>

#include "core/poll.hpp"
#include "math/philox.hpp"
#include "network/network.hpp"

namespace pysnn {

class HalvingDraws {
 public:
  // Of a stream for each `row`. n > 0.
  HalvingDraws(std::uint64_t key, std::uint32_t row, std::uint32_t n) : key_(key), row_(row), n_(n) {}

  // Call visit(j) for each of k draws that lies in `wanted`.
  template <class Visit>
  void operator()(std::uint32_t k, Range wanted, Poll& poll, Visit&& visit) const {
    half(k, 0, 0, wanted, poll, visit);
  }

 private:
  static constexpr std::uint32_t word = 32;  // bits
  static constexpr std::uint32_t few = 68;   // a stream's words before it makes more
  static constexpr unsigned deepest = 31;    // the number of a half fits 32 bits, and products 64

  // Those k draws whose first `depth` bits are `bits`.
  template <class Visit>
  void half(std::uint32_t k, unsigned depth, std::uint64_t bits, Range wanted, Poll& poll, Visit&& visit) const {
    const std::uint64_t first = bits * n_ >> depth, last = ((bits + 1) * n_ - 1) >> depth;
    if (k == 0 || last < wanted.begin || first >= wanted.end) return;
    PhiloxStream random(key_, row_, static_cast<std::uint32_t>(std::uint64_t{1} << depth | bits));
    if (k <= few || depth == deepest) {
      for (std::uint32_t drawn = 0; drawn < k; ++drawn) {
        if (drawn % Poll::far == 0) poll(k < Poll::far ? k : Poll::far);
        const std::uint64_t rest = std::uint64_t{random()} * n_ >> 32;
        const auto j = static_cast<std::uint32_t>((bits * n_ + rest) >> depth);
        if (j - wanted.begin < wanted.size()) visit(j);
      }
      return;
    }
    std::uint32_t ones = 0;
    for (std::uint32_t divided = 0; divided < k; divided += word) {
      if (divided % Poll::far == 0) poll(Poll::far / word);
      const std::uint32_t left = k - divided;
      ones += static_cast<std::uint32_t>(std::popcount(random() >> (left < word ? word - left : 0u)));
    }
    half(k - ones, depth + 1, 2 * bits, wanted, poll, visit);
    half(ones, depth + 1, 2 * bits + 1, wanted, poll, visit);
  }

  std::uint64_t key_;
  std::uint32_t row_, n_;
};

}  // namespace pysnn
