// n synapses in all, each pair drawn uniformly (with multapses: independent draws; without: n distinct pairs).
//
// First the indegree of every target, from the law that uniform pairs imply (multinomial, or multivariate
// hypergeometric), in one sequential pass; then each target draws its sources with a stream of its own.
#include <random>

#include "connect/distinct.hpp"
#include "connect/rule.hpp"
#include "math/hypergeometric.hpp"

namespace pysnn {
namespace {

class FixedTotalNumber {
 public:
  FixedTotalNumber(const PairSpace& space, const Projection& projection)
      : space_(space), multapses_(projection.rule_params["multapses"] != 0.0),
        pairs_(std::uint64_t{space.sources} * space.targets - space.barred_targets()),
        n_(static_cast<std::uint64_t>(projection.rule_params["n"])) {
    if (n_ > 0 && (pairs_ == 0 || (!multapses_ && n_ > pairs_)))
      throw ParameterError(space.name + ": " + std::to_string(n_) + " synapses do not fit into " +
                           std::to_string(pairs_) + " pairs" + (multapses_ ? "" : " without multapses"));
  }
  double expected_pairs(Range targets) const {
    return static_cast<double>(n_) * targets.size() / std::max(1u, space_.targets);
  }
  bool rows_sorted() const { return true; }

  void prepare(Poll& poll) {
    indegree_.assign(space_.targets, 0);
    PhiloxStream random(subkey(space_.key, 1), 0, 0);
    std::uint64_t left = n_, pairs = pairs_;
    for (std::uint32_t j = 0; j < space_.targets && left > 0; ++j) {
      const std::uint64_t here = space_.sources - (space_.is_barred(j) ? 1 : 0);
      const std::uint64_t drawn = multapses_
                                      ? binomial(random, left, here, pairs)
                                      : hypergeometric(random.uniform(), static_cast<double>(left),
                                                       static_cast<double>(here), static_cast<double>(pairs - here));
      indegree_[j] = static_cast<std::uint32_t>(drawn);
      left -= drawn;
      pairs -= here;
      poll(16);
    }
  }

  template <class Visit>
  void visit(Range targets, Poll& poll, Visit&& visit) const {
    DistinctDraws distinct(multapses_ ? 0 : space_.sources);
    for (std::uint32_t j = targets.begin; j < targets.end; ++j) {
      PhiloxStream random(space_.key, j, 0);
      if (multapses_) {
        for (std::uint32_t drawn = 0; drawn < indegree_[j];) {
          if (drawn % Poll::far == 0) poll(std::min(Poll::far, indegree_[j]));
          const std::uint32_t i = random.below(space_.sources);
          if (!space_.allows(i, j)) continue;
          visit(i, j, 0u);
          ++drawn;
        }
      } else if (indegree_[j] > 0) {
        distinct(random, space_.sources, indegree_[j], space_.barred_source(j), poll,
                 [&](std::uint32_t i) { visit(i, j, 0u); });
      }
    }
  }

 private:
  // Of n pairs, those that fall among `here` of `pairs`.
  static std::uint64_t binomial(PhiloxStream& random, std::uint64_t n, std::uint64_t here, std::uint64_t pairs) {
    if (here == pairs) return n;
    const double p = static_cast<double>(here) / static_cast<double>(pairs);
    return std::binomial_distribution<std::uint64_t>(n, p)(random);
  }

  PairSpace space_;
  bool multapses_;
  std::uint64_t pairs_, n_;
  std::vector<std::uint32_t> indegree_;  // by target
};

const RegisterConnectionRule<FixedTotalNumber> registered("fixed_total_number");

}  // namespace
}  // namespace pysnn
