// The pairs the user lists, in any order; duplicates are parallel synapses.
#include "connect/rule.hpp"

namespace pysnn {
namespace {

class Arrays {
 public:
  Arrays(const PairSpace& space, const Projection& projection)
      : targets_(space.targets), i_(projection.rule_i), j_(projection.rule_j) {
    if (i_->size() != j_->size())
      throw ParameterError(space.name + ": i and j differ in length (" + std::to_string(i_->size()) + " and " +
                           std::to_string(j_->size()) + ")");
    for (std::size_t m = 0; m < i_->size(); ++m) {
      if ((*i_)[m] >= space.sources || (*j_)[m] >= space.targets)
        throw ParameterError(space.name + ": entry " + std::to_string(m) + " connects " + std::to_string((*i_)[m]) +
                             " to " + std::to_string((*j_)[m]) + ", but there are " + std::to_string(space.sources) +
                             " sources and " + std::to_string(space.targets) + " targets");
    }
  }
  double expected_pairs(Range targets) const {
    return static_cast<double>(i_->size()) * targets.size() / std::max(1u, targets_);
  }
  bool rows_sorted() const { return false; }

  template <class Visit>
  void visit(Range targets, Poll& poll, Visit&& visit) const {
    for (std::size_t m = 0; m < i_->size(); ++m) {
      if (m % Poll::far == 0) poll(Poll::far);
      const std::uint32_t j = (*j_)[m];
      if (j >= targets.begin && j < targets.end) visit((*i_)[m], j, static_cast<std::uint32_t>(m));
    }
  }

 private:
  std::uint32_t targets_;
  std::shared_ptr<const std::vector<std::uint32_t>> i_, j_;
};

const RegisterConnectionRule<Arrays> registered("arrays");

}  // namespace
}  // namespace pysnn
