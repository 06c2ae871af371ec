// What is fed while the network runs: spikes, and other sources from the moment on at which they are given.
#include <algorithm>
#include <iterator>
#include <utility>

#include "sources/source.hpp"

namespace pysnn {
namespace {

class Input final : public Source {
 public:
  static ModelInfo info() { return {.name = "Input", .params = {}}; }
  static std::unique_ptr<Source> make(const SourceConfig& config) { return std::make_unique<Input>(config); }

  explicit Input(const SourceConfig& config) : owned_(config.owned) {}

  bool takes_spikes() const override { return true; }

  void feed(std::span<const FedSpike> spikes) override {
    if (played_ > queue_.size() / 2) {
      queue_.erase(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(played_));
      played_ = 0;
    }
    const auto left = static_cast<std::ptrdiff_t>(played_), old = static_cast<std::ptrdiff_t>(queue_.size());
    for (const FedSpike& spike : spikes)
      if (owned_.begin <= spike.index && spike.index < owned_.end) queue_.push_back(spike);
    std::sort(queue_.begin() + old, queue_.end());
    // As a rule what is fed comes after what was fed before.
    if (left < old && old < std::ssize(queue_) && queue_[static_cast<std::size_t>(old)] < *(queue_.begin() + (old - 1)))
      std::inplace_merge(queue_.begin() + left, queue_.begin() + old, queue_.end());
  }

  void feed(std::unique_ptr<Source> source) override {
    // It begins to count at time 0, which may be longer ago than a tick can say.
    for (LongTick left = epoch_; left > 0;) {
      const Tick step = left < never ? static_cast<Tick>(left) : never;
      source->rebase(step);
      left -= step;
    }
    sources_.push_back(std::move(source));
  }

  void emit(Tick from, Tick to, std::vector<TimedSpike>& spikes) override {
    const auto begin = static_cast<std::ptrdiff_t>(spikes.size());
    for (; played_ < queue_.size() && queue_[played_].time <= epoch_ + to; ++played_)
      spikes.push_back({in_epoch(queue_[played_].time, epoch_), queue_[played_].index});
    if (sources_.empty()) return;
    for (const auto& source : sources_) source->emit(from, to, spikes);
    std::sort(spikes.begin() + begin, spikes.end());
  }

  Tick next(Tick now) const override {
    Tick next = played_ < queue_.size() ? in_epoch(queue_[played_].time, epoch_) : never;
    for (const auto& source : sources_) next = std::min(next, source->next(now));
    return next;
  }

  // What is left of the spikes fed, of all shards; and of the sources, which have been fed again by then.
  void io(const Archive& archive, const Emitted& so_far) override {
    std::vector<FedSpike> fed;
    if (archive.restoring() || archive.has("fed: times")) fed_io(archive.reading(), fed);
    std::size_t sources = sources_.size();
    if (archive.saving()) {
      fed.insert(fed.end(), queue_.begin() + static_cast<std::ptrdiff_t>(played_), queue_.end());
      std::sort(fed.begin(), fed.end());
      fed_io(archive, fed);
    } else {
      epoch_ = so_far.epoch;
      feed(fed);
    }
    archive.value("fed sources", sources);
    if (sources != sources_.size()) archive.wrong("fed sources", "another number of sources");
    for (std::size_t k = 0; k < sources_.size(); ++k) sources_[k]->io(archive.in("fed source").in(k), so_far);
  }

  void rebase(Tick ticks) override {
    epoch_ += ticks;
    for (const auto& source : sources_) source->rebase(ticks);
  }

  // What was handed in was for the time that is over.
  bool begin_again(std::uint64_t) override {
    queue_.clear();
    played_ = 0;
    sources_.clear();
    epoch_ = 0;
    return true;
  }

 private:
  static void fed_io(const Archive& archive, std::vector<FedSpike>& fed) {
    if (archive.restoring()) fed.resize(archive.rows("fed: times"));
    for (const char* name : {"fed: times", "fed: indices"})
      if (archive.saving()) archive.drop(name);
    archive.part("fed: times", fed.size(), 0, fed.size(), [&](std::size_t k) -> LongTick& { return fed[k].time; });
    archive.part("fed: indices", fed.size(), 0, fed.size(),
                 [&](std::size_t k) -> std::uint32_t& { return fed[k].index; });
  }

  Range owned_;
  std::vector<FedSpike> queue_;  // by (time, index)
  std::size_t played_ = 0;       // so many of them
  std::vector<std::unique_ptr<Source>> sources_;
  LongTick epoch_ = 0;
};

const RegisterSource<Input> registered;

}  // namespace
}  // namespace pysnn
