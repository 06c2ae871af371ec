// How composites of all targets (eprop_algebra.hpp) lie in memory, and how the numbers of several at once are got at.
//
//   Groups   of so many targets, in each number by number: targets that stand side by side are read as they lie;
//   Records  of each target, so that of targets that stand anywhere each is one line of memory, and no number is looked
//            up by itself: records are read whole and transposed in registers.
//
// Both hold the same numbers and are worked on in vectors of `bytes`, or, of the size of a number, in plain numbers:
// none of it changes a bit.
#pragma once
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "core/dispatch.hpp"
#include "math/eprop_algebra.hpp"

namespace pysnn::eprop {

// So many numbers that are worked on at once, and as they lie in memory, wherever that is; a processor without such
// registers does so in turns.
template <class Real_, int bytes>
struct Lanes {
  using Real = Real_;
  typedef Real Vector __attribute__((vector_size(bytes)));
  typedef Real InMemory __attribute__((vector_size(bytes), aligned(sizeof(Real)), may_alias));
  static constexpr std::uint32_t n = bytes / sizeof(Real);

  PYSNN_INLINE static const InMemory& load(const Real* from) { return *reinterpret_cast<const InMemory*>(from); }
  PYSNN_INLINE static void store(Real* to, const Vector& what) { *reinterpret_cast<InMemory*>(to) = what; }
};
template <class Real_, int bytes>
  requires(bytes == sizeof(Real_))
struct Lanes<Real_, bytes> {
  using Real = Real_;
  using Vector = Real;
  static constexpr std::uint32_t n = 1;

  PYSNN_INLINE static const Real& load(const Real* from) { return *from; }
  PYSNN_INLINE static void store(Real* to, const Real& what) { *to = what; }
};

template <class Real, int bytes>
struct Groups : Lanes<Real, bytes> {
  using Base = Lanes<Real, bytes>;
  using typename Base::Vector;
  static constexpr bool records = false;
  static constexpr std::uint32_t together = 64 / sizeof(Real);  // targets of a group

  // Of targets from j on.
  template <bool adapts, bool filters>
  PYSNN_INLINE static Map<Vector> load_map(const Real* all, std::size_t j) {
    Map<Vector> m{};
    each_number<adapts, filters>(m, [&](auto& number, std::uint32_t place) __attribute__((always_inline)) {
      number = Base::load(all + at<adapts, filters>(j) + place * together);
    });
    return m;
  }
  template <bool adapts, bool filters>
  PYSNN_INLINE static void store_map(const Map<Vector>& m, Real* all, std::size_t j) {
    each_number<adapts, filters>(m, [&](const auto& number, std::uint32_t place) __attribute__((always_inline)) {
      Base::store(all + at<adapts, filters>(j) + place * together, number);
    });
  }

 private:
  template <bool adapts, bool filters>
  PYSNN_INLINE static std::size_t at(std::size_t j) {
    return j / together * together * count_numbers(adapts, filters) + j % together;
  }
};

template <class Real, int bytes>
struct Records : Lanes<Real, bytes> {
  using Base = Lanes<Real, bytes>;
  using typename Base::Vector;
  static constexpr bool records = true;
  static constexpr std::uint32_t n = Base::n;
  static_assert(n == 4 || n == 8 || n == 16);

  // How many numbers a target takes: whole quads, so that no record lies across two lines of memory.
  static constexpr std::uint32_t width(std::uint32_t numbers) { return numbers == 1 ? 1 : numbers <= 4 ? 4 : 8; }

  // Of any targets; of those from j on.
  template <bool adapts, bool filters>
  PYSNN_INLINE static Map<Vector> find_map(const Real* all, const std::uint32_t (&target)[n]) {
    constexpr std::uint32_t of_each = width(count_numbers(adapts, filters));
    const Real* record[n];
    for (std::uint32_t c = 0; c < n; ++c) record[c] = all + std::size_t{target[c]} * of_each;
    return gather_map<adapts, filters>(record);
  }
  template <bool adapts, bool filters>
  PYSNN_INLINE static Map<Vector> load_map(const Real* all, std::size_t j) {
    constexpr std::uint32_t of_each = width(count_numbers(adapts, filters));
    const Real* record[n];
    for (std::uint32_t c = 0; c < n; ++c) record[c] = all + (j + c) * of_each;
    return gather_map<adapts, filters>(record);
  }
  template <bool adapts, bool filters>
  PYSNN_INLINE static void store_map(const Map<Vector>& m, Real* all, std::size_t j) {
    constexpr std::uint32_t of_each = width(count_numbers(adapts, filters));
    Real* const record = all + j * of_each;
    if constexpr (of_each == 1) {
      each_number<adapts, filters>(m, [&](const auto& number, std::uint32_t place)
                                          __attribute__((always_inline)) { Base::store(record + place, number); });
    } else {
      Vector number[8]{};
      each_number<adapts, filters>(
          m, [&](const auto& of, std::uint32_t place) __attribute__((always_inline)) { number[place] = of; });
      for (std::uint32_t q = 0; q < of_each; q += 4) transpose(number + q);
      store_rows<of_each>(number, record);
    }
  }

 private:
  template <bool adapts, bool filters>
  PYSNN_INLINE static Map<Vector> gather_map(const Real* const (&record)[n]) {
    constexpr std::uint32_t of_each = width(count_numbers(adapts, filters));
    Map<Vector> m{};
    if constexpr (of_each == 1) {
      Real z[n];
      for (std::uint32_t c = 0; c < n; ++c) z[c] = *record[c];
      m.gz = Base::load(z);
    } else {
      Vector number[8]{};
      load_rows<of_each>(record, number);
      for (std::uint32_t q = 0; q < of_each; q += 4) transpose(number + q);
      each_number<adapts, filters>(
          m, [&](auto& to, std::uint32_t place) __attribute__((always_inline)) { to = number[place]; });
    }
    return m;
  }

  // A record, or half of one.
  using Quad = Lanes<Real, 4 * sizeof(Real)>;
  using Octet = Lanes<Real, 8 * sizeof(Real)>;

  // Row i is of the first quads of the records i, i + 4 ..., row 4 + i of their second ones.
  template <std::uint32_t of_each>
  PYSNN_INLINE static void load_rows(const Real* const (&record)[n], Vector* row) {
    for (std::uint32_t i = 0; i < 4; ++i) {
      if constexpr (n == 4) {
        for (std::uint32_t q = 0; q < of_each; q += 4) row[q + i] = Quad::load(record[i] + q);
      } else if constexpr (of_each == 4) {
        typename Octet::Vector first;
        join<Quad>(record[i], record[i + 4], first);
        if constexpr (n == 8) {
          row[i] = first;
        } else {
          typename Octet::Vector second;
          join<Quad>(record[i + 8], record[i + 12], second);
          row[i] = __builtin_shufflevector(first, second, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
        }
      } else if constexpr (n == 8) {
        const Vector a = Octet::load(record[i]), b = Octet::load(record[i + 4]);
        row[i] = __builtin_shufflevector(a, b, 0, 1, 2, 3, 8, 9, 10, 11);
        row[4 + i] = __builtin_shufflevector(a, b, 4, 5, 6, 7, 12, 13, 14, 15);
      } else if constexpr (n == 16) {
        Vector a, b;
        join<Octet>(record[i], record[i + 4], a);
        join<Octet>(record[i + 8], record[i + 12], b);
        row[i] = __builtin_shufflevector(a, b, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27);
        row[4 + i] = __builtin_shufflevector(a, b, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31);
      }
    }
  }
  // Back again, to records that lie one after the other.
  template <std::uint32_t of_each>
  PYSNN_INLINE static void store_rows(const Vector* row, Real* record) {
    for (std::uint32_t i = 0; i < 4; ++i) {
      Real* const to = record + i * of_each;
      if constexpr (n == 4) {
        for (std::uint32_t q = 0; q < of_each; q += 4) Quad::store(to + q, row[q + i]);
      } else if constexpr (of_each == 4) {
        const Vector& a = row[i];
        Quad::store(to, __builtin_shufflevector(a, a, 0, 1, 2, 3));
        Quad::store(to + 4 * of_each, __builtin_shufflevector(a, a, 4, 5, 6, 7));
        if constexpr (n == 16) {
          Quad::store(to + 8 * of_each, __builtin_shufflevector(a, a, 8, 9, 10, 11));
          Quad::store(to + 12 * of_each, __builtin_shufflevector(a, a, 12, 13, 14, 15));
        }
      } else if constexpr (n == 8) {
        const Vector &a = row[i], &b = row[4 + i];
        Octet::store(to, __builtin_shufflevector(a, b, 0, 1, 2, 3, 8, 9, 10, 11));
        Octet::store(to + 4 * of_each, __builtin_shufflevector(a, b, 4, 5, 6, 7, 12, 13, 14, 15));
      } else if constexpr (n == 16) {
        const Vector &a = row[i], &b = row[4 + i];
        Octet::store(to, __builtin_shufflevector(a, b, 0, 1, 2, 3, 16, 17, 18, 19));
        Octet::store(to + 4 * of_each, __builtin_shufflevector(a, b, 4, 5, 6, 7, 20, 21, 22, 23));
        Octet::store(to + 8 * of_each, __builtin_shufflevector(a, b, 8, 9, 10, 11, 24, 25, 26, 27));
        Octet::store(to + 12 * of_each, __builtin_shufflevector(a, b, 12, 13, 14, 15, 28, 29, 30, 31));
      }
    }
  }
  template <class Half, class Both>
  PYSNN_INLINE static void join(const Real* first, const Real* second, Both& both) {
    const typename Half::Vector a = Half::load(first), b = Half::load(second);
    if constexpr (Half::n == 4)
      both = __builtin_shufflevector(a, b, 0, 1, 2, 3, 4, 5, 6, 7);
    else
      both = __builtin_shufflevector(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  }

  // Four rows of quads, as matrices of four by four numbers side by side, become numbers of n records; and the other
  // way about. (Two by two within quads, and then two pairs of them: what processors have an instruction for.)
  PYSNN_INLINE static void transpose(Vector* row) {
    const Vector a = row[0], b = row[1], c = row[2], d = row[3];
    Vector ab, AB, cd, CD;
    if constexpr (n == 4) {
      ab = __builtin_shufflevector(a, b, 0, 4, 1, 5);
      AB = __builtin_shufflevector(a, b, 2, 6, 3, 7);
      cd = __builtin_shufflevector(c, d, 0, 4, 1, 5);
      CD = __builtin_shufflevector(c, d, 2, 6, 3, 7);
      row[0] = __builtin_shufflevector(ab, cd, 0, 1, 4, 5);
      row[1] = __builtin_shufflevector(ab, cd, 2, 3, 6, 7);
      row[2] = __builtin_shufflevector(AB, CD, 0, 1, 4, 5);
      row[3] = __builtin_shufflevector(AB, CD, 2, 3, 6, 7);
    } else if constexpr (n == 8) {
      ab = __builtin_shufflevector(a, b, 0, 8, 1, 9, 4, 12, 5, 13);
      AB = __builtin_shufflevector(a, b, 2, 10, 3, 11, 6, 14, 7, 15);
      cd = __builtin_shufflevector(c, d, 0, 8, 1, 9, 4, 12, 5, 13);
      CD = __builtin_shufflevector(c, d, 2, 10, 3, 11, 6, 14, 7, 15);
      row[0] = __builtin_shufflevector(ab, cd, 0, 1, 8, 9, 4, 5, 12, 13);
      row[1] = __builtin_shufflevector(ab, cd, 2, 3, 10, 11, 6, 7, 14, 15);
      row[2] = __builtin_shufflevector(AB, CD, 0, 1, 8, 9, 4, 5, 12, 13);
      row[3] = __builtin_shufflevector(AB, CD, 2, 3, 10, 11, 6, 7, 14, 15);
    } else if constexpr (n == 16) {
      ab = __builtin_shufflevector(a, b, 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29);
      AB = __builtin_shufflevector(a, b, 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31);
      cd = __builtin_shufflevector(c, d, 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29);
      CD = __builtin_shufflevector(c, d, 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31);
      row[0] = __builtin_shufflevector(ab, cd, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29);
      row[1] = __builtin_shufflevector(ab, cd, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31);
      row[2] = __builtin_shufflevector(AB, CD, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29);
      row[3] = __builtin_shufflevector(AB, CD, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31);
    }
  }
};

}  // namespace pysnn::eprop
