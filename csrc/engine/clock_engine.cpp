// The fixed-step engine: all shards step through a slice of at most the shortest delay on their own, then
// exchange spikes.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <mutex>

#include "core/team.hpp"
#include "engine/clock/shard.hpp"

namespace pysnn {
namespace {

// A slice is never longer than this, so that the wall budget of advance() is kept.
constexpr Tick longest_slice = 64;

template <class Real>
class ClockEngine final : public Engine {
 public:
  explicit ClockEngine(std::shared_ptr<CompiledNetwork> network)
      : network_(std::move(network)), time_(network_->description.time), team_(network_->description.threads),
        barrier_(team_.size()), currents_(make_currents(network_->description)), shards_(network_->shards.size()),
        recorder_(network_->description.populations.size()) {
    if (!time_.grid()) throw ParameterError("the clock engine needs a network compiled on a grid");
    // Each thread makes its own shard: memory lies where it is used.
    for_each_shard([&](std::uint32_t s) { shards_[s] = std::make_unique<ClockShard<Real>>(*network_, s, currents_); });
  }

  double time() const override { return time_.ms(now_); }

  double advance(double until, double wall_budget) override {
    const Tick end = time_.tick(until, "run: the end");
    if (end <= now_) return time();
    if (finished_) {
      for_plastic([](PlasticSynapses<Real>& p) { p.prepare(); });
      finished_ = false;
    }
    const auto start = std::chrono::steady_clock::now();
    std::atomic<std::uint64_t> last_slice{~std::uint64_t{0}};
    // The slice at whose barrier all threads leave together after one of them failed.
    std::atomic<std::uint64_t> failed_slice{~std::uint64_t{0}};
    std::exception_ptr error;
    std::mutex error_mutex;
    const auto fail = [&](std::uint64_t n) {
      const std::lock_guard lock(error_mutex);
      if (!error) error = std::current_exception();
      failed_slice = std::min<std::uint64_t>(failed_slice, n);
    };
    Tick reached = now_;
    const Tick slice = std::min(longest_slice, network_->min_delay);
    team_.run([&](std::uint32_t t) {
      const Range mine = network_->shards_of(t);
      PhaseTimer<n_phases>& stopwatch = shards_[mine.begin]->stopwatch();
      Tick now = now_;
      for (std::uint64_t n = 0; now < end; ++n) {
        const Tick steps = std::min(slice, end - now);
        const std::size_t parity = n & 1;
        try {
          for (std::uint32_t s = mine.begin; s < mine.end; ++s) {
            shards_[s]->begin_slice(now, steps, parity, probes_);
            for (Tick k = 1; k <= steps; ++k) shards_[s]->step(now + k, parity, probes_);
          }
        } catch (...) {
          fail(n);
        }
        // One barrier a slice: the spike lists of the other parity are read until the next one.
        stopwatch.start();
        barrier_.wait();
        stopwatch.lap(wait_phase);
        if (failed_slice <= n) return;
        try {
          for (std::uint32_t s = mine.begin; s < mine.end; ++s) shards_[s]->exchange(now, steps, parity, shards_);
        } catch (...) {
          fail(n + 1);
        }
        if (t == 0) record(now, steps, parity);
        now += steps;
        if (t == 0) reached = now;
        if (n >= last_slice) break;
        const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
        if (t == 0 && (spent.count() > wall_budget || recorder_.held() > most_spikes_held)) last_slice = n + 1;
      }
    });
    if (error) std::rethrow_exception(error);
    now_ = reached;
    for (const auto& shard : shards_) shard->check_finite();
    return time();
  }

  void finish() override {
    if (finished_) return;
    for_plastic([this](PlasticSynapses<Real>& p) { p.finish(now_); });
    finished_ = true;
  }

  void record_spikes(std::uint32_t population) override {
    recorder_.record(population);
    for (auto& shard : shards_) shard->emit_always(population);
  }
  SpikeRecord take_spikes(std::uint32_t population) override { return recorder_.take(population); }

  std::uint32_t add_state_probe(std::uint32_t population, std::size_t state, std::vector<std::uint32_t> indices,
                                double every) override {
    const Tick ticks = every == 0.0 ? 1 : time_.delay(every, "probe: every");
    probes_.emplace_back(population, state, std::move(indices), ticks, network_->shards);
    probes_.back().start(now_);
    return static_cast<std::uint32_t>(probes_.size() - 1);
  }
  StateRecord take_states(std::uint32_t probe) override { return probes_[probe].take(time_, 0.0); }

  void record_changes(std::uint32_t projection) override {
    for (auto& shard : shards_)
      if (auto* plastic = shard->plastic(projection)) plastic->record_changes(true);
  }
  ChangeRecord take_changes(std::uint32_t projection) override {
    std::vector<std::vector<WeightChange>> changes;
    for (auto& shard : shards_) {
      auto* plastic = shard->plastic(projection);
      changes.push_back(plastic ? plastic->take_changes() : std::vector<WeightChange>{});
    }
    return collect_changes(std::move(changes), time_, 0.0);
  }
  void weights_replaced(std::uint32_t projection) override {
    for (auto& shard : shards_)
      if (auto* plastic = shard->plastic(projection)) plastic->replaced(now_);
  }

  std::vector<double> state(std::uint32_t population, std::size_t state) override {
    std::vector<double> values;
    for (auto& shard : shards_)
      for (const Real value : shard->neurons(population)->state(state)) values.push_back(static_cast<double>(value));
    return values;
  }
  void set_state(std::uint32_t population, std::size_t state, const std::vector<double>& values) override {
    std::size_t at = 0;
    for (auto& shard : shards_)
      for (Real& value : shard->neurons(population)->state(state)) value = static_cast<Real>(values[at++]);
  }

  std::vector<std::uint64_t> delivered() const override {
    std::vector<std::uint64_t> total(network_->description.projections.size(), 0);
    for (const auto& shard : shards_) shard->count_delivered(total);
    return total;
  }

  void set_profile(bool on) override {
    for (auto& shard : shards_) shard->stopwatch().set(on);
  }
  std::vector<std::pair<std::string, double>> profile() const override {
    std::vector<std::pair<std::string, double>> seconds;
    for (std::size_t phase = 0; phase < n_phases; ++phase) {
      double sum = 0.0;
      for (const auto& shard : shards_) sum += shard->stopwatch().seconds(phase);
      seconds.emplace_back(phase_names[phase], sum);
    }
    return seconds;
  }

 private:
  // Call f(s) for every shard, each on the thread that works on it.
  template <class F>
  void for_each_shard(F&& f) {
    team_.run([&](std::uint32_t t) {
      const Range mine = network_->shards_of(t);
      for (std::uint32_t s = mine.begin; s < mine.end; ++s) f(s);
    });
  }

  template <class F>
  void for_plastic(F&& f) {
    for_each_shard([&](std::uint32_t s) {
      for (std::uint32_t p = 0; p < network_->description.projections.size(); ++p)
        if (auto* plastic = shards_[s]->plastic(p)) f(*plastic);
    });
  }

  void record(Tick from, Tick steps, std::size_t parity) {
    for (std::uint32_t p = 0; p < network_->description.populations.size(); ++p) {
      if (!recorder_.wants(p)) continue;
      for (Tick k = 0; k < steps; ++k) {
        const double ms = time_.ms(from + k + 1);
        for (const auto& shard : shards_)
          for (const std::uint32_t index : shard->spikes(parity, p).step(static_cast<std::size_t>(k)))
            recorder_.add(p, ms, index);
      }
    }
  }

  std::shared_ptr<CompiledNetwork> network_;
  const TimeBase& time_;
  Team team_;
  Barrier barrier_;
  Currents currents_;
  std::vector<std::unique_ptr<ClockShard<Real>>> shards_;
  std::vector<StateProbe> probes_;
  SpikeRecorder recorder_;
  Tick now_ = 0;
  bool finished_ = false;
};

}  // namespace

std::unique_ptr<Engine> make_clock_engine(std::shared_ptr<CompiledNetwork> network) {
  if (network->description.single_precision) return std::make_unique<ClockEngine<float>>(std::move(network));
  return std::make_unique<ClockEngine<double>>(std::move(network));
}

}  // namespace pysnn
