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

TEST(one_decimal_times_are_their_ticks_at_any_size) {
  const TimeBase time(1e-12, false, false), grid(0.1, true, false);
  const Tick tenth = 100'000'000'000;
  for (Tick k : {81936, 89999, 1310721, 13107211, 80000000, 89999999}) {
    const double ms = static_cast<double>(k) / 10.0;
    CHECK_EQ(time.tick(ms, "t"), k * tenth);
    CHECK_EQ(grid.tick(ms, "t"), k);
    CHECK_EQ(time.ms(k * tenth), ms);
    CHECK_EQ(grid.ms(k), ms);
  }
  CHECK_EQ(time.tick(9000.3, "t") + time.tick(0.3, "t"), time.tick(9000.6, "t"));
  CHECK_EQ(time.tick(8000.123456789012, "t"), Tick{8'000'123'456'789'012});
}

TEST(beyond_64_bits_a_time_is_a_long_tick_and_infinite_is_never) {
  const TimeBase time(1e-12, false, false), grid(0.1, true, false);
  CHECK(time.long_tick(1e7, "t") == LongTick{10'000'000} * 1'000'000'000'000);
  CHECK(time.long_tick(123456789.7, "t") == LongTick{1'234'567'897} * 100'000'000'000);
  CHECK_EQ(time.ms(time.long_tick(123456789.7, "t")), 123456789.7);
  CHECK(time.long_tick(HUGE_VAL, "t") == long_never);
  CHECK(grid.long_tick(HUGE_VAL, "t") == long_never);
  CHECK_THROWS(time.long_tick(-HUGE_VAL, "t"), ParameterError, "beyond the range");
  CHECK_THROWS(time.long_tick(std::nan(""), "t"), ParameterError, "beyond the range");
  CHECK_THROWS(time.long_tick(1e19, "t"), ParameterError, "beyond the range");
}

TEST(off_the_grid_is_found_at_any_size) {
  const TimeBase grid(0.1, true, false);
  for (const double at : {0.0, 1e3, 1e7, 2e9, 1e12, 1e13}) {
    CHECK_THROWS(grid.tick(at + 0.05, "t"), OffGridError, "no multiple of dt = 0.1 ms");
    CHECK_EQ(grid.tick(at + 0.5, "t"), static_cast<Tick>(at) * 10 + 5);
  }
  CHECK_THROWS(grid.tick(1234567890.12, "t"), OffGridError, "(the nearest is 1234567890.1; ");
}

TEST(what_rounding_did_is_not_off_the_grid) {
  for (const double dt : {0.1, 0.025, 1.0 / 3.0, 2.0 / 7.0, 1.0 / 8192.0, 0.3, 0.7, 1e-3, 1.7}) {
    const TimeBase grid(dt, true, false);
    for (Tick k = 1; k < Tick{1} << 50; k += k / 3 + 1) {
      CHECK_EQ(grid.tick(static_cast<double>(k) * dt, "t"), k);
      CHECK_EQ(grid.tick(grid.ms(k), "t"), k);
    }
  }
}

TEST(a_dt_that_is_no_decimal_is_the_simple_fraction_that_it_is_the_double_of) {
  CHECK_EQ(TimeBase(1.0 / 3.0, true, false).ms(3'000'000), 1e6);
  CHECK_EQ(TimeBase(2.0 / 7.0, true, false).ms(7), 2.0);
  CHECK_EQ(TimeBase(1.0 / 8192.0, true, false).tick(1e6, "t"), Tick{8'192'000'000});
  CHECK_EQ(TimeBase(0.3, true, false).ms(3), 0.9);  // 3 * 0.3 is 0.8999999999999999
}

TEST(rounding_goes_to_the_nearest_step_as_decimals_and_of_two_to_the_even) {
  const TimeBase grid(0.1, true, true);
  CHECK_EQ(grid.tick(0.15, "t"), Tick{2});
  CHECK_EQ(grid.tick(0.25, "t"), Tick{2});
  CHECK_EQ(grid.tick(0.35, "t"), Tick{4});
  CHECK_EQ(grid.tick(1e9 + 0.05, "t"), Tick{10'000'000'000});
  CHECK_EQ(grid.tick(1e9 + 0.15, "t"), Tick{10'000'000'002});
  CHECK_EQ(grid.tick(1e9 + 0.149, "t"), Tick{10'000'000'001});
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
