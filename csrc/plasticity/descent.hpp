// Weights move against a gradient, within bounds, and are sent. (What is no number stays none, to be found.)
#pragma once
#include <cstddef>

#include "core/dispatch.hpp"

namespace pysnn {

template <class Real>
struct Bounds {
  Real least, most;
};

// w -= rate g. Whether all weights then are in the range of those that may be declared.
PYSNN_DECLARES_CLONES bool descend(std::size_t n, const float* g, float rate, Bounds<float> bounds, float* w);
PYSNN_DECLARES_CLONES bool descend(std::size_t n, const double* g, double rate, Bounds<double> bounds, double* w);

// A step of Adam with the gradient share * g; `rate` is corrected for the bias of m, and `scale` is that of v.
template <class Real>
struct Adam {
  Real beta_1, beta_2, epsilon, rate, scale, share;
};
PYSNN_DECLARES_CLONES bool descend(std::size_t n, const float* g, const Adam<float>& adam, float* m, float* v,
                                   Bounds<float> bounds, float* w);
PYSNN_DECLARES_CLONES bool descend(std::size_t n, const double* g, const Adam<double>& adam, double* m, double* v,
                                   Bounds<double> bounds, double* w);

// sum += w.
PYSNN_DECLARES_CLONES void send(std::size_t n, const float* w, float* sum);
PYSNN_DECLARES_CLONES void send(std::size_t n, const double* w, double* sum);

}  // namespace pysnn
