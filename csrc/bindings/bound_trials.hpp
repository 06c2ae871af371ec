// Trials as Python drives them, with the GIL released while they run.
#pragma once
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "bindings/described.hpp"
#include "bindings/interruptible.hpp"
#include "bindings/numpy.hpp"
#include "engine/trials.hpp"

namespace pysnn {

class BoundTrials {
 public:
  using Make = std::function<std::unique_ptr<Engine>(std::shared_ptr<CompiledNetwork>, const std::atomic<bool>& stop,
                                                     std::uint32_t threads)>;
  template <class T>
  using Flat = py::array_t<T, py::array::c_style>;
  // Source, offsets by trial, times [ms], indices.
  using Given = std::tuple<PopulationId, Flat<std::uint64_t>, Flat<double>, Flat<std::uint32_t>>;
  // Population, and where its spikes are counted, [trials, n].
  using Counts = std::pair<PopulationId, Flat<std::uint32_t>>;
  // Population, state, and where it is put down, [trials, n].
  using States = std::tuple<PopulationId, std::string, Flat<double>>;
  // Error, its moments [ms], what is wanted then: [trials, moments or 1, width], and its gain by trial.
  using Lesson = std::tuple<std::uint32_t, std::vector<double>, Flat<double>, Flat<double>>;

  BoundTrials(std::shared_ptr<CompiledNetwork> network, Make make, std::uint32_t threads, bool in_order,
              std::vector<TrialState> states)
      : network_(network), trials_(
                               network,
                               [make](std::shared_ptr<CompiledNetwork> of, std::uint32_t t) {
                                 return make(std::move(of), never_stops, t);
                               },
                               threads, in_order, std::move(states)) {}

  std::size_t run(const py::int_& duration, const Flat<std::uint64_t>& keys, const std::vector<Given>& inputs,
                  std::vector<Counts>& counted, const std::vector<PopulationId>& told, std::vector<States>& read,
                  const std::vector<Lesson>& lessons, std::size_t first, double wall_budget) {
    done_ = 0;
    TrialPlan plan;
    plan.duration = from_python(duration);
    plan.keys = span(keys);
    for (const auto& [source, offsets, times, indices] : inputs) {
      check(source, offsets, times, indices, plan.size());
      plan.inputs.push_back({source, span(offsets), span(times), span(indices)});
    }
    for (auto& [population, counts] : counted) {
      const std::uint32_t n = group(population).n;
      check_room(counts, plan.size(), n, "counts");
      plan.counted.push_back({population, n, counts.mutable_data()});
    }
    for (const PopulationId population : told) group(population);
    plan.told = told;
    for (auto& [population, state, values] : read) {
      const std::uint32_t n = group(population).n;
      check_room(values, plan.size(), n, "states");
      plan.read.push_back({population, n, state_index(group(population), state), values.mutable_data()});
    }
    for (const auto& lesson : lessons) plan.lessons.push_back(as_lesson(lesson, plan));
    struct Running {
      bool& is;
      explicit Running(bool& running) : is(running) { is = true; }
      ~Running() { is = false; }
    };
    const Running running(running_);
    return interruptible(
        [&](const std::atomic<bool>& stop) { return done_ = trials_.run(plan, first, wall_budget, stop); });
  }

  // True in what a signal calls while trials go on, and only then: whoever is interrupted there finds `done` trials
  // whole, and nothing of his own half written.
  bool running() const { return running_; }

  // How many trials the last run completed, however it ended.
  std::size_t done() const { return done_; }

  // Spikes of those trials: how many a trial, times [ms], indices.
  py::tuple take(PopulationId population) {
    group(population);
    const std::vector<SpikeRecord> records = trials_.take(population);
    std::vector<std::uint64_t> sizes;
    std::vector<double> times;
    std::vector<std::uint32_t> indices;
    for (const SpikeRecord& record : records) {
      sizes.push_back(record.times.size());
      times.insert(times.end(), record.times.begin(), record.times.end());
      indices.insert(indices.end(), record.indices.begin(), record.indices.end());
    }
    return py::make_tuple(to_numpy(std::move(sizes)), to_numpy(std::move(times)), to_numpy(std::move(indices)));
  }

  Trials& trials() { return trials_; }

 private:
  template <class T>
  static std::span<const T> span(const Flat<T>& array) {
    return {array.data(), static_cast<std::size_t>(array.size())};
  }

  const Population& group(PopulationId number) const { return network_->description.populations.at(number); }

  static void check_room(const py::array& room, std::size_t trials, std::uint32_t n, const std::string& what) {
    if (room.ndim() != 2 || room.shape(0) != static_cast<py::ssize_t>(trials) || room.shape(1) != n)
      throw ParameterError("run_trials: expected room for the " + what + " of each trial and neuron");
  }

  TrialLesson as_lesson(const Lesson& lesson, const TrialPlan& plan) const {
    const auto& [error, moments, wanted, gains] = lesson;
    if (error >= network_->description.errors.size())
      throw ParameterError("run_trials: there is no error of number " + std::to_string(error));
    if (wanted.ndim() != 3 || wanted.shape(0) != static_cast<py::ssize_t>(plan.size()) ||
        (wanted.shape(1) != 1 && wanted.shape(1) != static_cast<py::ssize_t>(moments.size())))
      throw ParameterError("run_trials: expected what is wanted by trial, and by moment or at all of them alike");
    if (gains.size() != static_cast<py::ssize_t>(plan.size()))
      throw ParameterError("run_trials: expected a gain for each trial");
    TrialLesson told{error,
                     {},
                     static_cast<std::size_t>(wanted.shape(1)),
                     static_cast<std::size_t>(wanted.shape(2)),
                     wanted.data(),
                     gains.data()};
    for (const double ms : moments) {
      told.moments.push_back(network_->description.time.long_tick(ms, "run_trials: moments of teach"));
      if (told.moments.back() <= 0 || told.moments.back() > plan.duration ||
          (told.moments.size() > 1 && told.moments.end()[-1] <= told.moments.end()[-2]))
        throw ParameterError("run_trials: expected moments that ascend within the trial (got " + show(ms) + " ms)");
    }
    return told;
  }

  void check(PopulationId source, const Flat<std::uint64_t>& offsets, const Flat<double>& times,
             const Flat<std::uint32_t>& indices, std::size_t trials) const {
    const Population& fed = group(source);
    const std::string what = "run_trials: '" + fed.name + "': ";
    if (static_cast<std::size_t>(offsets.size()) != trials + 1 || times.size() != indices.size())
      throw ParameterError(what + "expected offsets of " + std::to_string(trials) + " trials into times and indices");
    for (py::ssize_t k = 0; k < offsets.size(); ++k)
      if (offsets.at(k) > static_cast<std::uint64_t>(times.size()) || (k > 0 && offsets.at(k) < offsets.at(k - 1)))
        throw ParameterError(what + "offsets must ascend within the spikes");
    for (auto k = static_cast<py::ssize_t>(offsets.at(0)); k < static_cast<py::ssize_t>(offsets.at(offsets.size() - 1));
         ++k)
      if (indices.at(k) >= fed.n)
        throw ParameterError(what + "index " + std::to_string(indices.at(k)) + " is out of range: there are " +
                             std::to_string(fed.n) + " sources");
  }

  std::shared_ptr<CompiledNetwork> network_;
  Trials trials_;
  std::size_t done_ = 0;
  bool running_ = false;
};

}  // namespace pysnn
