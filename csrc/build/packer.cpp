#include "build/packer.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <numeric>
#include <optional>
#include <tuple>

#include "build/plan.hpp"
#include "network/dendrite.hpp"

namespace pysnn {
namespace {

constexpr std::uint64_t topology_stream = 0, weight_stream = 1, delay_stream = 2;

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
  space.key = subkey(p.key, topology_stream);
  if (p.is_scattered() && space.same_population && !space.autapses) find_twins(p, space);
  return space;
}

std::string too_many(const std::string& projection) {
  return projection + ": more than " + std::to_string(Block::most_synapses) +
         " synapses on one thread's share of the targets; use more threads, or split it";
}

// What one projection adds to a row: its pairs, and the draws of their delays and weights.
class RowDraws {
 public:
  RowDraws(const NetworkDescription& network, const Projection& projection, const ConnectionRule& rule,
           const Shard& shard, std::uint32_t base)
      : projection_(projection), rule_(rule), time_(network.time), what_("projection '" + projection.name + "'"),
        delay_what_(what_ + ": delay"), weight_key_(subkey(projection.key, weight_stream)),
        delay_key_(subkey(projection.key, delay_stream)) {
    const Range owned = shard.owned[projection.target];
    const std::uint32_t begin = std::clamp(owned.begin, projection.target_range.begin, projection.target_range.end);
    const std::uint32_t end = std::clamp(owned.end, projection.target_range.begin, projection.target_range.end);
    targets_ = {begin - projection.target_range.begin, end - projection.target_range.begin};
    number_ = shard.offset[projection.target] - base;
    first_ = number_ + (begin < end ? begin - owned.begin : 0);
    end_ = number_ + owned.size();
    if (projection.is_scattered()) scatter(owned);
    const auto array = [](const Distribution& d) { return d.is_array(); };
    needs_entries_ = std::any_of(projection.weight.begin(), projection.weight.end(), array) ||
                     std::any_of(projection.delay.begin(), projection.delay.end(), array);
    own_dendrites_ = !projection.plasticity.empty() && !projection.dendritic_fractions.empty();
    needs_entries_ = needs_entries_ || own_dendrites_;
    for (const auto& delay : projection.delay)
      fixed_delay_.push_back(delay.is_constant() ? time_.delay(delay.constant(), delay_what_) : 0);
    random_delay_ = !projection.delay[0].is_constant();
    one_delay_ = !random_delay_ && !own_dendrites_ &&
                 std::all_of(fixed_delay_.begin(), fixed_delay_.end(), [&](Tick d) { return d == fixed_delay_[0]; });
  }

  bool needs_entries() const { return needs_entries_; }
  bool one_delay() const { return one_delay_; }
  bool own_dendrites() const { return own_dendrites_; }
  Tick delay() const { return fixed_delay_[0]; }
  const std::string& what() const { return what_; }
  Member member(std::uint32_t projection, std::uint64_t synapses) const {
    return {projection, number_, end_, synapses};
  }

  // The synapses of each row, and then where they are: `cursor` is moved past them.
  std::vector<std::uint32_t> count(Poll& poll) const {
    std::vector<std::uint32_t> per_row(projection_.source_range.size());
    // Known before it is counted, or at least expected: drawing so many would take minutes.
    if (rule_.expected_pairs(targets_) * share_ * projection_.fan() > Block::most_synapses)
      throw MemoryNeededError(too_many(what_));
    rule_.count(targets_, places(), per_row, poll);
    const std::uint64_t pairs = std::accumulate(per_row.begin(), per_row.end(), std::uint64_t{0});
    if (pairs > Block::most_synapses / projection_.fan()) throw MemoryNeededError(too_many(what_));
    for (auto& n : per_row) n *= projection_.fan();
    return per_row;
  }
  template <class Rows>
  void place(Rows& rows, Poll& poll) const {
    rule_.place(targets_, first_, places(), projection_.fan(), rows, poll);
  }

  // Targets ascending; equal ones keep the order in which they were drawn or given.
  void sort(std::span<std::uint16_t> target, std::span<std::uint32_t> entry, Poll& poll) {
    if (rule_.rows_sorted() && ascending_) return;
    if (!needs_entries_) {
      sort_by_bytes(target, poll);
      return;
    }
    pairs_.clear();
    for (std::size_t k = 0; k < target.size(); ++k) pairs_.emplace_back(target[k], entry[k]);
    std::stable_sort(pairs_.begin(), pairs_.end(), [&](const auto& x, const auto& y) {
      poll();
      return x.first < y.first;
    });
    for (std::size_t k = 0; k < target.size(); ++k) std::tie(target[k], entry[k]) = pairs_[k];
  }

  // Take the row's synapses as what their draws are keyed by: target in the projection, ordinal in the pair.
  void describe(std::span<const std::uint16_t> target, std::span<const std::uint32_t> entry) {
    target_.resize(target.size());
    ordinal_.resize(target.size());
    for (std::size_t k = 0; k < target.size(); ++k) {
      target_[k] = scattered_ ? scattered_->target[target[k] - number_] : target[k] - first_ + targets_.begin;
      ordinal_[k] = k > 0 && target_[k] == target_[k - 1] ? ordinal_[k - 1] + 1 : 0;
    }
    if (needs_entries_) given_.assign(entry.begin(), entry.end());
  }

  void draw_delays(std::uint32_t row, Tick* delay, Poll& poll) {
    const std::size_t n = target_.size();
    if (!random_delay_) {
      for (std::size_t k = 0; k < n; ++k) delay[k] = fixed_delay_[ordinal_[k] % fixed_delay_.size()];
      return;
    }
    drawn_.resize(n);
    fill(projection_.delay[0], delay_key_, source(row), drawn_, poll);
    for (std::size_t k = 0; k < n; ++k) delay[k] = time_.delay(drawn_[k], delay_what_);
  }

  // The part of each of these delays that is dendritic.
  void divide(std::span<const Tick> delay, std::span<Tick> dendrite) const {
    for (std::size_t k = 0; k < delay.size(); ++k)
      dendrite[k] = dendritic_delay(projection_.dendritic_fractions[given_[k]], delay[k], time_, what_);
  }

  void draw_weights(std::uint32_t row, double* weight, Poll& poll) const {
    const auto& draws = projection_.weight;
    const std::uint32_t i = source(row);
    if (draws.size() == 1) {
      fill(draws[0], weight_key_, i, {weight, target_.size()}, poll);
      return;
    }
    for (std::size_t k = 0; k < target_.size(); ++k)
      weight[k] =
          draws[ordinal_[k] % draws.size()](weight_key_, i, target_[k], ordinal_[k], needs_entries_ ? given_[k] : 0);
  }

 private:
  // Of scattered neurons, rule's numbers and the block's: where pairs go, and what draws are keyed by.
  struct Scattered {
    Places places;
    std::vector<std::uint32_t> source, target;  // of each row, of each neuron that the shard owns
  };

  void scatter(Range owned) {
    Scattered& s = scattered_.emplace();
    const std::uint32_t sources = projection_.sources(), targets = projection_.targets();
    s.places.row.resize(sources);
    s.source.assign(projection_.source_range.size(), 0);
    for (std::uint32_t i = 0; i < sources; ++i) {
      s.places.row[i] = projection_.source_neuron(i) - projection_.source_range.begin;
      s.source[s.places.row[i]] = i;
    }
    s.places.number.assign(targets, Places::elsewhere);
    s.target.assign(owned.size(), 0);
    // A list in order has its targets of this shard side by side; of any other those between them are left out.
    targets_ = {targets, 0};
    std::uint32_t here = 0, last = 0;
    for (std::uint32_t j = 0; j < targets; ++j) {
      const std::uint32_t neuron = projection_.target_neuron(j);
      if (neuron < owned.begin || neuron >= owned.end) continue;
      ascending_ = ascending_ && (here == 0 || last < neuron);
      last = neuron;
      s.places.number[j] = number_ + (neuron - owned.begin);
      s.target[neuron - owned.begin] = j;
      targets_ = {std::min(targets_.begin, j), j + 1};
      ++here;
    }
    if (here == 0) targets_ = {0, 0};
    share_ = here == 0 ? 0.0 : static_cast<double>(here) / targets_.size();
  }
  const Places* places() const { return scattered_ ? &scattered_->places : nullptr; }
  std::uint32_t source(std::uint32_t row) const { return scattered_ ? scattered_->source[row] : row; }

  // A long row in two passes, by the low byte and then by the high one.
  void sort_by_bytes(std::span<std::uint16_t> target, Poll& poll) {
    if (target.size() < 256) {
      std::sort(target.begin(), target.end());
      return;
    }
    sorted_.resize(target.size());
    const auto pass = [&](std::span<const std::uint16_t> from, std::span<std::uint16_t> to, int shift) {
      std::array<std::size_t, 257> at{};
      for (std::size_t k = 0; k < from.size(); ++k) {
        if (k % Poll::far == 0) poll(Poll::far);
        ++at[(from[k] >> shift & 255) + 1];
      }
      std::partial_sum(at.begin(), at.end(), at.begin());
      for (std::size_t k = 0; k < from.size(); ++k) {
        if (k % Poll::far == 0) poll(Poll::far);
        to[at[from[k] >> shift & 255]++] = from[k];
      }
    };
    pass(target, sorted_, 0);
    pass(sorted_, target, 8);
  }

  // The draws of the row at hand, piece by piece: a row may have millions of synapses.
  void fill(const Distribution& draw, std::uint64_t key, std::uint32_t row, std::span<double> out, Poll& poll) const {
    const std::span<const std::uint32_t> target(target_), ordinal(ordinal_), given(given_);
    for (std::size_t at = 0; at < out.size();) {
      const std::size_t n = std::min<std::size_t>(out.size() - at, 1u << 16);
      draw.fill(key, row, target.subspan(at, n), ordinal.subspan(at, n), given.empty() ? given : given.subspan(at, n),
                out.subspan(at, n));
      poll(n);
      at += n;
    }
  }

  const Projection& projection_;
  const ConnectionRule& rule_;
  const TimeBase& time_;
  const std::string what_, delay_what_;
  const std::uint64_t weight_key_, delay_key_;
  Range targets_;                           // of the projection's targets, those of this shard
  std::uint32_t number_, first_, end_ = 0;  // in the block: of the population's neurons, of the first target
  std::optional<Scattered> scattered_;
  bool ascending_ = true;  // do this shard's targets come in the order of the rule's?
  double share_ = 1.0;     // of the rule's targets between them, those of this shard
  std::vector<Tick> fixed_delay_;
  bool needs_entries_ = false, random_delay_ = false, one_delay_ = false, own_dendrites_ = false;
  std::vector<std::uint32_t> target_, ordinal_, given_;
  std::vector<std::pair<std::uint16_t, std::uint32_t>> pairs_;
  std::vector<std::uint16_t> sorted_;
  std::vector<double> drawn_;
};

// Everything is placed in the final arrays at once and then put in order row by row, so that building takes
// hardly more memory than what it leaves.
template <class Weight>
class BlockPacker {
  static constexpr std::size_t synapse_bytes = sizeof(std::uint16_t) + sizeof(Weight);
  static constexpr std::uint32_t usual_delays = 4096;  // of a row, in steps: a row of more is put in order more slowly

 public:
  BlockPacker(const NetworkDescription& network, const std::vector<std::uint32_t>& members,
              const std::vector<std::unique_ptr<ConnectionRule>>& rules, const Shard& shard,
              const std::atomic<bool>& stop)
      : poll_(stop), network_(network), first_(network.projections[members[0]]), members_(members),
        constant_weight_(has_constant_weight(first_)),
        packed_(network.packs_rows && !constant_weight_ && !first_.is_stateful()) {
    for (const std::uint32_t p : members)
      draws_.emplace_back(network, network.projections[p], *rules[p], shard, shard.offset[first_.target]);
    weight_what_ = draws_[0].what() + ": weight";
    needs_entries_ = std::any_of(draws_.begin(), draws_.end(), [](const RowDraws& d) { return d.needs_entries(); });
    one_run_ = std::all_of(draws_.begin(), draws_.end(),
                           [&](const RowDraws& d) { return d.one_delay() && d.delay() == draws_[0].delay(); });
  }

  Block pack() {
    block_.row_base = first_.source_range.begin;
    count();
    if (network_.packs_rows && constant_weight_ && one_run_ &&
        BitmapRows::pay(rows(), block_.members.back().end, offset_[rows()])) {
      BitmapRows bitmaps(rows(), block_.members.back().end, poll_);
      for (const RowDraws& draws : draws_) draws.place(bitmaps, poll_);
      std::move(bitmaps).move_to(block_, draws_[0].delay(), poll_);
      return std::move(block_);
    }
    place();
    block_.row_run = Array<std::uint32_t>(rows() + 1);
    // There may be as many; pages that nothing is written to cost nothing, a vector that doubles does.
    const std::uint64_t most_runs = std::min<std::uint64_t>(offset_[rows()], std::uint64_t{rows()} * usual_delays);
    runs_begin_.reserve(most_runs + 1);
    runs_delay_.reserve(most_runs);
    for (std::uint32_t row = 0; row < rows(); ++row) {
      block_.row_run[row] = static_cast<std::uint32_t>(runs_begin_.size());
      if (offset_[row] < offset_[row + 1]) pack_row(row);
    }
    block_.row_run[rows()] = static_cast<std::uint32_t>(runs_begin_.size());
    runs_begin_.push_back(static_cast<std::uint32_t>(offset_[rows()]));
    block_.run_begin = Array<std::uint32_t>(runs_begin_.size());
    std::copy(runs_begin_.begin(), runs_begin_.end(), block_.run_begin.begin());
    std::vector<std::uint32_t>().swap(runs_begin_);
    block_.run_dendrite = Array<Tick>(runs_dendrite_.size());
    std::copy(runs_dendrite_.begin(), runs_dendrite_.end(), block_.run_dendrite.begin());
    block_.run_delay = RunDelays(runs_delay_, runs_delay_.empty() || block_.max_delay <= RunDelays::longest_short);
    return std::move(block_);
  }

 private:
  std::uint32_t rows() const { return first_.source_range.size(); }

  // Two passes over the rules, which draw the same pairs twice: count, then place in rows.
  void count() {
    counts_.reserve(draws_.size());
    offset_.assign(rows() + 1, 0);
    for (std::size_t m = 0; m < draws_.size(); ++m) {
      counts_.push_back(draws_[m].count(poll_));
      std::uint64_t synapses = 0;
      for (std::uint32_t row = 0; row < rows(); ++row) {
        offset_[row + 1] += counts_[m][row];
        synapses += counts_[m][row];
      }
      block_.members.push_back(draws_[m].member(members_[m], synapses));
    }
    for (std::uint32_t row = 0; row < rows(); ++row) offset_[row + 1] += offset_[row];
    const std::uint64_t total = offset_[rows()];
    if (total > Block::most_synapses) throw MemoryNeededError(too_many(draws_[0].what()));
    block_.constant_weight = constant_weight_;
    if (constant_weight_) {
      block_.template weight<Weight>() = Array<Weight>(1);
      block_.template weight<Weight>()[0] = stored(first_.weight[0].constant());
    }
  }

  void place() {
    const std::uint64_t total = offset_[rows()];
    auto& weights = block_.template weight<Weight>();
    slots_.offset = offset_;
    slots_.filled.assign(rows(), 0);
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
    for (const RowDraws& draws : draws_) draws.place(slots_, poll_);
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

  void pack_row(std::uint32_t row) {
    const std::uint64_t begin = offset_[row], n = offset_[row + 1] - begin;
    poll_(n);
    if (!one_run_) delay_.resize(n);
    dendrite_.assign(own_dendrites() ? n : 0, 0);
    if (!constant_weight_) weight_.resize(n);
    target_.assign(slots_.targets(row), slots_.targets(row) + n);
    if (needs_entries_) {
      entry_.resize(n);
      std::memcpy(entry_.data(), slots_.entries(row), n * sizeof(std::uint32_t));
    }
    std::uint64_t at = 0;
    for (std::size_t m = 0; m < draws_.size(); ++m) {
      const std::uint32_t here = counts_[m][row];
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

  // The synapses [first, end) of the row at hand, which begins with synapse `begin`, are a run.
  void store_run(std::uint64_t begin, std::size_t first, std::size_t end, Tick delay) {
    runs_begin_.push_back(static_cast<std::uint32_t>(begin + first));
    runs_delay_.push_back(delay);
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
  const std::vector<std::uint32_t>& members_;
  const bool constant_weight_, packed_;
  bool needs_entries_ = false, one_run_ = false;
  std::vector<RowDraws> draws_;
  std::string weight_what_;
  Block block_;
  std::vector<std::vector<std::uint32_t>> counts_;  // by member and row
  std::vector<std::uint64_t> offset_;
  RowSlots slots_{};
  Array<std::uint32_t> entries_;
  std::vector<std::uint32_t> runs_begin_;
  std::vector<Tick> runs_delay_, runs_dendrite_;
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

Block pack_block(const NetworkDescription& network, const std::vector<std::uint32_t>& members,
                 const std::vector<std::unique_ptr<ConnectionRule>>& rules, const Shard& shard,
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
