// Exact integration of linear systems (Rotter & Diesmann 1999, Biol. Cybern. 81:381): dx/dt = A x is carried
// over a time t by the matrix exponential e^{A t}. A constant input is a state whose row is zero.
#pragma once
#include <Eigen/Core>

namespace pysnn {

// e^{A t}, by scaling and squaring of Pade approximants (Higham 2005), to rounding.
Eigen::MatrixXd propagator(const Eigen::MatrixXd& a, double t);

}  // namespace pysnn
