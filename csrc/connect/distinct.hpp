// Distinct uniform draws from [0, n), all of them or those within a range.
#pragma once
#include <algorithm>
#include <bit>
#include <cstdint>
#include <vector>

#include "core/poll.hpp"
#include "math/hypergeometric.hpp"
#include "math/philox.hpp"
#include "network/network.hpp"

namespace pysnn {

// By rejection against a bitmap, of the complement where that is smaller.
class DistinctDraws {
 public:
  // Of n at most.
  explicit DistinctDraws(std::uint32_t n) : taken_((std::size_t{n} + 63) / 64) {}

  // Call visit(i) for each of k distinct i below n other than `excluded` (pass n for none), ascending.
  template <class Visit>
  void operator()(PhiloxStream& random, std::uint32_t n, std::uint32_t k, std::uint32_t excluded, Poll& poll,
                  Visit&& visit) {
    const std::uint32_t room = n - (excluded < n ? 1 : 0);
    const std::size_t words = (std::size_t{n} + 63) / 64;
    const bool complement = k > room / 2;
    // Few are put in order; of many the bitmap is read. Both cost what is drawn.
    const bool few = !complement && std::uint64_t{k} * static_cast<unsigned>(std::bit_width(k)) < words;
    poll(few ? k : words);
    drawn_.clear();
    if (excluded < n) flip(excluded);
    for (std::uint32_t left = complement ? room - k : k; left > 0;) {
      if (left % Poll::far == 0) poll(Poll::far);
      const std::uint32_t i = random.below(n);
      if (taken(i)) continue;
      flip(i);
      --left;
      if (few) drawn_.push_back(i);
    }
    if (excluded < n && !complement) flip(excluded);  // back to "not chosen"
    if (few) {
      std::sort(drawn_.begin(), drawn_.end());
      for (const std::uint32_t i : drawn_) {
        flip(i);
        visit(i);
      }
      return;
    }
    for (std::size_t word = 0; word < words; ++word) {
      if (word % Poll::far == 0) poll(Poll::far);
      std::uint64_t bits = complement ? ~taken_[word] : taken_[word];
      taken_[word] = 0;
      for (; bits != 0; bits &= bits - 1) {
        const auto i = static_cast<std::uint32_t>(word * 64 + static_cast<unsigned>(__builtin_ctzll(bits)));
        if (i < n) visit(i);
      }
    }
  }

 private:
  bool taken(std::uint32_t i) const { return taken_[i >> 6] >> (i & 63) & 1; }
  void flip(std::uint32_t i) { taken_[i >> 6] ^= std::uint64_t{1} << (i & 63); }

  std::vector<std::uint64_t> taken_;
  std::vector<std::uint32_t> drawn_;
};

// Those within a range: how many of k fall into the lower half of [0, n) is drawn first, those of the halves that are
// wanted are then divided again, until few are left. Each half has a stream of its own, so that one that lies elsewhere
// is left out, and the draws are the same whatever range is asked for.
class DistinctHalves {
 public:
  explicit DistinctHalves(std::uint32_t n) : n_(n), few_(n) {}

  // Call visit(j) for each of k distinct j below n other than `excluded` (pass n for none) that is wanted, ascending.
  template <class Visit>
  void operator()(std::uint64_t key, std::uint32_t row, std::uint32_t k, std::uint32_t excluded, Range wanted,
                  Poll& poll, Visit&& visit) {
    half({key, row, excluded, wanted}, {{0, n_}, k, 1}, poll, visit);
  }

 private:
  static constexpr std::uint32_t few = 512;      // draws that take no longer than it would take to divide them
  static constexpr std::uint32_t narrow = 4096;  // a part of which all are looked at, where few are not drawn

  // What is drawn of a row, the same for all of its halves.
  struct Row {
    std::uint64_t key;
    std::uint32_t row, excluded;
    Range wanted;

    bool bars(Range part) const { return part.begin <= excluded && excluded < part.end; }
    double room(Range part) const { return static_cast<double>(part.size() - (bars(part) ? 1 : 0)); }
  };
  // A half of a half ..., which has k of them. The whole is number 1, the halves of any are 2 number and 2 number + 1.
  struct Half {
    Range part;
    std::uint32_t k, number;
  };

  template <class Visit>
  void half(const Row& row, const Half& half_of, Poll& poll, Visit&& visit) {
    const auto [part, k, number] = half_of;
    const Range wanted = row.wanted;
    if (k == 0 || part.end <= wanted.begin || part.begin >= wanted.end) return;
    PhiloxStream random(row.key, row.row, number - 1);
    if (k <= few || (part.size() <= narrow && part.size() - k <= few)) {
      const std::uint32_t excluded = row.bars(part) ? row.excluded - part.begin : part.size();
      few_(random, part.size(), k, excluded, poll, [&, begin = part.begin](std::uint32_t i) {
        const std::uint32_t j = begin + i;
        if (j - wanted.begin < wanted.size()) visit(j);
      });
      return;
    }
    const std::uint32_t middle = part.begin + part.size() / 2;
    const Range lower{part.begin, middle}, upper{middle, part.end};
    const auto low = static_cast<std::uint32_t>(hypergeometric(random.uniform(), k, row.room(lower), row.room(upper)));
    poll(16);
    half(row, {lower, low, 2 * number}, poll, visit);
    half(row, {upper, k - low, 2 * number + 1}, poll, visit);
  }

  std::uint32_t n_;
  DistinctDraws few_;
};

}  // namespace pysnn
