// Every source draws its n targets uniformly; n may differ by source.
#include "connect/distinct.hpp"
#include "connect/halving_draws.hpp"
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
    DistinctHalves distinct(multapses_ ? 0 : space_.targets);
    for (std::uint32_t i = 0; i < space_.sources; ++i) {
      poll();
      const std::uint32_t n = n_[n_.size() == 1 ? 0 : i];
      const std::uint32_t barred = turned_.barred_source(i);
      if (n == 0) continue;
      if (multapses_) {
        draw_among(i, n, barred, targets, poll, visit);
      } else {
        distinct(space_.key, i, n, barred, targets, poll, [&](std::uint32_t j) { visit(i, j, 0u); });
      }
    }
  }

 private:
  // n draws of source i, of which `targets` are wanted: of a barred target all above it count one less.
  template <class Visit>
  void draw_among(std::uint32_t i, std::uint32_t n, std::uint32_t barred, Range targets, Poll& poll,
                  Visit&& visit) const {
    const std::uint32_t room = space_.targets - (barred < space_.targets ? 1 : 0);
    const auto counted = [&](std::uint32_t j) { return j > barred ? j - 1 : j; };
    HalvingDraws(space_.key, i, room)(n, {counted(targets.begin), counted(targets.end)}, poll,
                                      [&](std::uint32_t j) { visit(i, j < barred ? j : j + 1, 0u); });
  }

  PairSpace space_, turned_;
  bool multapses_;
  std::vector<std::uint32_t> n_;
};

const RegisterConnectionRule<FixedOutdegree> registered("fixed_outdegree");

}  // namespace
}  // namespace pysnn
