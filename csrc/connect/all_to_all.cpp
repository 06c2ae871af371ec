// Every source to every target.
#include "connect/rule.hpp"

namespace pysnn {
namespace {

class AllToAll {
 public:
  AllToAll(const PairSpace& space, const Projection&) : space_(space) {}
  double expected_pairs(Range targets) const { return static_cast<double>(space_.sources) * targets.size(); }
  bool rows_sorted() const { return true; }

  template <class Visit>
  void visit(Range targets, Poll& poll, Visit&& visit) const {
    for (std::uint32_t i = 0; i < space_.sources; ++i) {
      poll(targets.size());
      for (std::uint32_t j = targets.begin; j < targets.end; ++j)
        if (space_.allows(i, j)) visit(i, j, 0u);
    }
  }

 private:
  PairSpace space_;
};

const RegisterConnectionRule<AllToAll> registered("all_to_all");

}  // namespace
}  // namespace pysnn
