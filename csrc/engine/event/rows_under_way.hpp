// Rows of synapses with delays of their own, on their way to the targets. Where delays are drawn, a row is as many runs
// as synapses: to file each by its time would be to copy it. Here a row goes on its way whole, with a finger on
// its next run, and every window moves all fingers past what arrives in it. Rows stay in the order of (spike time,
// source) in which they set out, so that arrivals of one instant come in the order of their sum.
//
// It pays where most windows find something in most rows: where rows are about as long as there are windows in the
// longest delay.
#pragma once
#include <algorithm>
#include <cstdint>

#include "core/pile.hpp"
#include "core/prefetch.hpp"
#include "network/block.hpp"
#include "neurons/timed_neurons.hpp"

namespace pysnn {

template <class Real>
class RowsUnderWay {
 public:
  void set_out(const Block& block, std::uint32_t row, Tick t) {
    const auto [run, end] = block.row_run.of(row);
    if (run == end) return;
    rows_.push({t, run, end, block.run_begin[run], block.run_begin[end]});
    fetch(block, rows_[rows_.size() - 1]);
  }

  // The same of one that set out before: what of it arrives after `served`.
  void resume(const Block& block, std::uint32_t row, Tick t, Tick served) {
    auto [run, end] = block.row_run.of(row);
    while (run < end && t + block.run_delay[run] <= served) ++run;
    if (run == end) return;
    rows_.push({t, run, end, block.run_begin[run], block.run_begin[end]});
    earliest_ = std::min(earliest_, t + block.run_delay[run]);
  }

  // Write what arrives up to `to`, all of which is after `origin`.
  void collect(const Block& block, Tick origin, Tick to, std::uint32_t receptor, Pile<Arrival>& out) {
    block.run_delay.with(
        [&](const auto& delay, Tick unit) { collect(block, delay.data(), unit, origin, to, receptor, out); });
  }

  // When the next arrival is due after the window collected last, not counting rows that set out since.
  Tick earliest() const { return earliest_; }

  void clear() {
    rows_.clear();
    earliest_ = never;
  }

  void rebase(Tick ticks) {
    for (Row& row : rows_) row.fired -= ticks;
    if (earliest_ != never) earliest_ -= ticks;
  }

 private:
  struct Row {
    Tick fired;
    std::uint32_t run, run_end, synapse, synapse_end;  // what is left of it
  };

  // All of a row, which may lie anywhere: it will be needed in the windows to come.
  static void fetch(const Block& block, const Row& row) {
    const std::uint32_t runs = row.run_end - row.run + 1, synapses = row.synapse_end - row.synapse + 1;
    block.run_delay.with([&](const auto& delay, Tick) { prefetch(delay.data() + row.run, runs); });
    prefetch(block.run_begin.data() + row.run, runs);
    prefetch(block.target.data() + row.synapse, synapses);
    if (!block.constant_weight) prefetch(block.template weight<Real>().data() + row.synapse, synapses);
  }

  template <class Delay>
  void collect(const Block& block, const Delay* delay, Tick unit, Tick origin, Tick to, std::uint32_t receptor,
               Pile<Arrival>& out) {
    const std::uint32_t* const first = block.run_begin.data();
    const std::uint16_t* const target = block.target.data();
    const Real* const weight = block.template weight<Real>().data();
    const std::uint32_t own = block.constant_weight ? 0 : ~std::uint32_t{0};
    constexpr std::size_t ahead = 8;
    std::size_t kept = 0;
    Tick next = never;
    for (std::size_t k = 0; k < rows_.size(); ++k) {
      if (k + ahead < rows_.size()) {
        const Row& later = rows_[k + ahead];
        __builtin_prefetch(delay + later.run);
        __builtin_prefetch(first + later.run + 1);
        __builtin_prefetch(target + later.synapse);
        __builtin_prefetch(weight + (later.synapse & own));
      }
      Row row = rows_[k];
      const Tick due = to - row.fired, since = row.fired - origin;
      Arrival* at = out.room(std::size_t{row.synapse_end} - row.synapse + 1);
      Arrival* const begin = at;
      Tick wait = never;
      for (; row.run < row.run_end; ++row.run) {
        wait = static_cast<Tick>(delay[row.run]) * unit;
        if (wait > due) break;
        const std::uint32_t n = first[row.run + 1] - row.synapse;
        const auto write = [&](std::uint32_t to_place, std::uint32_t which) {
          const std::uint32_t q = row.synapse + which;
          at[to_place] = Arrival::input(static_cast<std::uint64_t>(since + wait), target[q], receptor,
                                        static_cast<double>(weight[q & own]));
        };
        // Most often there are one or two: writing two in any case spares a branch that nothing can foresee.
        write(0, 0);
        write(1, n > 1 ? 1 : 0);
        for (std::uint32_t i = 2; i < n; ++i) write(i, i);
        at += n;
        row.synapse += n;
      }
      out.keep(static_cast<std::size_t>(at - begin));
      const bool goes_on = row.run < row.run_end;
      next = std::min(next, goes_on ? row.fired + wait : never);
      rows_[kept] = row;
      kept += goes_on ? 1 : 0;
    }
    rows_.keep_first(kept);
    earliest_ = next;
  }

  Pile<Row> rows_;
  Tick earliest_ = never;
};

}  // namespace pysnn
