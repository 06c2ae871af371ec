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

#include "core/paged_vector.hpp"
#include "core/poll.hpp"
#include "core/registry.hpp"
#include "math/philox.hpp"
#include "network/bitmap_rows.hpp"
#include "network/network.hpp"

namespace pysnn {

// The pairs to choose from; sources and targets count from the start of their ranges or lists.
struct PairSpace {
  std::string name;  // of the projection, for messages
  std::uint32_t sources = 0, targets = 0;
  bool autapses = true;
  bool same_population = false;
  std::int64_t diagonal = 0;  // source i and target i + diagonal are the same neuron
  // Of scattered neurons that may not have themselves: the source that target j is, or `sources`; the target that
  // source i is, or `targets`.
  NeuronList source_of, target_of;
  std::uint64_t key = 0;

  bool is_autapse(std::uint32_t i, std::uint32_t j) const {
    if (source_of) return (*source_of)[j] == i;
    return same_population && static_cast<std::int64_t>(j) == static_cast<std::int64_t>(i) + diagonal;
  }
  bool allows(std::uint32_t i, std::uint32_t j) const { return autapses || !is_autapse(i, j); }

  // The source that target j may not have, or `sources`: it may have all. Views of one population overlap in part, or
  // not at all: only targets that are sources too may not have themselves.
  std::uint32_t barred_source(std::uint32_t j) const {
    if (autapses || !same_population) return sources;
    if (source_of) return (*source_of)[j];
    const std::int64_t i = static_cast<std::int64_t>(j) - diagonal;
    return 0 <= i && i < sources ? static_cast<std::uint32_t>(i) : sources;
  }
  bool is_barred(std::uint32_t j) const { return barred_source(j) < sources; }
  std::uint32_t barred_targets() const {
    std::uint32_t count = 0;
    if (!autapses && same_population)
      for (std::uint32_t j = 0; j < targets; ++j) count += is_barred(j) ? 1 : 0;
    return count;
  }
  // The same space with the sides changed.
  PairSpace turned() const {
    PairSpace other = *this;
    std::swap(other.sources, other.targets);
    other.diagonal = -diagonal;
    std::swap(other.source_of, other.target_of);
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
    check(degree[0], space.barred_targets() > 0);
  } else {
    for (std::uint32_t j = 0; j < degree.size(); ++j) check(degree[j], space.is_barred(j));
  }
}

// Synapses of degrees that are one number for all neurons, or one for each.
inline double total_degree(const std::vector<std::uint32_t>& degree, Range neurons) {
  if (degree.size() == 1) return static_cast<double>(degree[0]) * neurons.size();
  return std::accumulate(degree.begin() + neurons.begin, degree.begin() + neurons.end, 0.0);
}

// What takes the pairs of rows that few of many sources have, one by one.
class RowSink {
 public:
  virtual void add(std::uint32_t row, std::uint32_t target, std::uint32_t entry) = 0;

 protected:
  ~RowSink() = default;
};

// Rows that are being filled: where each row's targets go, and beside them the position of each in the arrays the
// user gave, where draws are by position. Row i has the synapses offset[i] ... offset[i + 1].
struct RowSlots {
  std::span<const std::uint32_t> offset;
  PagedVector<std::uint32_t> filled;  // by row
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
    return entry + offset[i] * entry_stride + std::size_t{offset[i + 1] - offset[i]} * entry_gap;
  }
};

// Where the pairs of scattered neurons go, which are not one after the other.
struct Places {
  static constexpr std::uint32_t elsewhere = 0xFFFFFFFFu;
  std::vector<std::uint32_t> row;     // of each source
  std::vector<std::uint32_t> number;  // of each target in the rows; `elsewhere`: another shard's
};

// `targets` and `first` where neurons are contiguous; scattered ones have `places` too, and of `targets` those that
// are elsewhere are left out.
class ConnectionRule {
 public:
  virtual ~ConnectionRule() = default;
  virtual void prepare(Poll& poll) = 0;
  virtual double expected_pairs(Range targets) const = 0;
  virtual bool rows_sorted() const = 0;
  // Add the number of pairs of each source to `per_row`.
  virtual void count(Range targets, const Places* places, std::span<std::uint32_t> per_row, Poll& poll) const = 0;
  // Put the target of each pair into its row, `copies` times, the first of `targets` numbered `first`.
  virtual void place(Range targets, std::uint32_t first, const Places* places, std::uint32_t copies, RowSlots& rows,
                     Poll& poll) const = 0;
  // The same into bitmaps, or whatever takes them.
  virtual void place(Range targets, std::uint32_t first, const Places* places, std::uint32_t copies, BitmapRows& rows,
                     Poll& poll) const = 0;
  virtual void place(Range targets, std::uint32_t first, const Places* places, std::uint32_t copies, RowSink& rows,
                     Poll& poll) const = 0;
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

  void count(Range targets, const Places* places, std::span<std::uint32_t> per_row, Poll& poll) const override {
    if (places) {
      rule_.visit(targets, poll, [&](std::uint32_t i, std::uint32_t j, std::uint32_t) {
        if (places->number[j] != Places::elsewhere) ++per_row[places->row[i]];
      });
    } else {
      rule_.visit(targets, poll, [&](std::uint32_t i, std::uint32_t, std::uint32_t) { ++per_row[i]; });
    }
  }

  void place(Range targets, std::uint32_t first, const Places* places, std::uint32_t copies, RowSlots& rows,
             Poll& poll) const override {
    place_in(targets, first, places, copies, rows, poll);
  }
  void place(Range targets, std::uint32_t first, const Places* places, std::uint32_t copies, BitmapRows& rows,
             Poll& poll) const override {
    place_in(targets, first, places, copies, rows, poll);
  }
  void place(Range targets, std::uint32_t first, const Places* places, std::uint32_t copies, RowSink& rows,
             Poll& poll) const override {
    place_in(targets, first, places, copies, rows, poll);
  }

 private:
  template <class Rows>
  void place_in(Range targets, std::uint32_t first, const Places* places, std::uint32_t copies, Rows& rows,
                Poll& poll) const {
    const auto add = [&](std::uint32_t row, std::uint32_t number, std::uint32_t m) {
      for (std::uint32_t c = 0; c < copies; ++c) rows.add(row, number, m);
      if (copies > Poll::far) [[unlikely]]
        poll(copies);
    };
    if (places) {
      rule_.visit(targets, poll, [&](std::uint32_t i, std::uint32_t j, std::uint32_t m) {
        if (places->number[j] != Places::elsewhere) add(places->row[i], places->number[j], m);
      });
    } else {
      rule_.visit(targets, poll,
                  [&](std::uint32_t i, std::uint32_t j, std::uint32_t m) { add(i, j - targets.begin + first, m); });
    }
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
