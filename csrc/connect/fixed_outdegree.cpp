// Every source draws its n targets uniformly; n may differ by source.
#include <array>

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
    // Every thread draws all, to keep its share: which draws those are no branch could foresee.
    std::array<std::uint32_t, 256> kept;
    std::size_t n_kept = 0;
    for (std::uint32_t i = 0; i < space_.sources; ++i) {
      poll();
      PhiloxStream random(space_.key, i, 0);
      const auto pass_on = [&] {
        for (std::size_t k = 0; k < n_kept; ++k) visit(i, kept[k], 0u);
        n_kept = 0;
      };
      const auto keep = [&](std::uint32_t j) {
        kept[n_kept] = j;
        n_kept += j - targets.begin < targets.size() ? 1 : 0;
        if (n_kept == kept.size()) [[unlikely]]
          pass_on();
      };
      const std::uint32_t n = n_[n_.size() == 1 ? 0 : i];
      if (multapses_) {
        for (std::uint32_t drawn = 0; drawn < n;) {
          if (drawn % Poll::far == 0) poll(std::min(Poll::far, n));
          const std::uint32_t j = random.below(space_.targets);
          if (!space_.allows(i, j)) continue;
          keep(j);
          ++drawn;
        }
      } else if (n > 0) {
        distinct(random, n, turned_.barred_source(i), poll, keep);
      }
      pass_on();
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
