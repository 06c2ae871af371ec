// Distinct uniform draws from [0, n): by rejection against a bitmap, of the complement where that is smaller.
#pragma once
#include <cstdint>
#include <vector>

#include "math/philox.hpp"

namespace pysnn {

class DistinctDraws {
 public:
  explicit DistinctDraws(std::uint32_t n) : n_(n), taken_((std::size_t{n} + 63) / 64) {}

  // Call visit(i) for each of k distinct i below n other than `excluded` (pass n for none), ascending.
  template <class Visit>
  void operator()(PhiloxStream& random, std::uint32_t k, std::uint32_t excluded, Visit&& visit) {
    const std::uint32_t room = n_ - (excluded < n_ ? 1 : 0);
    const bool complement = k > room / 2;
    if (excluded < n_) flip(excluded);
    for (std::uint32_t left = complement ? room - k : k; left > 0;) {
      const std::uint32_t i = random.below(n_);
      if (taken(i)) continue;
      flip(i);
      --left;
    }
    if (excluded < n_ && !complement) flip(excluded);  // back to "not chosen"
    for (std::size_t word = 0; word < taken_.size(); ++word) {
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
};

}  // namespace pysnn
