#include "math/eprop_maps.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/dispatch.hpp"
#include "math/eprop_loops.hpp"

namespace pysnn {
namespace {

using namespace eprop;

// What is too little to matter is nothing: arithmetic on numbers without a leading digit is slow.
template <class Real>
Real left(double x) {
  return static_cast<Real>(x < 1e-30 ? 0.0 : x);
}

template <class Real>
PYSNN_INLINE void psi_loop(std::uint32_t n, const Real* __restrict v, const Real* __restrict threshold,
                           const char* __restrict held, const Real* __restrict per_width, const Real* __restrict height,
                           Real* __restrict psi) {
  for (std::uint32_t j = 0; j < n; ++j) {
    const Real near = Real(1) - std::abs(v[j] - threshold[j]) * per_width[j];
    const Real free = held[j] == 0 ? height[j] : Real(0);
    psi[j] = near > Real(0) ? free * near : Real(0);
  }
}

// Call f with the shape as types.
template <class F>
PYSNN_INLINE void with_shape(EpropShape shape, F&& f) {
  using Yes = std::true_type;
  using No = std::false_type;
  if (shape.adapts)
    shape.filters ? f(Yes(), Yes()) : f(Yes(), No());
  else
    shape.filters ? f(No(), Yes()) : f(No(), No());
}

// Loops compiled for a layout and an instruction set: plain functions, as that asks for such.
#define PYSNN_EPROP_MAKING(name, attribute, Layout, Real)                                                              \
  attribute void take_in_##name(const Making<Real>& of, std::uint32_t taken, std::uint32_t until, Real* to,            \
                                Real* copy) {                                                                          \
    with_shape(of.shape, [&](auto adapts, auto filters) __attribute__((always_inline)) {                               \
      take_in<adapts(), filters(), Layout<Real>>(of, taken, until, to, copy);                                          \
    });                                                                                                                \
  }                                                                                                                    \
  attribute void end_chunk_##name(const Making<Real>& of, std::uint32_t chunk, std::uint32_t before, std::size_t size, \
                                  Real* onward, Real* across) {                                                        \
    with_shape(of.shape, [&](auto adapts, auto filters) __attribute__((always_inline)) {                               \
      end_chunk<adapts(), filters(), Layout<Real>>(of, chunk, before, size, onward, across);                           \
    });                                                                                                                \
  }
#define PYSNN_EPROP_PASSING(name, attribute, through, Layout, Real)                                               \
  attribute void through_##name(const Passing<Real>& of) {                                                        \
    with_shape(of.shape, [&](auto adapts, auto filters)                                                           \
                             __attribute__((always_inline)) { through<adapts(), filters(), Layout<Real>>(of); }); \
  }
#define PYSNN_EPROP_RECORDS(name, attribute, Layout, Real) \
  PYSNN_EPROP_MAKING(name, attribute, Layout, Real)        \
  PYSNN_EPROP_PASSING(name, attribute, through_scattered, Layout, Real)

// In groups there is nothing but arithmetic, which compilers cut for any instruction set.
template <class Real>
using Group = Groups<Real, 64>;
template <class Real>
using One = Groups<Real, sizeof(Real)>;
PYSNN_EPROP_MAKING(groups, PYSNN_CLONES, Group, float)
PYSNN_EPROP_MAKING(groups, PYSNN_CLONES, Group, double)
PYSNN_EPROP_PASSING(groups, PYSNN_CLONES, through_neighbours, Group, float)
PYSNN_EPROP_PASSING(groups, PYSNN_CLONES, through_neighbours, Group, double)
PYSNN_EPROP_PASSING(one_by_one, PYSNN_CLONES, through_one_by_one, One, float)
PYSNN_EPROP_PASSING(one_by_one, PYSNN_CLONES, through_one_by_one, One, double)

// Records are worth it where a processor transposes them in registers of so many bytes.
#if PYSNN_HAS_CLONES
template <class Real>
using In32 = Records<Real, 32>;
template <class Real>
using In64 = Records<Real, 64>;
PYSNN_EPROP_RECORDS(in_32, __attribute__((target("arch=x86-64-v3"))), In32, float)
PYSNN_EPROP_RECORDS(in_32, __attribute__((target("arch=x86-64-v3"))), In32, double)
PYSNN_EPROP_RECORDS(in_64, __attribute__((target("arch=x86-64-v4"))), In64, float)
PYSNN_EPROP_RECORDS(in_64, __attribute__((target("arch=x86-64-v4"))), In64, double)
#endif

template <class Real>
struct Loops {
  bool records;
  void (*take_in)(const Making<Real>&, std::uint32_t, std::uint32_t, Real*, Real*);
  void (*end_chunk)(const Making<Real>&, std::uint32_t, std::uint32_t, std::size_t, Real*, Real*);
  void (*through)(const Passing<Real>&);
};

// What serves synapses that stand so, on this processor.
template <class Real>
Loops<Real> loops_for(bool scattered) {
  if (!scattered) return {false, take_in_groups, end_chunk_groups, through_groups};
#if PYSNN_HAS_CLONES
  static const bool has_32 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
                             __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("fma"),
                    has_64 = has_32 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                             __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
                             __builtin_cpu_supports("avx512vl");
  if (has_64) return {true, take_in_in_64, end_chunk_in_64, through_in_64};
  if (has_32) return {true, take_in_in_32, end_chunk_in_32, through_in_32};
#endif
  return {false, take_in_groups, end_chunk_groups, through_one_by_one};
}

}  // namespace

PYSNN_CLONES void pseudo_derivative(std::uint32_t n, const float* v, const float* threshold, const char* held,
                                    const float* per_width, const float* height, float* psi) {
  psi_loop(n, v, threshold, held, per_width, height, psi);
}
PYSNN_CLONES void pseudo_derivative(std::uint32_t n, const double* v, const double* threshold, const char* held,
                                    const double* per_width, const double* height, double* psi) {
  psi_loop(n, v, threshold, held, per_width, height, psi);
}

template <class Real>
EpropHistory<Real>::EpropHistory(std::uint32_t targets, EpropForm form, double alpha, double kappa,
                                 std::vector<double> rho, std::vector<double> beta)
    : targets_(targets), stride_((targets + Group<Real>::n - 1) / Group<Real>::n * Group<Real>::n), form_(form),
      kappa_(kappa), decay_(length + 1), rho_(rho.empty() ? 0 : stride_, Real(0)),
      beta_(rho.empty() ? 0 : stride_, Real(0)), psi_(std::size_t{length} * stride_, Real(0)),
      signal_(std::size_t{length} * stride_, Real(0)) {
  for (std::uint32_t n = 0; n <= length; ++n) {
    decay_[n] = left<double>(std::pow(alpha, n));
    left_.push_back(left<Real>(decay_[n]));
    stays_.push_back(left<Real>(std::pow(kappa, n)));
  }
  std::transform(rho.begin(), rho.end(), rho_.begin(), [](double x) { return static_cast<Real>(x); });
  std::transform(beta.begin(), beta.end(), beta_.begin(), [](double x) { return static_cast<Real>(x); });
  lay_out(form.scattered);
}

template <class Real>
eprop::Making<Real> EpropHistory<Real>::making(std::uint32_t from) const {
  return {
      form_.shape, {psi_.data() + at(from), signal_.data() + at(from), stride_}, rates(), left_.data(), stays_.data()};
}

template <class Real>
void EpropHistory<Real>::lay_out(bool scattered) {
  form_.scattered = scattered;
  const std::uint32_t numbers = count_numbers(form_.shape.adapts, form_.shape.filters);
  const bool records = loops_for<Real>(scattered).records;
  width_ = records ? Records<Real, 64>::width(numbers) : numbers;
  onward_ = Array<Real>(length * size());
  across_ = Array<Real>(chunks * size());
  so_far_ = Array<Real>(std::size_t{stride_} * numbers);
  so_far_records_ = Array<Real>(records ? size() : 0);
  so_far_steps_ = 0;
  for (std::uint32_t which = 0; (which + 1) * chunk < steps_; ++which) end_chunk(which);
}

template <class Real>
typename EpropHistory<Real>::Step EpropHistory<Real>::add() {
  if (steps_ > 0 && steps_ % chunk == 0) end_chunk(steps_ / chunk - 1);
  const std::size_t here = at(steps_++);
  return {psi_.data() + here, signal_.data() + here};
}

template <class Real>
void EpropHistory<Real>::end_chunk(std::uint32_t which) {
  loops_for<Real>(form_.scattered)
      .end_chunk(making(which * chunk), chunk, which, size(), onward_.data() + which * chunk * size(), across_.data());
  so_far_steps_ = 0;
}

// The composite of the chunk at hand, up to the present.
template <class Real>
const Real* EpropHistory<Real>::so_far() {
  const std::uint32_t begin = (steps_ - 1) / chunk * chunk;
  if (so_far_steps_ < steps_ - begin)
    loops_for<Real>(form_.scattered)
        .take_in(making(begin), so_far_steps_, steps_ - begin, so_far_.data(), so_far_records_.data());
  so_far_steps_ = steps_ - begin;
  return so_far_records_.empty() ? so_far_.data() : so_far_records_.data();
}

template <class Real>
void EpropHistory<Real>::pass(std::uint32_t from, std::uint32_t to, double z, const EpropSynapses<Real>& synapses,
                              const EpropAhead<Real>& ahead) {
  std::array<Piece<Real>, chunks + chunk> pieces;
  std::uint32_t n = 0, k = from;
  const auto composite = [&](const Real* of, std::uint32_t end) {
    pieces[n++] = {static_cast<Real>(z * decay_[k - from]), stays_[end - k], of, nullptr, nullptr};
    k = end;
  };
  const bool to_present = to == steps_;
  // Begin of the chunk in which it ends; a chunk is over when the first step after it comes.
  const std::uint32_t last = (to_present ? to - 1 : to) / chunk * chunk;
  if (from < last) composite(onward_.data() + from * size(), (from / chunk + 1) * chunk);
  if (to_present && k < last) composite(across_.data() + k / chunk * size(), last);
  while (k < last) composite(onward_.data() + k * size(), k + chunk);
  if (to_present && k == last) composite(so_far(), to);
  for (; k < to; ++k)
    pieces[n++] = {static_cast<Real>(z * decay_[k - from]), stays_[1], nullptr, psi_.data() + at(k),
                   signal_.data() + at(k)};
  loops_for<Real>(form_.scattered).through({form_.shape, synapses, rates(), pieces.data(), n, ahead});
}

template <class Real>
std::size_t EpropHistory<Real>::nbytes() const {
  const std::size_t steps = psi_.nbytes() + signal_.nbytes() + rho_.nbytes() + beta_.nbytes();
  return steps + onward_.nbytes() + across_.nbytes() + so_far_.nbytes() + so_far_records_.nbytes();
}

template class EpropHistory<float>;
template class EpropHistory<double>;

}  // namespace pysnn
