// Exponentials of matrices whose rates and units are far apart, against closed forms in long double.
#include <cmath>

#include "check.hpp"
#include "math/propagator.hpp"

using namespace pysnn;

namespace {

using Long = long double;

void check_close(double got, Long expected, double digits = 1e-13) {
  CHECK_NEAR(got / static_cast<double>(expected), 1.0, digits);
}

// A membrane of tau and capacity c, and a current that decays with tau_s into it.
Eigen::MatrixXd membrane(double tau, double tau_s, double c) {
  Eigen::MatrixXd a = Eigen::MatrixXd::Zero(3, 3);
  a.row(0) << -1.0 / tau, 1.0 / c, 1.0 / c;
  a(1, 1) = -1.0 / tau_s;
  return a;
}

// What has come of that current in the membrane by t.
Long transferred(const Eigen::MatrixXd& a, Long t) {
  const Long slow = -static_cast<Long>(a(0, 0)), fast = -static_cast<Long>(a(1, 1));
  return a(0, 1) * std::exp(-slow * t) * -std::expm1(-(fast - slow) * t) / (fast - slow);
}

}  // namespace

TEST(slow_and_fast_rates_keep_their_digits_beside_each_other) {
  for (const double tau_s : {2.0, 1e-3, 1e-6, 1e-9, 1e-12})
    for (const double t : {0.1, 1.0, 10.0, 100.0}) {
      const Eigen::MatrixXd a = membrane(10.0, tau_s, 250.0), p = propagator(a, t);
      check_close(p(0, 0), std::exp(static_cast<Long>(a(0, 0)) * t));
      check_close(p(0, 1), transferred(a, t));
      check_close(p(0, 2), a(0, 2) / a(0, 0) * std::expm1(static_cast<Long>(a(0, 0)) * t));
      CHECK_EQ(p(2, 2), 1.0);
      CHECK_EQ(p(1, 0), 0.0);
    }
}

TEST(what_has_nearly_decayed_keeps_its_digits_too) {
  for (const double t : {40.0, 100.0, 400.0, 1000.0}) {
    const Eigen::MatrixXd p = propagator(membrane(10.0, 2.0, 250.0), t);
    check_close(p(1, 1), std::exp(static_cast<Long>(-0.5) * t), 1e-12);
    check_close(p(0, 0), std::exp(static_cast<Long>(-1.0 / 10.0) * t));
  }
}

TEST(no_unit_is_too_large_or_small) {
  for (const double c : {1e-300, 1e-290, 1e-150, 1e150, 1e290})
    for (const double t : {0.1, 10.0, 100.0}) {
      const Eigen::MatrixXd a = membrane(10.0, 2.0, c), p = propagator(a, t);
      check_close(p(0, 0), std::exp(static_cast<Long>(a(0, 0)) * t));
      check_close(p(1, 1), std::exp(static_cast<Long>(a(1, 1)) * t));
      check_close(p(0, 1), transferred(a, t));
    }
}

TEST(alike_time_constants_and_chains_are_no_special_case) {
  // x' = -x/tau + y, y' = -y/tau + z, z' = -z/tau: t e^{-t/tau} and t^2/2 e^{-t/tau}.
  for (const double tau : {1e-3, 2.0})
    for (const double turns : {0.5, 8.0, 60.0}) {
      const double t = turns * tau, rate = -1.0 / tau;
      Eigen::MatrixXd a(3, 3);
      a << rate, 1.0, 0.0, 0.0, rate, 1.0, 0.0, 0.0, rate;
      const Eigen::MatrixXd p = propagator(a, t);
      const Long decay = std::exp(static_cast<Long>(rate) * t);
      check_close(p(0, 0), decay);
      check_close(p(0, 1), t * decay);
      check_close(p(0, 2), static_cast<Long>(t) * t / 2 * decay);
    }
}

TEST(an_oscillation_in_any_units_is_a_rotation) {
  for (const double unit : {1.0, 1e6, 1e-200, 1e250}) {
    const double turn = 100.0, fade = -0.1, t = 3.0;
    Eigen::MatrixXd a(2, 2);
    a << fade, turn * unit, -turn / unit, fade;
    const Eigen::MatrixXd p = propagator(a, t);
    const Long size = std::exp(static_cast<Long>(fade) * t);
    CHECK_NEAR(p(0, 0), static_cast<double>(size * std::cos(static_cast<Long>(turn) * t)), 1e-12);
    CHECK_NEAR(p(0, 1) / unit, static_cast<double>(size * std::sin(static_cast<Long>(turn) * t)), 1e-12);
    CHECK_NEAR(p(1, 0) * unit, static_cast<double>(-size * std::sin(static_cast<Long>(turn) * t)), 1e-12);
  }
}

TEST(what_is_no_number_stays_none) {
  CHECK(std::isnan(propagator(Eigen::MatrixXd::Constant(2, 2, HUGE_VAL), 1.0)(0, 0)));
  CHECK(std::isnan(propagator(Eigen::MatrixXd::Identity(2, 2), HUGE_VAL)(1, 1)));
  CHECK(propagator(Eigen::MatrixXd::Zero(2, 2), 1e300) == Eigen::MatrixXd::Identity(2, 2));
}
