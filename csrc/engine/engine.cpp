// The loop of every engine. All shards go through a window of time on their own, no longer than the shortest delay
// between neurons, then meet at a barrier and read each other's spikes from the board; where nothing is due anywhere
// they skip ahead together.
//
// What runs beside what. Thread t of those active works on the shards dealt to it and on nothing else. Between two
// barriers a thread exchanges what the last window brought forth and processes the next one: so while one still
// reads the board of window n, others may write that of n + 1. The board and what shards publish are therefore double,
// by the parity of n, and one barrier a window is enough. Thread 0, which is the caller, also records.
//
// Every decision that threads must take alike (how far to skip, when to stop, that one has failed) follows from what
// was published before the last barrier. An error in any of them ends the window for all at its barrier; the engine is
// then broken at the end of the last whole window, up to which everything is recorded.
#include <algorithm>
#include <array>
#include <chrono>
#include <exception>
#include <map>
#include <mutex>
#include <numeric>

#include "core/team.hpp"
#include "engine/clock/shard.hpp"
#include "engine/engine.hpp"
#include "engine/event/shard.hpp"
#include "engine/feedback.hpp"
#include "engine/inputs.hpp"
#include "engine/new_delays.hpp"
#include "engine/source_changes.hpp"
#include "engine/spike_history.hpp"
#include "engine/thread_choice.hpp"
#include "engine/window_length.hpp"
#include "engine/window_message.hpp"
#include "plasticity/outlasting.hpp"

namespace pysnn {
namespace {

using WallClock = std::chrono::steady_clock;

double seconds_since(WallClock::time_point start) {
  return std::chrono::duration<double>(WallClock::now() - start).count();
}

template <class Shard>
class EngineOf final : public Engine {
  static_assert(EngineShard<Shard>);

 public:
  EngineOf(std::shared_ptr<CompiledNetwork> network, const std::atomic<bool>& stop, std::uint32_t threads)
      : network_(std::move(network)), time_(network_->description.time),
        team_(threads == 0 ? network_->description.threads : threads),
        threads_(team_.size(), network_->description.adapts_threads), inputs_(network_->description),
        currents_(make_currents(network_->description)), injected_(network_->description.currents),
        shards_(network_->shards.size()), board_(shards_.size(), network_->description.populations.size()),
        recorder_(network_->description.populations.size()), history_(*network_, Shard::slack(*network_)),
        window_length_(Shard::first_window(*network_), Shard::longest_window(*network_)) {
    // Each thread makes its own shards: memory lies where it is used.
    for_each_shard(
        [&](std::uint32_t s) { shards_[s] = std::make_unique<Shard>(*network_, s, inputs_, currents_, stop); });
    for (auto& published : published_) published.resize(shards_.size());
  }

  LongTick ticks() const override { return epoch_start_ + now_; }
  double time() const override { return ms(now_); }

  void join(Ranks ranks) override { ranks_ = std::move(ranks); }
  Ranks& ranks() override { return ranks_; }

  LongTick advance(LongTick until, double wall_budget) override {
    const auto start = WallClock::now();
    try {
      if (until > ticks()) prepare();
      for (Left why = Left::done; until > ticks() && why != Left::stopped;) {
        why = run_windows(in_this_epoch(until), start, wall_budget);
        if (now_ == Shard::epoch_length) rebase();
      }
      // Sources may have emitted ahead: the call ends where they are, so that what changes then finds them there.
      while (shards_[0]->horizon() > now_) run_windows(shards_[0]->horizon(), start, 0.0);
      std::exception_ptr error;
      try {
        for_each_shard([&](std::uint32_t s) { shards_[s]->check_finite(); });
      } catch (...) {
        error = std::current_exception();
      }
      ranks_.agree(error);
    } catch (const std::exception& error) {
      standing().breaks(time(), error);
      throw;
    }
    return ticks();
  }

  void finish() override {
    if (finished_) return;
    for_plastic([this](auto& plastic) { plastic.finish(now_); });
    finished_ = true;
  }

  void restart(const Restart& how) override {
    finish();
    if (how.from_zero) draw_currents(how.noise);
    for_each_shard([&](std::uint32_t s) { shards_[s]->restart(how, now_, epoch_start_, currents_); });
    for (const auto& [q, delays] : delays_)  // nobody remembers when what came by other delays
      if (is_divided(q)) change_synapses(q, delays_in_order(*network_, q), {}, {});
    history_.clear();
    if (!how.from_zero) return;
    now_ = 0;
    epoch_start_ = 0;
    for (auto& [q, delays] : delays_) delays.since = long_ago;
    for (auto& [group, changes] : source_changes_) changes.begin_again(inputs_.group(group));
    recorder_.begin_again();
    for (StateProbe& probe : probes_) probe.begin_again();
  }

  void record_spikes(std::uint32_t population) override {
    recorder_.record(population);
    for (auto& shard : shards_) shard->emit_always(population);
  }
  SpikeRecord take_spikes(std::uint32_t population) override { return recorder_.take(population); }

  std::uint32_t add_state_probe(std::uint32_t population, std::size_t state, std::vector<std::uint32_t> indices,
                                double every) override {
    if (!time_.grid() && !(every > 0.0))
      throw ParameterError("probe: the event engine has no steps to sample at: expected every > 0 ms (got " +
                           show(every) + " ms)");
    const LongTick ticks = every == 0.0 ? 1 : time_.long_delay(every, "probe: every");
    probes_.emplace_back(population, state, std::move(indices), ticks, network_->shards);
    probes_.back().start(now_, epoch_start_);
    return static_cast<std::uint32_t>(probes_.size() - 1);
  }
  StateRecord take_states(std::uint32_t probe) override { return probes_[probe].take(time_); }

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
    return collect_changes(std::move(changes), time_, epoch_start_);
  }
  void weights_replaced(std::uint32_t projection) override {
    for (auto& shard : shards_)
      if (auto* plastic = shard->plastic(projection)) plastic->replaced(now_);
  }

  void inject(std::uint32_t number, const InjectedCurrent& described) override {
    auto made = make_current(network_->description, described);
    if (number > currents_.size() || (number < currents_.size() && currents_[number]))
      throw ParameterError("inject: there is a current of number " + std::to_string(number) + ", or there are fewer");
    if (number == currents_.size()) {
      currents_.emplace_back();
      injected_.emplace_back();
    }
    currents_[number] = std::move(made);
    injected_[number] = described;
    for (auto& shard : shards_) shard->inject(number, described, *currents_[number], now_, epoch_start_);
  }
  void replace_current(std::uint32_t number, const InjectedCurrent& another) override {
    InjectedCurrent described = flowing(number);
    described.model = another.model;
    described.params = another.params;
    described.own = another.own;
    described.noise_key = another.noise_key;
    auto made = make_current(network_->description, described);
    for (auto& shard : shards_) shard->replace_current(number, *made, now_, epoch_start_);
    currents_[number] = std::move(made);
    injected_[number] = std::move(described);
  }
  void stop_current(std::uint32_t number) override {
    flowing(number);
    for (auto& shard : shards_) shard->stop_current(number, now_);
    currents_[number].reset();
  }

  Tick least_delay(std::uint32_t projection) const override { return shards_[0]->least_delay(projection); }
  void check_delays(std::uint32_t q, const std::vector<Tick>& delays) const override {
    pysnn::check_delays(*network_, q, delays, least_delay(q), shards_[0]->drives(q), in_dendrites(q));
  }
  void set_delays(std::uint32_t q, const std::vector<Tick>& delays) override {
    check_delays(q, delays);
    prepare();
    change_synapses(q, delays, {}, {});
  }
  void check_sources(std::uint32_t q, const std::vector<std::uint32_t>& sources) const override {
    pysnn::check_sources(*network_, q, sources, shards_[0]->drives(q), silent(q));
  }
  std::vector<std::uint64_t> rewire(std::uint32_t q, const std::vector<std::uint32_t>& sources) override {
    check_sources(q, sources);
    prepare();
    std::vector<std::uint64_t> from = change_synapses(q, delays_in_order(*network_, q), sources, {});
    ++delays_[q].rewired;
    return from;
  }
  std::uint64_t rewirings(std::uint32_t q) const override {
    const auto found = delays_.find(q);
    return found == delays_.end() ? 0 : found->second.rewired;
  }
  std::vector<std::uint64_t> built_order(std::uint32_t q) const override {
    const auto found = delays_.find(q);
    return found == delays_.end() ? std::vector<std::uint64_t>() : found->second.built;
  }

  void set_learning(std::uint32_t projection, std::optional<bool> on, std::optional<double> rate) override {
    for (auto& shard : shards_)
      if (auto* plastic = shard->plastic(projection)) plastic->learn(on, rate, now_);
  }
  Learning learning(std::uint32_t projection) override {
    for (const auto& shard : shards_)
      if (auto* plastic = shard->plastic(projection)) return plastic->learning();
    return {false};  // it has no synapses
  }

  std::vector<double> teach(std::uint32_t number, std::span<const double> wanted, double gain) override {
    const ReadoutError& error = network_->description.errors.at(number);
    std::vector<double> y = state(error.readout, error.state);
    for (double& value : y) value *= error.scale;
    const auto t = static_cast<std::uint64_t>(ticks());
    const Word4 words = philox(with_noise(error.noise_key, noise_), static_cast<std::uint32_t>(t),
                               static_cast<std::uint32_t>(t >> 32), 0, 0);
    std::vector<double> missed = error_of(error.loss, y, wanted, unit_interval(words[0], words[1]));
    for (double& value : missed) value *= gain;
    modulate(error.modulator, missed);
    return missed;
  }
  void modulate(std::uint32_t modulator, const std::vector<double>& values) override {
    prepare();  // what follows is not in weights that were brought to the present
    // All are worked out before any is told: feedback by weights that learn from it is by those of before.
    std::vector<std::pair<std::uint32_t, std::vector<double>>> told{{modulator, values}};
    const std::vector<Feedback>& feedbacks = network_->description.feedbacks;
    for (std::size_t f = 0; f < feedbacks.size(); ++f)
      for (std::size_t k = 0; k < told.size(); ++k) {
        const Feedback& feedback = feedbacks[f];
        if (told[k].first != feedback.of) continue;
        std::vector<double> now;
        if (feedback.projection) now = weights_now(*feedback.projection);
        if (feedback.projection && feedback.weights) now = following_[f].at_moment(feedback, std::move(now));
        told.emplace_back(feedback.modulator, fed_back(feedback.projection ? now : *feedback.weights, told[k].second));
        break;
      }
    for (const auto& [number, signal] : told) tell(number, signal);
  }

  bool takes_spikes(std::uint32_t source) const override { return shards_[0]->source(source).takes_spikes(); }
  void feed(std::uint32_t population, std::span<const FedSpike> spikes) override {
    for (auto& shard : shards_) shard->source(population).feed(spikes);
  }
  void feed(std::uint32_t population, const Population& source) override {
    // All are made before any is played: an error leaves nothing half done.
    std::vector<std::unique_ptr<Source>> made;
    for (const auto& shard : network_->shards)
      made.push_back(make_source(source, shard.owned[population], time_, ticks()));
    for (std::size_t s = 0; s < shards_.size(); ++s) shards_[s]->source(population).feed(std::move(made[s]));
  }

  std::vector<double> state(std::uint32_t population, std::size_t state) override {
    std::vector<double> values;
    for (auto& shard : shards_) shard->read_state(population, state, now_, values);
    return ranks_.gather(values);
  }
  void set_state(std::uint32_t population, std::size_t state, const std::vector<double>& values) override {
    const double* next = values.data() + network_->owned(population).begin;
    for (auto& shard : shards_) next = shard->write_state(population, state, now_, next);
  }

  std::vector<double> parameter(std::uint32_t group, const std::string& name) const override {
    return value_of_each(inputs_.group(group), name);
  }
  void set_parameters(std::uint32_t group, const std::map<std::string, std::vector<double>>& values,
                      const std::vector<std::uint32_t>& indices) override {
    auto [population, changed] = with_values(inputs_.group(group), values, indices);
    if (changed.empty()) return;
    ParameterChange change{group, population, changed, now_, epoch_start_, noise_};
    for (const auto& shard : shards_) shard->check_parameters(change);
    std::vector<std::uint64_t> forgotten;
    if (population.is_source) {
      SourceChanges& changes = source_changes_[group];
      const LongTick at = shards_[0]->source_time(group, now_, epoch_start_);
      change.serial = changes.next_serial();
      forgotten = changes.add(population, changed, at, at - shards_[0]->source_keep(group));
      change.forgotten = forgotten;
    }
    for_each_shard([&](std::uint32_t s) { shards_[s]->set_parameters(change); });
    inputs_.replace(group, std::move(population));
  }

  double part(std::uint32_t p, const std::string& name) const override {
    const Population& population = inputs_.group(p);
    const auto part = population.parts.find(name);
    if (part == population.parts.end())
      throw ParameterError("population '" + population.name + "' has no '" + name + "'");
    return part->second;
  }
  void set_part(std::uint32_t p, const std::string& name, double value) override {
    if (part(p, name) == value) return;
    Population population = inputs_.group(p);
    population.parts[name] = value;
    for_each_shard([&](std::uint32_t s) { shards_[s]->set_parts(p, population.parts, now_, epoch_start_); });
    inputs_.replace(p, std::move(population));
  }

  std::size_t state_bytes() const override {
    std::size_t sum = 0;
    for (std::uint32_t q = 0; q < network_->description.projections.size(); ++q)
      for (const auto& shard : shards_)
        if (const auto* plastic = shard->plastic(q)) sum += plastic->state_bytes();
    return sum;
  }

  std::vector<std::uint64_t> delivered() const override {
    std::vector<std::uint64_t> total = delivered_before_;
    for (const auto& shard : shards_) shard->count_delivered(total);
    return total;
  }

  void save(Archive::Arrays& to) override { io(Archive(to, true)); }
  void restore(Archive::Arrays& from) override {
    try {
      prepare();  // somebody may have looked at the weights that were drawn: they are not to come back
      io(Archive(from, false));
    } catch (const std::exception& error) {
      standing().breaks(time(), error);
      throw;
    }
  }

  void set_profile(bool on) override {
    for (auto& shard : shards_) shard->timer().set(on);
  }
  std::vector<std::pair<std::string, double>> profile() const override {
    std::vector<std::pair<std::string, double>> seconds;
    for (std::size_t phase = 0; phase < Shard::phase_names.size(); ++phase) {
      double sum = 0.0;
      for (const auto& shard : shards_) sum += shard->timer().seconds(phase);
      seconds.emplace_back(Shard::phase_names[phase], sum);
    }
    return seconds;
  }
  std::uint32_t active_threads() const override { return threads_.active(); }

 private:
  // What a shard lets the others know at the end of a window.
  struct alignas(64) Published {
    WindowReport window;  // thread 0 says in its own when to leave
    double spun = 0.0;    // of its thread, at barriers of this run
  };
  // Why threads left the loop: at the end, to deal the shards to another number of threads, or for the wall budget. Of
  // the reasons of several ranks the last holds for all.
  enum class Left : std::uint32_t { done, dealing, stopped };

  double ms(Tick t) const { return time_.ms(epoch_start_ + t); }

  // Call f(s) for every shard, each on the thread that works on it.
  template <class F>
  void for_each_shard(F&& f) {
    team_.run([&](std::uint32_t t) {
      const Range mine = network_->shards_of(t, team_.size());
      for (std::uint32_t s = mine.begin; s < mine.end; ++s) f(s);
    });
  }

  const InjectedCurrent& flowing(std::uint32_t number) const {
    if (number >= currents_.size() || !currents_[number])
      throw ParameterError("there is no current of number " + std::to_string(number));
    return injected_[number];
  }

  Tick in_this_epoch(LongTick t) const {
    return t - epoch_start_ < Shard::epoch_length ? static_cast<Tick>(t - epoch_start_) : Shard::epoch_length;
  }

  template <class F>
  void for_plastic(F&& f) {
    for_each_shard([&](std::uint32_t s) {
      for (std::uint32_t p = 0; p < network_->description.projections.size(); ++p)
        if (auto* plastic = shards_[s]->plastic(p)) f(*plastic);
    });
  }

  void tell(std::uint32_t modulator, const std::vector<double>& values) {
    const NetworkDescription& network = network_->description;
    const auto population = network.modulators[modulator].population;
    for_each_shard([&](std::uint32_t s) {
      std::span<const double> own(values);
      if (population) {
        const Range owned = network_->shards[s].owned[*population];
        own = own.subspan(owned.begin, owned.size());
      }
      for (std::uint32_t q = 0; q < network.projections.size(); ++q)
        if (network.projections[q].modulator == modulator)
          if (auto* plastic = shards_[s]->plastic(q)) plastic->modulate(own, now_);
    });
  }

  // The weights of a plastic projection as they are now, summed by pair: [sources x targets].
  std::vector<double> weights_now(std::uint32_t q) {
    const NetworkDescription& described = network_->description;
    const Projection& projection = described.projections[q];
    const std::uint32_t targets = described.populations[projection.target].n;
    std::vector<double> all(std::size_t{described.populations[projection.source].n} * targets, 0.0);
    for_each_shard([&](std::uint32_t s) {
      auto* plastic = shards_[s]->plastic(q);
      if (!plastic) return;
      if (!finished_) plastic->finish(now_);
      add_weights(network_->block(s, q), network_->shards[s].owned[projection.target].begin, targets, all);
      if (!finished_) plastic->prepare();
    });
    if (!ranks_.several()) return all;
    // Each rank has the columns of its own targets.
    const std::size_t rows = all.size() / targets;
    const Range here = network_->owned(projection.target);
    std::vector<double> columns;
    for (std::size_t j = here.begin; j < here.end; ++j)
      for (std::size_t row = 0; row < rows; ++row) columns.push_back(all[row * targets + j]);
    columns = ranks_.gather(columns);
    for (std::size_t j = 0; j < targets; ++j)
      for (std::size_t row = 0; row < rows; ++row) all[row * targets + j] = columns[j * rows + row];
    return all;
  }

  void prepare() {
    if (!finished_) return;
    for_plastic([](auto& plastic) { plastic.prepare(); });
    finished_ = false;
  }

  // Run up to `end` in this epoch.
  Left run_windows(Tick end, WallClock::time_point start, double wall_budget) {
    const std::uint32_t active = threads_.active();
    Barrier barrier(active);
    std::exception_ptr error;
    std::mutex error_mutex;
    Left why = Left::done;  // thread 0 would leave
    // Of thread 0: why all left, and where the engine stands then.
    Left left = Left::done;
    Tick reached = now_;
    WindowLength length_there = window_length_;
    auto heard = WallClock::now();
    double worked = threads_.adapts() ? team_.processor_seconds(active) : 0.0;
    WindowReport met;     // of all ranks, where there are several
    bool parted = false;  // the ranks could not be heard

    team_.run(active, [&](std::uint32_t t) {
      const Range mine = network_->shards_of(t, active);
      Shard& first_shard = *shards_[mine.begin];
      SpikeBoard::Reader reader(board_);
      WindowLength length = window_length_;
      Tick now = now_;
      double spun = 0.0;
      bool failed = false;
      const auto caught = [&](auto&& work) {
        try {
          work();
        } catch (...) {
          failed = true;
          const std::lock_guard lock(error_mutex);
          if (!error) error = std::current_exception();
        }
      };
      const auto guarded = [&](auto&& work) {
        if (!failed) caught(work);
      };
      const auto each_of_mine = [&](auto&& f) {
        for (std::uint32_t s = mine.begin; s < mine.end; ++s) f(s, *shards_[s]);
      };

      guarded([&] { each_of_mine([&](std::uint32_t, Shard& shard) { shard.stand_at(now, epoch_start_, probes_); }); });
      for (std::uint64_t n = 0; now < end; ++n) {
        const std::size_t parity = n & 1;
        const Tick stop = std::min(end, first_shard.next_stop(epoch_start_, probes_));
        const Tick longest = length.ticks();
        const auto within = [](Tick limit, Tick from, Tick span) { return span < limit - from ? from + span : limit; };
        const Tick to = within(std::min(stop, first_shard.reach(now)), now, longest);
        const Window window{now, to, within(end, to, longest)};
        each_of_mine([&](std::uint32_t s, Shard& shard) {
          Published& own = published_[parity][s];
          own = {};
          const auto begun = WallClock::now();
          guarded([&] {
            SpikeLists& page = board_.page(parity, s);
            own.window.arrivals = shard.process(window, page, probes_);
            own.window.earliest = shard.earliest(window, page);
          });
          own.window.wall = seconds_since(begun);
          own.spun = s == mine.begin ? spun : 0.0;
          own.window.failed = failed;
        });
        if (t == 0) published_[parity][0].window.leave = static_cast<std::uint32_t>(why);
        first_shard.timer().start();
        spun += barrier.wait(threads_.adapts());

        WindowReport all;
        double all_spun = 0.0;
        for (const Published& published : published_[parity]) {
          all.take_in(published.window);
          all_spun += published.spun;
        }
        if (ranks_.several()) {
          if (t == 0) {
            met = {.failed = true};
            caught([&] {  // failed or not: the others wait for it
              parted = true;
              met = meet(all, now, parity);
              parted = false;
            });
          }
          spun += barrier.wait(threads_.adapts());
          all = met;
        }
        first_shard.timer().lap(Shard::wait_phase);
        if (all.failed) return;
        const Tick next = std::max(to, std::min(stop, all.earliest == never ? stop : all.earliest - 1));
        length.heard(all.arrivals, all.wall);
        guarded([&] {
          reader.open(parity);
          if (t == 0) record(next, reader);
          each_of_mine([&](std::uint32_t, Shard& shard) {
            shard.exchange(reader, next);
            shard.stand_at(next, epoch_start_, probes_);
          });
        });
        now = next;
        if (t == 0 && !failed) {
          reached = now;
          length_there = length;
          if (why == Left::done) why = shall_leave(start, wall_budget, active, all_spun, heard, worked);
          left = static_cast<Left>(all.leave);
        }
        if (all.leave != 0) break;
      }
    });
    now_ = reached;
    window_length_ = length_there;
    if (parted) std::rethrow_exception(error);
    ranks_.agree(error);
    return left;
  }

  // Tell the other ranks what this one's shards have published and written in a window that began at `from`, and hear
  // the same of all.
  WindowReport meet(const WindowReport& own, Tick from, std::size_t parity) {
    const auto& messages = ranks_.exchange(Ranks::window, message_.write(own, from, board_.pages(parity)));
    SpikeLists& joined = board_.joined(parity);
    WindowReport all;
    for (const auto& message : messages) all.take_in(WindowMessage::read(message, from, joined));
    message_.sort(joined);
    return all;
  }

  // Whether thread 0 would have all leave after the next window.
  Left shall_leave(WallClock::time_point start, double wall_budget, std::uint32_t active, double spun,
                   WallClock::time_point& heard, double& worked) {
    const auto now = WallClock::now();
    const std::chrono::duration<double> spent = now - start, since = now - heard;
    if (spent.count() > wall_budget || recorder_.held() > most_spikes_held) return Left::stopped;
    constexpr double often_enough = 0.005;  // seconds
    if (!threads_.adapts() || since.count() < often_enough) return Left::done;
    const double work = team_.processor_seconds(active) - spun;
    heard = now;
    const bool changed = threads_.heard(since.count(), work - worked);
    worked = work;
    return changed ? Left::dealing : Left::done;
  }

  void take_parameters_of(const Engine& other) override {
    const auto& from = static_cast<const EngineOf&>(other);
    for (std::uint32_t group = 0; group < network_->description.populations.size(); ++group) {
      if (!from.inputs_.replaced(group)) continue;
      const Population& population = from.inputs_.group(group);
      std::vector<std::uint32_t> all(population.n);
      std::iota(all.begin(), all.end(), 0u);
      const ParameterChange change{group, population, all, now_, epoch_start_, noise_};
      for_each_shard([&](std::uint32_t s) {
        shards_[s]->set_parameters(change);
        shards_[s]->set_parts(group, population.parts, now_, epoch_start_);
      });
      inputs_.replace(group, population);
    }
  }

  void take_learning_of(const Engine& other) override {
    const auto& from = static_cast<const EngineOf&>(other);
    following_ = from.following_;
    for_each_shard([&](std::uint32_t s) {
      for (std::uint32_t q = 0; q < network_->description.projections.size(); ++q)
        if (auto* mine = dynamic_cast<Outlasting*>(shards_[s]->plastic(q)))
          mine->take_over(*dynamic_cast<const Outlasting*>(from.shards_[s]->plastic(q)));
    });
  }

  // What was changed of a group, before the states that go on from there.
  void parameters_io(const Archive& archive, std::uint32_t group) {
    const Population& population = inputs_.group(group);
    if (archive.saving() && !inputs_.replaced(group)) return;
    if (population.is_source) return source_changes_io(archive, group);
    for (auto [name, value] : Parts(population.parts)) {
      if (archive.restoring() && !archive.has(name)) continue;
      archive.value(name, value);
      if (archive.restoring()) set_part(group, name, value);
    }
    std::map<std::string, std::vector<double>> values;
    for (const ParamInfo& info : model_info(population).params) {
      if (archive.restoring() && !archive.has(info.name)) continue;
      if (archive.saving()) values[info.name] = value_of_each(population, info.name);
      archive.list(info.name, values[info.name]);
      if (values[info.name].size() != population.n) archive.wrong(info.name, "another number of neurons");
    }
    if (archive.saving() || values.empty()) return;
    std::vector<std::uint32_t> all(population.n);
    std::iota(all.begin(), all.end(), 0u);
    set_parameters(group, values, all);
  }

  void source_changes_io(const Archive& archive, std::uint32_t group) {
    if (archive.restoring() && !archive.has("last change")) return;
    SourceChanges& changes = source_changes_[group];
    changes.io(archive, network_->description.populations[group]);
    if (archive.saving()) return;
    if (changes.first()) {
      inputs_.replace(group, *changes.first());
      for_each_shard([&](std::uint32_t s) { shards_[s]->remake_source(group); });
    }
    for (const SourceChanges::One& one : changes.all()) {
      Population population = with_values(inputs_.group(group), one.values, one.changed).first;
      // By the last of them every source has changed, if nothing of the begin is left.
      const bool ends = &one == &changes.all().back() && !changes.has_first();
      const std::vector<std::uint64_t> begin{0};
      ParameterChange change{group, population, one.changed, now_, epoch_start_, noise_};
      change.serial = one.serial;
      change.source_time = one.at;
      if (ends) change.forgotten = begin;
      for_each_shard([&](std::uint32_t s) { shards_[s]->set_parameters(change); });
      inputs_.replace(group, std::move(population));
    }
  }

  void io(const Archive& archive) {
    archive.value("now", now_);
    archive.value("epoch", epoch_start_);
    if (now_ < 0 || now_ > Shard::epoch_length || epoch_start_ < 0) archive.wrong("now", "no time");
    for (std::uint32_t group = 0; group < network_->description.populations.size(); ++group)
      parameters_io(archive.in("parameters").in(group), group);
    delays_io(archive.in("delays"));
    // One after the other, as each adds its part to the arrays.
    for (auto& shard : shards_) shard->io(archive, now_, epoch_start_);
    stragglers_io(archive.in("delays"));
    following_io(archive.in("feedback"));
    if (archive.saving()) finished_ = false;
    history_.io(archive, network_->description.populations);
    recorder_.io(archive.in("recorder"));
    for (std::size_t probe = 0; probe < probes_.size(); ++probe)
      probes_[probe].io(archive.in("state probe").in(probe), epoch_start_);
    std::vector<std::uint64_t> total = delivered();
    if (archive.saving()) return archive.list("delivered", total);
    for_each_shard([&](std::uint32_t s) { shards_[s]->resume(history_, now_); });
    // What is counted from here on, under way included, is to add up to it.
    archive.list("delivered", total);
    if (total.size() != delivered_before_.size()) archive.wrong("delivered", "another number of projections");
    if (ranks_.rank() > 0) std::fill(total.begin(), total.end(), 0u);  // the first rank has all that was before
    const std::vector<std::uint64_t> counted = delivered();
    for (std::size_t q = 0; q < total.size(); ++q) delivered_before_[q] = total[q] - counted[q];
  }

  void record(Tick to, SpikeBoard::Reader& reader) {
    history_.add(to, reader);
    recorder_.add(to, [&](std::uint32_t p) { return reader.of(p); }, [&](Tick t) { return ms(t); });
  }

  // Whether a projection has no synapses that could remember a spike.
  bool silent(std::uint32_t q) const {
    return std::all_of(shards_.begin(), shards_.end(), [q](const auto& shard) {
      auto* plastic = shard->plastic(q);
      return !plastic || plastic->silent();
    });
  }

  // Whether it learns by dendritic delays, and has heard spikes.
  bool in_dendrites(std::uint32_t q) const {
    return network_->description.projections[q].dendritic_fraction > 0.0 && !silent(q) &&
           std::any_of(shards_.begin(), shards_.end(), [q](const auto& shard) {
             auto* plastic = shard->plastic(q);
             return plastic && plastic->divides_delays();
           });
  }
  bool is_divided(std::uint32_t q) const {
    return std::any_of(network_->shards.begin(), network_->shards.end(), [&](const pysnn::Shard& shard) {
      return !shard.blocks[network_->places[q].block].run_strand.empty();
    });
  }

  // `from`: where each stood in the present order, if not in the same place. By place, where each came from.
  std::vector<std::uint64_t> change_synapses(std::uint32_t q, const std::vector<Tick>& delays,
                                             const std::vector<std::uint32_t>& sources,
                                             const std::vector<std::uint64_t>& from) {
    Reordered made(*network_, q, delays, sources, from);
    if (network_->description.projections[q].is_stateful() && sources.empty())
      made.divide([&](std::uint32_t s, std::uint32_t row, std::uint32_t run) {
        return shards_[s]->plastic(q)->remembers(row, run, now_);
      });
    return put(q, std::move(made));
  }
  std::vector<std::uint64_t> put(std::uint32_t q, Reordered&& made) {
    for_each_shard([&](std::uint32_t s) { made.make(s); });
    try {
      for_each_shard([&](std::uint32_t s) { shards_[s]->set_delays(q, made.shards[s], history_, now_); });
      for_each_shard([&](std::uint32_t s) {
        shards_[s]->stored_anew(q, made.shards[s], now_);
        if (auto* kept = dynamic_cast<Outlasting*>(shards_[s]->plastic(q))) kept->move(made.shards[s].moved);
      });
    } catch (const std::exception& error) {
      standing().breaks(time(), error);
      throw;
    }
    ChangedDelays& changed = delays_[q];
    changed.since = now_;
    const std::vector<std::uint64_t> came_from = made.came_from();
    std::vector<std::uint64_t> built = came_from;
    if (!changed.built.empty())
      for (std::uint64_t& place : built) place = changed.built[place];
    std::vector<std::uint64_t> as_built(built.size());
    std::iota(as_built.begin(), as_built.end(), std::uint64_t{0});
    changed.built = built == as_built ? std::vector<std::uint64_t>() : std::move(built);
    for (const pysnn::Shard& shard : network_->shards)
      network_->max_delay = std::max(network_->max_delay, shard.blocks[network_->places[q].block].max_delay);
    const Projection& projection = network_->description.projections[q];
    if (!projection.is_stateful()) history_.keep(projection.source, network_->max_delay, Shard::slack(*network_));
    return came_from;
  }

  // Of projections whose delays were set.
  void delays_io(const Archive& archive) {
    for (std::uint32_t q = 0; q < network_->description.projections.size(); ++q) {
      const Archive own = archive.in(q);
      const auto found = delays_.find(q);
      if (archive.saving() ? found == delays_.end() : !own.has("ticks")) continue;
      std::vector<Tick> ticks;
      std::vector<std::uint64_t> built;
      std::vector<std::uint32_t> sources;  // where they were set
      std::vector<std::uint32_t> strands;  // where rows are divided
      std::uint64_t rewired = rewirings(q);
      if (archive.saving()) {
        ticks = delays_in_order(*network_, q);
        strands = strands_in_order(*network_, q);
        built = found->second.built;
        if (rewired > 0) sources = list_synapses(*network_, q).i;
      }
      own.list("ticks", ticks);
      own.list("as built", built);
      if (archive.saving() ? !strands.empty() : own.has("strands")) own.list("strands", strands);
      if (archive.saving() ? rewired > 0 : own.has("sources")) {
        own.list("sources", sources);
        own.value("rewired", rewired);
      }
      if (archive.restoring()) {
        const std::uint64_t n = network_->synapses(q);
        if (ticks.size() != n || (!built.empty() && !is_order(built, n)))
          own.wrong("ticks", "no delays of this projection");
        if (std::any_of(ticks.begin(), ticks.end(), [](Tick d) { return d <= 0; })) own.wrong("ticks", "no delays");
        check_delays(q, ticks);
        if (rewired > 0) check_sources(q, sources);
        Reordered made(*network_, q, ticks, sources, built);
        if (!strands.empty() && (strands.size() != n || !made.divide(strands)))
          own.wrong("strands", "no strands of this projection");
        put(q, std::move(made));
        delays_[q].rewired = rewired;
      }
      own.value("since", delays_[q].since);
    }
    if (archive.saving()) return;
    // Of those that share rows with one of them too: what they have under way comes of the spikes.
    for (std::uint32_t q = 0; q < network_->description.projections.size(); ++q) {
      const auto found = delays_.find(q);
      for (auto& shard : shards_) shard->resume_delays(q, found == delays_.end() ? long_ago : found->second.since);
    }
  }

  void stragglers_io(const Archive& archive) {
    for (const auto& [q, delays] : delays_) {
      std::vector<Stragglers*> own;
      for (auto& shard : shards_) own.push_back(shard->stragglers(q));
      pysnn::stragglers_io(archive.in(q), *network_, q, delays.since, own);
    }
  }

  void following_io(const Archive& archive) {
    const std::vector<Feedback>& feedbacks = network_->description.feedbacks;
    for (std::size_t f = 0; f < feedbacks.size(); ++f)
      if (feedbacks[f].projection && feedbacks[f].weights)
        following_[f].io(archive.in(f), feedbacks[f].weights->size());
  }

  void draw_currents(std::uint64_t noise) {
    if (noise == noise_) return;
    for (std::size_t c = 0; c < currents_.size(); ++c) {
      if (!currents_[c]) continue;
      if (auto other = currents_[c]->with_key(with_noise(injected_[c].noise_key, noise)))
        currents_[c] = std::move(other);
    }
    noise_ = noise;
  }

  void rebase() {
    for_each_shard([&](std::uint32_t s) { shards_[s]->rebase(now_); });
    for (StateProbe& probe : probes_) probe.rebase(Shard::epoch_length);
    history_.rebase(Shard::epoch_length);
    for (auto& [q, delays] : delays_) delays.since = rebased(delays.since, Shard::epoch_length);
    now_ -= Shard::epoch_length;
    epoch_start_ += Shard::epoch_length;
  }

  std::shared_ptr<CompiledNetwork> network_;
  const TimeBase& time_;
  Team team_;
  ThreadChoice threads_;
  Inputs inputs_;
  Currents currents_;                                      // by number; null where one was stopped
  std::vector<InjectedCurrent> injected_;                  // of which they were made
  std::map<std::uint32_t, SourceChanges> source_changes_;  // by group
  std::vector<std::unique_ptr<Shard>> shards_;
  SpikeBoard board_;
  std::array<std::vector<Published>, 2> published_;  // by parity of the window, then by shard
  std::vector<StateProbe> probes_;
  SpikeRecorder recorder_;
  SpikeHistory history_;
  std::map<std::size_t, FollowingWeights> following_;  // by number of feedback that is adaptive
  std::map<std::uint32_t, ChangedDelays> delays_;      // by projection, where they were set
  std::vector<std::uint64_t> delivered_before_ =
      std::vector<std::uint64_t>(network_->description.projections.size(), 0);  // by projection: by another engine
  WindowLength window_length_;
  Ranks ranks_;
  WindowMessage message_;
  Tick now_ = 0;              // in the present epoch
  LongTick epoch_start_ = 0;  // ticks since the start
  std::uint64_t noise_ = 0;   // that currents draw by
  bool finished_ = false;
};

// States of either precision, on the shards of one kind.
template <template <class> class Shard>
std::unique_ptr<Engine> make_engine(std::shared_ptr<CompiledNetwork> network, const std::atomic<bool>& stop,
                                    std::uint32_t threads) {
  if (network->description.single_precision)
    return std::make_unique<EngineOf<Shard<float>>>(std::move(network), stop, threads);
  return std::make_unique<EngineOf<Shard<double>>>(std::move(network), stop, threads);
}

}  // namespace

std::unique_ptr<Engine> make_clock_engine(std::shared_ptr<CompiledNetwork> network, const std::atomic<bool>& stop,
                                          std::uint32_t threads) {
  if (!network->description.time.grid()) throw ParameterError("the clock engine needs a network compiled on a grid");
  return make_engine<ClockShard>(std::move(network), stop, threads);
}

std::unique_ptr<Engine> make_event_engine(std::shared_ptr<CompiledNetwork> network, const std::atomic<bool>& stop,
                                          std::uint32_t threads) {
  if (network->description.time.grid())
    throw ParameterError("the event engine needs a network compiled in continuous time");
  return make_engine<EventShard>(std::move(network), stop, threads);
}

}  // namespace pysnn
