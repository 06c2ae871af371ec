#include "engine/event/shard.hpp"

#include <algorithm>

namespace pysnn {
namespace {

bool by_time_and_index(const TimedSpike& a, const TimedSpike& b) {
  return a.time != b.time ? a.time < b.time : a.index < b.index;
}

constexpr std::uint64_t wake_buckets = 256;

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
EventShard<Real>::EventShard(CompiledNetwork& network, std::uint32_t index, const Currents& currents)
    : network_(network), index_(index), shard_(network.shards[index]), step_(step_of(network.description)),
      neuron_delay_(shortest_neuron_delay(network)), clock_(bucket_width(network, longest_window(network))),
      wake_calendar_(wake_buckets), injections_(network.description, shard_, currents) {
  const auto& description = network.description;
  const std::size_t n_populations = description.populations.size(), n_projections = description.projections.size();
  neurons_.resize(n_populations);
  stepped_.resize(n_populations);
  timed_.resize(n_populations, nullptr);
  incoming_.resize(n_populations);
  sources_.resize(n_populations);
  stepped_sources_.resize(n_populations);
  drives_.resize(n_populations);
  step_clock_.resize(n_populations, BucketClock(step_));
  arrivals_.resize(n_populations);
  learning_.resize(n_populations);
  outgoing_.resize(n_populations);
  learns_.resize(n_populations);
  covering_.resize(n_populations);
  covering_offset_.resize(n_populations);
  woken_.resize(n_populations);
  travels_.resize(n_projections, Travels::by_run);
  runs_.resize(n_projections);
  rows_.resize(n_projections);
  learned_runs_.resize(n_projections);
  written_out_.resize(n_projections);
  plastic_.resize(n_projections);
  delivered_.resize(n_projections, 0);

  for (std::uint32_t p = 0; p < n_populations; ++p) {
    if (description.populations[p].is_source)
      make_source(p);
    else
      make_neurons(p);
  }
  for (std::uint32_t p = 0; p < n_projections; ++p) make_projection(p);
  lead_ = SourceLead(shortest_delay(network, [&](std::uint32_t p) { return sources_[p] != nullptr; }),
                     longest_window(network));
  for (std::uint32_t p = 0; p < n_populations; ++p)
    if (!learns_[p].empty() && neurons_[p]) learning_[p] = std::make_unique<Learning>(*this, p);
  find_covering();
}

template <class Real>
void EventShard<Real>::make_source(std::uint32_t p) {
  const auto& description = network_.description;
  const Population& population = description.populations[p];
  const auto make = [&](const TimeBase& time) {
    return Sources::get("source", population.model)
        .make({population.name, shard_.owned[p], population.n, population.params, time, population.key});
  };
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
bool EventShard<Real>::only_drives(std::uint32_t p) const {
  const auto& description = network_.description;
  bool drives = false;
  for (const Projection& q : description.projections) {
    if (q.source != p) continue;
    drives = description.populations[q.target].stepped && can_be_driven(q) &&
             description.time.delay(q.delay[0].constant(), "delay") % step_ == 0;
    if (!drives) return false;
  }
  return drives;
}

template <class Real>
void EventShard<Real>::make_neurons(std::uint32_t p) {
  const Population& population = network_.description.populations[p];
  const NeuronEntry& model = NeuronModels::get("neuron model", population.model);
  const std::string owner = "population '" + population.name + "'";
  const Range owned = shard_.owned[p];
  const NeuronConfig config{population.params, network_.description.time, owned.size(), owned.begin, owner,
                            population.key};
  if (population.stepped) {
    stepped_[p] = std::make_unique<SteppedNeurons<Real>>(model, config, network_.description.steps);
    timed_[p] = stepped_[p].get();
  } else if (model.event) {
    neurons_[p] = model.event(config);
    timed_[p] = neurons_[p].get();
  } else {
    throw UnsupportedError(owner + ": the event engine cannot run " + population.model +
                           ", which has no form in continuous time (backend=\"clock\" can)");
  }
  for (std::size_t s = 0; s < model.info.states.size(); ++s)
    for (std::uint32_t k = 0; k < owned.size(); ++k)
      timed_[p]->set_state(s, k, initial_value(population, model, s, owned.begin + k), 0);
  predict(p, 0);
}

template <class Real>
void EventShard<Real>::make_projection(std::uint32_t p) {
  const Projection& projection = network_.description.projections[p];
  Block& block = network_.block(index_, p);
  if (block.size() == 0) return;
  if (stepped_sources_[projection.source]) {
    drives_[projection.target].emplace_back(network_, index_, p, block.min_delay / step_,
                                            stepped_[projection.target]->input(projection.receptor));
    return;
  }
  outgoing_[projection.source].push_back(p);
  served_.push_back(p);
  const bool stepped = stepped_[projection.target] != nullptr;
  if (stepped) incoming_[projection.target].push_back(p);
  const std::uint64_t buckets = static_cast<std::uint64_t>(block.max_delay / clock_.width) + 2;
  if (!projection.plasticity.empty()) {
    plastic_[p] = PlasticityRules::get("plasticity rule", projection.plasticity)
                      .template make<Real>()(
                          {projection, network_.description.time, block, shard_.owned[projection.target].size()});
    travels_[p] = Travels::by_learned_run;
    learned_runs_[p] = Calendar<LearnedRun>(buckets);
    learns_[projection.target].push_back(p);
  } else if (stepped) {
    travels_[p] = Travels::by_step;
    runs_[p] = Calendar<Run>(static_cast<std::uint64_t>(block.max_delay / step_) + 2);
  } else if (rows_pay(block)) {
    travels_[p] = Travels::by_row;
  } else {
    runs_[p] = Calendar<Run>(buckets);
  }
}

// Whether its runs are short, and its rows long: not much shorter than the windows that each of them is looked at in.
template <class Real>
bool EventShard<Real>::rows_pay(const Block& block) const {
  if (block.size() >= 4 * std::uint64_t{block.runs()}) return false;
  std::uint64_t rows = 0;
  for (std::uint32_t row = 0; row < block.rows(); ++row) rows += block.row_run[row] < block.row_run[row + 1] ? 1 : 0;
  const double length = static_cast<double>(block.runs()) / static_cast<double>(rows);
  const double windows = static_cast<double>(block.max_delay) / static_cast<double>(longest_window(network_));
  return length >= 8.0 && length >= 0.25 * windows;
}

template <class Real>
void EventShard<Real>::find_covering() {
  const auto& injections = injections_.all();
  for (const Injection& c : injections) {
    auto& offset = covering_offset_[c.population];
    if (offset.empty()) offset.assign(shard_.owned[c.population].size() + 1, 0);
    c.each([&](std::uint32_t k) { ++offset[k + 1]; });
  }
  std::vector<std::vector<std::uint32_t>> cursor(covering_.size());
  for (std::size_t p = 0; p < covering_.size(); ++p) {
    auto& offset = covering_offset_[p];
    for (std::size_t k = 1; k < offset.size(); ++k) offset[k] += offset[k - 1];
    covering_[p].resize(offset.empty() ? 0 : offset.back());
    cursor[p] = offset;
  }
  for (std::uint32_t c = 0; c < injections.size(); ++c) {
    const Injection& injection = injections[c];
    const std::uint32_t p = injection.population;
    injection.each([&](std::uint32_t k) { covering_[p][cursor[p][k]++] = c; });
  }
}

template <class Real>
Tick EventShard<Real>::next_stop(LongTick epoch, const std::vector<StateProbe>& probes) const {
  Tick stop = in_epoch(injections_.next_change(), epoch);
  for (const StateProbe& probe : probes) stop = std::min(stop, probe.due(index_));
  return stop;
}

template <class Real>
std::size_t EventShard<Real>::process(const Window& window, SpikeLists& out, std::vector<StateProbe>&) {
  const Tick to = window.to;
  timer_.start();
  const SourceLead::Span span = lead_.move_on(window);
  for (std::size_t p = 0; p < out.size(); ++p) {
    out[p].clear();
    if (sources_[p] && !span.empty()) sources_[p]->emit(span.from, span.to, out[p]);
    if (stepped_sources_[p]) stepped_sources_[p]->emit(to, out[p]);
  }
  timer_.lap(emit_phase);

  for (const std::uint32_t p : served_)
    if (!stepped_[network_.description.projections[p].target]) collect(p, to);
  for (const Woken& woken : wake_calendar_.take(to, clock_))
    woken_[woken.population].push(Arrival::look(static_cast<std::uint64_t>(woken.since), woken.target));
  for (std::uint32_t p = 0; p < neurons_.size(); ++p)
    if (!woken_[p].empty()) arrivals_[p].emplace_back(woken_[p].begin(), woken_[p].size());
  timer_.lap(collect_phase);

  std::size_t total = 0;
  for (std::uint32_t p = 0; p < neurons_.size(); ++p) {
    if (stepped_[p])
      total += step(p, to, out[p]);
    else if (!arrivals_[p].empty())
      total += advance(p, to, out[p]);
  }
  for (const auto& plastic : plastic_)
    if (plastic) plastic->settle(to);
  timer_.lap(advance_phase);
  return total;
}

template <class Real>
void EventShard<Real>::collect(std::uint32_t p, Tick to) {
  const Projection& projection = network_.description.projections[p];
  const Block& block = network_.block(index_, p);
  const std::uint16_t* target = block.target.data();
  Pile<Arrival>& out = written_out_[p];
  out.clear();
  if (travels_[p] == Travels::by_row) {
    rows_[p].collect(block, clock_.begin, to, projection.receptor, out);
  } else if (travels_[p] == Travels::by_run) {
    runs_[p].order();  // so that each neuron's arrivals are in order too, as a rule
    const Real* weight = block.template weight<Real>().data();
    const std::uint32_t apart = block.constant_weight ? 0 : ~std::uint32_t{0};
    for (const Run& due : runs_[p].take(to, clock_)) {
      const std::uint32_t begin = block.run_begin[due.run], n = block.run_begin[due.run + 1] - begin;
      const auto since = static_cast<std::uint64_t>(due.since);
      Arrival* to_write = out.room(n);
      for (std::uint32_t q = begin; q < begin + n; ++q)
        *to_write++ = Arrival::input(since, target[q], projection.receptor, static_cast<double>(weight[q & apart]));
      out.keep(n);
    }
  } else {
    auto& entries = learning_[projection.target]->entries;
    learned_runs_[p].order();
    for (const LearnedRun& due : learned_runs_[p].take(to, clock_)) {
      const std::uint64_t place = std::uint64_t{entries.size()} << 32;
      entries.push_back({p, due.run, due.spike});
      const std::uint32_t begin = block.run_begin[due.run], n = block.run_begin[due.run + 1] - begin;
      const auto since = static_cast<std::uint64_t>(due.since);
      Arrival* to_write = out.room(n);
      for (std::uint32_t q = begin; q < begin + n; ++q) *to_write++ = Arrival::refer(since, target[q], place | q);
      out.keep(n);
    }
  }
  delivered_[p] += out.size();
  if (!out.empty()) arrivals_[projection.target].emplace_back(out.begin(), out.size());
}

template <class Real>
LearningInputs::Input EventShard<Real>::Learning::arrive(std::uint64_t reference, Tick now) {
  const Entry& entry = entries[reference >> 32];
  const double weight =
      shard_.plastic_[entry.projection]->arrive(entry.run, static_cast<std::uint32_t>(reference), entry.spike, now);
  return {weight, shard_.network_.description.projections[entry.projection].receptor};
}

template <class Real>
void EventShard<Real>::Learning::fired(std::uint32_t target, Tick t) {
  for (const std::uint32_t p : shard_.learns_[population_]) shard_.plastic_[p]->post_spike(target, t);
}

template <class Real>
std::size_t EventShard<Real>::advance(std::uint32_t p, Tick to, std::vector<TimedSpike>& out) {
  const Range owned = shard_.owned[p];
  const auto sorted = sorter_.sort(arrivals_[p], owned.size());
  timer_.lap(sort_phase);
  fired_.clear();
  wakes_.clear();
  EventWindow window{clock_.begin, to, sorted, learning_[p].get(), fired_, wakes_};
  neurons_[p]->advance(window);
  arrivals_[p].clear();
  woken_[p].clear();
  if (learning_[p]) learning_[p]->entries.clear();
  for (const Fired& spike : fired_) out.push_back({spike.time, owned.begin + spike.target});
  std::sort(out.begin(), out.end(), by_time_and_index);
  keep_wakes(p);
  timer_.lap(advance_phase);
  return sorted.size();
}

// All steps that end by `to`.
template <class Real>
std::size_t EventShard<Real>::step(std::uint32_t p, Tick to, std::vector<TimedSpike>& out) {
  SteppedNeurons<Real>& neurons = *stepped_[p];
  BucketClock& clock = step_clock_[p];
  const std::uint32_t first = shard_.owned[p].begin;
  std::size_t arrivals = 0;
  for (Tick now; (now = clock.end()) <= to;) {
    for (const std::uint32_t projection : incoming_[p])
      arrivals += plastic_[projection] ? add_learned(projection, now) : add_up(projection);
    for (Drive<Real>& drive : drives_[p]) {
      const std::uint64_t before = drive.delivered;
      drive.add(neurons.steps() + 1, stepped_sources_[drive.source]->source());
      delivered_[drive.projection] += drive.delivered - before;
    }
    for (const std::uint32_t local : neurons.step(now)) {
      out.push_back({now, first + local});
      for (const std::uint32_t projection : learns_[p]) plastic_[projection]->post_spike(local, now);
    }
    clock.begin = now;
    for (const std::uint32_t projection : incoming_[p])
      if (!plastic_[projection]) runs_[projection].move(1, clock);
  }
  // What else has come to plastic synapses is seen by them now, before their histories go on.
  for (const std::uint32_t projection : incoming_[p])
    if (plastic_[projection]) arrivals += add_learned(projection, to);
  timer_.lap(advance_phase);
  return arrivals;
}

// What arrives in the step at hand, in the order in which the spikes were fired.
template <class Real>
std::size_t EventShard<Real>::add_up(std::uint32_t p) {
  const Projection& projection = network_.description.projections[p];
  const Block& block = network_.block(index_, p);
  const std::uint32_t* const first = block.run_begin.data();
  const std::uint16_t* const target = block.target.data();
  const Real* const weight = block.template weight<Real>().data();
  const std::uint32_t apart = block.constant_weight ? 0 : ~std::uint32_t{0};
  Real* const sum = stepped_[projection.target]->input(projection.receptor);
  const BucketClock& clock = step_clock_[projection.target];
  const auto due = runs_[p].take(clock.end(), clock);
  std::size_t delivered = 0;
  for (std::size_t k = 0; k < due.size(); ++k) {
    // Runs lie anywhere: what they begin with is asked for well ahead.
    if (k + 16 < due.size()) __builtin_prefetch(first + due[k + 16].run);
    if (k + 8 < due.size()) {
      const std::uint32_t later = first[due[k + 8].run];
      __builtin_prefetch(target + later);
      __builtin_prefetch(weight + (later & apart));
    }
    const std::uint32_t begin = first[due[k].run], end = first[due[k].run + 1];
    for (std::uint32_t q = begin; q < end; ++q) sum[target[q]] += weight[q & apart];
    delivered += end - begin;
  }
  delivered_[p] += delivered;
  return delivered;
}

// What arrives at plastic synapses up to `to`, in order of time.
template <class Real>
std::size_t EventShard<Real>::add_learned(std::uint32_t p, Tick to) {
  const Projection& projection = network_.description.projections[p];
  const Block& block = network_.block(index_, p);
  Real* const sum = stepped_[projection.target]->input(projection.receptor);
  std::size_t delivered = 0;
  learned_runs_[p].order();
  for (const LearnedRun& due : learned_runs_[p].take(to, clock_)) {
    const std::uint32_t begin = block.run_begin[due.run], end = block.run_begin[due.run + 1];
    for (std::uint32_t q = begin; q < end; ++q)
      sum[block.target[q]] += static_cast<Real>(plastic_[p]->arrive(due.run, q, due.spike, clock_.begin + due.since));
    delivered += end - begin;
  }
  delivered_[p] += delivered;
  return delivered;
}

template <class Real>
void EventShard<Real>::keep_wakes(std::uint32_t p) {
  for (const Wake& wake : wakes_) wake_calendar_.push(clock_, wake.time, {0, p, wake.target});
  wakes_.clear();
}

template <class Real>
Tick EventShard<Real>::earliest(const Window& window, const SpikeLists& page) {
  Tick first = wake_calendar_.earliest(clock_);
  for (const std::uint32_t p : served_)
    first = std::min(first, travels_[p] == Travels::by_row    ? rows_[p].earliest()
                            : travels_[p] == Travels::by_run  ? runs_[p].earliest(clock_)
                            : travels_[p] == Travels::by_step ? never  // not before that step ends
                                                              : learned_runs_[p].earliest(clock_));
  for (std::size_t p = 0; p < stepped_.size(); ++p)
    if (stepped_[p]) first = std::min(first, step_clock_[p].end());
  for (const auto& source : sources_)
    if (source) first = std::min(first, source->next(lead_.horizon()));
  first = std::max(first, window.to + 1);
  for (std::size_t p = 0; p < page.size(); ++p) {
    const Tick delay = timed_[p] ? neuron_delay_ : lead_.delay();
    if (!page[p].empty() && delay != never) first = std::min(first, page[p].front().time + delay);
  }
  return first;
}

template <class Real>
void EventShard<Real>::move_to(Tick now) {
  const auto n = static_cast<std::uint64_t>((now - clock_.begin) / clock_.width);
  if (n == 0) return;
  clock_.begin += static_cast<Tick>(n) * clock_.width;
  wake_calendar_.move(n, clock_);
  for (const std::uint32_t p : served_) {
    if (travels_[p] != Travels::by_step) runs_[p].move(n, clock_);
    learned_runs_[p].move(n, clock_);
  }
}

template <class Real>
void EventShard<Real>::exchange(SpikeBoard::Reader& reader, Tick now) {
  timer_.start();
  move_to(now);
  for (std::uint32_t p = 0; p < outgoing_.size(); ++p)
    if (!outgoing_[p].empty()) schedule(p, reader.of(p));
  timer_.lap(exchange_phase);
}

template <class Real>
void EventShard<Real>::schedule(std::uint32_t population, std::span<const TimedSpike> spikes) {
  if (spikes.empty()) return;
  for (const std::uint32_t p : outgoing_[population]) {
    const Block& block = network_.block(index_, p);
    const auto ahead = [&](std::size_t k, auto&& fetch) {
      if (k < spikes.size()) fetch(spikes[k].index - block.row_base);
    };
    for (std::size_t k = 0; k < spikes.size(); ++k) {
      // Rows lie anywhere: what they begin with is asked for well ahead.
      ahead(k + 8, [&](std::uint32_t row) { __builtin_prefetch(block.row_run.data() + row); });
      ahead(k + 4, [&](std::uint32_t row) {
        if (row >= block.rows()) return;
        __builtin_prefetch(block.run_begin.data() + block.row_run[row]);
        __builtin_prefetch(block.run_begin.data() + block.row_run[row + 1]);
      });
      const std::uint32_t row = spikes[k].index - block.row_base;
      if (row < block.rows()) schedule_row(p, block, row, spikes[k].time);
    }
  }
}

template <class Real>
void EventShard<Real>::schedule_row(std::uint32_t p, const Block& block, std::uint32_t row, Tick t) {
  if (travels_[p] == Travels::by_row) {
    rows_[p].set_out(block, row, t);
    return;
  }
  const std::uint32_t begin = block.row_run[row], end = block.row_run[row + 1];
  if (begin == end) return;
  const RunDelays& delay = block.run_delay;
  if (travels_[p] == Travels::by_step) {
    const BucketClock& clock = step_clock_[network_.description.projections[p].target];
    for (std::uint32_t run = begin; run < end; ++run) runs_[p].push(clock, t + delay[run], {0, run});
  } else if (travels_[p] == Travels::by_run) {
    for (std::uint32_t run = begin; run < end; ++run) runs_[p].push(clock_, t + delay[run], {0, run});
  } else {
    const std::uint64_t spike = plastic_[p]->pre_spike(row, t);
    for (std::uint32_t run = begin; run < end; ++run) learned_runs_[p].push(clock_, t + delay[run], {0, run, spike});
  }
}

template <class Real>
void EventShard<Real>::apply_currents(Tick now, LongTick epoch) {
  if (injections_.next_change() > now + epoch) return;
  for (const std::uint32_t c : injections_.move_to(now + epoch)) {
    const Injection& changed = injections_.all()[c];
    const std::uint32_t p = changed.population;
    changed.each([&](std::uint32_t k) {
      // Summed afresh, so that no rounding of earlier levels stays behind.
      double sum = 0.0;
      for (std::uint32_t at = covering_offset_[p][k]; at < covering_offset_[p][k + 1]; ++at)
        sum += injections_.all()[covering_[p][at]].level(k);
      timed_[p]->inject(k, sum, now);
    });
    if (changed.all)
      timed_[p]->predict(changed.local.begin, changed.local.end, now, wakes_);
    else
      changed.each([&](std::uint32_t k) { timed_[p]->predict(k, k + 1, now, wakes_); });
    keep_wakes(p);
  }
}

template <class Real>
void EventShard<Real>::sample(Tick now, std::vector<StateProbe>& probes) {
  for (StateProbe& probe : probes) {
    if (probe.due(index_) != now) continue;
    const TimedNeurons& neurons = *timed_[probe.population()];
    probe.sample(index_, [&](std::uint32_t local) { return neurons.state(probe.state(), local, now); });
  }
}

template <class Real>
void EventShard<Real>::read_state(std::uint32_t population, std::size_t state, Tick now, std::vector<double>& values) {
  for (std::uint32_t k = 0; k < owned(population).size(); ++k)
    values.push_back(timed_[population]->state(state, k, now));
}

template <class Real>
const double* EventShard<Real>::write_state(std::uint32_t population, std::size_t state, Tick now,
                                            const double* values) {
  for (std::uint32_t k = 0; k < owned(population).size(); ++k) timed_[population]->set_state(state, k, *values++, now);
  predict(population, now);
  return values;
}

template <class Real>
void EventShard<Real>::predict(std::uint32_t population, Tick now) {
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
  for (std::size_t p = 0; p < stepped_.size(); ++p)
    if (stepped_[p]) step_clock_[p].begin -= ticks;  // the others stand still: they would go on for ever
  wake_calendar_.rebase(ticks);
  for (const std::uint32_t p : served_) {
    runs_[p].rebase(ticks);
    rows_[p].rebase(ticks);
    learned_runs_[p].rebase(ticks);
  }
  for (const auto& source : sources_)
    if (source) source->rebase(ticks);
  for (const auto& source : stepped_sources_)
    if (source) source->rebase(ticks);
  for (const auto& plastic : plastic_)
    if (plastic) plastic->rebase(ticks);
  for (std::uint32_t p = 0; p < timed_.size(); ++p) {
    if (!timed_[p]) continue;
    timed_[p]->rebase(ticks, now, oldest);
    predict(p, now - ticks);
  }
}

template class EventShard<float>;
template class EventShard<double>;

}  // namespace pysnn
