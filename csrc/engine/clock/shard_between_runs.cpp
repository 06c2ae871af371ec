// What befalls a shard that steps between two runs: a checkpoint, a new begin, other states, parameters, currents or
// delays.
#include <algorithm>

#include "engine/clock/shard.hpp"

namespace pysnn {

template <class Real>
void ClockShard<Real>::restart(const Restart& how, Tick now, LongTick, const Currents& currents) {
  const auto& populations = network_.description.populations;
  if (first_.empty()) {
    Poll poll;
    for (const PopulationId p : populations.ids()) first_.push_back(neurons_[p] ? make_neurons(p, poll) : nullptr);
  }
  for (const PopulationId p : neurons_.ids())
    if (neurons_[p]) {
      std::vector<char> kept = how.kept.has(p) ? how.kept[p] : std::vector<char>();
      if (const Homeostasis* const h = homeostasis_.of(p))
        kept.resize(std::min(kept.size(), h->state()));  // what comes then is no state of a model
      neurons_[p]->restart(*first_[p], kept);
    }
  for (const PopulationId p : homeostasis_.all()) {
    homeostasis_.of(p)->restart(how.keeps(p, homeostasis_.of(p)->state()), how.from_zero, now);
    move_thresholds(p);
  }
  lost_.resize(network_.description.projections.size(), 0);
  for (Traffic& traffic : traffic_) {
    forget_under_way(traffic);
    if (!traffic.plastic) continue;
    traffic.plastic->forget(how.from_zero ? 0 : now);
    traffic.plastic->draw_by(how.noise, how.from_zero);
  }
  if (!how.from_zero) return;
  for (const PopulationId p : populations.ids()) {
    const std::uint64_t key = with_noise(populations[p].noise_key, how.noise);
    if (neurons_[p])
      neurons_[p]->rekey(key);
    else if (!sources_[p]->begin_again(key))
      sources_[p] =
          make_source(groups_.group(p), shard_.owned[p], network_.description.time, 0, key, sources_[p]->can_drive());
  }
  std::fill(delays_since_.begin(), delays_since_.end(), long_ago);
  for (Drive<Real>& drive : drives_) drive.begin_again();
  injections_.begin_again(currents);
  for (Array<Real>& current : current_) std::fill(current.begin(), current.end(), Real(0));
  lead_.begin_again();
}

template <class Real>
void ClockShard<Real>::forget_under_way(Traffic& traffic) {
  count_under_way(traffic, 1, lost_);
  traffic.runs.clear();
  traffic.plastic_runs.clear();
  traffic.stragglers.clear();
}

template <class Real>
void ClockShard<Real>::set_delays(ProjectionId projection, Redelayed& made, const SpikeHistory& history, Tick now) {
  // What has been delivered is counted by the rows: of those that there will be that is another number.
  lost_.resize(network_.description.projections.size(), 0);
  counted_.assign(lost_.size(), 0);
  count_delivered(counted_);
  Block& block = network_.block(index_, projection);
  if (block.size() == 0) return;
  for (Drive<Real>& drive : drives_)
    if (drive.projection == projection) drive.set_delay(made.block.min_delay, now);
  Traffic* const traffic = traffic_of(projection);
  if (traffic && traffic->rows) {
    const auto& source = history.of(network_.description.projections[projection].source);
    auto late = under_way(block, source, now, [&](ProjectionId member) { return delays_since_[member]; });
    for (const Member& member : block.members) delays_since_[member.projection] = now;
    Stragglers::carry(late, made);
    traffic->stragglers.move(made);
    traffic->stragglers.add(std::move(late));
  }
  put_in_place(block, std::move(made.block));
  if (traffic) traffic->fired = RowCounts(block.row_run.places());
  if (traffic && traffic->rows) make_rings(*traffic);
}

template <class Real>
void ClockShard<Real>::stored_anew(ProjectionId projection, const Redelayed& made, Tick now) {
  if (plastic_[projection]) {
    plastic_[projection]->stored_anew(plastic_config(network_, index_, projection), made);
    set_out_again(*traffic_of(projection), now);
  }
  ById<ProjectionId, std::uint64_t> after(lost_.size(), 0);
  count_delivered(after);
  for (const ProjectionId q : lost_.ids()) lost_[q] += after[q] - counted_[q];
}

template <class Real>
void ClockShard<Real>::set_out_again(Traffic& traffic, Tick now) const {
  const Block& block = shard_.blocks[traffic.block];
  const auto under_way = traffic.plastic->under_way(now);
  Tick longest = block.max_delay;  // or what set out by a longer one
  for (const RunSent& sent : under_way) longest = std::max(longest, sent.due - now);
  const Projection& projection = network_.description.projections[block.members[0].projection];
  traffic.plastic_runs = RunRing<PlasticEntry>(longest, ahead_of(projection));
  for (const RunSent& sent : under_way)
    traffic.plastic_runs.push(sent.sent, sent.due - sent.sent, {sent.run, sent.spike});
}

template <class Real>
void ClockShard<Real>::set_parts(PopulationId p, const Parts& parts, Tick now, LongTick) {
  if (Homeostasis* const h = homeostasis_.of(p)) {
    if (h->fall(now)) move_thresholds(p);
    h->read(parts);
  }
  if (competition_[p]) competition_[p]->read(parts);
}

template <class Real>
void ClockShard<Real>::inject(std::uint32_t c, const InjectedCurrent& described, const Current& current, Tick now,
                              LongTick) {
  injections_.add(c, described, shard_, current, now);
  Array<Real>& sum = current_[described.population];
  if (sum.empty()) sum = Array<Real>(shard_.owned[described.population].size(), Real(0));
}

template <class Real>
void ClockShard<Real>::replace_current(std::uint32_t c, const Current& current, Tick now, LongTick) {
  injections_.replace(c, current, now);
}

template <class Real>
void ClockShard<Real>::stop_current(std::uint32_t c, Tick) {
  injections_.silence(c);
  add_up_currents(injections_.all()[c].population);
  injections_.release(c);
}

template <class Real>
void ClockShard<Real>::io(const Archive& archive, Tick now, LongTick) {
  lead_.io(archive);
  const auto& description = network_.description;
  for (const PopulationId p : neurons_.ids()) {
    const Archive own = archive.in("population").in(p.index());
    if (neurons_[p])
      neurons_[p]->io(own, description.populations[p].n);
    else
      sources_[p]->io(own, {0, std::max(lead_.horizon(), now)});
  }
  for (const PopulationId p : homeostasis_.all()) {
    homeostasis_.of(p)->io(archive.in("population").in(p.index()));
    if (archive.restoring()) move_thresholds(p);
  }
  injections_.io(archive.in("currents"), now);
  for (Drive<Real>& drive : drives_) drive.io(archive.in("delays").in(drive.projection.index()));
  for (const ProjectionId q : plastic_.ids()) {
    if (!plastic_[q]) continue;
    const PopulationId target = description.projections[q].target;
    plastic_[q]->io(archive.in("projection").in(q.index()), now, description.populations[target].n,
                    shard_.owned[target].begin);
  }
  if (archive.saving()) return;
  for (const PopulationId p : current_.ids())
    if (!current_[p].empty()) add_up_currents(p);
}

template <class Real>
void ClockShard<Real>::resume(const SpikeHistory& history, Tick now) {
  for (const PopulationId population : outgoing_.ids()) {
    for (const std::uint32_t t : outgoing_[population]) {
      Traffic& traffic = traffic_[t];
      const Block& block = shard_.blocks[traffic.block];
      if (traffic.plastic) {
        set_out_again(traffic, now);
        continue;
      }
      // Where one of several projections has other delays by now, some of what is under way are stragglers.
      Tick since = long_ago;
      for (const Member& member : block.members) since = std::max(since, delays_since_[member.projection]);
      const auto spikes = history.of(population);
      const auto after = std::partition_point(spikes.begin(), spikes.end(),
                                              [&](const TimedSpike& spike) { return spike.time <= since; });
      traffic.stragglers.add(
          under_way(block, {spikes.begin(), after}, now, [&](ProjectionId member) { return delays_since_[member]; }));
      for (const Member& member : block.members) delays_since_[member.projection] = since;
      for (const TimedSpike& spike : std::span(after, spikes.end())) {
        const std::uint32_t row = spike.index - block.row_base;
        if (row >= block.rows()) continue;
        const auto [begin, end] = block.row_run.of(row);
        traffic.rows->for_each_entry(begin, end, [&](const RunEntry& entry, Tick delay) {
          if (spike.time + delay > now) traffic.runs.push(spike.time, delay, entry);
        });
      }
    }
  }
}

template <class Real>
SourceChange ClockShard<Real>::of_source(const ParameterChange& change) const {
  const bool now = !change.source_time.has_value();
  return {change.population,      change.changed,  now ? LongTick{change.now} : *change.source_time,
          now ? change.epoch : 0, epoch_length,    change.noise,
          change.serial,          change.forgotten};
}

template <class Real>
Tick ClockShard<Real>::source_keep(PopulationId p) const {
  Tick keep = 0;
  for (const Drive<Real>& drive : drives_)
    if (drive.source == p) keep = std::max(keep, drive.longest_delay());
  return keep;
}

template <class Real>
void ClockShard<Real>::remake_source(PopulationId p) {
  const Population& population = groups_.group(p);
  sources_[p] = make_source(population, shard_.owned[p], network_.description.time, 0, population.noise_key,
                            sources_[p]->can_drive());
}

template <class Real>
void ClockShard<Real>::check_parameters(const ParameterChange& change) const {
  const auto& time = network_.description.time;
  const Range owned = shard_.owned[change.index];
  watchers_[change.index].refuse_parameters(change.population);
  if (sources_[change.index])
    check_change(*sources_[change.index], of_source(change), owned, time);
  else
    check_neurons(NeuronModels::get("neuron model", change.population.model).template clock<Real>(), change.population,
                  change.changed, owned, time);
}

template <class Real>
void ClockShard<Real>::set_parameters(const ParameterChange& change) {
  const PopulationId p = change.index;
  first_.clear();
  if (sources_[p])
    sources_[p] = change_source(std::move(sources_[p]), of_source(change), shard_.owned[p], network_.description.time);
  else {
    neurons_[p]->set_parameters(change.population.params, change.population.columns, change.changed);
    if (competition_[p])
      competition_[p]->set_parameters(change.population.params, change.population.columns, change.changed);
  }
}

template <class Real>
void ClockShard<Real>::read_state(PopulationId population, std::size_t state, Tick, std::vector<double>& values) {
  if (const auto* theta = homeostasis_.theta(population, state)) {
    values.insert(values.end(), theta->begin(), theta->end());
    return;
  }
  for (const Real value : neurons_[population]->state(state)) values.push_back(static_cast<double>(value));
}

template <class Real>
const double* ClockShard<Real>::write_state(PopulationId population, std::size_t state, Tick, const double* values) {
  if (auto* theta = homeostasis_.theta(population, state)) {
    std::copy_n(values, theta->size(), theta->begin());
    move_thresholds(population);
    return values + theta->size();
  }
  for (Real& value : neurons_[population]->state(state)) value = static_cast<Real>(*values++);
  return values;
}

template <class Real>
void ClockShard<Real>::check_finite() const {
  for (const PopulationId p : neurons_.ids())
    if (neurons_[p])
      pysnn::check_finite(*neurons_[p],
                          NeuronModels::get("neuron model", network_.description.populations[p].model).info.states,
                          "population '" + network_.description.populations[p].name + "'", shard_.owned[p].begin,
                          network_.description.time.unit());
}

#define PYSNN_BETWEEN_RUNS(Real)                                                                                 \
  template void ClockShard<Real>::restart(const Restart&, Tick, LongTick, const Currents&);                      \
  template void ClockShard<Real>::set_delays(ProjectionId, Redelayed&, const SpikeHistory&, Tick);               \
  template void ClockShard<Real>::stored_anew(ProjectionId, const Redelayed&, Tick);                             \
  template void ClockShard<Real>::set_parts(PopulationId, const Parts&, Tick, LongTick);                         \
  template void ClockShard<Real>::inject(std::uint32_t, const InjectedCurrent&, const Current&, Tick, LongTick); \
  template void ClockShard<Real>::replace_current(std::uint32_t, const Current&, Tick, LongTick);                \
  template void ClockShard<Real>::stop_current(std::uint32_t, Tick);                                             \
  template void ClockShard<Real>::io(const Archive&, Tick, LongTick);                                            \
  template void ClockShard<Real>::resume(const SpikeHistory&, Tick);                                             \
  template Tick ClockShard<Real>::source_keep(PopulationId) const;                                               \
  template void ClockShard<Real>::remake_source(PopulationId);                                                   \
  template void ClockShard<Real>::check_parameters(const ParameterChange&) const;                                \
  template void ClockShard<Real>::set_parameters(const ParameterChange&);                                        \
  template void ClockShard<Real>::read_state(PopulationId, std::size_t, Tick, std::vector<double>&);             \
  template const double* ClockShard<Real>::write_state(PopulationId, std::size_t, Tick, const double*);          \
  template void ClockShard<Real>::check_finite() const;
PYSNN_BETWEEN_RUNS(float)
PYSNN_BETWEEN_RUNS(double)
}  // namespace pysnn
