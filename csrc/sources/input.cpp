// What is fed while the network runs: spikes, and other sources from the moment on at which they are given.
#include <algorithm>
#include <iterator>
#include <utility>

#include "sources/source.hpp"

namespace pysnn {
namespace {

// Spikes by (time, index), of which so many have been played.
struct Run {
  std::vector<FedSpike> spikes;
  std::size_t played = 0;

  std::size_t left() const { return spikes.size() - played; }
  const FedSpike& next() const { return spikes[played]; }
  auto begin() const { return spikes.begin() + static_cast<std::ptrdiff_t>(played); }

  // Those of a run that comes after this one.
  void append(const std::vector<FedSpike>& later) {
    if (played > spikes.size() / 2) {
      spikes.erase(spikes.begin(), begin());
      played = 0;
    }
    spikes.insert(spikes.end(), later.begin(), later.end());
  }
};

Run merged(const Run& a, const Run& b) {
  Run both;
  both.spikes.reserve(a.left() + b.left());
  std::merge(a.begin(), a.spikes.end(), b.begin(), b.spikes.end(), std::back_inserter(both.spikes));
  return both;
}

class Input final : public Source {
 public:
  static ModelInfo info() { return {.name = "Input", .params = {}}; }
  static std::unique_ptr<Source> make(const SourceConfig& config) { return std::make_unique<Input>(config); }

  explicit Input(const SourceConfig& config) : owned_(config.owned) {}

  bool takes_spikes() const override { return true; }

  void feed(std::span<const FedSpike> spikes) override {
    Run fed;
    for (const FedSpike& spike : spikes)
      if (owned_.begin <= spike.index && spike.index < owned_.end) fed.spikes.push_back(spike);
    if (fed.spikes.empty()) return;
    std::sort(fed.spikes.begin(), fed.spikes.end());
    // As a rule what is fed comes after what was fed before.
    if (!runs_.empty() && runs_.back().spikes.back() <= fed.spikes.front())
      runs_.back().append(fed.spikes);
    else
      runs_.push_back(std::move(fed));
    // Each run is left more than twice as long as the one behind it, so that there are few, and merged seldom.
    while (runs_.size() > 1 && runs_[runs_.size() - 2].left() <= 2 * runs_.back().left()) {
      const Run last = std::move(runs_.back());
      runs_.pop_back();
      runs_.back() = merged(runs_.back(), last);
    }
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
    bool one_run = true;
    for (Run& run : runs_) {
      if (run.next().time > epoch_ + to) continue;
      one_run = std::ssize(spikes) == begin;
      for (; run.left() > 0 && run.next().time <= epoch_ + to; ++run.played)
        spikes.push_back({in_epoch(run.next().time, epoch_), run.next().index});
    }
    std::erase_if(runs_, [](const Run& run) { return run.left() == 0; });
    for (const auto& source : sources_) source->emit(from, to, spikes);
    if (!one_run || !sources_.empty()) std::sort(spikes.begin() + begin, spikes.end());
  }

  Tick next(Tick now) const override {
    Tick next = never;
    for (const Run& run : runs_) next = std::min(next, in_epoch(run.next().time, epoch_));
    for (const auto& source : sources_) next = std::min(next, source->next(now));
    return next;
  }

  // What is left of the spikes fed, of all shards; and of the sources, which have been fed again by then.
  void io(const Archive& archive, const Emitted& so_far) override {
    std::vector<FedSpike> fed;
    if (archive.restoring() || archive.has("fed: times")) fed_io(archive.reading(), fed);
    std::size_t sources = sources_.size();
    if (archive.saving()) {
      for (const Run& run : runs_) fed.insert(fed.end(), run.begin(), run.spikes.end());
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
    runs_.clear();
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
  std::vector<Run> runs_;  // none is empty
  std::vector<std::unique_ptr<Source>> sources_;
  LongTick epoch_ = 0;
};

const RegisterSource<Input> registered;

}  // namespace
}  // namespace pysnn
