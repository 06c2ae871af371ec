// What an engine answers: to one caller at a time, and nothing but records once an error has broken it.
#include <new>
#include <stdexcept>

#include "check.hpp"
#include "engine/standing.hpp"

using namespace pysnn;

TEST(a_second_caller_is_refused_until_the_first_is_done) {
  Standing standing;
  {
    const Standing::Use use = standing.use("run");
    CHECK_THROWS(standing.use("weights"), RunningError, "weights: the simulation is running in another thread");
    CHECK_THROWS(standing.read("data"), RunningError, "data");
  }
  {
    const Standing::Use use = standing.use("weights");
  }
  const Standing::Use use = standing.read("data");
}

TEST(an_engine_that_broke_gives_its_records_and_nothing_else) {
  Standing standing;
  {
    const Standing::Use use = standing.use("run");
    standing.breaks(12.5, std::runtime_error("the first"));
    standing.breaks(99.0, std::runtime_error("the second"));
  }
  CHECK_THROWS(standing.use("run"), BrokenError, "run: the simulation is broken at t = 12.5 ms by: the first");
  // A refusal leaves nobody in.
  CHECK_THROWS(standing.use("state"), BrokenError, "what was recorded stays readable");
  const Standing::Use use = standing.read("data");
}

TEST(memory_that_ran_out_is_said_in_words) {
  Standing standing;
  {
    const Standing::Use use = standing.use("run");
    standing.breaks(1.0, std::bad_alloc());
  }
  CHECK_THROWS(standing.use("run"), BrokenError, "memory ran out");
}
