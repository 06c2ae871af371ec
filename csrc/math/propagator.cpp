#include "math/propagator.hpp"

#include <unsupported/Eigen/MatrixFunctions>

namespace pysnn {

Eigen::MatrixXd propagator(const Eigen::MatrixXd& a, double t) { return (a * t).exp(); }

}  // namespace pysnn
