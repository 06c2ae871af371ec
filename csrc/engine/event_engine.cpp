// The event engine: exact in continuous time. All shards go through windows no longer than the shortest delay
// on their own, then exchange spikes; where nothing is due anywhere they skip ahead together.
//
// Every decision that the shards must take alike (how far to skip, when to stop) follows from what each
// published before the last barrier, so that one barrier a window is enough.
#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <exception>
#include <mutex>

#include "core/team.hpp"
#include "engine/event/shard.hpp"

namespace pysnn {
namespace {

// Times are held relative to an epoch that moves on by this: a whole number of ms at ticks of 1e-12 ms.
constexpr Tick epoch_length = 2'000'000'000'000'000'000;
// More arrivals than this in a window and thread leave the caches: then windows are made shorter.
constexpr std::size_t most_arrivals = 1 << 15;
// Nor shall a window take longer than this, in seconds, so that the wall budget of advance() is kept also where delays
// are long, or there are none, and neurons fire or step by themselves. The first ones are short, for nothing is known.
constexpr double longest_wall = 0.02, first_window = 1.0;  // the latter in ms
// A neuron that had no event for so long is brought to the present when the epoch moves.
constexpr Tick longest_silence = epoch_length / 2;

template <class Real>
class EventEngine final : public Engine {
 public:
  explicit EventEngine(std::shared_ptr<CompiledNetwork> network)
      : network_(std::move(network)), time_(network_->description.time), team_(network_->description.threads),
        barrier_(team_.size()), currents_(make_currents(network_->description)), shards_(network_->shards.size()),
        recorder_(network_->description.populations.size()) {
    if (time_.grid()) throw ParameterError("the event engine needs a network compiled in continuous time");
    // Without projections, windows of any length would do; a ring of buckets should reach the longest delay.
    min_delay_ = std::min(network_->min_delay, Tick{1} << 44);
    longest_window_ = std::min(min_delay_, time_.tick(first_window, "window"));
    const Tick width = std::min(std::max(min_delay_, network_->max_delay / 1000), BucketClock::widest);
    // Each thread makes its own shard: memory lies where it is used.
    for_each_shard(
        [&](std::uint32_t s) { shards_[s] = std::make_unique<EventShard<Real>>(*network_, s, currents_, width); });
    for (auto& published : published_) published.resize(shards_.size());
  }

  double time() const override { return ms(now_); }

  double advance(double until, double wall_budget) override {
    const auto start = WallClock::now();
    bool stopped = false;
    while (!stopped && until > time()) {
      const Tick end = ahead(until);
      if (end <= now_) break;
      prepare();
      stopped = run(std::min(end, epoch_length), start, wall_budget);
      if (now_ == epoch_length) rebase();
    }
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
    if (!(every > 0.0))
      throw ParameterError("probe: the event engine has no steps to sample at: expected every > 0 ms (got " +
                           show(every) + " ms)");
    const Tick ticks = time_.delay(every, "probe: every");
    probes_.emplace_back(population, state, std::move(indices), ticks, network_->shards);
    Tick phase = 0;
    for (std::uint64_t e = 0; e < epochs_; ++e) phase = (phase + epoch_length % ticks) % ticks;
    probes_.back().start(now_, phase);
    return static_cast<std::uint32_t>(probes_.size() - 1);
  }
  StateRecord take_states(std::uint32_t probe) override { return probes_[probe].take(time_, epoch_ms()); }

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
    return collect_changes(std::move(changes), time_, epoch_ms());
  }
  void weights_replaced(std::uint32_t projection) override {
    for (auto& shard : shards_)
      if (auto* plastic = shard->plastic(projection)) plastic->replaced(now_);
  }

  std::vector<double> state(std::uint32_t population, std::size_t state) override {
    std::vector<double> values;
    for (auto& shard : shards_)
      for (std::uint32_t k = 0; k < shard->owned(population).size(); ++k)
        values.push_back(shard->neurons(population)->state(state, k, now_));
    return values;
  }
  void set_state(std::uint32_t population, std::size_t state, const std::vector<double>& values) override {
    std::size_t at = 0;
    for (auto& shard : shards_) {
      for (std::uint32_t k = 0; k < shard->owned(population).size(); ++k)
        shard->neurons(population)->set_state(state, k, values[at++], now_);
      shard->predict(population, now_);
    }
  }

  std::vector<std::uint64_t> delivered() const override {
    std::vector<std::uint64_t> total(network_->description.projections.size(), 0);
    for (const auto& shard : shards_)
      for (std::uint32_t p = 0; p < total.size(); ++p) total[p] += shard->delivered(p);
    return total;
  }

  void set_profile(bool on) override {
    for (auto& shard : shards_) shard->timer().set(on);
  }
  std::vector<std::pair<std::string, double>> profile() const override {
    std::vector<std::pair<std::string, double>> seconds;
    for (std::size_t phase = 0; phase < n_event_phases; ++phase) {
      double sum = 0.0;
      for (const auto& shard : shards_) sum += shard->timer().seconds(phase);
      seconds.emplace_back(event_phase_names[phase], sum);
    }
    return seconds;
  }

 private:
  using WallClock = std::chrono::steady_clock;

  static double seconds_since(WallClock::time_point start) {
    return std::chrono::duration<double>(WallClock::now() - start).count();
  }

  // What a shard lets the others know at the end of a window.
  struct alignas(64) Published {
    Tick earliest = never;
    std::size_t arrivals = 0;
    double wall = 0.0;  // seconds that the window took
    bool stop = false, failed = false;
  };

  double epoch_ms() const { return static_cast<double>(epochs_) * time_.ms(epoch_length); }
  double ms(Tick t) const { return epoch_ms() + time_.ms(t); }
  // A time in ms as ticks of this epoch, or the end of it where it lies further ahead.
  Tick ahead(double until) const {
    const double here = until - epoch_ms();
    return here >= time_.ms(epoch_length) ? epoch_length : time_.tick(here, "run: the end");
  }

  void prepare() {
    if (!finished_) return;
    for_plastic([](PlasticSynapses<Real>& p) { p.prepare(); });
    finished_ = false;
  }

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

  // Run up to `end` in this epoch; whether the wall budget ended it before.
  bool run(Tick end, WallClock::time_point start, double wall_budget) {
    Tick reached = now_, next_longest = longest_window_;
    bool stopped = false;
    std::exception_ptr error;
    std::mutex error_mutex;
    team_.run([&](std::uint32_t t) {
      const Range mine = network_->shards_of(t);
      PhaseTimer<n_event_phases>& timer = shards_[mine.begin]->timer();
      Tick now = now_, longest = longest_window_;
      std::vector<std::vector<TimedSpike>> merged(network_->description.populations.size());
      const auto guarded = [&](bool& failed, auto&& work) {
        if (failed) return;
        try {
          work();
        } catch (...) {
          failed = true;
          const std::lock_guard lock(error_mutex);
          if (!error) error = std::current_exception();
        }
      };
      bool failed = false;
      guarded(failed, [&] {
        for (std::uint32_t s = mine.begin; s < mine.end; ++s) {
          shards_[s]->apply_currents(now, epoch_start_);
          shards_[s]->sample(now, probes_);
        }
      });
      for (std::uint64_t n = 0; now < end; ++n) {
        const std::size_t parity = n & 1;
        const Tick stop = std::min(next_stop(mine.begin), end);
        const Tick to = std::min({stop, shards_[mine.begin]->clock().end(), now + longest});
        for (std::uint32_t s = mine.begin; s < mine.end; ++s) {
          Published& own = published_[parity][s];
          const auto begun = WallClock::now();
          guarded(failed, [&] {
            own.arrivals = shards_[s]->process(now, to, parity);
            own.earliest = shards_[s]->earliest(to);
          });
          own.wall = seconds_since(begun);
          own.failed = failed;
          own.stop = false;
        }
        published_[parity][mine.begin].stop =
            t == 0 && (seconds_since(start) > wall_budget || recorder_.held() > most_spikes_held);
        timer.start();
        barrier_.wait();
        timer.lap(barrier_phase);
        // Spikes and marks of this parity are not written again before the next barrier.
        Tick first = never;
        std::size_t arrivals = 0;
        double wall = 0.0;
        bool last = false;
        for (std::uint32_t other = 0; other < shards_.size(); ++other) {
          const Published& published = published_[parity][other];
          if (published.failed) return;
          last = last || published.stop;
          arrivals = std::max(arrivals, published.arrivals);
          wall = std::max(wall, published.wall);
          first = std::min({first, published.earliest, first_effect(shards_[other]->spikes(parity))});
        }
        const Tick next = std::max(to, std::min(stop, first == never ? stop : first - 1));
        guarded(failed, [&] {
          exchange(mine, next, parity, merged);
          for (std::uint32_t s = mine.begin; s < mine.end; ++s) {
            shards_[s]->apply_currents(next, epoch_start_);
            shards_[s]->sample(next, probes_);
          }
        });
        timer.lap(schedule_phase);
        if (arrivals > most_arrivals || wall > longest_wall)
          longest = std::max(longest / 2, Tick{1});
        else if (arrivals < most_arrivals / 4 && wall < longest_wall / 4)
          longest = std::min(longest * 2, min_delay_);
        now = next;
        if (t == 0) {
          reached = now;
          next_longest = longest;
        }
        if (last) {
          if (t == 0) stopped = true;
          break;
        }
      }
    });
    if (error) std::rethrow_exception(error);
    now_ = reached;
    longest_window_ = next_longest;
    return stopped;
  }

  // When a window must end at the latest, so that currents change and states are sampled at their times.
  Tick next_stop(std::uint32_t s) const {
    Tick stop = in_epoch(shards_[s]->next_change(), epoch_start_);
    for (const StateProbe& probe : probes_) stop = std::min(stop, probe.due(s));
    return stop;
  }

  // The earliest arrival that spikes just emitted can cause.
  Tick first_effect(const SpikeLists& lists) const {
    Tick first = never;
    for (const auto& spikes : lists)
      if (!spikes.empty()) first = std::min(first, spikes.front().time + min_delay_);
    return first;
  }

  // All shards' spikes of the window, in order of (time, index), onto the targets of the shards of `mine` (which
  // move on to `next` first) and into the record.
  void exchange(Range mine, Tick next, std::size_t parity, std::vector<std::vector<TimedSpike>>& merged) {
    for (std::uint32_t s = mine.begin; s < mine.end; ++s) shards_[s]->move_to(next);
    for (std::uint32_t p = 0; p < merged.size(); ++p) {
      const bool recorded = mine.begin == 0 && recorder_.wants(p);
      bool sends = recorded;
      for (std::uint32_t s = mine.begin; s < mine.end; ++s) sends = sends || shards_[s]->sends(p);
      if (!sends) continue;
      const std::vector<TimedSpike>* spikes = &shards_[0]->spikes(parity)[p];
      if (shards_.size() > 1) {
        merge(parity, p, merged[p]);
        spikes = &merged[p];
      }
      for (std::uint32_t s = mine.begin; s < mine.end; ++s) shards_[s]->schedule(p, *spikes);
      if (recorded)
        for (const TimedSpike& spike : *spikes) recorder_.add(p, ms(spike.time), spike.index);
    }
  }

  void merge(std::size_t parity, std::uint32_t p, std::vector<TimedSpike>& all) const {
    all.clear();
    for (const auto& other : shards_) {
      const auto& spikes = other->spikes(parity)[p];
      const auto middle = static_cast<std::ptrdiff_t>(all.size());
      all.insert(all.end(), spikes.begin(), spikes.end());
      std::inplace_merge(all.begin(), all.begin() + middle, all.end(), [](const TimedSpike& a, const TimedSpike& b) {
        return a.time != b.time ? a.time < b.time : a.index < b.index;
      });
    }
  }

  void rebase() {
    for_each_shard([&](std::uint32_t s) { shards_[s]->rebase(epoch_length, now_, now_ - longest_silence); });
    for (StateProbe& probe : probes_) probe.rebase(epoch_length);
    now_ -= epoch_length;
    ++epochs_;
    epoch_start_ += epoch_length;
  }

  std::shared_ptr<CompiledNetwork> network_;
  const TimeBase& time_;
  Team team_;
  Barrier barrier_;
  Currents currents_;
  std::vector<std::unique_ptr<EventShard<Real>>> shards_;
  std::array<std::vector<Published>, 2> published_;
  std::vector<StateProbe> probes_;
  SpikeRecorder recorder_;
  Tick min_delay_ = 1, longest_window_ = 1, now_ = 0;
  LongTick epoch_start_ = 0;
  std::uint64_t epochs_ = 0;
  bool finished_ = false;
};

}  // namespace

std::unique_ptr<Engine> make_event_engine(std::shared_ptr<CompiledNetwork> network) {
  if (network->description.single_precision) return std::make_unique<EventEngine<float>>(std::move(network));
  return std::make_unique<EventEngine<double>>(std::move(network));
}

}  // namespace pysnn
