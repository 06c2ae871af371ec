// Thresholds that are moved while neurons run: v_th of each of them, as its parameters have it, and what it is moved
// by. A model knows nothing of it: its Step or Flow is that of another v_th.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "neurons/config.hpp"
#include "neurons/step_columns.hpp"

namespace pysnn {

template <class Step>
inline constexpr bool has_threshold = requires(Step& step) { set_threshold(step, 0.0, 0.0); };

class MovedThresholds {
 public:
  // Of a population's part, as it begins; `model` has one if `movable`.
  MovedThresholds(const NeuronConfig& config, const std::string& model, bool movable)
      : first_(config.first), v_th_(config.n), v_reset_(config.n), offset_(config.n, 0.0) {
    if (!movable)
      throw UnsupportedError(config.owner + ": Homeostasis: the threshold of " + model +
                             " cannot be moved (that of LIF, CubaLIF, AlphaLIF, ALIF, CobaLIF, SRM0 can)");
    read(config.params, config.columns);
  }

  // Parameters are these now.
  void read(const ParamSet& params, const Columns& columns) {
    ParamsOfEach each(params, columns);
    for (std::uint32_t k = 0; k < v_th_.size(); ++k) {
      const ParamSet& own = each(first_ + k);
      v_th_[k] = own["v_th"];
      v_reset_[k] = own.has("v_reset") ? own["v_reset"] : 0.0;
    }
  }

  void move(std::uint32_t k, double mV) { offset_[k] = mV; }
  double v_th(std::uint32_t k) const { return v_th_[k] + offset_[k]; }
  double v_reset(std::uint32_t k) const { return v_reset_[k]; }

 private:
  std::uint32_t first_;
  std::vector<double> v_th_, v_reset_, offset_;
};

}  // namespace pysnn
