// The spikes of the sources that may still be on their way, each with the source's traces just after it, and by each
// the one before: strand by strand (strands.hpp), in the time of the delays that hold.
//
// A spike is added when it has been emitted. Where delays were set to shorter ones meanwhile, some of before may be
// later than it in that time: then it takes its place among them, and their traces are worked out anew. Nobody has
// asked for them yet, as they have still to arrive.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <tuple>
#include <utility>
#include <vector>

#include "plasticity/long_ago.hpp"
#include "plasticity/strands.hpp"
#include "plasticity/trace_columns.hpp"

namespace pysnn {

// A run of a row on its way: when it set out, when it arrives, and what its spike is known by there.
struct RunSent {
  Tick sent, due;
  std::uint32_t run;
  std::uint64_t spike;
};

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

  PreLog(std::uint32_t strands, const Pre& first)
      : newest_(strands, Spike{long_ago, first}), newest_node_(strands, 0) {}

  // Whether no source has fired.
  bool silent() const {
    return std::all_of(newest_.begin(), newest_.end(), [](const Spike& spike) { return spike.t == long_ago; });
  }

  // The latest spike of a strand.
  const Spike& newest(std::uint32_t strand) const { return newest_[strand]; }

  // A spike emitted at t. The traces after it, or after a later one, are next(spike before, spike); the number returned
  // stands for it as long as it is kept.
  template <class Next>
  std::uint64_t add(std::uint32_t strand, const Spike& emitted, Next&& next) {
    if (is_shifted_) sent_.push_back(emitted.t);
    if (newest_[strand].t > emitted.t) return insert(strand, emitted, next);
    const Spike spike{emitted.t, next(newest_[strand], emitted)};
    log_.push_back({spike, newest_[strand], newest_node_[strand]});
    newest_[strand] = spike;
    return newest_node_[strand] = last_number();
  }
  // The same in every strand of a row; a strand's own number comes so many after the one returned as strands before it.
  template <class Next>
  std::uint64_t add_to_row(const Strands& strands, std::uint32_t row, const Spike& emitted, Next&& next) {
    const auto [first, end] = strands.of_row(row);
    const std::uint64_t number = last_number() + 1;
    for (std::uint32_t strand = first; strand < end; ++strand) add(strand, emitted, next);
    return number;
  }
  const Node& operator[](std::uint64_t number) const { return log_[number - base_]; }

  // The latest spike of a strand of which only that is asked.
  void replace_newest(std::uint32_t strand, const Spike& spike) { newest_[strand] = spike; }

  void forget_before(Tick horizon) {
    while (forgotten_ < log_.size() && log_[forgotten_].spike.t < horizon) ++forgotten_;
    if (2 * forgotten_ < log_.size()) return;
    log_.erase(log_.begin(), log_.begin() + static_cast<std::ptrdiff_t>(forgotten_));
    if (is_shifted_) sent_.erase(sent_.begin(), sent_.begin() + static_cast<std::ptrdiff_t>(forgotten_));
    base_ += std::exchange(forgotten_, 0);
  }

  // The latest spike of the strand that has come by `now`, `delay` after it was fired, and in `flying` (if given) those
  // that have not but had after `axonal`, oldest first.
  Spike last_served(std::uint32_t strand, Tick delay, Tick axonal, Tick now, std::vector<Spike>* flying) const {
    Spike spike = newest_[strand];
    std::uint64_t number = newest_node_[strand];
    while (spike.t != long_ago && spike.t + delay > now) {
      if (flying && spike.t + axonal <= now) flying->push_back(spike);
      const Node& n = (*this)[number];
      spike = n.previous;
      number = n.previous_node;
    }
    if (flying) std::reverse(flying->begin(), flying->end());
    return spike;
  }

  // The runs of a block that are on their way at `now`, in the order in which they set out.
  std::vector<RunSent> under_way(const Block& block, const Strands& strands, Tick now) const {
    struct Kept {
      std::uint64_t number;
      std::uint32_t row, strand;
    };
    std::vector<Kept> kept;
    for (std::uint32_t row = 0; row < strands.rows(); ++row)
      for (auto [strand, end] = strands.of_row(row); strand < end; ++strand)
        each_kept(strand, [&](std::uint64_t number, const Node&) { kept.push_back({number, row, strand}); });
    std::sort(kept.begin(), kept.end(), [](const Kept& a, const Kept& b) { return a.number < b.number; });
    std::vector<RunSent> found;
    for (const auto& [number, row, strand] : kept)
      for (auto [run, end] = block.row_run.of(row); run < end; ++run) {
        const Tick due = (*this)[number].spike.t + block.run_delay[run];
        if (strands.of(row, run) == strand && due > now)
          found.push_back({sent(number), due, run, number - strands.before(run)});
      }
    return found;
  }

  // The strands are others now, `from` those that there were.
  void divide(const Strands& strands, std::span<const StrandFrom> from, const Pre& first) {
    std::vector<Chain> chains;
    for (const auto& [strand, later] : from) {
      Chain chain = strand == StrandFrom::none ? Chain{{{long_ago, first}}, {long_ago}} : chain_of(strand);
      for (Spike& spike : chain.spikes)
        if (spike.t != long_ago) spike.t += later;
      chains.push_back(std::move(chain));
    }
    is_shifted_ = is_shifted_ || std::any_of(from.begin(), from.end(), [](const auto& of) { return of.later != 0; });
    rebuild(strands, chains);
  }

  // Save, by number of n strands, the spikes that may be under way, which are those from `horizon` on, and the one
  // before them; or restore them into an empty log. A shard that has no synapses in a strand has not heard of its
  // spikes: all that any of them knows is saved, and of rows that none of them keeps the traces of the `first`.
  void io(const Archive& archive, const Strands& strands, std::size_t n, const Pre& first, Tick horizon) {
    std::vector<std::vector<Spike>> spikes(n);
    std::vector<std::vector<Tick>> sent(n);
    const bool known = archive.restoring() || archive.has("times");
    if (known) spike_lists_io(archive.reading(), n, 0, spikes, &Spike::pre);
    // Where delays were set, some were sent at other times than those in which they are told.
    const bool shifted = archive.has("sent");
    if (known && shifted) archive.reading().lists("sent", n, 0, sent);
    for (std::size_t k = 0; k < n && !shifted; ++k)
      for (const Spike& spike : spikes[k]) sent[k].push_back(spike.t);
    if (archive.saving()) {
      const auto knows_more = [](const auto& a, const auto& b) {
        return b.empty() || a.back().t > b.back().t || (a.back().t == b.back().t && a.size() > b.size());
      };
      for (std::uint32_t strand = 0; strand < strands.size(); ++strand) {
        Chain chain = chain_of(strand);
        chain.forget_before(horizon);  // how much more is kept depends on the other rows of the shard
        const std::uint32_t number = strands.number(strand);
        if (!knows_more(chain.spikes, spikes[number])) continue;
        spikes[number] = std::move(chain.spikes);
        sent[number] = std::move(chain.sent);
      }
      for (std::uint32_t row = 0; row < strands.rows(); ++row) {
        if (!spikes[row].empty()) continue;
        spikes[row] = {{long_ago, first}};
        sent[row] = {long_ago};
      }
      spike_lists_io(archive, n, 0, spikes, &Spike::pre);
      if (is_shifted_ || shifted) archive.lists("sent", n, 0, sent);
      return;
    }
    is_shifted_ = shifted;
    std::vector<Chain> chains;
    for (std::uint32_t strand = 0; strand < strands.size(); ++strand) {
      const std::uint32_t number = strands.number(strand);
      if (spikes[number].empty()) archive.wrong("times", "no spikes of a row");
      if (sent[number].size() != spikes[number].size()) archive.wrong("sent", "another number of spikes");
      chains.push_back({spikes[number], sent[number]});
    }
    rebuild(strands, chains);
  }

  // No source has fired.
  void clear(const Pre& first) {
    std::fill(newest_.begin(), newest_.end(), Spike{long_ago, first});
    log_.clear();
    sent_.clear();
    is_shifted_ = false;
    forgotten_ = 0;
  }

  void rebase(Tick ticks) {
    for (Spike& spike : newest_) spike.t = rebased(spike.t, ticks);
    for (Node& node : log_) {
      node.spike.t = rebased(node.spike.t, ticks);
      node.previous.t = rebased(node.previous.t, ticks);
    }
    for (Tick& t : sent_) t = rebased(t, ticks);
  }

  std::size_t nbytes() const {
    return newest_.size() * sizeof(Spike) + newest_node_.size() * sizeof(std::uint64_t) + log_.size() * sizeof(Node) +
           sent_.size() * sizeof(Tick);
  }

 private:
  // Of a strand: the spike before those that are kept, then these, in the order in which they arrive.
  struct Chain {
    std::vector<Spike> spikes;
    std::vector<Tick> sent;

    void forget_before(Tick horizon) {
      std::ptrdiff_t first = 0;
      while (first + 1 < std::ssize(spikes) && spikes[static_cast<std::size_t>(first) + 1].t < horizon) ++first;
      spikes.erase(spikes.begin(), spikes.begin() + first);
      sent.erase(sent.begin(), sent.begin() + first);
      sent.front() = spikes.front().t;  // when that was sent nobody asks
    }
  };

  std::uint64_t last_number() const { return base_ + log_.size() - 1; }
  Node& at(std::uint64_t number) { return log_[number - base_]; }
  Tick sent(std::uint64_t number) const { return is_shifted_ ? sent_[number - base_] : (*this)[number].spike.t; }

  template <class Next>
  std::uint64_t insert(std::uint32_t strand, const Spike& emitted, Next&& next) {
    Spike before = newest_[strand];
    std::uint64_t node = newest_node_[strand];
    std::vector<std::uint64_t> later;
    while (before.t > emitted.t) {
      later.push_back(node);
      before = at(node).previous;
      node = at(node).previous_node;
    }
    log_.push_back({{emitted.t, next(before, emitted)}, before, node});
    const std::uint64_t own = node = last_number();
    before = log_.back().spike;
    for (auto number = later.rbegin(); number != later.rend(); ++number) {
      Node& one = at(*number);
      one.spike.pre = next(before, one.spike);
      one.previous = before;
      one.previous_node = node;
      before = one.spike;
      node = *number;
    }
    newest_[strand] = before;
    newest_node_[strand] = node;
    return own;
  }

  // Call visit(number, node) for what is kept of a strand, the latest first; returns the spike before.
  template <class Visit>
  Spike each_kept(std::uint32_t strand, Visit&& visit) const {
    Spike spike = newest_[strand];
    for (std::uint64_t number = newest_node_[strand]; spike.t != long_ago && number >= base_ + forgotten_;) {
      const Node& node = (*this)[number];
      visit(number, node);
      spike = node.previous;
      number = node.previous_node;
    }
    return spike;
  }

  Chain chain_of(std::uint32_t strand) const {
    Chain chain;
    const Spike first = each_kept(strand, [&](std::uint64_t number, const Node& node) {
      chain.spikes.push_back(node.spike);
      chain.sent.push_back(sent(number));
    });
    chain.spikes.push_back(first);
    chain.sent.push_back(first.t);
    std::reverse(chain.spikes.begin(), chain.spikes.end());
    std::reverse(chain.sent.begin(), chain.sent.end());
    return chain;
  }

  // A log of the spikes of these strands, in the order in which they set out: by row, each in all its strands.
  void rebuild(const Strands& strands, const std::vector<Chain>& chains) {
    struct Place {
      Tick sent;
      std::uint32_t row;
      std::size_t twin;  // of spikes of a row at one time
      std::uint32_t strand;
      std::size_t k;
    };
    std::vector<Place> order;
    newest_.clear();
    newest_node_.assign(chains.size(), 0);
    std::vector<std::vector<std::uint64_t>> number(chains.size());
    for (std::uint32_t row = 0; row < strands.rows(); ++row)
      for (auto [strand, end] = strands.of_row(row); strand < end; ++strand) {
        const Chain& chain = chains[strand];
        newest_.push_back(chain.spikes.back());
        number[strand].assign(chain.spikes.size(), 0);
        for (std::size_t k = 1, twin = 0; k < chain.spikes.size(); ++k) {
          twin = k > 1 && chain.sent[k] == chain.sent[k - 1] ? twin + 1 : 0;
          order.push_back({chain.sent[k], row, twin, strand, k});
        }
      }
    std::sort(order.begin(), order.end(), [](const Place& a, const Place& b) {
      return std::tie(a.sent, a.row, a.twin, a.strand) < std::tie(b.sent, b.row, b.twin, b.strand);
    });
    log_.clear();
    sent_.clear();
    forgotten_ = 0;
    for (std::size_t n = 0; n < order.size(); ++n) number[order[n].strand][order[n].k] = base_ + n;
    for (const Place& place : order) {
      const Chain& chain = chains[place.strand];
      log_.push_back({chain.spikes[place.k], chain.spikes[place.k - 1], number[place.strand][place.k - 1]});
      if (is_shifted_) sent_.push_back(place.sent);
    }
    for (std::uint32_t strand = 0; strand < chains.size(); ++strand) newest_node_[strand] = number[strand].back();
  }

  std::vector<Spike> newest_;               // by strand
  std::vector<std::uint64_t> newest_node_;  // by strand: its place in the log
  std::vector<Node> log_;                   // as they were emitted
  std::vector<Tick> sent_;                  // by place in the log: when, where that is another time
  bool is_shifted_ = false;
  std::size_t forgotten_ = 0;  // so many of them
  std::uint64_t base_ = 1;     // number of the first in the log; 0 is that of none
};

}  // namespace pysnn
