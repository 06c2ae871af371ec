// Typed errors of the core; the bindings turn each into its Python class (pysnn.errors).
#pragma once
#include <stdexcept>
#include <string>

namespace pysnn {

// A value out of range, of the wrong shape, or unknown to the object it was given to.
struct ParameterError : std::invalid_argument {
  using std::invalid_argument::invalid_argument;
};

// A time or delay that is no multiple of dt on a fixed-step engine.
struct OffGridError : ParameterError {
  using ParameterError::ParameterError;
};

// A part of the description that the chosen engine cannot run.
struct UnsupportedError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// More memory asked for than there is.
struct MemoryNeededError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Threads that the system does not give.
struct ThreadsError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// An engine was asked for something while another thread runs it.
struct RunningError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// An engine was asked to go on after an error within a run, which leaves its parts at different times.
struct BrokenError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Another process of those that share a network has failed.
struct RankError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// What was saved of a simulation is not what this network needs.
struct CheckpointError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// A number as it would be typed, for messages.
std::string show(double value);

}  // namespace pysnn
