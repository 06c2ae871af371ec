#include "build/join.hpp"

#include <algorithm>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "build/plan.hpp"
#include "network/bitmap_rows.hpp"

namespace pysnn {
namespace {

// One shard's piece of a block.
struct Piece {
  const Block* block;
  std::vector<std::uint32_t> shift;    // by member, what makes its targets those of the whole; modulo 2^32
  std::uint32_t run = 0, end = 0;      // of the row at hand, what is left
  std::vector<std::uint16_t> scratch;  // for targets that are not stored as such

  std::uint32_t begin() const { return block->run_begin[run]; }
  std::uint32_t length() const { return block->run_begin[run + 1] - begin(); }
  // A row's runs ascend in it.
  std::pair<Tick, Tick> delay() const {
    return {block->run_delay[run], block->run_dendrite.empty() ? 0 : block->run_dendrite[run]};
  }
};

template <class T>
Array<T> copy_of(const std::vector<T>& values) {
  Array<T> copy(values.size());
  std::copy(values.begin(), values.end(), copy.begin());
  return copy;
}

template <class Weight>
class BlockJoiner {
 public:
  BlockJoiner(const CompiledNetwork& network, std::size_t number, const Shard& whole)
      : model_(network.shards.front().blocks[number]) {
    block_.row_base = model_.row_base;
    block_.weight_type = model_.weight_type;
    block_.constant_weight = model_.constant_weight;
    const auto target = [&](const Member& m) { return network.description.projections[m.projection].target; };
    const std::uint32_t base = whole.offset[target(model_.members.front())];
    for (const Member& member : model_.members) {
      const std::uint32_t first = whole.offset[target(member)] - base;
      block_.members.push_back({member.projection, first, first + whole.owned[target(member)].size(), 0});
    }
    for (const Shard& shard : network.shards) {
      Piece piece{&shard.blocks[number], {}, 0, 0, {}};
      for (std::size_t m = 0; m < block_.members.size(); ++m) {
        const Member& member = piece.block->members[m];
        piece.shift.push_back(block_.members[m].first + shard.owned[target(member)].begin - member.first);
        block_.members[m].synapses += member.synapses;
      }
      if (piece.block->size() > 0) pieces_.push_back(std::move(piece));
    }
  }

  Block join() && {
    const auto all = [&](auto&& hold) {
      return !pieces_.empty() &&
             std::all_of(pieces_.begin(), pieces_.end(), [&](const Piece& piece) { return hold(*piece.block); });
    };
    Array<Weight>& weights = block_.template weight<Weight>();
    if (block_.constant_weight) weights = Array<Weight>(1, model_.template weight<Weight>()[0]);
    if (all([](const Block& block) { return block.is_bitmap(); })) {
      join_bitmaps();
      return std::move(block_);
    }
    std::size_t synapses = 0;
    for (const Piece& piece : pieces_) synapses += piece.block->size();
    packed_ = all([](const Block& block) { return block.is_packed(); });
    if (packed_)
      block_.packed = Array<std::uint8_t>(synapses * block_.synapse_bytes());
    else
      block_.target = Array<std::uint16_t>(synapses);
    if (!packed_ && !block_.constant_weight) weights = Array<Weight>(synapses);
    join_runs();
    return std::move(block_);
  }

 private:
  // The targets of a piece's run that belong to a member, and where in the run they begin.
  static std::pair<std::span<const std::uint16_t>, std::size_t> part(Piece& piece, std::size_t m) {
    const std::span<const std::uint16_t> targets = piece.block->targets(piece.run, piece.scratch);
    const auto [low, high] = Block::part(targets, piece.block->members[m]);
    return {targets.subspan(low, high - low), low};
  }

  void join_bitmaps() {
    Poll poll;
    BitmapRows bitmaps(model_.rows(), block_.members.back().end, poll);
    for (Piece& piece : pieces_)
      for (std::uint32_t row = 0; row < model_.rows(); ++row)
        for (piece.run = piece.block->row_run[row]; piece.run < piece.block->row_run[row + 1]; ++piece.run)
          for (std::size_t m = 0; m < block_.members.size(); ++m)
            for (const std::uint16_t t : part(piece, m).first) bitmaps.add(row, t + piece.shift[m], 0);
    std::move(bitmaps).move_to(block_, pieces_.front().block->min_delay, poll);
  }

  void join_runs() {
    std::vector<std::uint32_t> row_run, run_begin;
    std::vector<Tick> run_delay, run_dendrite;
    for (std::uint32_t row = 0; row < model_.rows(); ++row) {
      row_run.push_back(static_cast<std::uint32_t>(run_begin.size()));
      for (Piece& piece : pieces_) {
        piece.run = piece.block->row_run[row];
        piece.end = piece.block->row_run[row + 1];
      }
      for (;;) {
        std::pair<Tick, Tick> next{never, 0};
        for (const Piece& piece : pieces_)
          if (piece.run < piece.end) next = std::min(next, piece.delay());
        if (next.first == never) break;
        run_begin.push_back(synapses_);
        run_delay.push_back(next.first);
        run_dendrite.push_back(next.second);
        append(next);
      }
    }
    row_run.push_back(static_cast<std::uint32_t>(run_begin.size()));
    run_begin.push_back(synapses_);
    for (const Piece& piece : pieces_) {
      block_.min_delay = std::min(block_.min_delay, piece.block->min_delay);
      block_.max_delay = std::max(block_.max_delay, piece.block->max_delay);
    }
    block_.row_run = RowRuns(row_run);
    block_.run_begin = copy_of(run_begin);
    block_.run_delay = RunDelays(run_delay, run_delay.empty() || block_.max_delay <= RunDelays::longest_short);
    if (!pieces_.empty() && !pieces_.front().block->run_dendrite.empty()) block_.run_dendrite = copy_of(run_dendrite);
  }

  // The synapses of this delay, of all pieces, as one run: its targets ascend by member, then by shard.
  void append(const std::pair<Tick, Tick>& delay) {
    const auto takes_part = [&](const Piece& piece) { return piece.run < piece.end && piece.delay() == delay; };
    std::uint32_t n = 0;
    for (const Piece& piece : pieces_)
      if (takes_part(piece)) n += piece.length();
    auto* const target =
        packed_
            ? reinterpret_cast<std::uint16_t*>(block_.packed.data() + std::size_t{synapses_} * block_.synapse_bytes())
            : block_.target.data() + synapses_;
    auto weight = block_.template weights_at<Weight>(synapses_, n);
    std::uint32_t at = 0;
    for (std::size_t m = 0; m < block_.members.size(); ++m)
      for (Piece& piece : pieces_) {
        if (!takes_part(piece)) continue;
        const auto [targets, first] = part(piece, m);
        for (std::size_t k = 0; k < targets.size(); ++k)
          target[at + k] = static_cast<std::uint16_t>(targets[k] + piece.shift[m]);
        if (!block_.constant_weight) {
          const auto own = const_cast<Block*>(piece.block)->template weights_at<Weight>(piece.begin(), piece.length());
          for (std::size_t k = 0; k < targets.size(); ++k) weight.set(at + k, own[first + k]);
        }
        at += static_cast<std::uint32_t>(targets.size());
      }
    for (Piece& piece : pieces_)
      if (takes_part(piece)) ++piece.run;
    synapses_ += n;
  }

  const Block& model_;
  Block block_;
  std::vector<Piece> pieces_;  // those that have synapses
  bool packed_ = false;
  std::uint32_t synapses_ = 0;  // that have their place
};

// Whether the projections of each block are those that a plan has there.
bool has_blocks_of(const CompiledNetwork& network, const std::vector<std::vector<ProjectionId>>& plan) {
  if (plan.size() != network.shards.front().blocks.size()) return false;
  for (std::uint32_t b = 0; b < plan.size(); ++b)
    for (std::uint32_t m = 0; m < plan[b].size(); ++m)
      if (network.places[plan[b][m]].block != b || network.places[plan[b][m]].member != m) return false;
  return true;
}

}  // namespace

std::optional<CompiledNetwork> joined(const CompiledNetwork& network, std::size_t most_bytes) {
  if (network.shards.size() == 1 || network.description.ranks > 1) return std::nullopt;
  std::size_t bytes = 0;
  for (const Shard& shard : network.shards)
    for (const Block& block : shard.blocks) bytes += block.nbytes();
  if (bytes > most_bytes) return std::nullopt;
  CompiledNetwork whole;
  whole.description = network.description;
  whole.description.threads = 1;
  whole.shards = plan_shards(whole.description);
  if (whole.shards.size() != 1 || !has_blocks_of(network, plan_blocks(whole.description, whole.shards)))
    return std::nullopt;
  whole.places = network.places;
  whole.min_delay = network.min_delay;
  whole.max_delay = network.max_delay;
  Shard& shard = whole.shards.front();
  for (std::size_t b = 0; b < network.shards.front().blocks.size(); ++b)
    network.shards.front().blocks[b].with_weights([&](const auto& weights) {
      using Weight = std::remove_cvref_t<decltype(weights[0])>;
      shard.blocks.push_back(BlockJoiner<Weight>(network, b, shard).join());
    });
  return whole;
}

}  // namespace pysnn
