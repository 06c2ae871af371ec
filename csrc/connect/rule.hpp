// Connection rules: which source meets which target. A rule's file defines a class with
//
//   static ModelInfo info();
//   Rule(const PairSpace&, const Projection&);          checks its parameters
//   double expected_pairs() const;                      for the estimate of memory
//   bool rows_sorted() const;                           does it visit the targets of a source in order?
//   template <class Visit> void visit(Range targets, Visit&&) const;
//
// `visit` calls (source, target, entry) for every connected pair whose target lies in `targets`, the
// same pairs however the targets are cut: each draw is keyed by source or target, never by the cut.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <numeric>
#include <span>

#include "connect/bitmap_rows.hpp"
#include "core/network.hpp"
#include "core/philox.hpp"
#include "core/registry.hpp"

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
};

// Synapses of degrees that are one number for all `count` neurons, or one for each.
inline double total_degree(const std::vector<std::uint32_t>& degree, std::uint32_t count) {
  if (degree.size() == 1) return static_cast<double>(degree[0]) * count;
  return std::accumulate(degree.begin(), degree.end(), 0.0);
}

class ConnectionRule {
 public:
  virtual ~ConnectionRule() = default;
  virtual double expected_pairs() const = 0;
  virtual bool rows_sorted() const = 0;
  // Add the number of pairs of each source to `per_row`.
  virtual void count(Range targets, std::span<std::uint32_t> per_row) const = 0;
  // Write the target of each pair at its row's cursor, `copies` times, the first of `targets` numbered `first`;
  // `entry` (or empty) its position in the arrays the user gave.
  virtual void place(Range targets, std::uint32_t first, std::span<std::uint64_t> cursor, std::uint32_t copies,
                     std::span<std::uint16_t> target, std::span<std::uint32_t> entry) const = 0;
  // The same into bitmaps.
  virtual void place(Range targets, std::uint32_t first, std::uint32_t copies, BitmapRows& rows) const = 0;
};

template <class Rule>
class ConnectionRuleOf final : public ConnectionRule {
 public:
  ConnectionRuleOf(const PairSpace& space, const Projection& projection) : rule_(space, projection) {}

  double expected_pairs() const override { return rule_.expected_pairs(); }
  bool rows_sorted() const override { return rule_.rows_sorted(); }

  void count(Range targets, std::span<std::uint32_t> per_row) const override {
    rule_.visit(targets, [&](std::uint32_t i, std::uint32_t, std::uint32_t) { ++per_row[i]; });
  }

  void place(Range targets, std::uint32_t first, std::span<std::uint64_t> cursor, std::uint32_t copies,
             std::span<std::uint16_t> target, std::span<std::uint32_t> entry) const override {
    rule_.visit(targets, [&](std::uint32_t i, std::uint32_t j, std::uint32_t m) {
      std::uint64_t at = cursor[i];
      cursor[i] += copies;
      for (std::uint32_t c = 0; c < copies; ++c, ++at) {
        target[at] = static_cast<std::uint16_t>(j - targets.begin + first);
        if (!entry.empty()) entry[at] = m;
      }
    });
  }

  void place(Range targets, std::uint32_t first, std::uint32_t copies, BitmapRows& rows) const override {
    rule_.visit(targets, [&](std::uint32_t i, std::uint32_t j, std::uint32_t) {
      for (std::uint32_t c = 0; c < copies; ++c) rows.add(i, j - targets.begin + first);
    });
  }

 private:
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
