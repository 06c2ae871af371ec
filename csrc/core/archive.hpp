// What a simulation has come to, as plain arrays by name, in the numbering of the network: neurons as in their
// population, synapses in (i, j, k) order. Nothing in it tells how many shards there were.
//
// One function of a class serves both ways, so that what is saved is what is restored:
//
//   void io(const Archive& archive) {
//     archive.value("steps", steps_);                                                    alike in all shards
//     archive.part("y", n, begin, size, [&](std::uint32_t k) -> auto& { return y_[k]; });   each shard its own part
//   }
//
// Shards take turns; none may go on to values of which it knows less than another.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "core/compiler.hpp"
#include "core/error.hpp"

namespace pysnn {

class Archive {
 public:
  enum class Type : std::uint8_t { int64, uint8, uint32, uint64, float32, float64 };
  struct Stored {
    Type type = Type::int64;
    std::size_t rows = 0, columns = 0;  // no columns: rows of one number each
    std::vector<std::byte> bytes;
  };
  using Arrays = std::map<std::string, Stored>;

  // To save into `arrays`, or to restore from them.
  Archive(Arrays& arrays, bool saving) : arrays_(arrays), saving_(saving) {}

  bool saving() const { return saving_; }
  bool restoring() const { return !saving_; }
  // The same arrays, under names that begin so.
  Archive in(const std::string& name) const { return {arrays_, saving_, prefix_ + name + "/"}; }
  Archive in(std::size_t number) const { return in(std::to_string(number)); }
  // What is there already, while saving.
  Archive reading() const { return {arrays_, false, prefix_}; }
  bool has(const std::string& name) const { return arrays_.count(prefix_ + name) != 0; }

  template <class T>
  void value(const std::string& name, T& value) const {
    part(name, 1, 0, 1, [&](std::size_t) -> T& { return value; });
  }

  // Values begin ... begin + size of n, of which at(k) is number begin + k: a number, a time, or a row of numbers.
  template <class At>
  void part(const std::string& name, std::size_t n, std::size_t begin, std::size_t size, At&& at) const {
    using T = std::remove_reference_t<decltype(at(std::size_t{}))>;
    Stored& stored = saving_ ? room<T>(name, n) : find<T>(name, n);
    for (std::size_t k = 0; k < size; ++k) copy(at(k), stored.bytes.data() + (begin + k) * Element<T>::bytes);
  }

  // As long as it is: all of it in one shard.
  template <class T>
  void list(const std::string& name, std::vector<T>& values) const {
    if (saving_)
      drop(name);
    else
      values.resize(rows(name));
    part(name, values.size(), 0, values.size(), [&](std::size_t k) -> T& { return values[k]; });
  }

  // Lists of the members begin ... begin + lists.size() of n, one after the other; how long each is stands beside.
  // Shards save theirs in the order of their members.
  template <class T>
  void lists(const std::string& name, std::size_t n, std::size_t begin, std::vector<std::vector<T>>& lists) const {
    std::vector<std::uint32_t> lengths(n), here(lists.size());
    if (restoring() || has(name + " lengths")) reading().list(name + " lengths", lengths);
    if (lengths.size() != n) wrong(name, "another number of lists");
    std::size_t at = 0;
    for (std::size_t k = 0; k < begin; ++k) at += lengths[k];
    std::size_t end = at;
    for (std::size_t k = 0; k < lists.size(); ++k) {
      if (saving_) lengths[begin + k] = static_cast<std::uint32_t>(lists[k].size());
      end += lengths[begin + k];
      lists[k].resize(lengths[begin + k]);
    }
    std::size_t all = end;
    for (std::size_t k = begin + lists.size(); k < n; ++k) all += lengths[k];
    if (saving_) list(name + " lengths", lengths);
    Stored& stored = saving_ ? grown<T>(name, all) : find<T>(name, all);
    for (auto& one : lists)
      for (T& value : one) copy(value, stored.bytes.data() + at++ * Element<T>::bytes);
  }

  void drop(const std::string& name) const { arrays_.erase(prefix_ + name); }

  std::size_t rows(const std::string& name) const { return at(name).rows; }

  [[noreturn]] void wrong(const std::string& name, const std::string& why) const {
    throw CheckpointError("checkpoint: '" + prefix_ + name + "': " + why);
  }

 private:
  Archive(Arrays& arrays, bool saving, std::string prefix)
      : arrays_(arrays), saving_(saving), prefix_(std::move(prefix)) {}

  // How a value is kept: so many words of a type.
  template <class T>
  struct Element {
    static constexpr bool is_row = std::is_array_v<T>;
    using Word = std::remove_all_extents_t<T>;
    static constexpr bool is_long = std::is_same_v<Word, Int128>;  // as two words, the upper one first
    static_assert(std::is_integral_v<Word> || std::is_same_v<Word, double> || std::is_same_v<Word, float> || is_long);
    static constexpr std::size_t columns = is_row ? std::extent_v<T> : is_long ? 2 : 0;
    // By size and sign: std::size_t is another type than std::uint64_t on some systems.
    static constexpr bool is_signed = std::is_signed_v<Word> || is_long;
    static constexpr Type type = std::is_same_v<Word, double>  ? Type::float64
                                 : std::is_same_v<Word, float> ? Type::float32
                                 : std::is_same_v<Word, bool>  ? Type::uint8
                                 : is_signed                   ? Type::int64
                                 : sizeof(Word) == 4           ? Type::uint32
                                                               : Type::uint64;
    static_assert(is_long || !std::is_integral_v<Word> || std::is_same_v<Word, bool> || sizeof(Word) == 8 ||
                  (sizeof(Word) == 4 && !is_signed));
    static constexpr std::size_t bytes = sizeof(T);
  };

  template <class T>
  void copy(T& value, std::byte* there) const {
    if constexpr (Element<T>::is_long) {
      std::int64_t words[2] = {static_cast<std::int64_t>(value >> 64), static_cast<std::int64_t>(value)};
      if (saving_) {
        std::memcpy(there, words, sizeof words);
      } else {
        std::memcpy(words, there, sizeof words);
        value = (static_cast<Int128>(words[0]) << 64) | static_cast<std::uint64_t>(words[1]);
      }
    } else if (saving_) {
      std::memcpy(there, &value, sizeof value);
    } else if constexpr (std::is_same_v<T, bool>) {
      value = *there != std::byte{0};
    } else {
      std::memcpy(&value, there, sizeof value);
    }
  }

  const Stored& at(const std::string& name) const {
    const auto found = arrays_.find(prefix_ + name);
    if (found == arrays_.end()) wrong(name, "it is missing");
    return found->second;
  }

  template <class T>
  Stored& find(const std::string& name, std::size_t n) const {
    Stored& stored = const_cast<Stored&>(at(name));
    if (stored.type != Element<T>::type || stored.columns != Element<T>::columns || stored.rows != n)
      wrong(name, "expected " + std::to_string(n) + " values of another kind or number (got " +
                      std::to_string(stored.rows) + ")");
    return stored;
  }

  template <class T>
  Stored& room(const std::string& name, std::size_t n) const {
    const auto found = arrays_.find(prefix_ + name);
    if (found != arrays_.end()) return find<T>(name, n);
    return grown<T>(name, n);
  }
  template <class T>
  Stored& grown(const std::string& name, std::size_t n) const {
    Stored& stored = arrays_[prefix_ + name];
    stored.type = Element<T>::type;
    stored.columns = Element<T>::columns;
    stored.rows = n;
    stored.bytes.resize(n * Element<T>::bytes);
    return stored;
  }

  Arrays& arrays_;
  bool saving_;
  std::string prefix_;
};

}  // namespace pysnn
