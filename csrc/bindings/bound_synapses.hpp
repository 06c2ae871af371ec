// The weights of an engine's network and their order, (i, j, k), as NumPy reads and writes them.
#pragma once
#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <numeric>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "bindings/numpy.hpp"
#include "core/error.hpp"
#include "engine/engine.hpp"
#include "network/network.hpp"
#include "network/synapse_order.hpp"

namespace pysnn {

class BoundSynapses {
 public:
  using Doubles = py::array_t<double, py::array::c_style | py::array::forcecast>;

  explicit BoundSynapses(std::shared_ptr<CompiledNetwork> network) : network_(std::move(network)) {}

  // Call f with a weight of the type that the projection's are stored in.
  template <class F>
  decltype(auto) with_weight_type(ProjectionId projection, F&& f) {
    return network_->block(ShardId(), projection).with_weights([&](const auto& weights) {
      return f(std::remove_cvref_t<decltype(weights[0])>());
    });
  }

 private:
  // Call visit(weights of the run, first, n, position) for every run, as SynapseOrder::each has it.
  // (Above all that call it: of one that stands below them Clang 19 forgets to emit some.)
  template <class Weight, class Visit>
  void each_run(ProjectionId projection, Visit&& visit) {
    order(projection).each([&](ShardId s, std::uint32_t run, std::uint32_t first, std::uint32_t n, auto&& position) {
      Block& block = network_->block(s, projection);
      const std::uint32_t begin = block.run_begin[run];
      visit(block.template weights_at<Weight>(begin, block.run_begin[run + 1] - begin), first, n, position);
    });
  }

 public:
  // As they stand, in (i, j, k) order.
  template <class Weight>
  std::vector<Weight> weights(ProjectionId projection) {
    std::vector<Weight> values(network_->synapses(projection));
    Block& block = network_->block(ShardId(), projection);
    if (block.constant_weight)
      std::fill(values.begin(), values.end(), block.template weight<Weight>()[0]);
    else
      each_run<Weight>(projection, [&](auto weights, std::uint32_t first, std::uint32_t n, auto&& position) {
        for (std::uint32_t k = 0; k < n; ++k) values[position(k)] = weights[first + k];
      });
    return values;
  }
  // The same, and an error where a rule has made one of them no finite number.
  template <class Weight>
  std::vector<Weight> finite_weights(ProjectionId projection) {
    std::vector<Weight> values = weights<Weight>(projection);
    const Projection& p = network_->description.projections[projection];
    if (p.plasticity.empty()) return values;
    for (std::size_t k = 0; k < values.size(); ++k)
      if (!std::isfinite(static_cast<double>(values[k])))
        throw ParameterError("projection '" + p.name + "': weight " + std::to_string(k) +
                             " has grown until it is no finite number any more (check the parameters of " +
                             p.plasticity + ")");
    return values;
  }

  // Whether they can be these, in (i, j, k) order: an error of `call` says why not.
  void check(ProjectionId projection, const Doubles& weights, const std::string& call) {
    const std::uint64_t n = network_->synapses(projection);
    if (weights.ndim() != 1 || static_cast<std::uint64_t>(weights.size()) != n)
      throw ParameterError(call + ": expected " + std::to_string(n) + " weights in (i, j, k) order (got " +
                           std::to_string(weights.size()) + ")");
    const double* from = weights.data();
    const std::string what = call + ": '" + network_->description.projections[projection].name + "'";
    with_weight_type(projection, [&]<class Weight>(Weight) {
      for (std::uint64_t k = 0; k < n; ++k) check_weight<Weight>(from[k], what);
    });
  }
  void set(ProjectionId projection, const Doubles& weights) {
    const double* from = weights.data();
    make_weights_apart(projection);
    with_weight_type(projection, [&]<class Weight>(Weight) {
      each_run<Weight>(projection, [&](auto weights, std::uint32_t first, std::uint32_t n, auto&& position) {
        for (std::uint32_t k = 0; k < n; ++k)
          weights.set(first + k, static_cast<Weight>(static_cast<narrower<Weight>>(from[position(k)])));
      });
    });
  }

  // In a checkpoint: but for those that whoever has the description draws again.
  void save(py::dict& saved) {
    const auto& projections = network_->description.projections;
    for (const ProjectionId q : projections.ids())
      if (!projections[q].plasticity.empty() || replaced_.count(q) != 0)
        saved[py::str(saved_name(q))] =
            with_weight_type(q, [&]<class Weight>(Weight) -> py::array { return to_numpy(weights<Weight>(q)); });
  }
  static bool is_saved(const std::string& name) { return name.ends_with(saved_as); }
  void restore(std::map<std::string, py::array>& from) {
    for (const ProjectionId q : network_->description.projections.ids())
      if (const auto weights = from.extract(saved_name(q)))
        with_weight_type(q, [&]<class Weight>(Weight) { restore<Weight>(q, weights.mapped()); });
  }

  // Of each synapse as stored, shards one after the other.
  const std::vector<std::uint64_t>& positions(ProjectionId projection) {
    const auto found = positions_.find(projection);
    if (found != positions_.end()) return found->second;
    return positions_.emplace(projection, synapse_order(*network_, projection)).first->second;
  }
  // Synapses are stored, or to be shown, in another order from now on.
  void reordered() {
    orders_.clear();
    positions_.clear();
  }

  // Changes of a plastic projection's weights: times, synapses and weights, at equal times by synapse, so that the
  // order does not depend on the shards.
  py::tuple in_order(ProjectionId projection, const ChangeRecord& record) {
    const std::vector<std::uint64_t>& order = positions(projection);
    const ById<ShardId, std::uint64_t> before = stored_before(*network_, projection);
    const std::size_t n = record.times.size();
    std::vector<std::uint64_t> synapse(n);
    for (std::size_t k = 0; k < n; ++k) synapse[k] = order[before[record.shard[k]] + record.synapse[k]];
    std::vector<std::size_t> by_time(n);
    std::iota(by_time.begin(), by_time.end(), std::size_t{0});
    std::stable_sort(by_time.begin(), by_time.end(), [&](std::size_t a, std::size_t b) {
      return record.times[a] != record.times[b] ? record.times[a] < record.times[b] : synapse[a] < synapse[b];
    });
    std::vector<double> times(n), weights(n);
    std::vector<std::uint64_t> ordered(n);
    for (std::size_t k = 0; k < n; ++k) {
      times[k] = record.times[by_time[k]];
      ordered[k] = synapse[by_time[k]];
      weights[k] = record.weights[by_time[k]];
    }
    return py::make_tuple(to_numpy(std::move(times)), to_numpy(std::move(ordered)), to_numpy(std::move(weights)));
  }

 private:
  // A half is made from a float.
  template <class Weight>
  using narrower = std::conditional_t<std::is_same_v<Weight, Half>, float, Weight>;

  const SynapseOrder& order(ProjectionId projection) {
    const auto found = orders_.find(projection);
    if (found != orders_.end()) return found->second;
    return orders_.emplace(projection, SynapseOrder(*network_, projection)).first->second;
  }

  template <class Weight>
  void restore(ProjectionId projection, const py::array& given) {
    const std::uint64_t n = network_->synapses(projection);
    if (!given.dtype().equal(numpy_type<Weight>()) || given.ndim() != 1 ||
        static_cast<std::uint64_t>(given.size()) != n)
      throw CheckpointError("checkpoint: '" + saved_name(projection) + "': expected " + std::to_string(n) +
                            " weights of this network's precision (got " + std::to_string(given.size()) + ")");
    const py::array values = py::array::ensure(given, py::array::c_style);
    const auto* from = static_cast<const Weight*>(values.data());
    make_weights_apart(projection);
    each_run<Weight>(projection, [&](auto weights, std::uint32_t first, std::uint32_t n_here, auto&& position) {
      for (std::uint32_t k = 0; k < n_here; ++k) weights.set(first + k, from[position(k)]);
    });
  }

  // Constant weights are stored once; one that is to be written is given room for each synapse first.
  void make_weights_apart(ProjectionId projection) {
    for (const ShardId s : network_->shards.ids())
      network_->block(s, projection).make_weights_apart(network_->description.packs_rows);
    replaced_.insert(projection);
  }

  static constexpr const char* saved_as = "/weights";
  static std::string saved_name(ProjectionId projection) {
    return "projection/" + std::to_string(projection.index()) + saved_as;
  }

  std::shared_ptr<CompiledNetwork> network_;
  std::set<ProjectionId> replaced_;  // projections whose weights were written from outside
  std::map<ProjectionId, SynapseOrder> orders_;
  std::map<ProjectionId, std::vector<std::uint64_t>> positions_;
};

}  // namespace pysnn
