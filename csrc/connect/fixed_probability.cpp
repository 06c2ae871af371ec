// Each pair on its own with probability p (pairwise Bernoulli, an Erdos-Renyi digraph).
//
// The gap to the next connected target is geometric, so the cost is one draw a synapse. The geometric law
// has no memory: each row is cut into chunks of fixed length with a stream each, and any cut of the
// targets into shards then draws the same pairs.
#include <cmath>

#include "connect/rule.hpp"

namespace pysnn {
namespace {

class FixedProbability {
 public:
  FixedProbability(const PairSpace& space, const Projection& projection)
      : space_(space), p_(projection.rule_params["p"]) {
    if (!(p_ >= 0.0 && p_ <= 1.0)) throw ParameterError(space.name + ": p must be in [0, 1] (got " + show(p_) + ")");
    log_miss_ = std::log1p(-p_);
  }
  double expected_pairs(Range targets) const { return p_ * space_.sources * targets.size(); }
  bool rows_sorted() const { return true; }

  template <class Visit>
  void visit(Range targets, Poll& poll, Visit&& visit) const {
    if (p_ == 0.0 || targets.size() == 0) return;
    constexpr std::uint64_t chunk = 4096;
    for (std::uint32_t i = 0; i < space_.sources; ++i) {
      for (std::uint64_t c = targets.begin / chunk; c * chunk < targets.end; ++c) {
        poll(8);
        PhiloxStream random(space_.key, i, static_cast<std::uint32_t>(c));
        const std::uint64_t end = std::min<std::uint64_t>(targets.end, (c + 1) * chunk);
        for (double at = static_cast<double>(c) * chunk;; at += 1.0) {
          if (p_ < 1.0) at += std::floor(std::log(random.uniform()) / log_miss_);
          if (at >= static_cast<double>(end)) break;
          const auto j = static_cast<std::uint32_t>(at);
          if (j >= targets.begin && space_.allows(i, j)) visit(i, j, 0u);
        }
      }
    }
  }

 private:
  PairSpace space_;
  double p_, log_miss_;
};

const RegisterConnectionRule<FixedProbability> registered("fixed_probability");

}  // namespace
}  // namespace pysnn
