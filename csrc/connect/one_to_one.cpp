// Source i to target i.
#include "connect/rule.hpp"

namespace pysnn {
namespace {

class OneToOne {
 public:
  OneToOne(const PairSpace& space, const Projection&) {
    if (space.sources != space.targets)
      throw ParameterError(space.name + ": one-to-one needs as many sources as targets (got " +
                           std::to_string(space.sources) + " and " + std::to_string(space.targets) + ")");
  }
  double expected_pairs(Range targets) const { return targets.size(); }
  bool rows_sorted() const { return true; }

  template <class Visit>
  void visit(Range targets, Poll&, Visit&& visit) const {
    for (std::uint32_t j = targets.begin; j < targets.end; ++j) visit(j, j, 0u);
  }
};

const RegisterConnectionRule<OneToOne> registered("one_to_one");

}  // namespace
}  // namespace pysnn
