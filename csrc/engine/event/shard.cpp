#include "engine/event/shard.hpp"

#include <algorithm>

namespace pysnn {
namespace {

bool by_time_and_index(const TimedSpike& a, const TimedSpike& b) {
  return a.time != b.time ? a.time < b.time : a.index < b.index;
}

// In ticks. Where nothing steps, dt may be as short or long as it likes.
Tick step_of(const NetworkDescription& description) {
  for (const Population& population : description.populations)
    if (population.stepped) return std::max(description.time.tick(description.steps.unit(), "dt"), Tick{1});
  return 1;
}

// A bucket holds any window, and a ring of a thousand the longest delay.
Tick bucket_width(const CompiledNetwork& network, Tick longest_window) {
  return std::min(std::max(longest_window, network.max_delay / 1000), BucketClock::widest);
}

}  // namespace

template <class Real>
EventShard<Real>::EventShard(CompiledNetwork& network, ShardId index, const Inputs& inputs, const Currents& currents,
                             const std::atomic<bool>& stop)
    : network_(network), groups_(inputs), index_(index), shard_(network.shards[index]),
      step_(step_of(network.description)), neuron_delay_(shortest_neuron_delay(network)),
      longest_window_(longest_window(network)), clock_(bucket_width(network, longest_window_)),
      homeostasis_(network.description, shard_), wake_calendar_(wake_buckets),
      injections_(network.description, shard_, currents) {
  const auto& description = network.description;
  const std::size_t n_populations = description.populations.size(), n_projections = description.projections.size();
  jumping_.resize(n_populations);
  stepping_.resize(n_populations);
  sources_.resize(n_populations);
  stepped_sources_.resize(n_populations);
  timed_.resize(n_populations, nullptr);
  outgoing_.resize(n_populations);
  learns_.resize(n_populations);
  currents_.resize(n_populations);
  currents_offset_.resize(n_populations);
  traffic_.resize(n_projections);

  Poll poll(stop);
  for (const PopulationId p : description.populations.ids()) {
    if (description.populations[p].is_source)
      make_source(p);
    else
      make_neurons(p, poll);
  }
  for (const ProjectionId q : description.projections.ids()) make_projection(q);
  lead_ = SourceLead(shortest_delay(network, [&](PopulationId p) { return sources_[p] != nullptr; }), longest_window_);
  for (const PopulationId p : description.populations.ids())
    if ((!learns_[p].empty() || homeostasis_.of(p)) && jumping_[p])
      jumping_[p]->learning = std::make_unique<Learning>(*this, p);
  find_currents();
  feeds_ = modulator_feeds(description);
}

template <class Real>
void EventShard<Real>::make_source(PopulationId p) {
  const auto& description = network_.description;
  const Population& population = description.populations[p];
  const auto make = [&](const TimeBase& time) { return pysnn::make_source(population, shard_.owned[p], time); };
  if (only_drives(p)) {
    try {
      if (auto stepped = make(description.steps); stepped->can_drive()) {
        stepped_sources_[p] = std::make_unique<SteppedSource>(std::move(stepped), step_);
        return;
      }
    } catch (const OffGridError&) {  // then its times are those of continuous time
    }
  }
  sources_[p] = make(description.time);
}

// Whether all that it does could be to drive populations that step, after whole steps. (A source has one course of
// time: what also reaches a neuron that jumps is drawn there, and everywhere, in continuous time.)
template <class Real>
bool EventShard<Real>::only_drives(PopulationId p) const {
  const auto& description = network_.description;
  bool drives = false;
  if (feeds_modulator(description, p)) return false;
  for (const Projection& q : description.projections) {
    if (q.source != p) continue;
    drives = description.populations[q.target].stepped && can_be_driven(q) &&
             description.time.delay_or_none(q.delay[0].constant(), "delay") % step_ == 0;
    if (!drives) return false;
  }
  return drives;
}

template <class Real>
std::unique_ptr<TimedNeurons> EventShard<Real>::first_neurons(PopulationId p, Poll& poll) const {
  const Population& population = groups_.group(p);
  const NeuronEntry& model = NeuronModels::get("neuron model", population.model);
  const std::string owner = "population '" + population.name + "'";
  const Range owned = shard_.owned[p];
  const NeuronConfig config{
      population.params,  network_.description.time,   owned.size(), owned.begin, owner, population.noise_key,
      population.columns, moves_thresholds(population)};
  std::unique_ptr<TimedNeurons> neurons;
  if (population.stepped)
    neurons = std::make_unique<SteppedNeurons<Real>>(model, config, network_.description.steps);
  else if (model.event)
    neurons = model.event(config);
  else
    throw UnsupportedError(owner + ": the event engine cannot run " + population.model +
                           ", which has no form in continuous time (backend=\"clock\" can)");
  const auto set = [&](std::size_t state, std::uint32_t k, double value) { neurons->set_state(state, k, value, 0); };
  start_states<double>(population, model, owned, poll, set);
  return neurons;
}

template <class Real>
void EventShard<Real>::make_neurons(PopulationId p, Poll& poll) {
  std::unique_ptr<TimedNeurons> neurons = first_neurons(p, poll);
  timed_[p] = neurons.release();
  if (network_.description.populations[p].stepped)
    stepping_[p].reset(
        new Stepping{std::unique_ptr<SteppedNeurons<Real>>(static_cast<SteppedNeurons<Real>*>(timed_[p])),
                     BucketClock(step_),
                     {},
                     {}});
  else
    jumping_[p].reset(
        new Jumping{std::unique_ptr<EventNeurons>(static_cast<EventNeurons*>(timed_[p])), {}, {}, nullptr});
  if (homeostasis_.of(p)) move_thresholds(p, 0);
  const Population& population = groups_.group(p);
  if (const auto takes = taken_by_winner(population); takes && owned(p).size() > 0) {
    if (jumping_[p])
      jumping_[p]->takes = takes;
    else
      stepping_[p]->neurons->compete(NeuronModels::get("neuron model", population.model), population,
                                     network_.description.steps, homeostasis_.theta(p));
  }
  predict(p, 0);
}

template <class Real>
void EventShard<Real>::make_projection(ProjectionId q) {
  const Projection& projection = network_.description.projections[q];
  const Block& block = network_.block(index_, q);
  if (block.size() == 0) return;
  Stepping* const stepping = stepping_[projection.target].get();
  if (stepped_sources_[projection.source]) {
    stepping->drives.emplace_back(network_, index_, q, block.min_delay / step_);
    return;
  }
  traffic_[q] =
      std::make_unique<EventTraffic<Real>>(network_, index_, q, longest_window_, clock_.width, stepping ? step_ : 0);
  served_.push_back(traffic_[q].get());
  outgoing_[projection.source].push_back(q);
  if (stepping) stepping->incoming.push_back(q);
  PlasticSynapses<Real>* const plastic = traffic_[q]->plastic();
  if (!plastic) return;
  learns_[projection.target].push_back(q);
  if (stepping)
    stepping->watchers.add(*plastic, projection, network_.description, stepping->neurons->clock());
  else if (plastic->sees() != Sees::spikes)
    throw UnsupportedError("projection '" + projection.name + "': " + projection.plasticity +
                           " sees the membranes of its targets between spikes, for which population '" +
                           network_.description.populations[projection.target].name +
                           "' must go in steps (backend='clock' can, or backend='auto' with engines={'" +
                           network_.description.populations[projection.target].name + "': 'clock'})");
}

template <class Real>
Tick EventShard<Real>::least_delay(ProjectionId q) const {
  if (drives(q) || network_.description.ascends(network_.description.projections[q])) return 0;
  return sources_[network_.description.projections[q].source] ? lead_.delay() : neuron_delay_;
}

template <class Real>
void EventShard<Real>::find_currents() {
  const auto& injections = injections_.all();
  for (auto& offset : currents_offset_) offset.clear();
  for (const Injection& c : injections) {
    if (!c.current) continue;  // a number that nobody has, and no population
    auto& offset = currents_offset_[c.population];
    if (offset.empty()) offset.assign(shard_.owned[c.population].size() + 1, 0);
    c.each([&](std::uint32_t k) { ++offset[k + 1]; });
  }
  ById<PopulationId, std::vector<std::uint32_t>> cursor(currents_.size());
  for (const PopulationId p : currents_.ids()) {
    auto& offset = currents_offset_[p];
    for (std::size_t k = 1; k < offset.size(); ++k) offset[k] += offset[k - 1];
    currents_[p].resize(offset.empty() ? 0 : offset.back());
    cursor[p] = offset;
  }
  for (std::uint32_t c = 0; c < injections.size(); ++c) {
    const Injection& injection = injections[c];
    const PopulationId p = injection.population;
    injection.each([&](std::uint32_t k) { currents_[p][cursor[p][k]++] = c; });
  }
}

template <class Real>
Tick EventShard<Real>::next_stop(LongTick epoch, const std::vector<StateProbe>& probes) const {
  Tick stop = std::min(in_epoch(injections_.next_change(), epoch), homeostasis_.next(epoch));
  for (const StateProbe& probe : probes) stop = std::min(stop, probe.due(index_));
  return stop;
}

template <class Real>
std::size_t EventShard<Real>::process(const Window& window, SpikeLists& out, std::vector<StateProbe>&) {
  const Tick to = window.to;
  timer_.start();
  for (auto& list : out) list.clear();
  if (window.level == 0) {
    const SourceLead::Span span = lead_.move_on(window);
    for (const PopulationId p : out.ids()) {
      if (sources_[p] && !span.empty()) sources_[p]->emit(span.from, span.to, out[p]);
      if (stepped_sources_[p]) stepped_sources_[p]->emit(to, out[p]);
    }
  }
  timer_.lap(emit_phase);

  collect(to, window.level);
  timer_.lap(collect_phase);

  std::size_t total = 0;
  for (const PopulationId p : jumping_.ids()) {
    if (level_of(p) != window.level) continue;
    if (stepping_[p])
      total += step(p, to, out[p]);
    else if (jumping_[p] && !jumping_[p]->arrivals.empty())
      total += jump(p, to, out[p]);
  }
  for (EventTraffic<Real>* traffic : served_)
    if (traffic->plastic() && level_of(traffic->target()) == window.level) traffic->plastic()->settle(to);
  timer_.lap(advance_phase);
  return total;
}

// What arrives up to `to` at neurons of a level that jump, and which of them are to be looked at.
template <class Real>
void EventShard<Real>::collect(Tick to, std::uint32_t level) {
  std::vector<LearnedRun> none;
  for (EventTraffic<Real>* traffic : served_) {
    Jumping* const group = jumping_[traffic->target()].get();
    if (!group || level_of(traffic->target()) != level) continue;
    const auto arrivals = traffic->collect(to, clock_, group->learning ? group->learning->runs : none);
    if (!arrivals.empty()) group->arrivals.push_back(arrivals);
  }
  for (const Woken& woken : wake_calendar_.take(to, clock_))
    jumping_[woken.population]->woken.push(Arrival::look(static_cast<std::uint64_t>(woken.since), woken.target));
  for (const PopulationId p : jumping_.ids())
    if (Jumping* const group = jumping_[p].get(); group && level_of(p) == level && !group->woken.empty())
      group->arrivals.emplace_back(group->woken.begin(), group->woken.size());
}

template <class Real>
LearningInputs::Weighted EventShard<Real>::Learning::arrive(std::uint64_t reference, Tick now) {
  const LearnedRun& due = runs[reference >> 32];
  return {shard_.traffic_[due.projection]->arrive(due, static_cast<std::uint32_t>(reference), now),
          shard_.network_.description.projections[due.projection].receptor};
}

template <class Real>
void EventShard<Real>::Learning::fired(std::uint32_t target, Tick t) {
  for (const ProjectionId q : shard_.learns_[population_]) shard_.traffic_[q]->plastic()->post_spike(target, t);
  if (Homeostasis* const h = shard_.homeostasis_.of(population_))
    shard_.timed_[population_]->offset_threshold(target, h->raised(target), t);
}

template <class Real>
std::size_t EventShard<Real>::jump(PopulationId p, Tick to, std::vector<TimedSpike>& out) {
  Jumping& group = *jumping_[p];
  const auto sorted = sorter_.sort(group.arrivals, owned(p).size());
  timer_.lap(sort_phase);
  fired_.clear();
  wakes_.clear();
  EventWindow window{clock_.begin, to, sorted, group.learning.get(), fired_, wakes_, group.takes};
  group.neurons->advance(window);
  group.arrivals.clear();
  group.woken.clear();
  if (group.learning) group.learning->runs.clear();
  for (const Fired& spike : fired_) out.push_back({spike.time, owned(p).begin + spike.target});
  std::sort(out.begin(), out.end(), by_time_and_index);
  keep_wakes(p);
  timer_.lap(advance_phase);
  return sorted.size();
}

// All steps that end by `to`.
template <class Real>
std::size_t EventShard<Real>::step(PopulationId p, Tick to, std::vector<TimedSpike>& out) {
  Stepping& group = *stepping_[p];
  SteppedNeurons<Real>& neurons = *group.neurons;
  const auto sums = [&](ProjectionId q) { return neurons.input(network_.description.projections[q].receptor); };
  std::size_t arrivals = 0;
  for (Tick now; (now = group.clock.end()) <= to;) {
    for (const ProjectionId q : group.incoming)
      arrivals += traffic_[q]->plastic() ? traffic_[q]->add_learned(now, clock_, sums(q))
                                         : traffic_[q]->add_up(group.clock, sums(q));
    for (Drive<Real>& drive : group.drives)
      drive.add(neurons.steps() + 1, stepped_sources_[drive.source]->source(), sums(drive.projection));
    if (group.watchers) neurons.watch(group.watchers);
    for (const std::uint32_t local : neurons.step(now)) {
      out.push_back({now, owned(p).begin + local});
      if (Homeostasis* const h = homeostasis_.of(p)) neurons.offset_threshold(local, h->raised(local), now);
      for (const ProjectionId q : learns_[p]) traffic_[q]->plastic()->post_spike(local, now);
    }
    if (group.watchers) group.watchers.tell(now);
    group.clock.begin = now;
    for (const ProjectionId q : group.incoming)
      if (traffic_[q]->by_step()) traffic_[q]->move(1, group.clock);
  }
  // What else has come to plastic synapses is seen by them now, before their histories go on.
  for (const ProjectionId q : group.incoming)
    if (traffic_[q]->plastic()) arrivals += traffic_[q]->learn(to, clock_);
  timer_.lap(advance_phase);
  return arrivals;
}

template <class Real>
void EventShard<Real>::keep_wakes(PopulationId p) {
  for (const Wake& wake : wakes_) wake_calendar_.push(clock_, wake.time, {0, p, wake.target});
  wakes_.clear();
}

template <class Real>
Tick EventShard<Real>::earliest(const Window& window, const SpikeLists& page) {
  Tick first = wake_calendar_.earliest(clock_);
  for (EventTraffic<Real>* traffic : served_) first = std::min(first, traffic->earliest(clock_));
  for (const auto& group : stepping_)
    if (group) first = std::min(first, group->clock.end());
  for (const auto& source : sources_)
    if (source) first = std::min(first, source->next(lead_.horizon()));
  if (window.level == 0) heard_from_ = never;
  for (const PopulationId p : page.ids()) {
    const Tick delay = timed_[p] ? neuron_delay_ : lead_.delay();
    if (!page[p].empty() && delay != never) heard_from_ = std::min(heard_from_, page[p].front().time + delay);
  }
  return std::min(std::max(first, window.to + 1), heard_from_);
}

template <class Real>
void EventShard<Real>::move_to(Tick now) {
  const auto n = static_cast<std::uint64_t>((now - clock_.begin) / clock_.width);
  if (n == 0) return;
  clock_.begin += static_cast<Tick>(n) * clock_.width;
  wake_calendar_.move(n, clock_);
  for (EventTraffic<Real>* traffic : served_)
    if (!traffic->by_step()) traffic->move(n, clock_);
}

template <class Real>
void EventShard<Real>::exchange(SpikeBoard::Reader& reader, Tick now) {
  timer_.start();
  for (const ModulatorFeed& feed : feeds_) {
    auto* const learning = plastic(feed.projection);
    if (!learning) continue;
    const Modulator& modulator = network_.description.modulators[feed.modulator];
    for (const TimedSpike& spike : reader.of(feed.population))
      learning->modulate_at(modulator.weight, spike.time + modulator.delay, feed.modulator.index());
  }
  move_to(now);
  homeostasis_.hear([&](PopulationId p) { return reader.of(p); });
  for (const PopulationId p : outgoing_.ids())
    for (const ProjectionId q : outgoing_[p]) traffic_[q]->set_out(reader.of(p), clock_of(*traffic_[q]));
  timer_.lap(exchange_phase);
}

template <class Real>
void EventShard<Real>::apply_currents(Tick now, LongTick epoch) {
  if (injections_.next_change() > now + epoch) return;
  for (const std::uint32_t c : injections_.move_to(now + epoch)) add_up_currents(injections_.all()[c], now);
}

// What flows from `now` on into the neurons of a current that has another level.
template <class Real>
void EventShard<Real>::add_up_currents(const Injection& changed, Tick now) {
  const PopulationId p = changed.population;
  changed.each([&](std::uint32_t k) { inject_sum(p, k, now); });
  if (changed.all)
    timed_[p]->predict(changed.local.begin, changed.local.end, now, wakes_);
  else
    changed.each([&](std::uint32_t k) { timed_[p]->predict(k, k + 1, now, wakes_); });
  keep_wakes(p);
}

template <class Real>
void EventShard<Real>::inject(std::uint32_t c, const InjectedCurrent& described, const Current& current, Tick now,
                              LongTick epoch) {
  injections_.add(c, described, shard_, current, epoch + now);
  find_currents();
}

template <class Real>
void EventShard<Real>::replace_current(std::uint32_t c, const Current& current, Tick now, LongTick epoch) {
  injections_.replace(c, current, epoch + now);
}

template <class Real>
void EventShard<Real>::stop_current(std::uint32_t c, Tick now) {
  injections_.silence(c);
  add_up_currents(injections_.all()[c], now);
  injections_.release(c);
  find_currents();
}

// Summed afresh, so that no rounding of earlier levels stays behind.
template <class Real>
void EventShard<Real>::inject_sum(PopulationId p, std::uint32_t k, Tick now) {
  double sum = 0.0;
  for (std::uint32_t at = currents_offset_[p][k]; at < currents_offset_[p][k + 1]; ++at)
    sum += injections_.all()[currents_[p][at]].level(k);
  timed_[p]->inject(k, sum, now);
}

template <class Real>
void EventShard<Real>::move_thresholds(PopulationId p, Tick now) {
  const std::vector<double>& theta = homeostasis_.of(p)->theta();
  for (std::uint32_t k = 0; k < theta.size(); ++k) timed_[p]->offset_threshold(k, theta[k], now);
  predict(p, now);
}

template <class Real>
void EventShard<Real>::sample(Tick now, std::vector<StateProbe>& probes) {
  for (StateProbe& probe : probes) {
    if (probe.due(index_) != now) continue;
    if (const auto* theta = homeostasis_.theta(probe.population(), probe.state())) {
      probe.sample(index_, [&](std::uint32_t local) { return (*theta)[local]; });
      continue;
    }
    const TimedNeurons& neurons = *timed_[probe.population()];
    probe.sample(index_, [&](std::uint32_t local) { return neurons.state(probe.state(), local, now); });
  }
}

template <class Real>
void EventShard<Real>::predict(PopulationId population, Tick now) {
  timed_[population]->predict(0, shard_.owned[population].size(), now, wakes_);
  keep_wakes(population);
}

template <class Real>
void EventShard<Real>::rebase(Tick now) {
  constexpr Tick ticks = epoch_length;
  // A neuron that had no event for so long is brought to the present.
  const Tick oldest = now - epoch_length / 2;
  lead_.rebase(ticks);
  clock_.begin -= ticks;
  for (const auto& group : stepping_)
    if (group) group->clock.begin -= ticks;
  wake_calendar_.rebase(ticks);
  for (EventTraffic<Real>* traffic : served_) traffic->rebase(ticks);
  for (const auto& source : sources_)
    if (source) source->rebase(ticks);
  for (const auto& source : stepped_sources_)
    if (source) source->rebase(ticks);
  for (const PopulationId p : timed_.ids()) {
    if (!timed_[p]) continue;
    timed_[p]->rebase(ticks, now, oldest);
    predict(p, now - ticks);
  }
}

template <class Real>
Tick EventShard<Real>::slack(const CompiledNetwork& network) {
  return step_of(network.description) + 1;
}

template <class Real>
void EventShard<Real>::count_delivered(ById<ProjectionId, std::uint64_t>& by_projection) const {
  for (const EventTraffic<Real>* traffic : served_) by_projection[traffic->projection()] += traffic->delivered();
  for (const auto& group : stepping_) {
    if (!group) continue;
    for (const Drive<Real>& drive : group->drives) by_projection[drive.projection] += drive.delivered;
  }
}

template class EventShard<float>;
template class EventShard<double>;

}  // namespace pysnn
