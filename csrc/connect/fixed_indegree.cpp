// Every target draws its n sources uniformly; n may differ by target.
#include "connect/distinct.hpp"
#include "connect/rule.hpp"

namespace pysnn {
namespace {

class FixedIndegree {
 public:
  FixedIndegree(const PairSpace& space, const Projection& projection)
      : space_(space), multapses_(projection.rule_params["multapses"] != 0.0), n_(*projection.rule_n) {
    if (n_.size() != 1 && n_.size() != space.targets)
      throw ParameterError(space.name + ": fixed indegree takes one n or one for each of the " +
                           std::to_string(space.targets) + " targets (got " + std::to_string(n_.size()) + ")");
    check_degrees(space, n_, multapses_, "indegree", "sources");
  }
  double expected_pairs(Range targets) const { return total_degree(n_, targets); }
  bool rows_sorted() const { return true; }

  template <class Visit>
  void visit(Range targets, Poll& poll, Visit&& visit) const {
    DistinctDraws distinct(multapses_ ? 0 : space_.sources);
    for (std::uint32_t j = targets.begin; j < targets.end; ++j) {
      poll();
      PhiloxStream random(space_.key, j, 0);
      const std::uint32_t n = n_[n_.size() == 1 ? 0 : j];
      if (multapses_) {
        for (std::uint32_t drawn = 0; drawn < n;) {
          if (drawn % Poll::far == 0) poll(std::min(Poll::far, n));
          const std::uint32_t i = random.below(space_.sources);
          if (!space_.allows(i, j)) continue;
          visit(i, j, 0u);
          ++drawn;
        }
      } else if (n > 0) {
        distinct(random, space_.sources, n, space_.barred_source(j), poll, [&](std::uint32_t i) { visit(i, j, 0u); });
      }
    }
  }

 private:
  PairSpace space_;
  bool multapses_;
  std::vector<std::uint32_t> n_;
};

const RegisterConnectionRule<FixedIndegree> registered("fixed_indegree");

}  // namespace
}  // namespace pysnn
