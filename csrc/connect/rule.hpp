// Connection rules: which source meets which target. A rule's file defines a class with
//
//   Rule(const PairSpace&, const Projection&);          checks its parameters, and draws nothing
//   void prepare(Poll&);                                optional: what is drawn once for all that visit
//   double expected_pairs(Range targets) const;         for the estimate of memory
//   bool rows_sorted() const;                           does it visit the targets of a source in order?
//   template <class Visit> void visit(Range targets, Poll&, Visit&&) const;
//
// `visit` calls (source, target, entry) for every connected pair whose target lies in `targets`, the
// same pairs however the targets are cut: each draw is keyed by source or target, never by the cut. It polls
// at each row, and within long ones, so that building can be called off.
#pragma once
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <numeric>
#include <span>
#include <vector>

#include "core/poll.hpp"
#include "core/registry.hpp"
#include "math/philox.hpp"
#include "network/bitmap_rows.hpp"
#include "network/network.hpp"

namespace pysnn {

// The pairs to choose from; sources and targets count from the start of their ranges.
struct PairSpace {
  std::string name;  // of the projection, for messages
  std::uint32_t sources = 0, targets = 0;
  bool autapses = true;
  bool same_population = false;
  std::int64_t diagonal = 0;  // source i and target i + diagonal are the same neuron
  std::uint64_t key = 0;

  bool is_autapse(std::uint32_t i, std::uint32_t j) const {
    return same_population && static_cast<std::int64_t>(j) == static_cast<std::int64_t>(i) + diagonal;
  }
  bool allows(std::uint32_t i, std::uint32_t j) const { return autapses || !is_autapse(i, j); }

  // Views of one population overlap in part, or not at all: these targets are sources too, and may not have themselves.
  Range barred_targets() const {
    const auto inside = [&](std::int64_t j) {
      return static_cast<std::uint32_t>(std::clamp(j, std::int64_t{0}, std::int64_t{targets}));
    };
    if (autapses || !same_population) return {0, 0};
    return {inside(diagonal), inside(diagonal + sources)};
  }
  bool is_barred(std::uint32_t j) const {
    const Range barred = barred_targets();
    return barred.begin <= j && j < barred.end;
  }
  // The source that target j may not have, or `sources`: it may have all.
  std::uint32_t barred_source(std::uint32_t j) const {
    return is_barred(j) ? static_cast<std::uint32_t>(j - diagonal) : sources;
  }
  // The same space with the sides changed.
  PairSpace turned() const {
    PairSpace other = *this;
    std::swap(other.sources, other.targets);
    other.diagonal = -diagonal;
    return other;
  }
};

// Refuse degrees that the partners of a target (or source, of a space that is turned) are too few for.
inline void check_degrees(const PairSpace& space, const std::vector<std::uint32_t>& degree, bool multapses,
                          const std::string& what, const std::string& partners) {
  const auto check = [&](std::uint32_t n, bool barred) {
    const std::uint32_t room = space.sources - (barred ? 1 : 0);
    if (n > 0 && (room == 0 || (!multapses && n > room)))
      throw ParameterError(space.name + ": an " + what + " of " + std::to_string(n) + " needs more than " +
                           std::to_string(room) + " " + partners + (multapses ? "" : " without multapses"));
  };
  if (degree.size() == 1) {
    check(degree[0], space.barred_targets().size() > 0);
  } else {
    for (std::uint32_t j = 0; j < degree.size(); ++j) check(degree[j], space.is_barred(j));
  }
}

// Synapses of degrees that are one number for all neurons, or one for each.
inline double total_degree(const std::vector<std::uint32_t>& degree, Range neurons) {
  if (degree.size() == 1) return static_cast<double>(degree[0]) * neurons.size();
  return std::accumulate(degree.begin() + neurons.begin, degree.begin() + neurons.end, 0.0);
}

// Rows that are being filled: where each row's targets go, and beside them the position of each in the arrays the
// user gave, where draws are by position. Row i has the synapses offset[i] ... offset[i + 1].
struct RowSlots {
  std::span<const std::uint64_t> offset;
  std::vector<std::uint32_t> filled;  // by row
  std::uint8_t* target;               // of row i at offset[i] * target_stride
  std::size_t target_stride;
  std::uint8_t* entry = nullptr;  // of row i at offset[i] * entry_stride, after entry_gap bytes for each synapse
  std::size_t entry_stride = 0, entry_gap = 0;

  void add(std::uint32_t i, std::uint32_t t, std::uint32_t m) {
    const std::uint32_t k = filled[i]++;
    targets(i)[k] = static_cast<std::uint16_t>(t);
    if (entry) std::memcpy(entries(i) + k * sizeof m, &m, sizeof m);
  }
  std::uint16_t* targets(std::uint32_t i) const {
    return reinterpret_cast<std::uint16_t*>(target + offset[i] * target_stride);
  }
  std::uint8_t* entries(std::uint32_t i) const {
    return entry + offset[i] * entry_stride + (offset[i + 1] - offset[i]) * entry_gap;
  }
};

class ConnectionRule {
 public:
  virtual ~ConnectionRule() = default;
  virtual void prepare(Poll& poll) = 0;
  virtual double expected_pairs(Range targets) const = 0;
  virtual bool rows_sorted() const = 0;
  // Add the number of pairs of each source to `per_row`.
  virtual void count(Range targets, std::span<std::uint32_t> per_row, Poll& poll) const = 0;
  // Put the target of each pair into its row, `copies` times, the first of `targets` numbered `first`.
  virtual void place(Range targets, std::uint32_t first, std::uint32_t copies, RowSlots& rows, Poll& poll) const = 0;
  // The same into bitmaps.
  virtual void place(Range targets, std::uint32_t first, std::uint32_t copies, BitmapRows& rows, Poll& poll) const = 0;
};

template <class Rule>
class ConnectionRuleOf final : public ConnectionRule {
 public:
  ConnectionRuleOf(const PairSpace& space, const Projection& projection) : rule_(space, projection) {}

  void prepare(Poll& poll) override {
    if constexpr (requires { rule_.prepare(poll); }) rule_.prepare(poll);
  }
  double expected_pairs(Range targets) const override { return rule_.expected_pairs(targets); }
  bool rows_sorted() const override { return rule_.rows_sorted(); }

  void count(Range targets, std::span<std::uint32_t> per_row, Poll& poll) const override {
    rule_.visit(targets, poll, [&](std::uint32_t i, std::uint32_t, std::uint32_t) { ++per_row[i]; });
  }

  void place(Range targets, std::uint32_t first, std::uint32_t copies, RowSlots& rows, Poll& poll) const override {
    place_in(targets, first, copies, rows, poll);
  }
  void place(Range targets, std::uint32_t first, std::uint32_t copies, BitmapRows& rows, Poll& poll) const override {
    place_in(targets, first, copies, rows, poll);
  }

 private:
  template <class Rows>
  void place_in(Range targets, std::uint32_t first, std::uint32_t copies, Rows& rows, Poll& poll) const {
    rule_.visit(targets, poll, [&](std::uint32_t i, std::uint32_t j, std::uint32_t m) {
      for (std::uint32_t c = 0; c < copies; ++c) rows.add(i, j - targets.begin + first, m);
      if (copies > Poll::far) [[unlikely]]
        poll(copies);
    });
  }

  Rule rule_;
};

struct ConnectionRuleEntry {
  std::function<std::unique_ptr<ConnectionRule>(const PairSpace&, const Projection&)> make;
};
using ConnectionRules = Registry<ConnectionRuleEntry>;

template <class Rule>
struct RegisterConnectionRule {
  explicit RegisterConnectionRule(const char* name)
      : registration(name, ConnectionRuleEntry{[](const PairSpace& space, const Projection& projection) {
                       return std::make_unique<ConnectionRuleOf<Rule>>(space, projection);
                     }}) {}
  Registration<ConnectionRuleEntry> registration;
};

}  // namespace pysnn
