#include "bindings/stored.hpp"

#include "network/synapse_order.hpp"

namespace pysnn {
namespace {

// A view of an array of the network; the network lives as long as the view.
template <class T>
py::array view(const Array<T>& array, const py::object& owner, bool writable) {
  const py::ssize_t size = static_cast<py::ssize_t>(array.size()), step = sizeof(T);
  py::array made(numpy_type<T>(), {size}, {step}, array.data(), owner);
  if (!writable) made.attr("flags").attr("writeable") = false;
  return made;
}

py::array unpacked_targets(const Block& block) {
  std::vector<std::uint16_t> targets, scratch;
  targets.reserve(block.size());
  for (std::uint32_t run = 0; run < block.runs(); ++run) {
    const auto of_run = block.targets(run, scratch);
    targets.insert(targets.end(), of_run.begin(), of_run.end());
  }
  return to_numpy(std::move(targets));
}

// A copy of the weights of packed rows, as stored.
py::array unpacked_weights(CompiledNetwork& network, ProjectionId projection, ShardId shard) {
  Block& block = network.block(shard, projection);
  return block.with_weights([&](const auto& array) -> py::array {
    using Weight = std::remove_cvref_t<decltype(array[0])>;
    std::vector<Weight> weights(block.size());
    for (std::uint32_t run = 0; run < block.runs(); ++run) {
      const std::uint32_t begin = block.run_begin[run], n = block.run_begin[run + 1] - begin;
      const auto of_run = block.template weights_at<Weight>(begin, n);
      for (std::uint32_t k = 0; k < n; ++k) weights[begin + k] = of_run[k];
    }
    return to_numpy(std::move(weights));
  });
}

}  // namespace

py::dict block_arrays(const std::shared_ptr<CompiledNetwork>& shared, ProjectionId projection, ShardId shard) {
  CompiledNetwork& network = *shared;
  network.shards.at(shard);
  network.places.at(projection);
  const Block& block = network.block(shard, projection);
  // What views keep alive.
  using Kept = std::pair<std::shared_ptr<CompiledNetwork>, std::shared_ptr<const bool>>;
  const py::capsule self(new Kept(shared, block.shown), [](void* kept) { delete static_cast<Kept*>(kept); });
  const Member& member = network.member(shard, projection);
  const Range owned = network.shards[shard].owned[network.description.projections[projection].target];
  py::dict arrays;
  arrays["row_base"] = block.row_base;
  arrays["row_run"] =
      block.row_run.is_list() ? view(block.row_run.list(), self, false) : to_numpy(block.row_run.listed());
  arrays["run_begin"] = view(block.run_begin, self, false);
  block.run_delay.with([&](const auto& delay, Tick unit) {
    arrays["run_delay"] = view(delay, self, false);
    arrays["delay_unit"] = unit;
  });
  if (block.is_packed()) {
    arrays["target"] = unpacked_targets(block);
    arrays["read_weight"] =
        py::cpp_function([shared, projection, shard] { return unpacked_weights(*shared, projection, shard); });
  } else {
    arrays["target"] = view(block.target, self, false);
    arrays["weight"] = block.with_weights([&](const auto& weights) { return view(weights, self, true); });
  }
  if (block.is_bitmap()) {
    arrays["bits"] = view(block.bits, self, false);
    arrays["extra"] = view(block.extra, self, false);
  }
  // Of the block's numbering, the part that is this projection's population; `target` has others too.
  arrays["member_begin"] = member.first;
  arrays["member_end"] = member.end;
  arrays["synapses"] = member.synapses;
  arrays["constant"] = block.constant_weight;
  arrays["target_begin"] = owned.begin;
  arrays["target_end"] = owned.end;
  return arrays;
}

py::tuple synapse_arrays(const CompiledNetwork& network, ProjectionId projection) {
  SynapseList list;
  {
    const py::gil_scoped_release release;
    list = list_synapses(network, projection);
  }
  return py::make_tuple(to_numpy(std::move(list.i)), to_numpy(std::move(list.j)), to_numpy(std::move(list.delay)));
}

std::size_t stored_bytes(const CompiledNetwork& network) {
  std::size_t sum = 0;
  for (const auto& shard : network.shards)
    for (const auto& block : shard.blocks) sum += block.nbytes();
  return sum;
}

}  // namespace pysnn
