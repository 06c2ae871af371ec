// The recent moments of a modulator, each with its values and with what the rule keeps of it just after it.
//
// A moment is known by its number, counted from the begin: two of them may come at one time. Spikes may tell of some
// that are still to come.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "plasticity/long_ago.hpp"
#include "plasticity/trace_columns.hpp"

namespace pysnn {

template <class Mod>
class Moments {
 public:
  using Number = std::int64_t;
  struct Moment {
    Tick t;
    Mod mod;  // the modulator's trace just after it
  };

  // Of so many values: one for all, or one for each target.
  Moments(std::size_t width, bool of_each) : width_(width), of_each_(of_each) {}

  // Those from begin() up to end() are kept.
  Number begin() const { return first_; }
  Number end() const { return first_ + static_cast<Number>(kept_.size()); }
  const Moment& operator[](Number k) const { return kept_[at(k)]; }
  std::span<const double> values(Number k) const { return std::span(values_).subspan(at(k) * width_, width_); }
  std::size_t width() const { return width_; }

  // The number of the first one at t or later.
  Number first_from(Tick t) const {
    return first_ +
           (std::partition_point(kept_.begin(), kept_.end(), [t](const Moment& m) { return m.t < t; }) - kept_.begin());
  }

  // What moments of one time are ordered by, after what feeds them: those from outside are the last.
  static constexpr std::uint32_t from_outside = 0xFFFFFFFF;

  // In its order; what traces are after it and those behind it is told by next(moment before or null, values, t).
  template <class Next>
  void add(Tick t, std::uint32_t order, std::span<const double> values, Next&& next) {
    std::size_t k = kept_.size();
    while (k > 0 && (kept_[k - 1].t > t || (kept_[k - 1].t == t && orders_[k - 1] > order))) --k;
    const auto place = static_cast<std::ptrdiff_t>(k);
    kept_.insert(kept_.begin() + place, {t, Mod{}});
    orders_.insert(orders_.begin() + place, order);
    values_.insert(values_.begin() + place * static_cast<std::ptrdiff_t>(width_), values.begin(), values.end());
    for (; k < kept_.size(); ++k)
      kept_[k].mod = next(k > 0 ? &kept_[k - 1] : nullptr, std::span(values_).subspan(k * width_, width_), kept_[k].t);
  }

  // Whether there are so many that it is worth bringing all synapses up to date for their sake.
  bool crowded() const { return kept_.size() >= enough_; }
  void forget_before(Number k) {
    const auto gone = std::clamp<Number>(k - first_, 0, static_cast<Number>(kept_.size()));
    kept_.erase(kept_.begin(), kept_.begin() + gone);
    orders_.erase(orders_.begin(), orders_.begin() + gone);
    values_.erase(values_.begin(), values_.begin() + gone * static_cast<Number>(width_));
    first_ += gone;
    // What cannot be dropped yet shall not make it crowded again at once.
    enough_ = std::max(worth_settling, 2 * kept_.size());
  }
  void clear() {
    first_ = 0;
    kept_.clear();
    orders_.clear();
    values_.clear();
  }

  // Save all that are kept, as those of targets `first`, ... of n where there is a value for each of them; or restore
  // them, as the first there have been.
  void io(const Archive& archive, std::size_t n, std::size_t first) {
    std::vector<std::vector<Moment>> moments{archive.saving() ? kept_ : std::vector<Moment>{}};
    spike_lists_io(archive, 1, 0, moments, &Moment::mod);
    std::vector<std::uint32_t> orders = orders_;
    const bool old = archive.restoring() && !archive.has("orders");  // written before spikes could be moments
    if (!old) archive.list("orders", orders);
    std::vector<std::vector<double>> columns(width_);
    if (archive.saving())
      for (std::size_t k = 0; k < values_.size(); ++k) columns[k % width_].push_back(values_[k]);
    archive.lists("values", of_each_ ? n : width_, of_each_ ? first : 0, columns);
    if (archive.saving()) return;
    clear();
    for (std::size_t k = 0; k < moments[0].size(); ++k) {
      std::vector<double> values(width_, 0.0);  // of targets without a synapse nobody has kept any
      for (std::size_t c = 0; c < width_; ++c)
        if (k < columns[c].size()) values[c] = columns[c][k];
      kept_.push_back(moments[0][k]);
      values_.insert(values_.end(), values.begin(), values.end());
    }
    if (old) orders.assign(kept_.size(), from_outside);
    orders_ = std::move(orders);
    if (orders_.size() != kept_.size()) archive.wrong("orders", "another number of moments");
  }

  void rebase(Tick ticks) {
    for (Moment& moment : kept_) moment.t = rebased(moment.t, ticks);
  }

  std::size_t nbytes() const {
    return kept_.size() * (sizeof(Moment) + sizeof(std::uint32_t)) + values_.size() * sizeof(double);
  }

 private:
  static constexpr std::size_t worth_settling = 64;

  std::size_t at(Number k) const { return static_cast<std::size_t>(k - first_); }

  std::size_t width_;
  bool of_each_;
  Number first_ = 0;
  std::vector<Moment> kept_;
  std::vector<std::uint32_t> orders_;
  std::vector<double> values_;  // [moments x width]
  std::size_t enough_ = worth_settling;
};

}  // namespace pysnn
