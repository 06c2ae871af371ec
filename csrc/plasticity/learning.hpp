// Whether synapses learn, and where they do at how many times their rule's rate.
#pragma once

namespace pysnn {

struct Learning {
  bool on = true;
  double rate = 1.0;
  bool operator==(const Learning&) const = default;
};

}  // namespace pysnn
