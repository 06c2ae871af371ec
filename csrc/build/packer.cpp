#include "build/packer.hpp"

#include <algorithm>
#include <cstring>
#include <numeric>

#include "build/plan.hpp"
#include "build/row_draws.hpp"
#include "network/bitmap_rows.hpp"

namespace pysnn {
namespace {

// Which sources and targets, both of one population, are the same neuron.
void find_twins(const Projection& p, PairSpace& space) {
  std::vector<std::uint32_t> source_of(space.targets, space.sources), target_of(space.sources, space.targets);
  std::vector<std::uint32_t> source_at(p.source_range.size(), space.sources);
  for (std::uint32_t i = 0; i < space.sources; ++i) source_at[p.source_neuron(i) - p.source_range.begin] = i;
  for (std::uint32_t j = 0; j < space.targets; ++j) {
    const std::uint32_t neuron = p.target_neuron(j);
    if (neuron < p.source_range.begin || neuron >= p.source_range.end) continue;
    source_of[j] = source_at[neuron - p.source_range.begin];
    if (source_of[j] < space.sources) target_of[source_of[j]] = j;
  }
  space.source_of = std::make_shared<const std::vector<std::uint32_t>>(std::move(source_of));
  space.target_of = std::make_shared<const std::vector<std::uint32_t>>(std::move(target_of));
}

PairSpace pair_space(const Projection& p) {
  PairSpace space;
  space.name = "projection '" + p.name + "'";
  space.sources = p.sources();
  space.targets = p.targets();
  space.autapses = !p.rule_params.has("autapses") || p.rule_params["autapses"] != 0.0;
  space.same_population = p.source == p.target;
  space.diagonal = static_cast<std::int64_t>(p.source_range.begin) - p.target_range.begin;
  space.key = subkey(p.key, RowDraws::topology_stream);
  if (p.is_scattered() && space.same_population && !space.autapses) find_twins(p, space);
  return space;
}

// Puts the pairs of rows that are present where those are.
struct PresentSlots final : RowSink {
  PresentSlots(const PresentRows& rows, RowSlots& to) : present(rows), slots(to) {}
  void add(std::uint32_t row, std::uint32_t target, std::uint32_t entry) override {
    slots.add(present.before(row), target, entry);
  }
  const PresentRows& present;
  RowSlots& slots;
};

// Everything is placed in the final arrays at once and then put in order row by row, so that building takes
// hardly more memory than what it leaves.
template <class Weight>
class BlockPacker {
  static constexpr std::size_t synapse_bytes = sizeof(std::uint16_t) + sizeof(Weight);
  static constexpr std::uint32_t usual_delays = 4096;  // of a row, in steps: a row of more is put in order more slowly

 public:
  BlockPacker(const NetworkDescription& network, const std::vector<ProjectionId>& members,
              const ById<ProjectionId, std::unique_ptr<ConnectionRule>>& rules, const Shard& shard,
              const std::atomic<bool>& stop)
      : poll_(stop), network_(network), first_(network.projections[members[0]]), members_(members),
        constant_weight_(has_constant_weight(first_)),
        packed_(network.packs_rows && !constant_weight_ && !first_.is_stateful()) {
    for (const ProjectionId p : members)
      draws_.emplace_back(network, network.projections[p], *rules[p], shard, shard.offset[first_.target]);
    weight_what_ = draws_[0].what() + ": weight";
    needs_entries_ = std::any_of(draws_.begin(), draws_.end(), [](const RowDraws& d) { return d.needs_entries(); });
    one_run_ = std::all_of(draws_.begin(), draws_.end(),
                           [&](const RowDraws& d) { return d.one_delay() && d.delay() == draws_[0].delay(); });
  }

  Block pack() {
    block_.row_base = first_.source_range.begin;
    find_present();
    count();
    if (network_.packs_rows && constant_weight_ && one_run_ && keeps_all() &&
        BitmapRows::pay(rows(), block_.members.back().end, offset_[rows()])) {
      BitmapRows bitmaps(rows(), block_.members.back().end, poll_);
      for (const RowDraws& draws : draws_) draws.place(bitmaps, poll_);
      std::move(bitmaps).move_to(block_, draws_[0].delay(), poll_);
      return std::move(block_);
    }
    place();
    if (keeps_all())
      pack_all();
    else
      pack_present();
    block_.run_dendrite = Array<Tick>(runs_dendrite_.size());
    std::copy(runs_dendrite_.begin(), runs_dendrite_.end(), block_.run_dendrite.begin());
    block_.run_delay = one_run_ ? RunDelays(block_.run_begin.size() - 1, draws_[0].delay()) : RunDelays(runs_delay_);
    return std::move(block_);
  }

 private:
  // Rows that are present are kept alone where they are no more than this share of all.
  static constexpr double most_present = 0.875;

  std::uint32_t rows() const { return first_.source_range.size(); }
  bool keeps_all() const { return present_.empty(); }
  // Rows that something is kept of. They are numbered; where all are kept the number is the row.
  std::uint32_t places() const { return keeps_all() ? rows() : present_.size(); }

  void find_present() {
    using Kept = NetworkDescription::KeptRows;
    const double expected = std::accumulate(draws_.begin(), draws_.end(), 0.0,
                                            [](double sum, const RowDraws& d) { return sum + d.expected(); });
    const bool asked = network_.kept_rows == Kept::present;
    if (!asked && (network_.kept_rows == Kept::all || expected >= few_synapses * rows())) return;
    for (const RowDraws& draws : draws_) listed_.push_back(draws.list(poll_));
    present_ = PresentRows(rows());
    for (const auto& listed : listed_)
      for (const std::uint32_t row : listed) present_.add(row);
    present_.number();
    if (!asked && present_.size() > most_present * rows()) present_ = PresentRows();
  }

  // The m-th member's synapses in each place.
  PagedVector<std::uint32_t> counts(std::size_t m) {
    if (listed_.empty()) return draws_[m].count(poll_);
    PagedVector<std::uint32_t> counts(places());
    for (const std::uint32_t row : listed_[m]) counts[keeps_all() ? row : present_.before(row)] += draws_[m].fan();
    PagedVector<std::uint32_t>().swap(listed_[m]);
    return counts;
  }

  void reserve_runs() {
    // There may be as many; pages that nothing is written to cost nothing, a vector that doubles does.
    const std::uint64_t most = std::min<std::uint64_t>(offset_[places()], std::uint64_t{places()} * usual_delays);
    runs_begin_.reserve(most + 1);
    if (!one_run_) runs_delay_.reserve(most);
  }

  void pack_all() {
    reserve_runs();
    Array<std::uint32_t> row_run(rows() + 1);
    for (std::uint32_t row = 0; row < rows(); ++row) {
      row_run[row] = static_cast<std::uint32_t>(runs_begin_.size());
      if (offset_[row] < offset_[row + 1]) pack_row(row, row);
    }
    row_run[rows()] = static_cast<std::uint32_t>(runs_begin_.size());
    block_.row_run = RowRuns(std::move(row_run));
    keep_runs();
  }

  void pack_present() {
    rows_are_runs_ = one_run_;
    if (!rows_are_runs_) reserve_runs();
    RowRuns row_run(std::move(present_));
    std::uint32_t place = 0;
    row_run.present().each([&](std::uint32_t row) {
      const std::size_t before = runs_begin_.size();
      pack_row(row, place++);
      if (!rows_are_runs_) row_run.add_more(row, static_cast<std::uint32_t>(runs_begin_.size() - before - 1));
    });
    row_run.shrink();
    block_.row_run = std::move(row_run);
    if (rows_are_runs_)
      keep(offset_);
    else
      keep_runs();
  }

  void keep_runs() {
    runs_begin_.push_back(offset_.back());
    PagedVector<std::uint32_t>().swap(offset_);
    keep(runs_begin_);
  }

  void keep(PagedVector<std::uint32_t>& run_begin) {
    block_.run_begin = Array<std::uint32_t>(run_begin.size());
    std::copy(run_begin.begin(), run_begin.end(), block_.run_begin.begin());
    PagedVector<std::uint32_t>().swap(run_begin);
  }

  // Two passes over the rules, which draw the same pairs twice: count (or list), then place in rows.
  void count() {
    offset_.assign(std::size_t{places()} + 1, 0);
    std::uint64_t total = 0;
    for (std::size_t m = 0; m < draws_.size(); ++m) {
      const PagedVector<std::uint32_t> here = counts(m);
      std::uint64_t synapses = 0;
      for (std::uint32_t place = 0; place < places(); ++place) {
        offset_[place + 1] += here[place];
        synapses += here[place];
      }
      block_.members.push_back(draws_[m].member(members_[m], synapses));
      total += synapses;
    }
    if (total > Block::most_synapses) throw MemoryNeededError(too_many(draws_[0].what()));
    for (std::uint32_t place = 0; place < places(); ++place) offset_[place + 1] += offset_[place];
    block_.constant_weight = constant_weight_;
    if (constant_weight_) {
      block_.template weight<Weight>() = Array<Weight>(1);
      block_.template weight<Weight>()[0] = stored(first_.weight[0].constant());
    }
  }

  void place() {
    const std::uint64_t total = offset_[places()];
    auto& weights = block_.template weight<Weight>();
    slots_.offset = offset_;
    slots_.filled.assign(places(), 0);
    if (packed_) {
      block_.packed = Array<std::uint8_t>(total * synapse_bytes);
      touch_pages(block_.packed, poll_);
      slots_.target = block_.packed.data();
      slots_.target_stride = synapse_bytes;
    } else {
      block_.target = Array<std::uint16_t>(total);
      touch_pages(block_.target, poll_);
      slots_.target = reinterpret_cast<std::uint8_t*>(block_.target.data());
      slots_.target_stride = sizeof(std::uint16_t);
      if (!constant_weight_) {
        weights = Array<Weight>(total);
        touch_pages(weights, poll_);
      }
    }
    if (needs_entries_) place_entries(total);
    PresentSlots present(present_, slots_);
    for (const RowDraws& draws : draws_)
      if (keeps_all())
        draws.place(slots_, poll_);
      else
        draws.place(static_cast<RowSink&>(present), poll_);
    PagedVector<std::uint32_t>().swap(slots_.filled);
  }

  // Until a row is packed, the room of its weights holds where each synapse stood in the arrays given.
  void place_entries(std::uint64_t total) {
    constexpr std::size_t size = sizeof(std::uint32_t);
    if (constant_weight_ || sizeof(Weight) < size) {
      entries_ = Array<std::uint32_t>(total);
      touch_pages(entries_, poll_);
      slots_.entry = reinterpret_cast<std::uint8_t*>(entries_.data());
      slots_.entry_stride = size;
    } else if (packed_) {
      slots_.entry = block_.packed.data();
      slots_.entry_stride = synapse_bytes;
      slots_.entry_gap = sizeof(std::uint16_t);
    } else {
      // In the latter half of wider weights: a row's weights never reach the entries of a later row.
      slots_.entry =
          reinterpret_cast<std::uint8_t*>(block_.template weight<Weight>().data()) + total * (sizeof(Weight) - size);
      slots_.entry_stride = size;
    }
  }

  void pack_row(std::uint32_t row, std::uint32_t place) {
    const std::uint64_t begin = offset_[place], n = offset_[place + 1] - begin;
    poll_(n);
    if (!one_run_) delay_.resize(n);
    dendrite_.assign(own_dendrites() ? n : 0, 0);
    if (!constant_weight_) weight_.resize(n);
    target_.assign(slots_.targets(place), slots_.targets(place) + n);
    if (needs_entries_) {
      entry_.resize(n);
      std::memcpy(entry_.data(), slots_.entries(place), n * sizeof(std::uint32_t));
    }
    std::uint64_t at = 0;
    for (std::size_t m = 0; m < draws_.size(); ++m) {
      const std::size_t here = synapses_of(m, at);
      if (here == 0) continue;
      const std::span<std::uint16_t> target{target_.data() + at, here};
      const std::span<std::uint32_t> entry =
          draws_[m].needs_entries() ? std::span(entry_).subspan(at, here) : std::span<std::uint32_t>{};
      draws_[m].sort(target, entry, poll_);
      if (!one_run_ || !constant_weight_) draws_[m].describe(target, entry);
      if (!one_run_) draws_[m].draw_delays(row, delay_.data() + at, poll_);
      if (own_dendrites())
        draws_[m].divide(std::span(delay_).subspan(at, here), std::span(dendrite_).subspan(at, here));
      if (!constant_weight_) draws_[m].draw_weights(row, weight_.data() + at, poll_);
      at += here;
    }
    if (one_run_) {
      store_run(begin, 0, n, draws_[0].delay());
      return;
    }
    sort_by_delay();
    permute(delay_, scratch_delay_);
    if (own_dendrites()) permute(dendrite_, scratch_delay_);
    permute(target_, scratch_target_);
    if (!constant_weight_) permute(weight_, scratch_weight_);
    for (std::size_t first = 0, k = 1; k <= n; ++k) {
      if (k < n && delay_[k] == delay_[first] && (!own_dendrites() || dendrite_[k] == dendrite_[first])) continue;
      store_run(begin, first, k, delay_[first]);
      if (own_dendrites()) runs_dendrite_.push_back(dendrite_[first]);
      first = k;
    }
  }

  // How many of the row at hand, from the at-th on, are the m-th member's: their targets are before those of the next.
  std::size_t synapses_of(std::size_t m, std::size_t at) const {
    if (m + 1 == draws_.size()) return target_.size() - at;
    std::size_t end = at;
    while (end < target_.size() && target_[end] < draws_[m].end()) ++end;
    return end - at;
  }

  // The synapses [first, end) of the row at hand, which begins with synapse `begin`, are a run.
  void store_run(std::uint64_t begin, std::size_t first, std::size_t end, Tick delay) {
    if (!rows_are_runs_) runs_begin_.push_back(static_cast<std::uint32_t>(begin + first));
    if (!one_run_) runs_delay_.push_back(delay);
    block_.min_delay = std::min(block_.min_delay, delay);
    block_.max_delay = std::max(block_.max_delay, delay);
    const std::size_t n = end - first;
    if (packed_) {
      std::uint8_t* to = block_.packed.data() + (begin + first) * synapse_bytes;
      std::memcpy(to, target_.data() + first, n * sizeof(std::uint16_t));
      RunWeights<Weight> weights(to + n * sizeof(std::uint16_t));
      for (std::size_t k = 0; k < n; ++k) weights.set(k, stored(weight_[first + k]));
      return;
    }
    std::copy(target_.begin() + static_cast<std::ptrdiff_t>(first), target_.begin() + static_cast<std::ptrdiff_t>(end),
              block_.target.data() + begin + first);
    if (constant_weight_) return;
    Weight* weights = block_.template weight<Weight>().data() + begin + first;
    for (std::size_t k = 0; k < n; ++k) weights[k] = stored(weight_[first + k]);
  }

  // A projection that learns has its rows for itself.
  bool own_dendrites() const { return draws_[0].own_dendrites(); }

  // By delay, and its dendritic part where synapses have their own; equal ones stay in order of target and ordinal.
  void sort_by_delay() {
    const auto [low, high] = std::minmax_element(delay_.begin(), delay_.end());
    const Tick first = *low, spread = *high - first;
    const std::size_t n = delay_.size();
    place_.resize(n);
    if (spread < usual_delays && !own_dendrites()) {
      starts_.assign(static_cast<std::size_t>(spread) + 2, 0);
      for (const Tick d : delay_) ++starts_[static_cast<std::size_t>(d - first) + 1];
      for (std::size_t c = 1; c < starts_.size(); ++c) starts_[c] += starts_[c - 1];
      for (std::size_t k = 0; k < n; ++k)
        place_[starts_[static_cast<std::size_t>(delay_[k] - first)]++] = static_cast<std::uint32_t>(k);
    } else {
      std::iota(place_.begin(), place_.end(), 0u);
      std::sort(place_.begin(), place_.end(), [this](std::uint32_t x, std::uint32_t y) {
        poll_();
        if (delay_[x] != delay_[y]) return delay_[x] < delay_[y];
        if (own_dendrites() && dendrite_[x] != dendrite_[y]) return dendrite_[x] < dendrite_[y];
        return x < y;
      });
    }
  }

  template <class T>
  void permute(std::vector<T>& values, std::vector<T>& scratch) const {
    scratch.resize(values.size());
    for (std::size_t k = 0; k < values.size(); ++k) scratch[k] = values[place_[k]];
    values.swap(scratch);
  }

  Weight stored(double weight) const {
    check_weight<Weight>(weight, weight_what_);
    if (weight == 0.0 && first_.zero_is_negative) weight = -0.0;
    if constexpr (std::is_same_v<Weight, Half>)
      return Half(static_cast<float>(weight));
    else
      return static_cast<Weight>(weight);
  }

  Poll poll_;
  const NetworkDescription& network_;
  const Projection& first_;
  const std::vector<ProjectionId>& members_;
  const bool constant_weight_, packed_;
  bool needs_entries_ = false, one_run_ = false;
  std::vector<RowDraws> draws_;
  std::string weight_what_;
  Block block_;
  std::vector<PagedVector<std::uint32_t>> listed_;  // by member: the rows of its pairs, where these may be few
  PresentRows present_;                             // where only rows that have synapses are kept
  PagedVector<std::uint32_t> offset_;               // by place
  bool rows_are_runs_ = false;
  RowSlots slots_{};
  Array<std::uint32_t> entries_;
  PagedVector<std::uint32_t> runs_begin_;
  DelayList runs_delay_;
  std::vector<Tick> runs_dendrite_;
  // The row at hand, synapse by synapse.
  std::vector<std::uint16_t> target_, scratch_target_;
  std::vector<std::uint32_t> entry_, place_;
  std::vector<Tick> delay_, dendrite_, scratch_delay_;
  std::vector<double> weight_, scratch_weight_;
  std::vector<std::uint64_t> starts_;
};

}  // namespace

std::unique_ptr<ConnectionRule> make_rule(const Projection& p) {
  return ConnectionRules::get("connection rule", p.rule).make(pair_space(p), p);
}

Block pack_block(const NetworkDescription& network, const std::vector<ProjectionId>& members,
                 const ById<ProjectionId, std::unique_ptr<ConnectionRule>>& rules, const Shard& shard,
                 const std::atomic<bool>& stop) {
  const auto pack = [&]<class Weight>(Weight) {
    return BlockPacker<Weight>(network, members, rules, shard, stop).pack();
  };
  WeightType type = network.static_weights;
  if (network.projections[members[0]].is_stateful())
    type = network.single_precision ? WeightType::single : WeightType::full;
  Block block = type == WeightType::half ? pack(Half()) : type == WeightType::single ? pack(float()) : pack(double());
  block.weight_type = type;
  return block;
}

}  // namespace pysnn
