// What turns the gradient of a batch of trials into a change of weights, for rules whose weights are signed.
//
//   sgd:   w -= eta G
//   adam:  m <- beta_1 m + (1 - beta_1) G,   v <- beta_2 v + (1 - beta_2) G^2,
//          w -= eta (m / (1 - beta_1^k)) / (sqrt(v / (1 - beta_2^k)) + epsilon)      (Kingma & Ba 2015)
//
// with G the mean of the trials' gradients and k the number of the batch.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "core/archive.hpp"
#include "core/array.hpp"
#include "core/params.hpp"
#include "network/redelayed.hpp"
#include "plasticity/descent.hpp"

namespace pysnn {

template <class Real>
class Optimiser {
 public:
  // Of so many synapses, by the parameters `optimiser`, `batch`, `beta_1`, `beta_2` and `epsilon` of a rule. Without a
  // batch weights are changed at once, by their owner, and nothing is kept here.
  Optimiser(const ParamSet& p, std::size_t synapses)
      : batch_(static_cast<std::uint32_t>(p["batch"])), adam_(p["optimiser"] != 0.0), beta_1_(p["beta_1"]),
        beta_2_(p["beta_2"]), epsilon_(p["epsilon"]) {
    if (batch_ > 0) gradient_ = Array<Real>(synapses, Real(0));
    if (!adam_) return;
    mean_ = Array<Real>(synapses, Real(0));
    square_ = Array<Real>(synapses, Real(0));
  }

  // Whether gradients are gathered from synapse to synapse until a batch is full.
  bool gathers() const { return batch_ > 0; }
  Array<Real>& gradients() { return gradient_; }

  // A trial is over; whether that makes a batch, for which step() is due.
  bool trial_over() { return batch_ > 0 && ++trials_ == batch_; }
  // Take it; whether all weights are in range.
  bool step(double eta, Bounds<Real> bounds, Real* w) {
    trials_ = 0;
    ++batches_;
    const double share = 1.0 / batch_, k = static_cast<double>(batches_);
    const auto real = [](double x) { return static_cast<Real>(x); };
    const std::size_t n = gradient_.size();
    bool good;
    if (adam_)
      good = descend(n, gradient_.data(),
                     {real(beta_1_), real(beta_2_), real(epsilon_), real(eta / (1.0 - std::pow(beta_1_, k))),
                      real(1.0 / (1.0 - std::pow(beta_2_, k))), real(share)},
                     mean_.data(), square_.data(), bounds, w);
    else
      good = descend(n, gradient_.data(), real(eta * share), bounds, w);
    std::fill(gradient_.begin(), gradient_.end(), Real(0));
    return good;
  }

  // Go on with the batch and the averages of another one, of the same synapses.
  void take_over(const Optimiser& from) {
    trials_ = from.trials_;
    batches_ = from.batches_;
    for (auto [to, other] :
         {std::pair{&gradient_, &from.gradient_}, std::pair{&mean_, &from.mean_}, std::pair{&square_, &from.square_}})
      std::copy(other->begin(), other->end(), to->begin());
  }

  // The synapses are stored elsewhere.
  void move(const std::vector<std::uint32_t>& moved) {
    for (Array<Real>* array : {&gradient_, &mean_, &square_})
      if (!array->empty()) carry(*array, moved);
  }

  // What is kept for each synapse, to be saved or restored by call(name, array), and how many trials and batches.
  template <class Each>
  void io(const Archive& archive, Each&& each) {
    archive.value("trials of batch", trials_);
    archive.value("batches", batches_);
    if (batch_ > 0) each("gradient", gradient_);
    if (!adam_) return;
    each("adam mean", mean_);
    each("adam square", square_);
  }
  std::size_t nbytes() const { return gradient_.nbytes() + mean_.nbytes() + square_.nbytes(); }

 private:
  std::uint32_t batch_, trials_ = 0;
  bool adam_;
  double beta_1_, beta_2_, epsilon_;
  std::uint64_t batches_ = 0;
  Array<Real> gradient_, mean_, square_;
};

// As a rule declares them.
inline void add_optimiser_params(std::vector<ParamInfo>& params) {
  for (const ParamInfo& info :
       {ParamInfo{"optimiser", "", 0.0}, ParamInfo{"batch", "", 0.0}, ParamInfo{"beta_1", "", 0.9},
        ParamInfo{"beta_2", "", 0.999}, ParamInfo{"epsilon", "", 1e-8}})
    params.push_back(info);
}

}  // namespace pysnn
