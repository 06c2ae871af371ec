// The processes that share a network, as its engine sees them. Each has the shards of its own neurons; what they have
// to tell one another goes through one function from outside, an Allgather of slots of one size, so that nothing here
// knows of MPI. All ranks call everything here in the same order: what decides whether they do must have come from a
// message.
#pragma once
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <exception>
#include <functional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "core/error.hpp"

namespace pysnn {

class Ranks {
 public:
  using Words = std::vector<std::uint32_t>;
  // The first `words` of all ranks, in their order, into `all`.
  using Allgather = std::function<void(const Words& mine, Words& all, std::size_t words)>;

  Ranks() = default;
  Ranks(std::uint32_t rank, std::uint32_t size, Allgather allgather)
      : rank_(rank), size_(size), allgather_(std::move(allgather)) {}

  bool several() const { return size_ > 1; }
  std::uint32_t rank() const { return rank_; }

  // What is exchanged, which is the same on all ranks as long as they go together.
  enum Kind : std::uint32_t { window, values, question, errors };

  // The messages of all ranks, in their order, until the next call. A slot that is too small for one of them grows, for
  // all alike, and the messages go again; it shrinks where it has long been far too large.
  const std::vector<std::span<const std::uint32_t>>& exchange(Kind kind, std::span<const std::uint32_t> message) {
    std::size_t longest = 0;
    if (roomy_ > patience) {
      slot_ = std::max(least_slot, slot_ / 2);
      roomy_ = 0;
    }
    for (bool whole = false; !whole;) {
      mine_.resize(words());
      all_.resize(size_ * words());
      mine_[0] = kind;
      mine_[1] = static_cast<std::uint32_t>(message.size());
      std::copy_n(message.begin(), std::min(message.size(), slot_), mine_.begin() + head);
      allgather_(mine_, all_, words());
      ++exchanges_;
      longest = 0;
      for (std::size_t r = 0; r < size_; ++r) {
        const std::uint32_t* const slot = all_.data() + r * words();
        if (slot[0] != kind) throw RankError("the ranks are no longer at the same place");
        longest = std::max<std::size_t>(longest, slot[1]);
      }
      whole = longest <= slot_;
      if (!whole) slot_ = longest + longest / 2;
    }
    messages_.clear();
    for (std::size_t r = 0; r < size_; ++r) {
      const std::uint32_t* const slot = all_.data() + r * words();
      messages_.emplace_back(slot + head, slot[1]);
    }
    roomy_ = longest < slot_ / 4 && slot_ > least_slot ? roomy_ + 1 : 0;
    return messages_;
  }

  // Whether it holds on any rank.
  bool any(bool here) {
    if (!several()) return here;
    const std::uint32_t word = here ? 1 : 0;
    bool there = false;
    for (const auto& message : exchange(question, {&word, 1})) there = there || message[0] != 0;
    return there;
  }

  // What each does by itself: where it fails on one it does on all (see agree).
  template <class F>
  void agreed(F&& f) {
    std::exception_ptr error;
    try {
      f();
    } catch (...) {
      error = std::current_exception();
    }
    agree(error);
  }

  // The values of all ranks, one after the other.
  template <class T>
  std::vector<T> gather(const std::vector<T>& mine) {
    static_assert(std::is_trivially_copyable_v<T> && sizeof(T) % sizeof(std::uint32_t) == 0);
    if (!several()) return mine;
    Words words(mine.size() * (sizeof(T) / sizeof(std::uint32_t)));
    copy(words.data(), mine.data(), words.size() * sizeof(std::uint32_t));
    std::vector<T> all;
    for (const auto& message : exchange(values, words)) {
      const std::size_t n = message.size_bytes() / sizeof(T), begin = all.size();
      all.resize(begin + n);
      copy(all.data() + begin, message.data(), n * sizeof(T));
    }
    return all;
  }

  // A rank that has failed takes the others with it: its own error is thrown there, and here what it says.
  void agree(const std::exception_ptr& error) {
    if (!several()) {
      if (error) std::rethrow_exception(error);
      return;
    }
    std::string what = error ? text(error) : std::string();
    what.resize((what.size() + 3) / 4 * 4, '\0');
    Words words(what.size() / 4);
    copy(words.data(), what.data(), what.size());
    std::string others;
    const auto& messages = exchange(errors, words);
    for (std::size_t r = 0; r < messages.size() && others.empty(); ++r)
      if (!messages[r].empty())
        others = "rank " + std::to_string(r) + ": " +
                 std::string(reinterpret_cast<const char*>(messages[r].data()), messages[r].size_bytes()).c_str();
    if (error) std::rethrow_exception(error);
    if (!others.empty()) throw RankError(others);
  }

  // How many there have been, and the words that each rank sent with the last.
  std::uint64_t exchanges() const { return exchanges_; }
  std::size_t words() const { return slot_ + head; }

 private:
  static constexpr std::size_t head = 2, least_slot = 62;  // words: kind and length; of the message
  static constexpr int patience = 1000;

  static void copy(void* to, const void* from, std::size_t bytes) {
    if (bytes > 0) std::memcpy(to, from, bytes);  // what is empty may have no address
  }

  static std::string text(const std::exception_ptr& error) {
    try {
      std::rethrow_exception(error);
    } catch (const std::exception& e) {
      const std::string what = e.what();
      return what.empty() ? "an error" : what;
    } catch (...) {
      return "an error";
    }
  }

  std::uint32_t rank_ = 0, size_ = 1;
  Allgather allgather_;
  std::size_t slot_ = least_slot;
  int roomy_ = 0;
  Words mine_, all_;
  std::vector<std::span<const std::uint32_t>> messages_;
  std::uint64_t exchanges_ = 0;
};

}  // namespace pysnn
