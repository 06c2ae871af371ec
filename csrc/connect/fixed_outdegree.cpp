// Every source draws its n targets uniformly; n may differ by source.
#include "connect/distinct.hpp"
#include "connect/rule.hpp"

namespace pysnn {
namespace {

class FixedOutdegree {
 public:
  FixedOutdegree(const PairSpace& space, const Projection& projection)
      : space_(space), multapses_(projection.rule_params["multapses"] != 0.0), n_(*projection.rule_n) {
    if (n_.size() != 1 && n_.size() != space.sources)
      throw ParameterError(space.name + ": fixed outdegree takes one n or one for each of the " +
                           std::to_string(space.sources) + " sources (got " + std::to_string(n_.size()) + ")");
    for (const std::uint32_t n : n_) {
      const bool drops = !space.autapses && space.same_population;
      const std::uint32_t room = space.targets - (drops ? 1 : 0);
      if (n > 0 && (room == 0 || (!multapses_ && n > room)))
        throw ParameterError(space.name + ": an outdegree of " + std::to_string(n) + " needs more than " +
                             std::to_string(room) + " targets" + (multapses_ ? "" : " without multapses"));
    }
  }
  double expected_pairs() const { return total_degree(n_, space_.sources); }
  bool rows_sorted() const { return !multapses_; }

  template <class Visit>
  void visit(Range targets, Visit&& visit) const {
    DistinctDraws distinct(multapses_ ? 0 : space_.targets);
    const auto inside = [&](std::uint32_t i, std::uint32_t j) {
      if (j >= targets.begin && j < targets.end) visit(i, j, 0u);
    };
    for (std::uint32_t i = 0; i < space_.sources; ++i) {
      PhiloxStream random(space_.key, i, 0);
      const std::uint32_t n = n_[n_.size() == 1 ? 0 : i];
      if (multapses_) {
        for (std::uint32_t drawn = 0; drawn < n;) {
          const std::uint32_t j = random.below(space_.targets);
          if (!space_.allows(i, j)) continue;
          inside(i, j);
          ++drawn;
        }
      } else if (n > 0) {
        const std::int64_t self = static_cast<std::int64_t>(i) + space_.diagonal;
        const bool exclude = !space_.autapses && space_.same_population && self >= 0 && self < space_.targets;
        distinct(random, n, exclude ? static_cast<std::uint32_t>(self) : space_.targets,
                 [&](std::uint32_t j) { inside(i, j); });
      }
    }
  }

 private:
  PairSpace space_;
  bool multapses_;
  std::vector<std::uint32_t> n_;
};

const RegisterConnectionRule<FixedOutdegree> registered("fixed_outdegree");

}  // namespace
}  // namespace pysnn
