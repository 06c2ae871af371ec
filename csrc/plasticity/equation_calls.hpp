// What the functions of a rule from equations are called with: the weights and states of synapses, in place or
// gathered, and inputs for them.
#pragma once
#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "network/block.hpp"
#include "plasticity/equation_rule.hpp"

namespace pysnn {

template <std::size_t N, class Real>
class EquationCalls {
  using Change = RuleEquations::Change;

 public:
  // So many synapses are taken through a function at a time.
  static constexpr std::uint32_t piece = 512;

  EquationCalls(const EquationRule<N>& rule, Block& block)
      : elapsed(piece), signal(piece), states(rule.equations().states), words_(rule.words()), block_(block) {
    for (Array<Real>& state : states) state = Array<Real>(block.size(), Real(0));
    gathered_.assign(1 + states.size(), std::vector<Real>(piece));
    for (auto* inputs : {&x, &y}) inputs->fill(std::vector<double>(piece));
    columns_.assign(1 + states.size(), nullptr);
    columns_.push_back(elapsed.data());
    for (std::size_t k = 0; k < rule.equations().pre_taus.size(); ++k) columns_.push_back(x[k].data());
    for (std::size_t k = 0; k < rule.equations().post_taus.size(); ++k) columns_.push_back(y[k].data());
    columns_.push_back(signal.data());
  }
  // Its columns lie where they are.
  EquationCalls(const EquationCalls&) = delete;
  EquationCalls& operator=(const EquationCalls&) = delete;

  Real* weights() { return block_.template weight<Real>().data(); }

  // n neighbouring synapses from q on go through a function, by the first n of the inputs.
  void change(Change function, std::uint32_t q, std::uint32_t n) {
    for (std::size_t c = 0; c < gathered_.size(); ++c) columns_[c] = column(c) + q;
    function(n, columns_.data(), words_, all.data());
  }
  // The same for those at some places from `first` on.
  void change_some(Change function, std::uint32_t first, std::span<const std::uint32_t> which) {
    for (std::size_t c = 0; c < gathered_.size(); ++c) {
      const Real* const from = column(c) + first;
      Real* const to = gathered_[c].data();
      for (std::size_t e = 0; e < which.size(); ++e) to[e] = from[which[e]];
      columns_[c] = to;
    }
    function(static_cast<std::int64_t>(which.size()), columns_.data(), words_, all.data());
    for (std::size_t c = 0; c < gathered_.size(); ++c) {
      const Real* const from = gathered_[c].data();
      Real* const to = column(c) + first;
      for (std::size_t e = 0; e < which.size(); ++e) to[which[e]] = from[e];
    }
  }

  // By synapse that goes through: the time since its last event [ms], the modulator's value, the traces of its source
  // and of its target. And of all: the factor by which rates of learning are taken, the traces of the one source.
  std::vector<double> elapsed, signal;
  std::array<std::vector<double>, N> x, y;
  std::array<double, 1 + N> all{};
  std::vector<Array<Real>> states;  // by column, in row order

 private:
  Real* column(std::size_t c) { return c == 0 ? weights() : states[c - 1].data(); }

  const double* words_;
  Block& block_;
  std::vector<void*> columns_;
  std::vector<std::vector<Real>> gathered_;
};

}  // namespace pysnn
