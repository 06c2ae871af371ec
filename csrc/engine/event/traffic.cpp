#include "engine/event/traffic.hpp"

namespace pysnn {

template <class Real>
EventTraffic<Real>::EventTraffic(CompiledNetwork& network, ShardId shard, ProjectionId projection, Tick longest_window,
                                 Tick bucket, Tick step)
    : described_(network.description.projections[projection]), projection_(projection),
      block_(network.block(shard, projection)), longest_window_(longest_window), bucket_(bucket), step_(step) {
  if (described_.is_stateful()) plastic_ = make_stateful_rows<Real>(network, shard, projection);
  choose();
}

namespace {

std::uint64_t buckets(Tick longest, Tick width) { return static_cast<std::uint64_t>(longest / width) + 2; }

}  // namespace

template <class Real>
void EventTraffic<Real>::choose() {
  runs_.clear();
  rows_.clear();
  plastic_runs_.clear();
  travels_ = Travels::by_run;
  if (plastic_) {
    travels_ = Travels::by_learned_run;
    plastic_runs_ = Calendar<PlasticRun>(buckets(block_.max_delay, bucket_));
  } else if (step_ > 0) {
    travels_ = Travels::by_step;
    runs_ = Calendar<Run>(buckets(block_.max_delay, step_));
  } else if (rows_pay(block_, longest_window_)) {
    travels_ = Travels::by_row;
  } else {
    runs_ = Calendar<Run>(buckets(block_.max_delay, bucket_));
  }
}

template <class Real>
void EventTraffic<Real>::set_delays(Redelayed& made, std::span<const TimedSpike> history, Tick served, Tick now) {
  if (plastic_) return put_in_place(block_, std::move(made.block));
  auto late = under_way(block_, history, served, [this](ProjectionId) { return delays_since_; });
  Stragglers::carry(late, made);
  stragglers_.move(made);
  stragglers_.add(std::move(late));
  delays_since_ = now;
  put_in_place(block_, std::move(made.block));
  choose();
}

// Whether its runs are short, and its rows long: not much shorter than the windows that each of them is looked at in.
template <class Real>
bool EventTraffic<Real>::rows_pay(const Block& block, Tick longest_window) {
  if (block.size() >= 4 * std::uint64_t{block.runs()}) return false;
  std::uint64_t rows = 0;
  block.row_run.each([&](std::uint32_t, std::uint32_t, std::uint32_t) { ++rows; });
  const double length = static_cast<double>(block.runs()) / static_cast<double>(rows);
  const double windows = static_cast<double>(block.max_delay) / static_cast<double>(longest_window);
  return length >= 8.0 && length >= 0.25 * windows;
}

template <class Real>
void EventTraffic<Real>::set_out(std::span<const TimedSpike> spikes, const BucketClock& clock) {
  const auto ahead = [&](std::size_t k, auto&& fetch) {
    if (k < spikes.size()) fetch(spikes[k].index - block_.row_base);
  };
  for (std::size_t k = 0; k < spikes.size(); ++k) {
    // Rows lie anywhere: what they begin with is asked for well ahead.
    ahead(k + 8, [&](std::uint32_t row) { block_.row_run.prefetch(row); });
    ahead(k + 4, [&](std::uint32_t row) {
      if (row >= block_.rows()) return;
      const auto [begin, end] = block_.row_run.of(row);
      __builtin_prefetch(block_.run_begin.data() + begin);
      __builtin_prefetch(block_.run_begin.data() + end);
    });
    const std::uint32_t row = spikes[k].index - block_.row_base;
    if (row < block_.rows()) set_out(row, spikes[k].time, clock);
  }
}

template <class Real>
void EventTraffic<Real>::set_out(std::uint32_t row, Tick t, const BucketClock& clock) {
  if (travels_ == Travels::by_row) {
    rows_.set_out(block_, row, t);
    return;
  }
  const auto [begin, end] = block_.row_run.of(row);
  if (begin == end) return;
  const RunDelays& delay = block_.run_delay;
  if (plastic_) {
    const std::uint64_t spike = plastic_->pre_spike(row, t);
    for (std::uint32_t run = begin; run < end; ++run) plastic_runs_.push(clock, t + delay[run], {0, run, spike});
  } else {
    for (std::uint32_t run = begin; run < end; ++run) runs_.push(clock, t + delay[run], {0, run});
  }
}

template <class Real>
void EventTraffic<Real>::resume(std::span<const TimedSpike> spikes, const BucketClock& clock, Tick served) {
  for (const TimedSpike& spike : spikes) {
    const std::uint32_t row = spike.index - block_.row_base;
    if (row >= block_.rows() || spike.time <= delays_since_) continue;
    if (travels_ == Travels::by_row) {
      rows_.resume(block_, row, spike.time, served);
      continue;
    }
    for (auto [run, end] = block_.row_run.of(row); run < end; ++run)
      if (const Tick due = spike.time + block_.run_delay[run]; due > served) runs_.push(clock, due, {0, run});
  }
}

template <class Real>
void EventTraffic<Real>::set_out_again(const BucketClock& clock, Tick now) {
  const auto under_way = plastic_->under_way(now);
  Tick longest = block_.max_delay;  // or what set out by a longer one
  for (const RunSent& sent : under_way) longest = std::max(longest, sent.due - now);
  plastic_runs_ = Calendar<PlasticRun>(buckets(longest, bucket_));
  for (const RunSent& sent : under_way) plastic_runs_.push(clock, sent.due, {0, sent.run, sent.spike});
}

template <class Real>
std::span<const Arrival> EventTraffic<Real>::collect(Tick to, const BucketClock& clock,
                                                     std::vector<LearnedRun>& learned) {
  const std::uint16_t* target = block_.target.data();
  Pile<Arrival>& out = written_out_;
  out.clear();
  // All synapses of a run, by arrival(synapse).
  const auto write = [&](std::uint32_t run, auto&& arrival) {
    const std::uint32_t begin = block_.run_begin[run], n = block_.run_begin[run + 1] - begin;
    Arrival* next = out.room(n);
    for (std::uint32_t s = begin; s < begin + n; ++s) *next++ = arrival(s);
    out.keep(n);
  };
  for (const Straggler& one : stragglers_.take(to))
    out.push(Arrival::input(static_cast<std::uint64_t>(one.due - clock.begin), target[one.synapse], described_.receptor,
                            static_cast<double>(block_.template weight<Real>()[one.synapse & own_weight()])));
  if (travels_ == Travels::by_row) {
    rows_.collect(block_, clock.begin, to, described_.receptor, out);
  } else if (travels_ == Travels::by_run) {
    runs_.order();  // so that each neuron's arrivals are in order too, as a rule
    const Real* weight = block_.template weight<Real>().data();
    const std::uint32_t own = own_weight();
    for (const Run& due : runs_.take(to, clock)) {
      const auto since = static_cast<std::uint64_t>(due.since);
      write(due.run, [&](std::uint32_t s) {
        return Arrival::input(since, target[s], described_.receptor, static_cast<double>(weight[s & own]));
      });
    }
  } else {
    plastic_runs_.order();
    for (const PlasticRun& due : plastic_runs_.take(to, clock)) {
      const std::uint64_t place = std::uint64_t{learned.size()} << 32;
      learned.push_back({projection_, due.run, due.spike});
      const auto since = static_cast<std::uint64_t>(due.since);
      write(due.run, [&](std::uint32_t s) { return Arrival::refer(since, target[s], place | s); });
    }
  }
  delivered_ += out.size();
  return {out.begin(), out.size()};
}

template <class Real>
std::size_t EventTraffic<Real>::add_up(const BucketClock& step, Real* sum) {
  const std::uint32_t* const first = block_.run_begin.data();
  const std::uint16_t* const target = block_.target.data();
  const Real* const weight = block_.template weight<Real>().data();
  const std::uint32_t own = own_weight();
  const auto stragglers = stragglers_.take(step.end());
  for (const Straggler& one : stragglers) sum[target[one.synapse]] += weight[one.synapse & own];
  const auto due = runs_.take(step.end(), step);
  std::size_t delivered = stragglers.size();
  for (std::size_t k = 0; k < due.size(); ++k) {
    // Runs lie anywhere: what they begin with is asked for well ahead.
    if (k + 16 < due.size()) __builtin_prefetch(first + due[k + 16].run);
    if (k + 8 < due.size()) {
      const std::uint32_t later = first[due[k + 8].run];
      __builtin_prefetch(target + later);
      __builtin_prefetch(weight + (later & own));
    }
    const std::uint32_t begin = first[due[k].run], end = first[due[k].run + 1];
    for (std::uint32_t s = begin; s < end; ++s) sum[target[s]] += weight[s & own];
    delivered += end - begin;
  }
  delivered_ += delivered;
  return delivered;
}

template <class Real>
std::size_t EventTraffic<Real>::add_learned(Tick step_end, const BucketClock& clock, Real* sum) {
  for (const Learnt& before : learnt_) sum[before.target] += before.weight;
  learnt_.clear();
  return each_learnt(step_end, clock, [sum](std::uint32_t target, Real weight) { sum[target] += weight; });
}

template <class Real>
std::size_t EventTraffic<Real>::learn(Tick to, const BucketClock& clock) {
  return each_learnt(to, clock, [this](std::uint32_t target, Real weight) { learnt_.push_back({target, weight}); });
}

template <class Real>
template <class Visit>
std::size_t EventTraffic<Real>::each_learnt(Tick to, const BucketClock& clock, Visit&& visit) {
  std::size_t delivered = 0;
  plastic_runs_.order();
  for (const PlasticRun& due : plastic_runs_.take(to, clock)) {
    const std::uint32_t begin = block_.run_begin[due.run], end = block_.run_begin[due.run + 1];
    for (std::uint32_t s = begin; s < end; ++s)
      visit(block_.target[s], static_cast<Real>(plastic_->arrive(due.run, s, due.spike, clock.begin + due.since)));
    delivered += end - begin;
  }
  delivered_ += delivered;
  return delivered;
}

template <class Real>
void EventTraffic<Real>::learnt_io(const Archive& archive, std::uint32_t n, Range targets) {
  std::vector<std::vector<Real>> weights(targets.size());
  for (const Learnt& before : learnt_) weights[before.target].push_back(before.weight);
  archive.lists("learnt in step", n, targets.begin, weights);
  if (archive.saving()) return;
  learnt_.clear();
  for (std::uint32_t j = 0; j < weights.size(); ++j)
    for (const Real weight : weights[j]) learnt_.push_back({j, weight});
}

template <class Real>
Tick EventTraffic<Real>::earliest(const BucketClock& clock) {
  switch (travels_) {
    case Travels::by_run:
      return std::min(runs_.earliest(clock), stragglers_.earliest());
    case Travels::by_row:
      return std::min(rows_.earliest(), stragglers_.earliest());
    case Travels::by_learned_run:
      return plastic_runs_.earliest(clock);
    case Travels::by_step:
      break;
  }
  return never;
}

template <class Real>
void EventTraffic<Real>::move(std::uint64_t n, const BucketClock& clock) {
  runs_.move(n, clock);
  plastic_runs_.move(n, clock);
}

template <class Real>
void EventTraffic<Real>::rebase(Tick ticks) {
  runs_.rebase(ticks);
  rows_.rebase(ticks);
  plastic_runs_.rebase(ticks);
  stragglers_.rebase(ticks);
  delays_since_ = rebased(delays_since_, ticks);
  if (plastic_) plastic_->rebase(ticks);
}

template <class Real>
void EventTraffic<Real>::clear(bool from_zero, Tick since) {
  if (from_zero) delays_since_ = long_ago;
  stragglers_.clear();
  runs_.clear();
  rows_.clear();
  plastic_runs_.clear();
  learnt_.clear();
  if (plastic_) plastic_->forget(since);
}

template class EventTraffic<float>;
template class EventTraffic<double>;

}  // namespace pysnn
