// The loop of every engine. All shards go through a window of time on their own, no longer than the shortest delay
// between neurons, then meet at a barrier and read each other's spikes from the board; where nothing is due anywhere
// they skip ahead together. Where populations are in an order, they go through a window one level after the other and
// meet after each.
//
// What runs beside what. Thread t of those active works on the shards dealt to it and on nothing else. Between two
// barriers a thread exchanges what the last window brought forth and processes the next one: so while one still
// reads the board of window n, others may write that of n + 1. The board and what shards publish are therefore double,
// by the parity of n, and one barrier a window is enough; or one for each of its levels, which are then what n counts.
// Thread 0, which is the caller, also records.
//
// Every decision that threads must take alike (how far to skip, when to stop, that one has failed) follows from what
// was published before the last barrier. An error in any of them ends the window for all at its barrier; the loop then
// ends with the last whole window, up to which everything is recorded.
#pragma once
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <exception>
#include <mutex>
#include <vector>

#include "core/team.hpp"
#include "engine/ranks.hpp"
#include "engine/recorders.hpp"
#include "engine/shard.hpp"
#include "engine/shards.hpp"
#include "engine/spike_board.hpp"
#include "engine/thread_choice.hpp"
#include "engine/window_length.hpp"
#include "engine/window_message.hpp"

namespace pysnn {

using WallClock = std::chrono::steady_clock;

inline double seconds_since(WallClock::time_point start) {
  return std::chrono::duration<double>(WallClock::now() - start).count();
}

// Why threads left the loop: at the end, to deal the shards to another number of threads, or for the wall budget. Of
// the reasons of several ranks the last holds for all.
enum class LoopEnd : std::uint32_t { done, dealing, stopped };

template <class Shard>
class WindowLoop {
  static_assert(EngineShard<Shard>);

 public:
  WindowLoop(const CompiledNetwork& network, Shards<Shard>& shards, Ranks& ranks)
      : network_(network), shards_(shards), ranks_(ranks),
        threads_(shards.team().size(), network.description.adapts_threads),
        board_(shards.size(), network.description.populations.size()), levels_(network.description.levels()),
        window_length_(Shard::first_window(network), Shard::longest_window(network)) {
    for (auto& published : published_) published.resize(shards.size());
  }

  // How many threads share the shards at present.
  std::uint32_t active_threads() const { return threads_.active(); }

  // Go on from `at`, a time of this epoch, up to `end`, or until so many seconds have passed since `start`; `at` is
  // then where all stand. Thread 0 calls record(to, reader) after each window; if it says so, that is enough for now.
  template <class Record>
  LoopEnd run(Tick& at, Tick end, LongTick epoch, WallClock::time_point start, double wall_budget,
              std::vector<StateProbe>& probes, Record&& record) {
    Team& team = shards_.team();
    const std::uint32_t active = threads_.active();
    Barrier barrier(active);
    std::exception_ptr error;
    std::mutex error_mutex;
    LoopEnd why = LoopEnd::done;  // thread 0 would leave
    // Of thread 0: why all left, and where the engine stands then.
    LoopEnd left = LoopEnd::done;
    Tick reached = at;
    WindowLength length_there = window_length_;
    auto heard = WallClock::now();
    double worked = threads_.adapts() ? team.processor_seconds(active) : 0.0;
    WindowReport met;     // of all ranks, where there are several
    bool parted = false;  // the ranks could not be heard

    team.run(active, [&](std::uint32_t t) {
      const Ids<ShardId> mine = network_.shards_of(t, active);
      Shard& first_shard = *shards_[mine.front()];
      SpikeBoard::Reader reader(board_);
      WindowLength length = window_length_;
      Tick now = at, stop = at;
      Window window{at, at, at};
      double spun = 0.0;
      bool failed = false, enough = false;
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
        for (const ShardId s : mine) f(s, *shards_[s]);
      };

      guarded([&] { each_of_mine([&](ShardId, Shard& shard) { shard.stand_at(now, epoch, probes); }); });
      for (std::uint64_t n = 0; now < end; ++n) {
        const std::size_t parity = n & 1;
        if (window.level == 0) {
          const auto within = [&](Tick limit, Tick from) {
            return length.ticks() < limit - from ? from + length.ticks() : limit;
          };
          stop = std::min(end, first_shard.next_stop(epoch, probes));
          const Tick to = within(std::min(stop, first_shard.reach(now)), now);
          window = {now, to, within(end, to)};
        }
        const bool whole = window.level + 1 == levels_;  // have all levels gone through it after this?
        each_of_mine([&](ShardId s, Shard& shard) {
          Published& own = published_[parity][s];
          own = {};
          const auto begun = WallClock::now();
          guarded([&] {
            SpikeLists& page = board_.page(parity, s);
            own.window.arrivals = shard.process(window, page, probes);
            own.window.earliest = shard.earliest(window, page);
          });
          own.window.wall = seconds_since(begun);
          own.spun = s == mine.front() ? spun : 0.0;
          own.window.failed = failed;
        });
        if (t == 0 && whole) published_[parity].front().window.leave = static_cast<std::uint32_t>(why);
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
        const Tick due = std::min(stop, all.earliest == never ? stop : all.earliest - 1);
        // What is fired before a window is whole is not recorded before either.
        const Tick next = whole ? std::max(window.to, due) : now;
        length.heard(all.arrivals, all.wall);
        guarded([&] {
          reader.open(parity);
          if (t == 0) enough = record(next, reader);
          each_of_mine([&](ShardId, Shard& shard) {
            shard.exchange(reader, next);
            if (whole) shard.stand_at(next, epoch, probes);
          });
        });
        window.level = whole ? 0 : window.level + 1;
        if (!whole) continue;
        now = next;
        if (t == 0 && !failed) {
          reached = now;
          length_there = length;
          if (why == LoopEnd::done)
            why = enough ? LoopEnd::stopped : shall_leave(start, wall_budget, active, all_spun, heard, worked);
          left = static_cast<LoopEnd>(all.leave);
        }
        if (all.leave != 0) break;
      }
    });
    at = reached;
    window_length_ = length_there;
    if (parted) std::rethrow_exception(error);
    ranks_.agree(error);
    return left;
  }

 private:
  // What a shard lets the others know at the end of a window.
  struct alignas(64) Published {
    WindowReport window;  // thread 0 says in its own when to leave
    double spun = 0.0;    // of its thread, at barriers of this run
  };

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
  LoopEnd shall_leave(WallClock::time_point start, double wall_budget, std::uint32_t active, double spun,
                      WallClock::time_point& heard, double& worked) {
    const auto now = WallClock::now();
    const std::chrono::duration<double> spent = now - start, since = now - heard;
    if (spent.count() > wall_budget) return LoopEnd::stopped;
    constexpr double often_enough = 0.005;  // seconds
    if (!threads_.adapts() || since.count() < often_enough) return LoopEnd::done;
    const double work = shards_.team().processor_seconds(active) - spun;
    heard = now;
    const bool changed = threads_.heard(since.count(), work - worked);
    worked = work;
    return changed ? LoopEnd::dealing : LoopEnd::done;
  }

  const CompiledNetwork& network_;
  Shards<Shard>& shards_;
  Ranks& ranks_;
  ThreadChoice threads_;
  SpikeBoard board_;
  const std::uint32_t levels_;
  std::array<ById<ShardId, Published>, 2> published_;  // by parity of the window
  WindowLength window_length_;
  WindowMessage message_;
};

}  // namespace pysnn
