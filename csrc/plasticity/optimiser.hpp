// What turns the gradient of a batch of trials into a change of weights, for rules whose weights are signed.
//
//   sgd:   w -= eta G
//   adam:  m <- beta_1 m + (1 - beta_1) G,   v <- beta_2 v + (1 - beta_2) G^2,
//          w -= eta (m / (1 - beta_1^k)) / (sqrt(v / (1 - beta_2^k)) + epsilon)      (Kingma & Ba 2015), k the k-th batch
//
// with G the mean of the trials' gradients.
#pragma once
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>

#include "core/archive.hpp"
#include "core/array.hpp"
#include "core/params.hpp"

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
  void step(double eta, double w_min, double w_max, Real* w) {
    trials_ = 0;
    ++batches_;
    const double share = 1.0 / batch_, k = static_cast<double>(batches_);
    const auto rate = static_cast<Real>(adam_ ? eta / (1.0 - std::pow(beta_1_, k)) : eta * share);
    const auto least = static_cast<Real>(w_min), most = static_cast<Real>(w_max);
    const std::size_t n = gradient_.size();
    Real* const g = gradient_.data();
    if (adam_) {
      const auto b1 = static_cast<Real>(beta_1_), b2 = static_cast<Real>(beta_2_), of = static_cast<Real>(share);
      const auto scale = static_cast<Real>(1.0 / (1.0 - std::pow(beta_2_, k))), epsilon = static_cast<Real>(epsilon_);
      Real *const m = mean_.data(), *const v = square_.data();
      for (std::size_t q = 0; q < n; ++q) {
        const Real mean = of * g[q];
        m[q] = b1 * m[q] + (Real(1) - b1) * mean;
        v[q] = b2 * v[q] + (Real(1) - b2) * mean * mean;
        w[q] = within(w[q] - rate * m[q] / (std::sqrt(v[q] * scale) + epsilon), least, most);
      }
    } else {
      for (std::size_t q = 0; q < n; ++q) w[q] = within(w[q] - rate * g[q], least, most);
    }
    for (std::size_t q = 0; q < n; ++q) g[q] = Real(0);
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
  // (What is no number stays none, to be found.)
  static Real within(Real w, Real least, Real most) {
    w = w < least ? least : w;
    return w > most ? most : w;
  }

  std::uint32_t batch_, trials_ = 0;
  bool adam_;
  double beta_1_, beta_2_, epsilon_;
  std::uint64_t batches_ = 0;
  Array<Real> gradient_, mean_, square_;
};

// As a rule declares them.
inline void add_optimiser_params(std::vector<ParamInfo>& params) {
  for (const ParamInfo& info : {ParamInfo{"optimiser", "", 0.0}, ParamInfo{"batch", "", 0.0},
                                ParamInfo{"beta_1", "", 0.9}, ParamInfo{"beta_2", "", 0.999},
                                ParamInfo{"epsilon", "", 1e-8}})
    params.push_back(info);
}

}  // namespace pysnn
