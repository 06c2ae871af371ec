// What befalls a shard that jumps between two runs: a checkpoint, a new begin, other states, parameters or delays.
#include <algorithm>

#include "engine/event/shard.hpp"

namespace pysnn {

template <class Real>
void EventShard<Real>::io(const Archive& archive, Tick now, LongTick epoch) {
  lead_.io(archive);
  const auto& description = network_.description;
  for (const PopulationId p : timed_.ids()) {
    const Archive own = archive.in("population").in(p.index());
    if (Homeostasis* const h = homeostasis_.of(p)) {
      h->io(own);
      if (archive.restoring()) move_thresholds(p, now);  // before the states, which go on from their last events
    }
    if (timed_[p]) timed_[p]->io(own, description.populations[p].n);
    if (stepping_[p]) own.value("begin of step", stepping_[p]->clock.begin);
    if (sources_[p]) sources_[p]->io(own, {epoch, std::max(lead_.horizon(), now)});
    if (stepped_sources_[p]) stepped_sources_[p]->io(own);
  }
  injections_.io(archive.in("currents"), epoch + now);
  for_each_drive(
      [&](const Stepping&, Drive<Real>& drive) { drive.io(archive.in("delays").in(drive.projection.index())); });
  for (const ProjectionId q : traffic_.ids()) {
    if (!plastic(q)) continue;
    const PopulationId target = description.projections[q].target;
    plastic(q)->io(archive.in("projection").in(q.index()), now, description.populations[target].n, owned(target).begin);
    if (stepping_[target])
      traffic_[q]->learnt_io(archive.in("projection").in(q.index()), description.populations[target].n, owned(target));
  }
}

template <class Real>
void EventShard<Real>::resume(const SpikeHistory& history, Tick now) {
  clock_.begin = now;
  wake_calendar_ = Calendar<Woken>(wake_buckets);
  for (const PopulationId p : outgoing_.ids())
    for (const ProjectionId q : outgoing_[p]) {
      const BucketClock& clock = clock_of(*traffic_[q]);
      if (plastic(q))
        traffic_[q]->set_out_again(clock_, now);
      else
        traffic_[q]->resume(history.of(p), clock, traffic_[q]->by_step() ? clock.begin : now);
    }
  for (const PopulationId p : timed_.ids())
    if (timed_[p]) predict(p, now);
}

template <class Real>
void EventShard<Real>::restart(const Restart& how, Tick now, LongTick epoch, const Currents& currents) {
  const auto& populations = network_.description.populations;
  if (first_.empty()) {
    Poll poll;
    for (const PopulationId p : populations.ids()) first_.push_back(timed_[p] ? first_neurons(p, poll) : nullptr);
  }
  const Tick from = how.from_zero ? 0 : now;
  for (EventTraffic<Real>* traffic : served_) {
    traffic->clear(how.from_zero, from);
    if (auto* plastic = traffic->plastic()) plastic->draw_by(how.noise, how.from_zero);
  }
  if (how.from_zero) for_each_drive([](const Stepping&, Drive<Real>& drive) { drive.begin_again(); });
  wake_calendar_.clear();
  if (how.from_zero) {
    clock_.begin = 0;
    injections_.begin_again(currents);
    lead_.begin_again();
  }
  for (const PopulationId p : populations.ids()) {
    if (timed_[p]) restart_neurons(p, how, now, epoch, from);
    if (!how.from_zero) continue;
    const std::uint64_t key = with_noise(populations[p].noise_key, how.noise);
    if (timed_[p])
      timed_[p]->rekey(key);
    else
      restart_source(p, key);
  }
}

// `now` is when they are left, `from` when they begin.
template <class Real>
void EventShard<Real>::restart_neurons(PopulationId p, const Restart& how, Tick now, LongTick epoch, Tick from) {
  TimedNeurons& neurons = *timed_[p];
  const std::uint32_t n = owned(p).size();
  std::vector<std::pair<std::size_t, std::vector<double>>> kept;
  for (std::size_t s = 0; how.kept.has(p) && s < how.kept[p].size(); ++s) {
    if (!how.keeps(p, s) || homeostasis_.theta(p, s)) continue;
    kept.emplace_back(s, std::vector<double>());
    for (std::uint32_t k = 0; k < n; ++k) kept.back().second.push_back(neurons.state(s, k, now));
  }
  neurons.restart(*first_[p], from);
  if (how.from_zero && stepping_[p]) stepping_[p]->clock.begin = 0;
  if (!how.from_zero && jumping_[p] && !currents_offset_[p].empty())
    for (std::uint32_t k = 0; k < n; ++k) inject_sum(p, k, now);
  if (Homeostasis* const h = homeostasis_.of(p)) {
    h->restart(how.keeps(p, h->state()), how.from_zero, epoch + now);
    for (std::uint32_t k = 0; k < n; ++k) neurons.offset_threshold(k, h->theta()[k], from);
  }
  for (const auto& [s, values] : kept)
    for (std::uint32_t k = 0; k < n; ++k) neurons.set_state(s, k, values[k], from);
  predict(p, from);
}

template <class Real>
void EventShard<Real>::restart_source(PopulationId p, std::uint64_t key) {
  if (SteppedSource* const stepped = stepped_sources_[p].get())
    stepped->begin_again(stepped->source().begin_again(key) ? nullptr : begin_source(p, key));
  else if (!sources_[p]->begin_again(key))
    sources_[p] = begin_source(p, key);
}

template <class Real>
std::unique_ptr<Source> EventShard<Real>::begin_source(PopulationId p, std::uint64_t key) const {
  const bool steps = stepped_sources_[p] != nullptr;
  const TimeBase& time = steps ? network_.description.steps : network_.description.time;
  return pysnn::make_source(groups_.group(p), owned(p), time, 0, key, steps);
}

template <class Real>
void EventShard<Real>::remake_source(PopulationId p) {
  auto made = begin_source(p, groups_.group(p).noise_key);
  if (stepped_sources_[p])
    stepped_sources_[p]->begin_again(std::move(made));
  else
    sources_[p] = std::move(made);
}

template <class Real>
SourceChange EventShard<Real>::of_source(const ParameterChange& change) const {
  const SteppedSource* const stepped = stepped_sources_[change.index].get();
  LongTick now = stepped ? stepped->steps() : change.now, epoch = stepped ? 0 : change.epoch;
  if (change.source_time) {
    now = *change.source_time;
    epoch = 0;
  }
  return {change.population,          change.changed, now,           epoch,
          stepped ? 1 : epoch_length, change.noise,   change.serial, change.forgotten};
}

template <class Real>
Tick EventShard<Real>::source_keep(PopulationId p) const {
  Tick keep = 0;
  for (const auto& group : stepping_) {
    if (!group) continue;
    for (const Drive<Real>& drive : group->drives)
      if (drive.source == p) keep = std::max(keep, drive.longest_delay());
  }
  return keep;
}

template <class Real>
void EventShard<Real>::check_parameters(const ParameterChange& change) const {
  const auto& description = network_.description;
  const PopulationId p = change.index;
  if (stepped_sources_[p]) {
    check_change(stepped_sources_[p]->source(), of_source(change), owned(p), description.steps);
  } else if (sources_[p]) {
    check_change(*sources_[p], of_source(change), owned(p), description.time);
  } else {
    const NeuronEntry& model = NeuronModels::get("neuron model", change.population.model);
    if (stepping_[p]) {
      stepping_[p]->watchers.refuse_parameters(change.population);
      check_neurons(model.template clock<Real>(), change.population, change.changed, owned(p), description.steps);
    } else {
      check_neurons(model.event, change.population, change.changed, owned(p), description.time);
    }
  }
}

template <class Real>
void EventShard<Real>::set_parameters(const ParameterChange& change) {
  const auto& description = network_.description;
  const PopulationId p = change.index;
  if (stepped_sources_[p]) {
    stepped_sources_[p]->replace([&](std::unique_ptr<Source> source) {
      return change_source(std::move(source), of_source(change), owned(p), description.steps);
    });
  } else if (sources_[p]) {
    sources_[p] = change_source(std::move(sources_[p]), of_source(change), owned(p), description.time);
  } else {
    first_.clear();
    timed_[p]->set_parameters(change.population.params, change.population.columns, change.changed, change.now);
    if (jumping_[p] && !currents_offset_[p].empty())
      for (const std::uint32_t neuron : change.changed)
        if (const std::uint32_t k = neuron - owned(p).begin; k < owned(p).size()) inject_sum(p, k, change.now);
    predict(p, change.now);
  }
}

template <class Real>
void EventShard<Real>::set_parts(PopulationId p, const Parts& parts, Tick now, LongTick epoch) {
  if (Homeostasis* const h = homeostasis_.of(p)) {
    if (h->fall(epoch + now)) move_thresholds(p, now);
    h->read(parts);
  }
  if (jumping_[p] && jumping_[p]->takes) jumping_[p]->takes = parts.at("winner_takes_all");
  if (stepping_[p]) stepping_[p]->neurons->set_parts(parts);
}

template <class Real>
void EventShard<Real>::set_delays(ProjectionId q, Redelayed& made, const SpikeHistory& history, Tick now) {
  Block& block = network_.block(index_, q);
  if (block.size() == 0) return;
  const Projection& projection = network_.description.projections[q];
  if (!traffic_[q]) {
    for_each_drive([&](const Stepping& group, Drive<Real>& drive) {
      if (drive.projection == q) drive.set_delay(made.block.min_delay / step_, group.neurons->steps());
    });
    return put_in_place(block, std::move(made.block));
  }
  const Tick served = traffic_[q]->by_step() ? clock_of(*traffic_[q]).begin : now;
  traffic_[q]->set_delays(made, history.of(projection.source), served, now);
}

template <class Real>
void EventShard<Real>::stored_anew(ProjectionId q, const Redelayed& made, Tick now) {
  if (!plastic(q)) return;
  plastic(q)->stored_anew(plastic_config(network_, index_, q), made);
  traffic_[q]->set_out_again(clock_, now);
}

template <class Real>
void EventShard<Real>::read_state(PopulationId population, std::size_t state, Tick now, std::vector<double>& values) {
  if (const auto* theta = homeostasis_.theta(population, state)) {
    values.insert(values.end(), theta->begin(), theta->end());
    return;
  }
  for (std::uint32_t k = 0; k < owned(population).size(); ++k)
    values.push_back(timed_[population]->state(state, k, now));
}

template <class Real>
const double* EventShard<Real>::write_state(PopulationId population, std::size_t state, Tick now,
                                            const double* values) {
  if (auto* theta = homeostasis_.theta(population, state)) {
    std::copy_n(values, theta->size(), theta->begin());
    move_thresholds(population, now);
    return values + theta->size();
  }
  for (std::uint32_t k = 0; k < owned(population).size(); ++k) timed_[population]->set_state(state, k, *values++, now);
  predict(population, now);
  return values;
}

#define PYSNN_BETWEEN_RUNS(Real)                                                                     \
  template void EventShard<Real>::io(const Archive&, Tick, LongTick);                                \
  template void EventShard<Real>::resume(const SpikeHistory&, Tick);                                 \
  template void EventShard<Real>::restart(const Restart&, Tick, LongTick, const Currents&);          \
  template void EventShard<Real>::remake_source(PopulationId);                                       \
  template Tick EventShard<Real>::source_keep(PopulationId) const;                                   \
  template void EventShard<Real>::check_parameters(const ParameterChange&) const;                    \
  template void EventShard<Real>::set_parameters(const ParameterChange&);                            \
  template void EventShard<Real>::set_parts(PopulationId, const Parts&, Tick, LongTick);             \
  template void EventShard<Real>::set_delays(ProjectionId, Redelayed&, const SpikeHistory&, Tick);   \
  template void EventShard<Real>::stored_anew(ProjectionId, const Redelayed&, Tick);                 \
  template void EventShard<Real>::read_state(PopulationId, std::size_t, Tick, std::vector<double>&); \
  template const double* EventShard<Real>::write_state(PopulationId, std::size_t, Tick, const double*);
PYSNN_BETWEEN_RUNS(float)
PYSNN_BETWEEN_RUNS(double)

}  // namespace pysnn
