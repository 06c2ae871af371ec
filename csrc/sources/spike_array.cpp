// Given spike times: source i emits at times[offsets[i]] ... times[offsets[i + 1] - 1].
#include <algorithm>

#include "sources/source.hpp"

namespace pysnn {
namespace {

class SpikeArray final : public Source {
 public:
  static ModelInfo info() { return {.name = "SpikeArray", .params = {}}; }
  static std::unique_ptr<Source> make(const SourceConfig& config) { return std::make_unique<SpikeArray>(config); }

  explicit SpikeArray(const SourceConfig& config) {
    const auto& times = config.params.array("times");
    const auto& offsets = config.params.array("offsets");
    const std::string what = "source '" + config.name + "': spike times";
    if (offsets.size() != std::size_t{config.n} + 1)
      throw ParameterError(what + ": expected " + std::to_string(config.n + 1) + " offsets (got " +
                           std::to_string(offsets.size()) + ")");
    for (std::uint32_t i = config.owned.begin; i < config.owned.end; ++i) {
      for (auto k = static_cast<std::size_t>(offsets[i]); k < static_cast<std::size_t>(offsets[i + 1]); ++k) {
        const LongTick t = config.time.long_tick(times[k], what);
        if (t < 1)
          throw ParameterError(what + ": must be " + (config.time.grid() ? "at least dt" : "> 0 ms") + " (got " +
                               show(times[k]) + " ms)");
        if (t <= config.begin || t == long_never) continue;
        if (t >= LongTick{1} << (era_bits + 32))
          throw ParameterError(what + ": " + show(times[k]) + " ms is beyond the range of time here");
        spikes_.push_back({static_cast<Tick>(t & (era - 1)), i, static_cast<std::uint32_t>(t >> era_bits)});
      }
    }
    std::stable_sort(spikes_.begin(), spikes_.end(), [](const Given& a, const Given& b) {
      return a.time() != b.time() ? a.time() < b.time() : a.index < b.index;
    });
  }

  void emit(Tick, Tick to, std::vector<TimedSpike>& spikes) override {
    for (; next_ < spikes_.size() && spikes_[next_].time() <= epoch_ + to; ++next_)
      spikes.push_back({in_epoch(spikes_[next_].time(), epoch_), spikes_[next_].index});
  }

  Tick next(Tick) const override { return next_ < spikes_.size() ? in_epoch(spikes_[next_].time(), epoch_) : never; }
  void io(const Archive& archive, const Emitted& so_far) override {
    if (archive.saving()) return;
    epoch_ = so_far.epoch;
    const LongTick emitted = epoch_ + so_far.emitted;
    const auto later = [emitted](const Given& spike) { return spike.time() <= emitted; };
    next_ = static_cast<std::size_t>(std::partition_point(spikes_.begin(), spikes_.end(), later) - spikes_.begin());
  }
  void rebase(Tick ticks) override { epoch_ += ticks; }
  bool begin_again(std::uint64_t) override {
    next_ = 0;
    epoch_ = 0;
    return true;
  }

 private:
  static constexpr int era_bits = 62;
  static constexpr LongTick era = LongTick{1} << era_bits;

  // As large as if its time were one of 64 bits.
  struct Given {
    Tick in_era;
    std::uint32_t index, eras;
    LongTick time() const { return eras * era + in_era; }
  };

  std::vector<Given> spikes_;
  std::size_t next_ = 0;
  LongTick epoch_ = 0;
};

const RegisterSource<SpikeArray> registered;

}  // namespace
}  // namespace pysnn
