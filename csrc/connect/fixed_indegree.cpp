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
    for (std::uint32_t j = 0; j < n_.size(); ++j) {
      const bool drops = !space.autapses && space.same_population;
      const std::uint32_t room = space.sources - (drops ? 1 : 0);
      if (n_[j] > 0 && (room == 0 || (!multapses_ && n_[j] > room)))
        throw ParameterError(space.name + ": an indegree of " + std::to_string(n_[j]) + " needs more than " +
                             std::to_string(room) + " sources" + (multapses_ ? "" : " without multapses"));
    }
  }
  double expected_pairs() const { return total_degree(n_, space_.targets); }
  bool rows_sorted() const { return true; }

  template <class Visit>
  void visit(Range targets, Visit&& visit) const {
    DistinctDraws distinct(multapses_ ? 0 : space_.sources);
    for (std::uint32_t j = targets.begin; j < targets.end; ++j) {
      PhiloxStream random(space_.key, j, 0);
      const std::uint32_t n = n_[n_.size() == 1 ? 0 : j];
      if (multapses_) {
        for (std::uint32_t drawn = 0; drawn < n;) {
          const std::uint32_t i = random.below(space_.sources);
          if (!space_.allows(i, j)) continue;
          visit(i, j, 0u);
          ++drawn;
        }
      } else if (n > 0) {
        const std::int64_t self = static_cast<std::int64_t>(j) - space_.diagonal;
        const bool exclude = !space_.autapses && space_.same_population && self >= 0 && self < space_.sources;
        distinct(random, n, exclude ? static_cast<std::uint32_t>(self) : space_.sources,
                 [&](std::uint32_t i) { visit(i, j, 0u); });
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
