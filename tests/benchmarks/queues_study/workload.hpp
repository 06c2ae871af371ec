// One workload for all queues: spikes, rows as the engine keeps them, and the membranes that consume what arrives.
#pragma once
#include <algorithm>
#include <cstring>
#include <random>
#include <vector>

#include "engine/event/arrival_sorter.hpp"
#include "math/exp_minus.hpp"
#include "network/block.hpp"
#include "neurons/event_neurons.hpp"

namespace pysnn::study {

inline constexpr std::uint32_t neurons = 100'000, synapses = 100, shards = 2, shard_size = neurons / shards;
inline constexpr Tick ms = 1'000'000'000'000, longest = 20 * ms;
inline Tick shortest = ms;  // delay; windows are as long
inline constexpr double tau_ms = 10.0;
inline constexpr Tick unmeasured = 50 * ms;

struct Spike {
  Tick time;
  std::uint32_t source;
};

// Rows as the engine keeps them: a shard's targets fit 16 bits, each row is in order of delay.
struct Workload {
  std::vector<Block> blocks{shards};
  std::vector<Spike> spikes;
  Tick duration;

  Workload(double rate_hz, double duration_ms) : duration(static_cast<Tick>(duration_ms) * ms) {
    std::mt19937_64 random(1);
    struct Synapse {
      Tick delay;
      std::uint16_t target;
      float weight;
    };
    std::vector<std::vector<Synapse>> rows(shards);
    struct Parts {
      std::vector<std::uint32_t> row_run{0}, run_begin;
      std::vector<Tick> delay;
      std::vector<std::uint16_t> target;
      std::vector<float> weight;
    };
    std::vector<Parts> parts(shards);
    for (std::uint32_t source = 0; source < neurons; ++source) {
      for (auto& row : rows) row.clear();
      for (std::uint32_t k = 0; k < synapses; ++k) {
        const auto target = static_cast<std::uint32_t>(random() % neurons);
        const Tick delay = shortest + static_cast<Tick>(random() % (longest - shortest + 1));
        const float weight = std::uniform_real_distribution(0.1f, 1.0f)(random);
        rows[target / shard_size].push_back({delay, static_cast<std::uint16_t>(target % shard_size), weight});
      }
      for (std::uint32_t s = 0; s < shards; ++s) {
        std::sort(rows[s].begin(), rows[s].end(), [](auto& a, auto& b) { return a.delay < b.delay; });
        Parts& part = parts[s];
        for (std::size_t k = 0; k < rows[s].size(); ++k) {
          if (k == 0 || rows[s][k].delay != rows[s][k - 1].delay) {
            part.run_begin.push_back(static_cast<std::uint32_t>(part.target.size()));
            part.delay.push_back(rows[s][k].delay);
          }
          part.target.push_back(rows[s][k].target);
          part.weight.push_back(rows[s][k].weight);
        }
        part.row_run.push_back(static_cast<std::uint32_t>(part.delay.size()));
      }
    }
    for (std::uint32_t s = 0; s < shards; ++s) {
      Parts& part = parts[s];
      part.run_begin.push_back(static_cast<std::uint32_t>(part.target.size()));
      const auto copy = [](auto& to, const auto& from) {
        to = std::remove_reference_t<decltype(to)>(from.size());
        std::copy(from.begin(), from.end(), to.begin());
      };
      Block& block = blocks[s];
      block.row_run = RowRuns(part.row_run);
      copy(block.run_begin, part.run_begin);
      copy(block.target, part.target);
      copy(block.weight32, part.weight);
      block.weight_type = WeightType::single;
      block.run_delay = RunDelays(part.delay, false);
      block.min_delay = shortest;
      block.max_delay = longest;
    }
    std::exponential_distribution<double> wait(rate_hz * neurons / 1000.0);
    for (double t = wait(random); t < duration_ms; t += wait(random))
      spikes.push_back(
          {static_cast<Tick>(t * static_cast<double>(ms)), static_cast<std::uint32_t>(random() % neurons)});
  }

  // Call f(delay, target, weight) for all synapses of a source.
  template <class F>
  void for_row(std::uint32_t source, F&& f) const {
    for (std::uint32_t s = 0; s < shards; ++s) {
      const Block& block = blocks[s];
      block.run_delay.with([&](const auto& delay, Tick unit) {
        for (std::uint32_t run = block.row_run[source]; run < block.row_run[source + 1]; ++run)
          for (std::uint32_t q = block.run_begin[run]; q < block.run_begin[run + 1]; ++q)
            f(static_cast<Tick>(delay[run]) * unit, s * shard_size + block.target[q], block.weight32[q]);
      });
    }
  }

  // Rows lie anywhere: all queues may ask for the next ones ahead.
  void fetch(std::size_t spike) const {
    if (spike + 4 < spikes.size())
      for (const Block& block : blocks) block.row_run.prefetch(spikes[spike + 4].source);
    if (spike + 2 >= spikes.size()) return;
    const std::uint32_t source = spikes[spike + 2].source;
    for (const Block& block : blocks) {
      const std::uint32_t run = block.row_run[source], end = block.row_run[source + 1];
      block.run_delay.with([&](const auto& delay, Tick) {
        for (std::uint32_t k = run; k < end; k += 8) __builtin_prefetch(&delay[k]);
      });
      for (std::uint32_t k = run; k < end; k += 16) {
        __builtin_prefetch(&block.run_begin[k]);
        __builtin_prefetch(&block.weight32[k]);  // nearly every run is one synapse
      }
      for (std::uint32_t k = run; k < end; k += 32) __builtin_prefetch(&block.target[k]);
    }
  }
};

// The consumer.
class Membranes {
 public:
  void add(std::uint32_t target, Tick t, float weight) {
    Membrane& m = membranes_[target];
    m.v = m.v * exp_minus(rate_ * static_cast<double>(t - m.last)) + static_cast<double>(weight);
    m.last = t;
    ++arrivals_;
  }

  // The same, decays of 64 arrivals at once, as the event engine does; they are in order of (target, time).
  void add(const Arrival* at, std::size_t n, std::uint32_t first, Tick origin) {
    double elapsed[arrivals_at_once], left[arrivals_at_once];
    arrivals_ += n;
    while (n > 0) {
      const std::size_t now = std::min(n, std::size_t{arrivals_at_once});
      for (std::size_t k = 0; k < now; ++k) {
        const bool again = k > 0 && at[k - 1].target() == at[k].target();
        const Tick last = again ? origin + at[k - 1].since() : membranes_[first + at[k].target()].last;
        elapsed[k] = static_cast<double>(origin + at[k].since() - last);
      }
      exp_minus(rate_, elapsed, left, now);
      for (std::size_t k = 0; k < now; ++k) {
        if (n > arrivals_at_once + k) __builtin_prefetch(&membranes_[first + at[k + arrivals_at_once].target()], 1);
        Membrane& m = membranes_[first + at[k].target()];
        m.v = m.v * left[k] + at[k].weight();
        m.last = origin + at[k].since();
      }
      at += now;
      n -= now;
    }
  }

  std::uint64_t arrivals() const { return arrivals_; }
  bool same_bits(const Membranes& other) const {
    return std::memcmp(membranes_.data(), other.membranes_.data(), neurons * sizeof(Membrane)) == 0;
  }

 private:
  struct Membrane {
    double v = 0.0;
    Tick last = 0;
  };
  std::vector<Membrane> membranes_{neurons};
  std::uint64_t arrivals_ = 0;
  double rate_ = 1.0 / (tau_ms * static_cast<double>(ms));
};

}  // namespace pysnn::study
