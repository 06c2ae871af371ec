// n synapses in all, each pair drawn uniformly (with multapses: independent draws; without: n distinct pairs).
//
// First the indegree of every target, from the law that uniform pairs imply (multinomial, or multivariate
// hypergeometric), in one sequential pass; then each target draws its sources with a stream of its own.
#include <random>

#include "connect/distinct.hpp"
#include "connect/rule.hpp"

namespace pysnn {
namespace {

class FixedTotalNumber {
 public:
  FixedTotalNumber(const PairSpace& space, const Projection& projection)
      : space_(space), multapses_(projection.rule_params["multapses"] != 0.0), indegree_(space.targets),
        n_(projection.rule_params["n"]) {
    const double n = n_;
    double pairs = 0.0;
    for (std::uint32_t j = 0; j < space.targets; ++j) pairs += room(j);
    if (n > 0.0 && (pairs == 0.0 || (!multapses_ && n > pairs)))
      throw ParameterError(space.name + ": " + show(n) + " synapses do not fit into " + show(pairs) + " pairs" +
                           (multapses_ ? "" : " without multapses"));
    PhiloxStream random(subkey(space.key, 1), 0, 0);
    auto left = static_cast<std::uint64_t>(n);
    for (std::uint32_t j = 0; j < space.targets && left > 0; ++j) {
      const double here = room(j);
      const std::uint64_t drawn =
          multapses_ ? binomial(random, left, here / pairs) : hypergeometric(random, left, here, pairs);
      indegree_[j] = static_cast<std::uint32_t>(drawn);
      left -= drawn;
      pairs -= here;
    }
  }
  double expected_pairs() const { return n_; }
  bool rows_sorted() const { return true; }

  template <class Visit>
  void visit(Range targets, Visit&& visit) const {
    DistinctDraws distinct(multapses_ ? 0 : space_.sources);
    for (std::uint32_t j = targets.begin; j < targets.end; ++j) {
      PhiloxStream random(space_.key, j, 0);
      if (multapses_) {
        for (std::uint32_t drawn = 0; drawn < indegree_[j];) {
          const std::uint32_t i = random.below(space_.sources);
          if (!space_.allows(i, j)) continue;
          visit(i, j, 0u);
          ++drawn;
        }
      } else if (indegree_[j] > 0) {
        distinct(random, indegree_[j], excluded(j), [&](std::uint32_t i) { visit(i, j, 0u); });
      }
    }
  }

 private:
  // The source that target j may not have (or the number of sources: none).
  std::uint32_t excluded(std::uint32_t j) const {
    const std::int64_t self = static_cast<std::int64_t>(j) - space_.diagonal;
    const bool excludes = !space_.autapses && space_.same_population && self >= 0 && self < space_.sources;
    return excludes ? static_cast<std::uint32_t>(self) : space_.sources;
  }
  double room(std::uint32_t j) const { return space_.sources - (excluded(j) < space_.sources ? 1.0 : 0.0); }

  static std::uint64_t binomial(PhiloxStream& random, std::uint64_t n, double p) {
    if (p >= 1.0) return n;
    return std::binomial_distribution<std::uint64_t>(n, p)(random);
  }

  // How many of `draws` distinct pairs out of `pairs` fall among `here`: selection sampling over the smaller.
  static std::uint64_t hypergeometric(PhiloxStream& random, std::uint64_t draws, double here, double pairs) {
    std::uint64_t hits = 0;
    double left = static_cast<double>(draws);
    for (double k = 0.0; k < here && left > 0.0; k += 1.0) {
      if (random.uniform() * (pairs - k) < left) {
        ++hits;
        left -= 1.0;
      }
    }
    return hits;
  }

  PairSpace space_;
  bool multapses_;
  std::vector<std::uint32_t> indegree_;
  double n_;
};

const RegisterConnectionRule<FixedTotalNumber> registered("fixed_total_number");

}  // namespace
}  // namespace pysnn
