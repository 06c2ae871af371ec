#include "engine/clock_shard.hpp"

#include <algorithm>

namespace pysnn {

template <class Real>
ClockShard<Real>::ClockShard(CompiledNetwork& network, std::uint32_t index)
    : network_(network), index_(index), shard_(network.shards[index]) {
  const auto& description = network.description;
  const std::size_t n_populations = description.populations.size(), n_projections = description.projections.size();
  neurons_.resize(n_populations);
  sources_.resize(n_populations);
  emits_.assign(n_populations, false);
  sums_.resize(n_populations);
  inputs_.resize(n_populations);
  current_.resize(n_populations);
  currents_.resize(n_populations);
  outgoing_.resize(n_populations);
  learns_.resize(n_populations);
  static_queue_.resize(n_projections);
  plastic_queue_.resize(n_projections);
  plastic_.resize(n_projections);
  delivered_.assign(n_projections, 0);
  for (auto& spikes : spikes_) spikes.resize(n_populations);

  for (std::size_t p = 0; p < n_populations; ++p) {
    const Population& population = description.populations[p];
    const Range owned = shard_.owned[p];
    if (population.is_source) {
      sources_[p] =
          Sources::get("source", population.model)
              .make({population.name, owned, population.n, population.params, description.time, population.key});
      emits_[p] = !sources_[p]->can_drive();
      continue;
    }
    emits_[p] = true;
    const NeuronEntry& model = NeuronModels::get("neuron model", population.model);
    neurons_[p] = model.template clock<Real>()(population.params, description.time, owned.size(),
                                               "population '" + population.name + "'");
    for (std::size_t s = 0; s < model.info.states.size(); ++s) {
      Array<Real>& state = neurons_[p]->state(s);
      for (std::uint32_t k = 0; k < owned.size(); ++k)
        state[k] = static_cast<Real>(initial_value(population, model, s, owned.begin + k));
    }
    for (std::size_t r = 0; r < model.info.receptors.size(); ++r) {
      sums_[p].emplace_back(owned.size(), Real(0));
      inputs_[p].push_back(sums_[p].back().data());
    }
  }

  for (const StepCurrent& current : description.currents) {
    const Range owned = shard_.owned[current.population];
    const std::uint32_t begin = std::clamp(current.neurons.begin, owned.begin, owned.end) - owned.begin;
    const std::uint32_t end = std::clamp(current.neurons.end, owned.begin, owned.end) - owned.begin;
    if (current_[current.population].empty()) current_[current.population] = Array<Real>(owned.size(), Real(0));
    currents_[current.population].push_back({&current, {begin, end}});
  }

  for (std::uint32_t p = 0; p < n_projections; ++p) {
    const Projection& projection = description.projections[p];
    Block& block = shard_.blocks[p];
    if (block.size() == 0 || add_drive(p)) continue;
    outgoing_[projection.source].push_back(p);
    served_.push_back(p);
    if (projection.plasticity.empty()) {
      static_queue_[p] = RowQueue<RunEntry>(block.max_delay);
    } else {
      plastic_[p] =
          PlasticityRules::get("plasticity rule", projection.plasticity)
              .template make<Real>()({projection, description.time, block, shard_.owned[projection.target].size()});
      plastic_queue_[p] = RowQueue<PlasticEntry>(block.max_delay);
      learns_[projection.target].push_back(p);
    }
  }
  // A source with a queued projection in any shard must emit in all: its spikes cross shards.
  for (const Projection& projection : description.projections)
    if (sources_[projection.source] && !drivable(projection)) emits_[projection.source] = true;
}

// Whether the source can add to the targets by itself: one-to-one, one constant weight, one delay.
template <class Real>
bool ClockShard<Real>::drivable(const Projection& p) const {
  return sources_[p.source] && sources_[p.source]->can_drive() && p.rule == "one_to_one" && p.fan() == 1 &&
         p.weight[0].is_constant() && p.delay[0].is_constant() && p.plasticity.empty();
}

template <class Real>
bool ClockShard<Real>::add_drive(std::uint32_t p) {
  const Projection& projection = network_.description.projections[p];
  const Block& block = shard_.blocks[p];
  if (!drivable(projection)) return false;
  const Range owned = shard_.owned[projection.target];
  const std::uint32_t begin = std::clamp(projection.target_range.begin, owned.begin, owned.end);
  const std::uint32_t end = std::clamp(projection.target_range.end, owned.begin, owned.end);
  drives_.push_back({p, projection.source, projection.source_range.begin + (begin - projection.target_range.begin),
                     end - begin, block.min_delay, block.template weight<Real>()[0],
                     sums_[projection.target][projection.receptor].data() + (begin - owned.begin)});
  return true;
}

template <class Real>
void ClockShard<Real>::begin_slice(Tick from, Tick steps, std::size_t parity, std::vector<StateProbe>& probes) {
  stopwatch_.start();
  if (from == 0) sample(0, probes);
  for (std::size_t p = 0; p < sources_.size(); ++p) {
    SliceSpikes& spikes = spikes_[parity][p];
    spikes.clear();
    if (!sources_[p] || !emits_[p]) {
      if (sources_[p]) spikes.end.assign(static_cast<std::size_t>(steps), 0);
      continue;
    }
    emitted_.clear();
    sources_[p]->emit(from, from + steps, emitted_);
    std::size_t k = 0;
    for (Tick step = from + 1; step <= from + steps; ++step) {
      for (; k < emitted_.size() && emitted_[k].time == step; ++k) spikes.index.push_back(emitted_[k].index);
      spikes.end.push_back(static_cast<std::uint32_t>(spikes.index.size()));
    }
  }
  stopwatch_.lap(sources_phase);
}

template <class Real>
void ClockShard<Real>::step(Tick now, std::size_t parity, std::vector<StateProbe>& probes) {
  stopwatch_.start();
  for (const std::uint32_t p : served_) {
    const Projection& projection = network_.description.projections[p];
    Block& block = shard_.blocks[p];
    Real* sum = sums_[projection.target][projection.receptor].data();
    if (plastic_[p]) {
      const auto entries = plastic_queue_[p].at(now);
      if (entries.empty()) continue;
      stopwatch_.start();
      for (const PlasticEntry& entry : entries)
        delivered_[p] += block.run_begin[entry.run + 1] - block.run_begin[entry.run];
      plastic_[p]->deliver(entries, now, sum);
      plastic_queue_[p].clear(now);
      stopwatch_.lap(plasticity_phase);
    } else {
      const auto runs = static_queue_[p].at(now);
      if (runs.empty()) continue;
      stopwatch_.start();
      delivered_[p] +=
          deliver(runs, block.target.data(), block.template weight<Real>().data(), block.constant_weight, sum);
      static_queue_[p].clear(now);
      stopwatch_.lap(deliver_phase);
    }
  }
  stopwatch_.start();
  for (const Drive& drive : drives_)
    if (now > drive.delay)
      delivered_[drive.projection] +=
          sources_[drive.source]->drive(now - drive.delay, drive.first, drive.n, drive.weight, drive.sum);
  stopwatch_.lap(background_phase);

  apply_currents(now - 1);
  for (std::size_t p = 0; p < neurons_.size(); ++p) {
    if (!neurons_[p]) continue;
    fired_.clear();
    neurons_[p]->step(inputs_[p].data(), current_[p].empty() ? nullptr : current_[p].data(), fired_);
    SliceSpikes& spikes = spikes_[parity][p];
    for (const std::uint32_t local : fired_) spikes.index.push_back(local + shard_.owned[p].begin);
    spikes.end.push_back(static_cast<std::uint32_t>(spikes.index.size()));
    for (const std::uint32_t projection : learns_[p])
      for (const std::uint32_t local : fired_) plastic_[projection]->post_spike(local, now);
  }
  stopwatch_.lap(update_phase);
  for (const auto& plastic : plastic_)
    if (plastic) plastic->settle(now);
  stopwatch_.lap(plasticity_phase);
  sample(now, probes);
}

template <class Real>
void ClockShard<Real>::apply_currents(Tick begin) {
  for (std::size_t p = 0; p < currents_.size(); ++p) {
    bool changed = false;
    for (Current& c : currents_[p]) {
      for (; c.next < c.current->times.size() && c.current->times[c.next] <= begin; ++c.next) changed = true;
    }
    if (!changed) continue;
    // Summed afresh, so that no rounding of earlier levels stays behind.
    std::fill(current_[p].begin(), current_[p].end(), Real(0));
    for (const Current& c : currents_[p]) {
      if (c.next == 0) continue;
      for (std::uint32_t k = c.local.begin; k < c.local.end; ++k)
        current_[p][k] += static_cast<Real>(c.current->amplitudes[c.next - 1]);
    }
  }
}

template <class Real>
void ClockShard<Real>::exchange(Tick from, Tick steps, std::size_t parity,
                                const std::vector<std::unique_ptr<ClockShard>>& all) {
  stopwatch_.start();
  for (Tick k = 0; k < steps; ++k) {
    const Tick now = from + k + 1;
    for (std::uint32_t population = 0; population < outgoing_.size(); ++population) {
      if (outgoing_[population].empty()) continue;
      for (const auto& other : all) {
        const auto spikes = other->spikes(parity, population).step(static_cast<std::size_t>(k));
        if (spikes.empty()) continue;
        for (const std::uint32_t p : outgoing_[population]) {
          const Block& block = shard_.blocks[p];
          for (const std::uint32_t index : spikes) {
            const std::uint32_t row = index - block.row_base;
            if (row >= block.rows()) continue;
            const std::uint32_t begin = block.row_run[row], end = block.row_run[row + 1];
            if (begin == end) continue;
            if (plastic_[p]) {
              const std::uint64_t spike = plastic_[p]->pre_spike(row, now);
              for (std::uint32_t run = begin; run < end; ++run)
                plastic_queue_[p].push(now, block.run_delay[run], {run, spike});
            } else {
              for (std::uint32_t run = begin; run < end; ++run)
                static_queue_[p].push(now, block.run_delay[run],
                                      {block.run_begin[run], block.run_begin[run + 1] - block.run_begin[run]});
            }
          }
        }
      }
    }
  }
  stopwatch_.lap(exchange_phase);
}

template <class Real>
void ClockShard<Real>::sample(Tick now, std::vector<StateProbe>& probes) {
  for (StateProbe& probe : probes) {
    if (probe.due(index_) != now) continue;
    const Array<Real>& state = neurons_[probe.population()]->state(probe.state());
    probe.sample(index_, [&](std::uint32_t local) { return static_cast<double>(state[local]); });
  }
}

template class ClockShard<float>;
template class ClockShard<double>;

}  // namespace pysnn
