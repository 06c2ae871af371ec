// Numbers of things of one kind, as a type of their own: where a projection is asked for a population is no answer, nor
// is a bare number. They cost what an index costs.
#pragma once
#include <compare>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <utility>
#include <vector>

namespace pysnn {

template <class Kind>
class Id {
 public:
  constexpr Id() = default;
  template <std::integral Index>
  constexpr explicit Id(Index index) : index_(static_cast<std::uint32_t>(index)) {}

  constexpr std::uint32_t index() const { return index_; }
  friend constexpr auto operator<=>(const Id&, const Id&) = default;

 private:
  std::uint32_t index_ = 0;
};

// Those from one up to another, to go through.
template <class Id>
class Ids {
 public:
  class Iterator {
   public:
    using value_type = Id;
    using difference_type = std::ptrdiff_t;

    constexpr Iterator() = default;
    constexpr explicit Iterator(std::uint32_t index) : index_(index) {}
    constexpr Id operator*() const { return Id(index_); }
    constexpr Iterator& operator++() {
      ++index_;
      return *this;
    }
    constexpr Iterator operator++(int) {
      const Iterator before = *this;
      ++index_;
      return before;
    }
    friend constexpr bool operator==(const Iterator&, const Iterator&) = default;

   private:
    std::uint32_t index_ = 0;
  };

  constexpr Ids(std::uint32_t begin, std::uint32_t end) : begin_(begin), end_(end) {}
  constexpr Iterator begin() const { return Iterator(begin_); }
  constexpr Iterator end() const { return Iterator(end_); }
  constexpr Id front() const { return Id(begin_); }

 private:
  std::uint32_t begin_, end_;
};

// One T of each, by its number and by nothing else.
template <class Id, class T>
class ById : public std::vector<T> {
 public:
  using std::vector<T>::vector;

  T& operator[](Id id) { return std::vector<T>::operator[](id.index()); }
  const T& operator[](Id id) const { return std::vector<T>::operator[](id.index()); }
  T& at(Id id) { return std::vector<T>::at(id.index()); }
  const T& at(Id id) const { return std::vector<T>::at(id.index()); }
  bool has(Id id) const { return id.index() < this->size(); }
  Ids<Id> ids() const { return {0, static_cast<std::uint32_t>(this->size())}; }
  // Add one; its number.
  Id add(T one) {
    this->push_back(std::move(one));
    return Id(this->size() - 1);
  }
};

// Groups of neurons and of sources are numbered together.
using PopulationId = Id<struct PopulationKind>;
using ProjectionId = Id<struct ProjectionKind>;
using ModulatorId = Id<struct ModulatorKind>;
// Of the shards of a rank.
using ShardId = Id<struct ShardKind>;

}  // namespace pysnn
