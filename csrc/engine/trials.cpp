#include "engine/trials.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <exception>
#include <mutex>

#include "build/join.hpp"

namespace pysnn {
namespace {

// What the key of a trial is split by, so that no key of an object's other draws comes of it.
constexpr std::uint64_t trial_purpose = 0x74'7269'616c;
// Seconds between two looks at whether the rest is wanted.
constexpr double between_looks = 0.05;
// A network's parts are put together for no fewer trials, which gain what that takes, and only where they are no
// larger: rows of large networks are so long that it matters little in how many pieces they come.
constexpr std::size_t worth_joining = 100, most_joined = std::size_t{32} << 20;

std::uint64_t noise_of(std::uint64_t key) { return key == 0 ? 0 : subkey(key, trial_purpose) | 1; }

}  // namespace

Trials::Trials(std::shared_ptr<CompiledNetwork> network, Make make, std::uint32_t threads, bool in_order,
               std::vector<TrialState> states)
    : network_(std::move(network)), make_(std::move(make)), threads_(threads), in_order_(in_order),
      ranked_(network_->description.ranks > 1), states_(std::move(states)), team_(in_order ? 1 : threads),
      engines_(team_.size()), told_(network_->description.populations.size()) {
  how_.kept.resize(network_->description.populations.size());
  for (const TrialState& s : states_) {
    if (!s.carried) continue;
    auto& kept = how_.kept[s.population];
    kept.resize(std::max(kept.size(), s.state + 1));
    kept[s.state] = true;
    engine(0).set_state(s.population, s.state, s.values);
  }
}

Engine& Trials::engine(std::uint32_t t) {
  if (!engines_[t]) engines_[t] = make_(network_, in_order_ ? threads_ : 1);
  return *engines_[t];
}

std::size_t Trials::run(const TrialPlan& plan, std::size_t first, double wall_budget, const std::atomic<bool>& stop) {
  using WallClock = std::chrono::steady_clock;
  const auto begun = WallClock::now();
  const auto spent = [begun] { return std::chrono::duration<double>(WallClock::now() - begun).count(); };
  for (auto& records : told_) records.clear();
  for (const PopulationId population : plan.told) told_[population].resize(plan.size());
  const bool new_here =
      std::none_of(engines_.begin(), engines_.end(), [](const auto& made) { return made != nullptr; });
  if (!in_order_ && new_here && plan.size() >= worth_joining)
    if (auto whole = joined(*network_, most_joined)) network_ = std::make_shared<CompiledNetwork>(std::move(*whole));

  std::atomic<std::size_t> next{0};
  std::atomic<bool> failed{false};
  std::vector<char> whole(plan.size(), false);
  std::exception_ptr error;
  std::size_t error_trial = plan.size();
  std::mutex error_mutex;
  // Threads take trials in order, so that those that are done when time is up are the first ones.
  const auto workers = static_cast<std::uint32_t>(std::min<std::size_t>(team_.size(), plan.size()));
  team_.run(workers, [&](std::uint32_t t) {
    const auto stopped = [&] { return stop.load(std::memory_order_relaxed); };
    while (!failed.load(std::memory_order_relaxed) && (ranked_ || !stopped())) {
      const std::size_t trial = next.fetch_add(1, std::memory_order_relaxed);
      if (trial >= plan.size()) return;
      try {
        whole[trial] = run_one(engine(t), plan, trial, stop);
      } catch (...) {
        engines_[t].reset();
        failed = true;
        const std::lock_guard lock(error_mutex);
        // Which one it is shall not depend on the threads: one before it is completed or fails too.
        if (trial < error_trial) {
          error_trial = trial;
          error = std::current_exception();
        }
      }
      const bool enough = spent() > wall_budget || stopped();
      // Ranks take the same trials.
      if (ranked_ && !failed ? engines_[t]->ranks().any(enough) : enough) return;
    }
  });
  if (error) {
    for (auto& records : told_) records.clear();
    try {
      std::rethrow_exception(error);
    } catch (const OffGridError& why) {
      throw OffGridError("trial " + std::to_string(first + error_trial) + ": " + why.what());
    } catch (const ParameterError& why) {
      throw ParameterError("trial " + std::to_string(first + error_trial) + ": " + why.what());
    }
  }
  const auto done = static_cast<std::size_t>(std::find(whole.begin(), whole.end(), false) - whole.begin());
  for (const PopulationId population : plan.told) told_[population].resize(done);
  return done;
}

// Whether it came to its end.
bool Trials::run_one(Engine& engine, const TrialPlan& plan, std::size_t trial, const std::atomic<bool>& stop) {
  const TimeBase& time = network_->description.time;
  Restart how = how_;
  how.noise = noise_of(plan.keys[trial]);
  engine.restart(how);
  for (const TrialState& s : states_)
    if (!s.carried) engine.set_state(s.population, s.state, s.values);
  for (const TrialCounts& c : plan.counted) engine.record_spikes(c.population);
  for (const PopulationId population : plan.told) engine.record_spikes(population);

  thread_local std::vector<FedSpike> fed;
  static const std::string what = "run_trials: times";
  for (const TrialInput& input : plan.inputs) {
    fed.clear();
    for (std::uint64_t k = input.offsets[trial]; k < input.offsets[trial + 1]; ++k)
      fed.push_back({time.long_tick(input.times[k], what), input.indices[k]});
    engine.feed(input.source, fed);
  }
  if (!go_through(engine, plan, trial, stop)) return false;
  for (const TrialReadout& r : plan.read) {
    const std::vector<double> values = engine.state(r.population, r.state);
    std::copy(values.begin(), values.end(), r.values + trial * r.n);
  }
  ById<PopulationId, SpikeRecord> records(told_.size());
  const auto spikes = [&](PopulationId population) -> const SpikeRecord& {
    SpikeRecord& record = records[population];
    if (record.indices.empty()) record = engine.take_spikes(population);
    return record;
  };
  for (const TrialCounts& c : plan.counted) {
    std::uint32_t* const counts = c.counts + trial * c.n;
    std::fill(counts, counts + c.n, 0u);
    for (const std::uint32_t i : spikes(c.population).indices) ++counts[i];
  }
  for (const PopulationId population : plan.told) {
    spikes(population);
    told_[population][trial] = std::move(records[population]);
  }
  return true;
}

// Whether it came there.
bool Trials::go_to(Engine& engine, LongTick until, const std::atomic<bool>& stop) const {
  while (engine.ticks() < until) {
    engine.advance(until, between_looks);
    // What learns is not left in the middle of a trial.
    if (!in_order_ && stop.load(std::memory_order_relaxed) && engine.ticks() < until) return false;
  }
  return true;
}

// To the end of the trial, by way of the moments at which something is told, in order; at one in that of the lessons.
bool Trials::go_through(Engine& engine, const TrialPlan& plan, std::size_t trial, const std::atomic<bool>& stop) const {
  std::vector<std::size_t> next(plan.lessons.size(), 0);
  for (;;) {
    LongTick at = long_never;
    for (std::size_t k = 0; k < next.size(); ++k)
      if (next[k] < plan.lessons[k].moments.size()) at = std::min(at, plan.lessons[k].moments[next[k]]);
    if (at == long_never) return go_to(engine, plan.duration, stop);
    if (!go_to(engine, at, stop)) return false;
    for (std::size_t k = 0; k < next.size(); ++k) {
      const TrialLesson& lesson = plan.lessons[k];
      if (next[k] == lesson.moments.size() || lesson.moments[next[k]] != at) continue;
      const std::size_t row = trial * lesson.rows + (lesson.rows == 1 ? 0 : next[k]);
      const std::span wanted(lesson.wanted + row * lesson.width, lesson.width);
      if (!std::any_of(wanted.begin(), wanted.end(), [](double w) { return std::isnan(w); }))
        engine.teach(lesson.error, wanted, lesson.gains[trial]);
      ++next[k];
    }
  }
}

std::vector<SpikeRecord> Trials::take(PopulationId population) { return std::exchange(told_[population], {}); }

std::vector<double> Trials::state(PopulationId population, std::size_t state) {
  return engine(0).state(population, state);
}

void Trials::end(Engine& engine) {
  if (!in_order_ || !engines_[0]) return;
  engines_[0]->restart(how_);  // only now is the last one over, for learning and for thresholds that fall
  engine.take_learning_of(*engines_[0]);
}

}  // namespace pysnn
