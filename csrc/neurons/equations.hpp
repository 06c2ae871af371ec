// Neuron models whose equations a user wrote: Python compiles them to functions at run time, and the engines call those
// where a built-in model has its own loop. A function is called once a strip of neurons and step, never once a neuron,
// but in continuous time, where every neuron has a time of its own.
//
// What follows from the parameters alone, the words, is worked out once, as other models do when their Step is made.
#pragma once
#include <Eigen/Core>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/params.hpp"
#include "core/time.hpp"
#include "neurons/linear_jump.hpp"
#include "neurons/neuron.hpp"

namespace pysnn {

// Words from parameters: `prepare` gives values, from which entries of matrix exponentials are taken.
struct EquationWords {
  using Prepare = void (*)(const double* parameters, double dt, double* values);
  struct Entry {
    std::uint32_t row, column;
  };
  struct Matrix {
    std::vector<std::string> names;  // of what it is about, row by row: states first
    std::uint32_t parts;             // over a time of dt / parts
    std::vector<Entry> entries;
  };
  // The value `first`, how many steps it is, or entry (first, second) of the exponential of `matrix`.
  static constexpr std::int32_t value = -1, ticks = -2;
  struct Source {
    std::int32_t matrix;
    std::uint32_t first, second;
  };

  Prepare prepare = nullptr;
  std::vector<std::string> texts;  // of the values before the entries of the matrices: their expressions
  std::vector<Matrix> matrices;
  std::vector<Source> sources;

  std::vector<double> prepared(const std::vector<double>& parameters, double dt) const;
  // An error that names what is no number, where the equations have such coefficients.
  void check_numbers(const std::vector<double>& values, const std::string& owner) const;
  std::vector<double> of(const std::vector<double>& parameters, const TimeBase& time, const std::string& owner) const;
};

// Of rates by state (rows), the equation with the largest, for an error that they are beyond all numbers.
std::string largest_rate(const Eigen::MatrixXd& rates, const std::vector<std::string>& names);

// A refractory time that parameters give, which must not be negative.
double refractory_time(double ms, const std::string& owner);

struct EquationModel {
  // Of n neurons: columns are the states, what is left of the hold, what is left of each state beyond a float (where
  // they are paired), the inputs, the current, where they escape by chance a draw from (0, 1), and a standard normal
  // one for each noise. Words are one for all, or columns `stride` apart. Whether any fires, and flags of which, as
  // wide as the numbers.
  template <class Number>
  using Step = Flag<Number> (*)(std::int64_t n, void* const* columns, const Number* words, std::int64_t stride,
                                Flag<Number>* flags);
  // Of one neuron: x is how far it is above its threshold, then its states.
  using Field = void (*)(const double* x, double current, const double* words, std::int64_t held, double* dx);
  using Arrive = void (*)(double* x, const double* sum, const double* words, std::int64_t held);
  using Change = void (*)(double* x, const double* words);
  // Where a step of h ms of the embedded pair comes to; and with the slope there and its error over the tolerance.
  using Reach = void (*)(const double* x, double current, double h, const double* words, std::int64_t held, double* to);
  using PairStep = double (*)(const double* x, double current, double h, const double* words, std::int64_t held,
                              double tolerance, double* to, double* slope);

  // The place of a word in the matrix of a linear model, whose columns are the states, the current and 1, and whose
  // last row is how far it is above its threshold.
  struct Linear {
    std::uint32_t row, column, word;
  };

  ModelInfo info;
  bool holds = false;        // whether it has a refractory time, the first of the words of a flow
  bool resets = false;       // whether a spike takes it below its threshold
  bool draws = false;        // whether its spikes come by chance
  std::uint32_t noises = 0;  // independent ones that its equations have
  EquationWords step_words, flow_words;
  std::vector<Linear> linear;       // of the words of a flow; empty where the equations are not
  LinearJump jump;                  // where they are
  std::vector<std::uint32_t> held;  // the states that a refractory time holds
  EquationWords::Prepare initial = nullptr;
  // Steps of neurons that are alike, or each its own, by the precision of their states: the other ones are null.
  // Paired ones reckon in double precision with states in single precision.
  template <class Number>
  struct Steps {
    Step<Number> alike = nullptr, each = nullptr;
  };
  Steps<double> steps64, paired;
  Steps<float> steps32;
  std::vector<std::uint32_t> rates;  // words: of states that go by themselves, in 1/ms
  Field field = nullptr;
  Arrive arrive = nullptr;
  Change reset = nullptr, look = nullptr;
  Reach reach = nullptr;  // these where the equations are not linear
  PairStep step = nullptr;

  std::vector<double> parameters(const ParamSet& params) const;
  std::vector<double> initial_states(const ParamSet& params) const;
  bool too_short(const ParamSet& params, const TimeBase& time) const;
};

// Known under its name from here on, in the precision whose step it has.
void register_equations(const std::shared_ptr<const EquationModel>& model, bool single_precision);

}  // namespace pysnn
