#include "engine/clock/shard.hpp"

#include <algorithm>

#include "core/prefetch.hpp"

namespace pysnn {
namespace {

// The runs of a row are asked for so many rows ahead.
constexpr std::size_t rows_ahead = 12;

// How many bytes what arrives at the steps of a stretch shall take, so that the second cache holds it; but so many
// steps are worth more.
constexpr std::size_t most_in_slots = 256 * 1024;
constexpr Tick worth_slots = 8;

// Add `times` for each synapse of a run onto these targets to that of its projection.
void count_synapses(const Block& block, std::span<const std::uint16_t> targets, std::uint64_t times,
                    ById<ProjectionId, std::uint64_t>& by_projection) {
  for (const Member& member : block.members) {
    const auto [first, last] = Block::part(targets, member);
    by_projection[member.projection] += times * (last - first);
  }
}

void prefetch_runs(const Block& block, std::uint32_t row) {
  const auto [begin, end] = block.row_run.of(row);
  const std::uint32_t runs = end - begin;
  prefetch(block.run_begin.data() + begin, runs + 1);
  block.run_delay.with([&, first = begin](const auto& delay, Tick) { prefetch(delay.data() + first, runs); });
}

}  // namespace

template <class Real>
ClockShard<Real>::ClockShard(CompiledNetwork& network, ShardId index, const Inputs& inputs, const Currents& currents,
                             const std::atomic<bool>& stop)
    : network_(network), groups_(inputs), index_(index), shard_(network.shards[index]),
      longest_window_(longest_window(network)), homeostasis_(network.description, shard_),
      injections_(network.description, shard_, currents) {
  const auto& description = network.description;
  const std::size_t n_populations = description.populations.size(), n_projections = description.projections.size();
  neurons_.resize(n_populations);
  sources_.resize(n_populations);
  emits_.assign(n_populations, false);
  inputs_.resize(n_populations);
  current_.resize(n_populations);
  competition_.resize(n_populations);
  outgoing_.resize(n_populations);
  learns_.resize(n_populations);
  watchers_.resize(n_populations);
  plastic_.resize(n_projections, nullptr);
  delays_since_.resize(n_projections, long_ago);

  Poll poll(stop);
  for (const PopulationId p : description.populations.ids()) {
    const Population& population = description.populations[p];
    const Range owned = shard_.owned[p];
    if (population.is_source) {
      sources_[p] = make_source(population, owned, description.time);
      emits_[p] = !sources_[p]->can_drive();
      continue;
    }
    emits_[p] = true;
    neurons_[p] = make_neurons(p, poll);
    if (homeostasis_.of(p)) move_thresholds(p);
    if (taken_by_winner(population) && owned.size() > 0)
      competition_[p] = std::make_unique<Competition<Real>>(population, make_neurons(p, poll), homeostasis_.theta(p));
  }
  make_sums();
  stages_.resize(description.levels());
  for (const PopulationId p : neurons_.ids()) {
    Stage& stage = stages_[level_of(p)];
    if (neurons_[p]) (at_once_[p] ? stage.at_once : stage.stepping).push_back(p);
  }

  for (const Injection& injection : injections_.all()) {
    Array<Real>& current = current_[injection.population];
    if (current.empty()) current = Array<Real>(shard_.owned[injection.population].size(), Real(0));
  }

  // A source with a queued projection in any shard must emit in all: its spikes cross shards.
  ById<PopulationId, char> travels(n_populations, false);
  for (const Projection& projection : description.projections)
    if (sources_[projection.source] && !drivable(projection))
      emits_[projection.source] = travels[projection.source] = true;
  for (const PopulationId p : description.populations.ids())
    if (sources_[p] && feeds_modulator(description, p)) emits_[p] = travels[p] = true;
  feeds_ = modulator_feeds(description);
  lead_ = SourceLead(shortest_delay(network, [&](PopulationId p) { return travels[p]; }), longest_window_);

  for (std::uint32_t b = 0; b < shard_.blocks.size(); ++b) {
    const Block& block = shard_.blocks[b];
    if (block.size() == 0) continue;
    if (drivable(description.projections[block.members[0].projection]))
      add_drive(block.members[0].projection);
    else
      add_traffic(b);
  }
}

template <class Real>
std::unique_ptr<ClockNeurons<Real>> ClockShard<Real>::make_neurons(PopulationId p, Poll& poll) const {
  const Population& population = groups_.group(p);
  const Range owned = shard_.owned[p];
  const NeuronEntry& model = NeuronModels::get("neuron model", population.model);
  auto neurons = model.template clock<Real>()({population.params, network_.description.time, owned.size(), owned.begin,
                                               "population '" + population.name + "'", population.noise_key,
                                               population.columns, moves_thresholds(population)});
  start_states<Real>(population, model, owned, poll, [&](std::size_t state, std::uint32_t k, double value) {
    neurons->state(state)[k] = static_cast<Real>(value);
  });
  return neurons;
}

template <class Real>
bool ClockShard<Real>::drivable(const Projection& p) const {
  return sources_[p.source] && sources_[p.source]->can_drive() && can_be_driven(p);
}

// Who goes through several steps at once, and room for what arrives in them. Neurons with several parameters of their
// own gain by it, and those to whom nothing comes; for what others read at each step the second cache is fast enough,
// and has better things to keep than the sums of several steps.
template <class Real>
void ClockShard<Real>::make_sums() {
  const auto& description = network_.description;
  const auto any = [](const std::vector<char>& of) { return std::find(of.begin(), of.end(), true) != of.end(); };
  ById<PopulationId, char> heard(neurons_.size(), false), slotted(neurons_.size(), false);
  for (const Block& block : shard_.blocks)
    for (const Member& member : block.members)
      if (block.size() > 0) heard[description.projections[member.projection].target] = true;
  std::size_t receptors = 0;
  at_once_.assign(neurons_.size(), false);
  for (const PopulationId p : neurons_.ids()) {
    if (!neurons_[p]) continue;
    receptors = std::max(receptors, model_info(description.populations[p]).receptors.size());
    at_once_[p] = shard_.owned[p].size() > 0 && !homeostasis_.of(p) && !competition_[p] &&
                  (!heard[p] || groups_.group(p).columns.size() > 1);
  }
  // What learns, or changes from spike to spike, goes by what its targets do at each step.
  for (const Projection& projection : description.projections)
    if (projection.is_stateful()) at_once_[projection.target] = false;
  for (const PopulationId p : neurons_.ids()) slotted[p] = at_once_[p] && heard[p];

  std::size_t slots = 1;
  if (any(at_once_)) longest_stretch_ = longest_window_;
  if (any(slotted)) {
    const std::size_t bytes = std::max<std::size_t>(receptors * shard_.width * sizeof(Real), 1);
    longest_stretch_ = std::min(std::max(static_cast<Tick>(most_in_slots / bytes), worth_slots), longest_stretch_);
    slots = static_cast<std::size_t>(longest_stretch_);
  }
  sums_ = SideBySide<Real>(slots * receptors, shard_.width, Place::arrivals, Real(0));
  fired_.resize(static_cast<std::size_t>(longest_stretch_));
  for (const PopulationId p : neurons_.ids()) {
    if (!neurons_[p]) continue;
    inputs_[p].resize(fired_.size());
    for (std::size_t step = 0; step < fired_.size(); ++step)
      for (std::size_t r = 0; r < model_info(description.populations[p]).receptors.size(); ++r)
        inputs_[p][step].push_back(sums_[(heard[p] ? step % slots : 0) * receptors + r].data() + shard_.offset[p]);
  }
}

template <class Real>
void ClockShard<Real>::add_drive(ProjectionId q) {
  stage_of(q).drives.push_back(static_cast<std::uint32_t>(drives_.size()));
  drives_.emplace_back(network_, index_, q, network_.block(index_, q).min_delay);
}

template <class Real>
void ClockShard<Real>::add_traffic(std::uint32_t b) {
  Block& block = shard_.blocks[b];
  const ProjectionId q = block.members[0].projection;
  const Projection& projection = network_.description.projections[q];
  outgoing_[projection.source].push_back(static_cast<std::uint32_t>(traffic_.size()));
  stage_of(q).traffic.push_back(static_cast<std::uint32_t>(traffic_.size()));
  Traffic traffic;
  traffic.block = b;
  traffic.target = projection.target;
  traffic.receptor = projection.receptor;
  if (projection.is_stateful()) {
    traffic.plastic = make_stateful_rows<Real>(network_, index_, q);
    plastic_[q] = traffic.plastic.get();
    stage_of(q).learning.push_back(plastic_[q]);
    learns_[projection.target].push_back(q);
    watchers_[projection.target].add(*traffic.plastic, projection, network_.description, *neurons_[projection.target]);
  }
  make_rings(traffic);
  traffic.fired = RowCounts(block.row_run.places());
  traffic_.push_back(std::move(traffic));
}

// Spikes of sources that lead are scheduled so much earlier, and those of any group for whom goes through a window
// after it.
template <class Real>
Tick ClockShard<Real>::ahead_of(const Projection& projection) const {
  const Tick lead = sources_[projection.source] && lead_.leads() ? longest_window_ : 0;
  return lead + (level_of(projection.source) < level_of(projection.target) ? longest_window_ : 0);
}

template <class Real>
void ClockShard<Real>::make_rings(Traffic& traffic) const {
  const Block& block = shard_.blocks[traffic.block];
  const Tick ahead = ahead_of(network_.description.projections[block.members[0].projection]);
  if (traffic.plastic) {
    traffic.plastic_runs = RunRing<PlasticEntry>(block.max_delay, ahead);
  } else {
    traffic.rows = std::make_unique<StaticRows<Real>>(block);
    traffic.runs = RunRing<RunEntry>(block.max_delay, ahead);
  }
}

template <class Real>
auto ClockShard<Real>::traffic_of(ProjectionId projection) -> Traffic* {
  const std::uint32_t block = network_.places[projection].block;
  const auto found = std::find_if(traffic_.begin(), traffic_.end(), [&](const Traffic& t) { return t.block == block; });
  return found == traffic_.end() ? nullptr : &*found;
}

template <class Real>
Stragglers* ClockShard<Real>::stragglers(ProjectionId projection) {
  Traffic* const traffic = traffic_of(projection);
  return traffic && !traffic->plastic ? &traffic->stragglers : nullptr;
}

template <class Real>
bool ClockShard<Real>::drives(ProjectionId projection) const {
  return drivable(network_.description.projections[projection]);
}

template <class Real>
Tick ClockShard<Real>::least_delay(ProjectionId projection) const {
  const Projection& described = network_.description.projections[projection];
  if (drives(projection) || network_.description.ascends(described)) return 0;
  return sources_[described.source] ? lead_.delay() : longest_window_;
}

template <class Real>
std::size_t ClockShard<Real>::process(const Window& window, SpikeLists& page, std::vector<StateProbe>& probes) {
  timer_.start();
  for (auto& list : page) list.clear();
  if (window.level == 0) {
    const SourceLead::Span span = lead_.move_on(window);
    for (const PopulationId p : page.ids())
      if (sources_[p] && emits_[p] && !span.empty()) sources_[p]->emit(span.from, span.to, page[p]);
  }
  timer_.lap(sources_phase);
  for (Tick now = window.from; now < window.to;) {
    apply_currents(now);
    const Tick end = stretch_end(now, window.to, window.level, probes);
    go_through(now, end, stages_[window.level], page);
    now = end;
    if (now < window.to) sample(now, window.level, probes);  // at its end when all has happened: stand_at()
  }
  return 0;
}

// Stretches of a window are as long as each other, as far as they may be.
template <class Real>
Tick ClockShard<Real>::stretch_end(Tick from, Tick to, std::uint32_t level,
                                   const std::vector<StateProbe>& probes) const {
  if (longest_stretch_ == 1) return from + 1;
  if (injections_.next_change() < to) to = std::max(from + 1, static_cast<Tick>(injections_.next_change()));
  for (const StateProbe& probe : probes)
    if (level_of(probe.population()) == level) to = std::clamp(probe.due(index_), from + 1, to);
  const Tick left = to - from, stretches = (left + longest_stretch_ - 1) / longest_stretch_;
  return from + (left + stretches - 1) / stretches;
}

template <class Real>
void ClockShard<Real>::go_through(Tick from, Tick to, const Stage& stage, SpikeLists& page) {
  for (Tick now = from + 1; now <= to; ++now) {
    const auto slot = static_cast<std::size_t>(now - from - 1);
    deliver(now, slot, stage);
    timer_.start();
    for (const PopulationId p : stage.stepping) step(p, now, slot, page[p]);
    timer_.lap(update_phase);
    for (auto* plastic : stage.learning) plastic->settle(now);
    timer_.lap(plasticity_phase);
  }
  timer_.start();
  const auto steps = static_cast<std::size_t>(to - from);
  for (const PopulationId p : stage.at_once) {
    const std::span fired(fired_.data(), steps);
    for (auto& list : fired) list.clear();
    neurons_[p]->steps(from + 1, std::span(inputs_[p]).first(steps), current(p), fired);
    for (std::size_t s = 0; s < steps; ++s)
      for (const std::uint32_t local : fired[s])
        page[p].push_back({from + 1 + static_cast<Tick>(s), local + shard_.owned[p].begin});
  }
  timer_.lap(update_phase);
}

template <class Real>
void ClockShard<Real>::deliver(Tick now, std::size_t slot, const Stage& stage) {
  timer_.start();
  const auto sums = [&](PopulationId population, std::uint32_t receptor) {
    return inputs_[population][slot][receptor];
  };
  for (const std::uint32_t t : stage.traffic) {
    Traffic& traffic = traffic_[t];
    if (traffic.plastic) {
      const auto entries = traffic.plastic_runs.at(now);
      if (entries.empty()) continue;
      timer_.start();
      traffic.plastic->deliver(entries, now, sums(traffic.target, traffic.receptor));
      traffic.plastic_runs.clear(now);
      timer_.lap(plasticity_phase);
    } else {
      const auto runs = traffic.runs.at(now);
      const auto stragglers = traffic.stragglers.take(now);
      if (runs.empty() && stragglers.empty()) continue;
      timer_.start();
      traffic.rows->deliver(runs, stragglers, sums(traffic.target, traffic.receptor));
      traffic.runs.clear(now);
      timer_.lap(deliver_phase);
    }
  }
  timer_.start();
  // The first runs of the next step arrive while the neurons are advanced.
  for (const std::uint32_t t : stage.traffic)
    if (const Traffic& traffic = traffic_[t]; traffic.rows) traffic.rows->prefetch(traffic.runs.due(now + 1));
  for (const std::uint32_t d : stage.drives) {
    Drive<Real>& drive = drives_[d];
    const Projection& projection = network_.description.projections[drive.projection];
    drive.add(now, *sources_[drive.source], sums(projection.target, projection.receptor));
  }
  timer_.lap(background_phase);
}

template <class Real>
void ClockShard<Real>::step(PopulationId p, Tick now, std::size_t slot, std::vector<TimedSpike>& spikes) {
  Real* const* const input = inputs_[p][slot].data();
  std::vector<std::uint32_t>& fired = fired_[0];
  fired.clear();
  if (watchers_[p]) watchers_[p].look(*neurons_[p], input, current(p));
  if (competition_[p])
    competition_[p]->step(*neurons_[p], now, input, current(p), fired);
  else
    neurons_[p]->step(now, input, current(p), fired);
  for (const std::uint32_t local : fired) spikes.push_back({now, local + shard_.owned[p].begin});
  if (Homeostasis* const h = homeostasis_.of(p))
    for (const std::uint32_t local : fired) neurons_[p]->offset_thresholds(local, std::array{h->raised(local)});
  for (const ProjectionId projection : learns_[p])
    for (const std::uint32_t local : fired) plastic_[projection]->post_spike(local, now);
  if (watchers_[p]) watchers_[p].tell(now);
}

template <class Real>
void ClockShard<Real>::apply_currents(Tick begin) {
  if (injections_.next_change() > begin) return;
  reinjected_.assign(current_.size(), false);
  for (const std::uint32_t c : injections_.move_to(begin)) reinjected_[injections_.all()[c].population] = true;
  for (const PopulationId p : reinjected_.ids())
    if (reinjected_[p]) add_up_currents(p);
}

// Afresh, so that no rounding of earlier levels stays behind.
template <class Real>
void ClockShard<Real>::add_up_currents(PopulationId p) {
  Array<Real>& current = current_[p];
  std::fill(current.begin(), current.end(), Real(0));
  for (const Injection& injection : injections_.all())
    if (injection.population == p)
      injection.each([&](std::uint32_t k) { current[k] += static_cast<Real>(injection.level(k)); });
}

template <class Real>
void ClockShard<Real>::move_thresholds(PopulationId p) {
  neurons_[p]->offset_thresholds(0, homeostasis_.of(p)->theta());
}

template <class Real>
void ClockShard<Real>::exchange(SpikeBoard::Reader& reader, Tick) {
  timer_.start();
  homeostasis_.hear([&](PopulationId p) { return reader.of(p); });
  for (const ModulatorFeed& feed : feeds_) {
    if (!plastic_[feed.projection]) continue;
    const Modulator& modulator = network_.description.modulators[feed.modulator];
    for (const TimedSpike& spike : reader.of(feed.population))
      plastic_[feed.projection]->modulate_at(modulator.weight, spike.time + modulator.delay, feed.modulator.index());
  }
  rows_.clear();
  for (const PopulationId population : outgoing_.ids()) {
    if (outgoing_[population].empty()) continue;
    const std::span<const TimedSpike> spikes = reader.of(population);
    for (const std::uint32_t t : outgoing_[population]) {
      const Block& block = shard_.blocks[traffic_[t].block];
      for (const TimedSpike& spike : spikes) {
        const std::uint32_t row = spike.index - block.row_base;
        if (row >= block.rows() || !block.row_run.may_have(row)) continue;
        block.row_run.prefetch(row);
        rows_.push_back({t, row, spike.time});
      }
    }
  }
  const auto ask_for = [&](const FiredRow& row) { prefetch_runs(shard_.blocks[traffic_[row.traffic].block], row.row); };
  for (std::size_t r = 0; r < std::min(rows_ahead, rows_.size()); ++r) ask_for(rows_[r]);
  for (std::size_t r = 0; r < rows_.size(); ++r) {
    if (r + rows_ahead < rows_.size()) ask_for(rows_[r + rows_ahead]);
    schedule(traffic_[rows_[r].traffic], rows_[r].row, rows_[r].time);
  }
  timer_.lap(exchange_phase);
}

template <class Real>
void ClockShard<Real>::schedule(Traffic& traffic, std::uint32_t row, Tick now) {
  const Block& block = shard_.blocks[traffic.block];
  const auto [begin, end] = block.row_run.of(row);
  if (begin == end) return;
  traffic.fired.add(block.row_run.place(row));
  if (traffic.plastic) {
    const std::uint64_t spike = traffic.plastic->pre_spike(row, now);
    for (std::uint32_t run = begin; run < end; ++run)
      traffic.plastic_runs.push(now, block.run_delay[run], {run, spike});
  } else {
    traffic.rows->for_each_entry(begin, end,
                                 [&](const RunEntry& entry, Tick delay) { traffic.runs.push(now, delay, entry); });
  }
}

// All synapses of the rows that have fired, less those that are still on their way or never came.
template <class Real>
void ClockShard<Real>::count_delivered(ById<ProjectionId, std::uint64_t>& by_projection) const {
  constexpr std::uint64_t minus_one = ~std::uint64_t{0};
  for (const Drive<Real>& drive : drives_) by_projection[drive.projection] += drive.delivered;
  for (const ProjectionId q : lost_.ids()) by_projection[q] -= lost_[q];
  std::vector<std::uint16_t> scratch;
  for (const Traffic& traffic : traffic_) {
    const Block& block = shard_.blocks[traffic.block];
    const auto fired = traffic.fired.counts();
    block.row_run.each([&](std::uint32_t row, std::uint32_t begin, std::uint32_t end) {
      const std::uint64_t times = fired[block.row_run.place(row)];
      for (std::uint32_t run = begin; times > 0 && run < end; ++run)
        count_synapses(block, block.targets(run, scratch), times, by_projection);
    });
    count_under_way(traffic, minus_one, by_projection);
  }
}

template <class Real>
void ClockShard<Real>::count_under_way(const Traffic& traffic, std::uint64_t times,
                                       ById<ProjectionId, std::uint64_t>& by_projection) const {
  const Block& block = shard_.blocks[traffic.block];
  std::vector<std::uint16_t> scratch;
  traffic.runs.for_each([&](const RunEntry& run) {
    count_synapses(block,
                   run.length > 0      ? block.targets_at(run.begin, run.length)
                   : block.is_bitmap() ? block.targets(run.begin, scratch)
                                       : std::span<const std::uint16_t>{},
                   times, by_projection);
  });
  traffic.plastic_runs.for_each([&](const PlasticEntry& entry) {
    count_synapses(block, block.targets(entry.run, scratch), times, by_projection);
  });
  for (const Straggler& one : traffic.stragglers.all()) {
    const std::uint16_t target = block.target_of(one.synapse);
    count_synapses(block, {&target, 1}, times, by_projection);
  }
}

template <class Real>
void ClockShard<Real>::sample(Tick now, std::uint32_t level, std::vector<StateProbe>& probes) {
  for (StateProbe& probe : probes) {
    if (probe.due(index_) != now || level_of(probe.population()) != level) continue;
    if (const auto* theta = homeostasis_.theta(probe.population(), probe.state())) {
      probe.sample(index_, [&](std::uint32_t local) { return (*theta)[local]; });
      continue;
    }
    const std::span<const Real> state = neurons_[probe.population()]->state(probe.state());
    probe.sample(index_, [&](std::uint32_t local) { return static_cast<double>(state[local]); });
  }
}

template class ClockShard<float>;
template class ClockShard<double>;

}  // namespace pysnn
