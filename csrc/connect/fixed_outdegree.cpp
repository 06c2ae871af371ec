// Every source draws its n targets uniformly; n may differ by source.
#include "connect/distinct.hpp"
#include "connect/rule.hpp"

namespace pysnn {
namespace {

class FixedOutdegree {
 public:
  FixedOutdegree(const PairSpace& space, const Projection& projection)
      : space_(space), turned_(space.turned()), multapses_(projection.rule_params["multapses"] != 0.0),
        n_(*projection.rule_n) {
    if (n_.size() != 1 && n_.size() != space.sources)
      throw ParameterError(space.name + ": fixed outdegree takes one n or one for each of the " +
                           std::to_string(space.sources) + " sources (got " + std::to_string(n_.size()) + ")");
    check_degrees(turned_, n_, multapses_, "outdegree", "targets");
  }
  double expected_pairs(Range targets) const {
    return total_degree(n_, {0, space_.sources}) * targets.size() / std::max(1u, space_.targets);
  }
  bool rows_sorted() const { return !multapses_; }

  template <class Visit>
  void visit(Range targets, Poll& poll, Visit&& visit) const {
    if (targets.size() == 0) return;
    DistinctDraws distinct(multapses_ ? 0 : space_.targets);
    const auto inside = [&](std::uint32_t i, std::uint32_t j) {
      if (j >= targets.begin && j < targets.end) visit(i, j, 0u);
    };
    for (std::uint32_t i = 0; i < space_.sources; ++i) {
      poll();
      PhiloxStream random(space_.key, i, 0);
      const std::uint32_t n = n_[n_.size() == 1 ? 0 : i];
      if (multapses_) {
        for (std::uint32_t drawn = 0; drawn < n;) {
          if (drawn % Poll::far == 0) poll(std::min(Poll::far, n));
          const std::uint32_t j = random.below(space_.targets);
          if (!space_.allows(i, j)) continue;
          inside(i, j);
          ++drawn;
        }
      } else if (n > 0) {
        distinct(random, n, turned_.barred_source(i), poll, [&](std::uint32_t j) { inside(i, j); });
      }
    }
  }

 private:
  PairSpace space_, turned_;
  bool multapses_;
  std::vector<std::uint32_t> n_;
};

const RegisterConnectionRule<FixedOutdegree> registered("fixed_outdegree");

}  // namespace
}  // namespace pysnn
