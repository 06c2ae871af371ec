// Runs of synapses with states: where their numbers lie, and what befalls all synapses of a run alike, gone through in
// loops without branches: a moment, a presynaptic spike, a time without events.
#pragma once
#include <algorithm>
#include <array>
#include <optional>
#include <type_traits>
#include <vector>

#include "plasticity/due_synapses.hpp"
#include "plasticity/optimiser.hpp"
#include "plasticity/rule_loops.hpp"
#include "plasticity/synapses_with_states.hpp"

namespace pysnn {

template <class Rule, class Real>
class RunsWithStates : public SynapsesWithStates<Rule, Real> {
  using Base = SynapsesWithStates<Rule, Real>;

 protected:
  using Base::block_, Base::learning_, Base::moments_, Base::recording_, Base::recorded_, Base::rule_, Base::settled_,
      Base::target_, Base::targets_, Base::unseen;
  using Base::gap, Base::gathers, Base::has_gaps, Base::kernel, Base::meet_pre, Base::take_through, Base::watch;
  using typename Base::Number;
  using typename Base::Pre;
  using typename Base::Synapse;
  using Part = Stored<Rule, Real>;
  static constexpr std::size_t columns = Part::columns;
  static constexpr std::size_t own_columns = columns - (gathers ? 1 : 0);
  struct NoOptimiser {
    NoOptimiser(const ParamSet&, std::size_t) {}
  };

 public:
  explicit RunsWithStates(const PlasticConfig& config)
      : Base(config), optimiser_(config.projection.plasticity_params, block_.size()) {
    for (std::size_t c = 0; c < own_columns; ++c) own_[c] = Array<Real>(block_.size(), Real(0));
    for (std::size_t c = 0; c < own_columns; ++c) state_[c] = &own_[c];
    if constexpr (gathers) state_[own_columns] = &optimiser_.gradients();
    this->columns_.insert(this->columns_.end(), state_.begin(), state_.end());
  }

  std::size_t state_bytes() const override {
    std::size_t bytes = own_columns * block_.size() * sizeof(Real);
    if constexpr (gathers) bytes += optimiser_.nbytes();
    return bytes;
  }

 protected:
  Part stored() {
    Part all;
    all.w = block_.template weight<Real>().data();
    for (std::size_t c = 0; c < columns; ++c) all.state[c] = state_[c]->data();
    return all;
  }

  // The one rate at which synapses learn from all that has come since `last` and is new, up to `upto`; 0 where there
  // are several.
  double rate_throughout(Tick last, Tick upto) const {
    if (!learning_.differ()) return learning_.rate();
    Tick from = std::max(last, settled_);
    if (const Number m = unseen(last); m < moments_.end()) from = std::min(from, moments_[m].t);
    return learning_.all(from, upto).value_or(0.0);
  }

  // Each synapse of a run on its own.
  void take_one_by_one(std::uint32_t run, Tick last, const Pre& pre, Tick end, Tick upto) {
    const Part all = stored();
    const Tick d = this->dendritic(run);
    for (std::uint32_t q = block_.run_begin[run]; q < block_.run_begin[run + 1]; ++q) {
      Synapse s = all.load(q);
      recorded_ = s.w;
      take_through(s, q, last, pre, d, end, upto);
      all.store(q, s);
      watch(all.w[q]);
    }
  }

  // Where times without events change synapses: those whose targets have not fired since `last` share all that comes,
  // so all go through it at once; then the others one by one, from where they were.
  void move_together(std::uint32_t run, Tick last, const Pre& pre, Tick end, Tick upto, double rate) {
    if constexpr (has_gaps) {
      const std::uint32_t first = block_.run_begin[run], n = block_.run_begin[run + 1] - first;
      const std::uint16_t* target = target_ + first;
      const Part part = stored().from(first);
      const Tick d = this->dendritic(run);
      due_.list(targets_, target, n, last - d);
      const auto apart = due_.any();
      apart_.clear();
      for (const std::uint32_t k : apart) apart_.push_back(part.load(k));
      if (apart.size() < n) {
        Tick begin = last;
        for (Number m = unseen(last);; ++m) {
          const bool moment = m < moments_.end() && moments_[m].t < end;
          const Tick to = moment ? moments_[m].t : upto;
          if (to > begin) {
            const bool any = m > moments_.begin();
            Rule::loop_gap(any ? gap(moments_[m - 1].mod, begin - moments_[m - 1].t, to - begin, rate)
                               : gap(rule_.first_mod(), 0, to - begin, rate),
                           n, part);
            begin = to;
          }
          if (!moment) break;
          moment_together(part, n, target, m, pre, last, rate);
        }
      }
      for (std::size_t a = 0; a < apart.size(); ++a) {
        Synapse s = apart_[a];
        take_through(s, first + apart[a], last, pre, d, end, upto);
        part.store(apart[a], s);
      }
      watch(n, part.w);
    }
  }

  // A moment comes to n synapses, the last presynaptic spike having arrived at `last`.
  void moment_together([[maybe_unused]] const Part& part, [[maybe_unused]] std::uint32_t n,
                       [[maybe_unused]] const std::uint16_t* target, [[maybe_unused]] Number m,
                       [[maybe_unused]] const Pre& pre, [[maybe_unused]] Tick last, [[maybe_unused]] double rate) {
    if constexpr (Rule::meets_moments) {
      const auto values = moments_.values(m);
      const auto at = kernel(rate);
      const double x = at.at_moment(pre, std::max(moments_[m].t - last, Tick{0}));
      double of_target[strip];
      if (values.size() == 1) std::fill(of_target, of_target + strip, values[0]);
      for (std::uint32_t from = 0; from < n; from += strip) {
        const std::uint32_t here = std::min(n - from, strip);
        if (values.size() != 1) look_up(here, target + from, values.data(), of_target);
        Rule::loop_moment(at, x, here, of_target, part.from(from));
      }
      watch(n, part.w);
    }
  }

  // A presynaptic spike arrives at the synapses of a run.
  void arrive_at_run(std::uint32_t run, Tick at) {
    if constexpr (Rule::meets_pre) {
      const std::uint32_t first = block_.run_begin[run], n = block_.run_begin[run + 1] - first;
      const Tick d = this->dendritic(run);
      const Part all = stored();
      const double rate = learning_.at(at);
      if (recording_ || rate == 0.0) {
        for (std::uint32_t q = first; q < first + n; ++q) {
          Synapse s = all.load(q);
          recorded_ = s.w;
          meet_pre(s, q, at, d);
          all.store(q, s);
        }
      } else {
        double seen[strip];
        for (std::uint32_t from = 0; from < n; from += strip) {
          const std::uint32_t here = std::min(n - from, strip);
          for (std::uint32_t k = 0; k < here; ++k) seen[k] = this->seen_of(at - d, target_[first + from + k]);
          Rule::loop_pre(kernel(rate), here, seen, all.from(first + from));
        }
      }
      watch(n, all.w + first);
    }
  }

  std::array<Array<Real>, own_columns> own_;  // by column, in row order
  std::array<Array<Real>*, columns> state_;   // the same, and the gathered gradient
  std::conditional_t<gathers, Optimiser<Real>, NoOptimiser> optimiser_;
  DueSynapses<typename Rule::Post> due_;

 private:
  std::vector<Synapse> apart_;
};

}  // namespace pysnn
