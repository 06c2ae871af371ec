// The spikes of the sources that may still be on their way, each with the source's traces just after it, and by each
// the one before.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "plasticity/long_ago.hpp"
#include "plasticity/trace_columns.hpp"

namespace pysnn {

template <class Pre>
class PreLog {
 public:
  struct Spike {
    Tick t;
    Pre pre;
  };
  // A spike of a source and the one before it.
  struct Node {
    Spike spike, previous;
    std::uint64_t previous_node;
  };

  PreLog(std::uint32_t rows, const Pre& first) : newest_(rows, Spike{long_ago, first}), newest_node_(rows, 0) {}

  // Whether no source has fired.
  bool silent() const {
    return std::all_of(newest_.begin(), newest_.end(), [](const Spike& spike) { return spike.t == long_ago; });
  }

  // The latest spike of a row's source.
  const Spike& newest(std::uint32_t row) const { return newest_[row]; }

  // Its next one; the number returned stands for it as long as it is kept.
  std::uint64_t add(std::uint32_t row, const Spike& spike) {
    log_.push_back({spike, newest_[row], newest_node_[row]});
    newest_[row] = spike;
    return newest_node_[row] = base_ + log_.size() - 1;
  }
  const Node& operator[](std::uint64_t number) const { return log_[number - base_]; }

  void forget_before(Tick horizon) {
    while (forgotten_ < log_.size() && log_[forgotten_].spike.t < horizon) ++forgotten_;
    if (2 * forgotten_ < log_.size()) return;
    log_.erase(log_.begin(), log_.begin() + static_cast<std::ptrdiff_t>(forgotten_));
    base_ += std::exchange(forgotten_, 0);
  }

  // The latest spike of the row that has come by `now`, `delay` after it was fired, and in `flying` (if given) those
  // that have not but had after `axonal`, oldest first.
  Spike last_served(std::uint32_t row, Tick delay, Tick axonal, Tick now, std::vector<Spike>* flying) const {
    Spike spike = newest_[row];
    std::uint64_t number = newest_node_[row];
    while (spike.t != long_ago && spike.t + delay > now) {
      if (flying && spike.t + axonal <= now) flying->push_back(spike);
      const Node& n = (*this)[number];
      spike = n.previous;
      number = n.previous_node;
    }
    if (flying) std::reverse(flying->begin(), flying->end());
    return spike;
  }

  // Save, by row, the spikes that may be under way and the one before them; or restore them into an empty log. A shard
  // that has no synapses in a row has not heard of its spikes, and each forgets by its own delays: all that any of them
  // knows is saved. Call sent(row, time, number) for every spike restored, in order of time.
  template <class Sent>
  void io(const Archive& archive, Sent&& sent) {
    std::vector<std::vector<Spike>> rows(newest_.size());
    if (archive.restoring() || archive.has("times"))
      spike_lists_io(archive.reading(), rows.size(), 0, rows, &Spike::pre);
    if (archive.saving()) {
      std::vector<std::vector<Spike>> here(rows.size());
      for (std::size_t row = 0; row < rows.size(); ++row) {
        std::uint64_t number = newest_node_[row];
        Spike spike = newest_[row];
        while (spike.t != long_ago && number >= base_ + forgotten_) {
          here[row].push_back(spike);
          const Node& node = (*this)[number];
          spike = node.previous;
          number = node.previous_node;
        }
        here[row].push_back(spike);
        std::reverse(here[row].begin(), here[row].end());
        const auto knows_more = [](const auto& a, const auto& b) {
          return b.empty() || a.back().t > b.back().t || (a.back().t == b.back().t && a.size() > b.size());
        };
        if (knows_more(here[row], rows[row])) rows[row] = std::move(here[row]);
      }
      return spike_lists_io(archive, rows.size(), 0, rows, &Spike::pre);
    }
    struct Entry {
      Spike spike;
      std::uint32_t row;
    };
    std::vector<Entry> all;
    for (std::uint32_t row = 0; row < rows.size(); ++row) {
      if (rows[row].empty()) archive.wrong("times", "no spikes of a row");
      newest_[row] = rows[row].front();
      for (std::size_t k = 1; k < rows[row].size(); ++k) all.push_back({rows[row][k], row});
    }
    std::stable_sort(all.begin(), all.end(), [](const Entry& a, const Entry& b) { return a.spike.t < b.spike.t; });
    for (const Entry& entry : all) sent(entry.row, entry.spike.t, add(entry.row, entry.spike));
  }

  // No source has fired.
  void clear(const Pre& first) {
    std::fill(newest_.begin(), newest_.end(), Spike{long_ago, first});
    log_.clear();
    forgotten_ = 0;
  }

  void rebase(Tick ticks) {
    for (Spike& spike : newest_) spike.t = rebased(spike.t, ticks);
    for (Node& node : log_) {
      node.spike.t = rebased(node.spike.t, ticks);
      node.previous.t = rebased(node.previous.t, ticks);
    }
  }

  std::size_t nbytes() const {
    return newest_.size() * sizeof(Spike) + newest_node_.size() * sizeof(std::uint64_t) + log_.size() * sizeof(Node);
  }

 private:
  std::vector<Spike> newest_;               // by row
  std::vector<std::uint64_t> newest_node_;  // by row: its place in the log
  std::vector<Node> log_;
  std::size_t forgotten_ = 0;  // so many of them
  std::uint64_t base_ = 1;     // number of the first in the log; 0 is that of none
};

}  // namespace pysnn
