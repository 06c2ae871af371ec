// Times in ms as whole ticks.
#include <cmath>

#include "check.hpp"
#include "core/time.hpp"
#include "math/decay.hpp"

using namespace pysnn;

TEST(decimal_times_come_back_as_the_nearest_doubles) {
  const TimeBase time(0.1, true, false);
  // 3 x 0.1 is not 0.3 in binary; a tick is.
  CHECK(3 * 0.1 != 0.3);
  CHECK_EQ(time.ms(3), 0.3);
  CHECK_EQ(time.ms(time.tick(1234.7, "t")), 1234.7);
}

TEST(sums_of_decimal_delays_tie_exactly_in_continuous_time) {
  const TimeBase time(1e-12, false, false);
  CHECK_EQ(time.delay(0.1, "d") + time.delay(0.2, "d"), time.delay(0.3, "d"));
  CHECK_EQ(time.tick(1.0, "t"), Tick{1'000'000'000'000});
}

TEST(a_time_off_the_grid_is_an_error_unless_rounding_was_asked_for) {
  const TimeBase strict(0.1, true, false), rounding(0.1, true, true);
  CHECK_THROWS(strict.tick(0.25, "delay"), OffGridError, "delay: 0.25 ms is no multiple of dt = 0.1 ms");
  CHECK_THROWS(strict.delay(0.04, "delay"), OffGridError, "delay");
  CHECK_EQ(rounding.tick(0.26, "delay"), Tick{3});
  CHECK_EQ(rounding.delay(0.04, "delay"), Tick{1});
}

TEST(a_delay_is_positive_and_finite) {
  const TimeBase time(0.1, true, true);
  for (const double bad : {0.0, -1.0, std::nan(""), HUGE_VAL})
    CHECK_THROWS(time.delay(bad, "d"), ParameterError, "must be positive and finite");
}

TEST(a_time_beyond_the_range_is_an_error) {
  CHECK_THROWS(TimeBase(1e-12, false, false).tick(1e10, "t"), ParameterError, "beyond the range");
  CHECK_THROWS(TimeBase(0.1, true, true).tick(std::nan(""), "t"), ParameterError, "beyond the range");
}

TEST(decay_is_the_exponential_and_from_e_to_the_minus_40_on_nothing_that_matters) {
  const TimeBase time(0.1, true, false);
  for (const double tau : {20.0, 1e5}) {  // with a table, and too long for one
    const Decay decay(tau, time);
    for (const Tick t : {Tick{0}, Tick{1}, Tick{200}, Tick{7999}, Tick{8000}, Tick{8001}, Tick{70000}}) {
      const double exact = std::exp(-time.ms(t) / tau);
      CHECK_NEAR(decay(t), exact, 1e-14 * exact + 5e-18);
    }
  }
}
