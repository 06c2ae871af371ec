// Rules of plasticity whose equations a user wrote: Python compiles what happens to synapses to functions at run time,
// and equation_rows.hpp calls them once a run of a row, or a piece of it, where a built-in rule has its own loops. What
// neurons keep, traces that fade exponentially, is looked up here as of any rule.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/params.hpp"
#include "math/decay.hpp"

namespace pysnn {

struct RuleEquations {
  // What follows from parameters alone: time constants, and the words that the functions take.
  using Prepare = void (*)(const double* parameters, double unused, double* words);
  // A spike of a neuron, of which these are the traces just before it, or after.
  using Jump = void (*)(double* traces, const double* words);
  // What happens to n synapses at once. Columns: weights and states as they are stored, then, in double precision, the
  // time since the synapse's last event [ms], the traces of its source, those of its target, the modulator's value;
  // those that the function does not read may be anything. `all` are the factor by which rates of learning are taken,
  // and the traces of the one source.
  using Change = void (*)(std::int64_t n, void* const* columns, const double* words, const double* all);

  // An event, and the traces it asks for, by number.
  struct Event {
    Change change = nullptr;  // none where such an event changes no synapse
    std::vector<std::uint32_t> source, target;
  };

  ModelInfo info;
  std::uint32_t states = 0;
  std::vector<std::string> texts;                  // of the words: their expressions
  std::vector<std::uint32_t> pre_taus, post_taus;  // words: the time constants of traces, in ms
  bool moves = false;                              // whether times without events change synapses
  bool fades = false;        // whether a postsynaptic spike does nothing but by one trace of the source
  bool without_pre = false;  // whether anything does before a synapse's first presynaptic spike
  Prepare prepare = nullptr;
  Jump pre_jump = nullptr, post_jump = nullptr;
  Event on_pre, on_post, on_moment;
  Change gap = nullptr;

  static constexpr std::size_t most_traces = 4;  // of a side
};

// Up to N traces of a neuron just after a spike; of targets also just before it, as that spike itself sees them.
template <std::size_t N>
struct EquationPre {
  std::array<double, N> of{};
};
template <std::size_t N>
struct EquationPost {
  std::array<double, N> of{}, before{};
};

// What of such a rule depends on its parameters.
template <std::size_t N>
class EquationRule {
 public:
  using Pre = EquationPre<N>;
  using Post = EquationPost<N>;
  struct Mod {};                                  // of a modulator nothing is kept but the values of its moments
  static constexpr bool acts_without_pre = true;  // it may: the equations say

  // Of no equations yet: what rows are made with, before they are told which.
  EquationRule(const ParamSet&, const TimeBase&) {}
  EquationRule(std::shared_ptr<const RuleEquations> equations, const ParamSet& params, const TimeBase& time)
      : equations_(std::move(equations)), words_(equations_->texts.size()), unit_(time.unit()) {
    std::vector<double> values;
    for (const ParamInfo& declared : equations_->info.params) values.push_back(params[declared.name]);
    equations_->prepare(values.data(), 0.0, words_.data());
    const std::string name = equations_->info.name.substr(0, equations_->info.name.find('@'));
    for (std::size_t k = 0; k < words_.size(); ++k)
      if (std::isnan(words_[k]))
        throw ParameterError(name + ": with these parameters its equations have coefficients that are no numbers (" +
                             equations_->texts[k] + ")");
    const auto decays = [&](const std::vector<std::uint32_t>& taus) {
      std::vector<Decay> made;
      for (const std::uint32_t word : taus) {
        if (!(words_[word] > 0.0))
          throw ParameterError(name + ": with these parameters a trace grows by itself (its time constant is " +
                               std::to_string(words_[word]) + " ms)");
        made.emplace_back(words_[word], time);
      }
      return made;
    };
    pre_ = decays(equations_->pre_taus);
    post_ = decays(equations_->post_taus);
  }

  const RuleEquations& equations() const { return *equations_; }
  bool moves() const { return equations_->moves; }
  const double* words() const { return words_.data(); }
  double ms(Tick t) const { return static_cast<double>(t) * unit_; }

  Pre first_pre() const { return {}; }
  Post first_post() const { return {}; }
  Pre next_pre(Pre pre, Tick gap, bool) const {
    decay(pre_, gap, pre.of);
    if (equations_->pre_jump) equations_->pre_jump(pre.of.data(), words_.data());
    return pre;
  }
  Post next_post(Post post, Tick gap, bool) const {
    decay(post_, gap, post.of);
    post.before = post.of;
    if (equations_->post_jump) equations_->post_jump(post.of.data(), words_.data());
    return post;
  }

  // What engines elsewhere work with: the rates by which traces decay, in exponents a tick, then the words.
  Constants constants() const {
    Constants told;
    for (const Decay& decay : pre_) told.emplace_back("rate_pre_" + std::to_string(told.size()), decay.rate());
    for (const Decay& decay : post_)
      told.emplace_back("rate_post_" + std::to_string(told.size() - pre_.size()), decay.rate());
    for (std::size_t k = 0; k < words_.size(); ++k) told.emplace_back("word_" + std::to_string(k), words_[k]);
    return told;
  }

  // A trace of the source so long after the spike that left it.
  double pre_after(std::uint32_t trace, const Pre& pre, Tick since) const { return pre.of[trace] * pre_[trace](since); }
  Decay::View pre_decay(std::uint32_t trace) const { return Decay::View(pre_[trace]); }
  Decay::View post_decay(std::uint32_t trace) const { return Decay::View(post_[trace]); }

 private:
  static void decay(const std::vector<Decay>& by, Tick gap, std::array<double, N>& traces) {
    for (std::size_t k = 0; k < by.size(); ++k) traces[k] *= by[k](gap);
  }

  std::shared_ptr<const RuleEquations> equations_;
  std::vector<double> words_;
  std::vector<Decay> pre_, post_;
  double unit_ = 1.0;
};

// Known under its name from here on, in the precision whose functions it has.
void register_rule_equations(const std::shared_ptr<const RuleEquations>& equations, bool single_precision);

}  // namespace pysnn
