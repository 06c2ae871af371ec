// Exact integration of linear systems (Rotter & Diesmann 1999, Biol. Cybern. 81:381): dx/dt = A x is carried
// over a time t by the matrix exponential e^{A t}. A constant input is a state whose row is zero.
#pragma once
#include <Eigen/Core>
#include <vector>

namespace pysnn {

// e^{A t} to rounding, entry by entry: by a Pade approximant (Higham 2005, SIAM J. Matrix Anal. Appl. 26:1179) where
// one does for the whole time, else by squaring (see there), however far apart rates and units are.
Eigen::MatrixXd propagator(const Eigen::MatrixXd& a, double t);

// Exponents e of the units 2^e in which to count the states so that what they do to each other is about even (Osborne
// 1960, J. ACM 7:338), and where nothing comes back, no more than the largest rate.
std::vector<int> even_units(const Eigen::MatrixXd& a);
// A as it is in those units; of 2^shift as long a time.
Eigen::MatrixXd in_units(const Eigen::MatrixXd& a, const std::vector<int>& exponents, int shift = 0);

}  // namespace pysnn
