// How fast the inner loops of Brunel's network could be on this machine, were there nothing else to do: what of its
// time is spent in them is held against these figures by limits.py. One thread; nanoseconds, the least of some rounds,
// a line of JSON.
//
//   deliver   a synapse of one constant weight: dense rows as bitmaps, 45 of them added up by carry-save adders (where
//             there is AVX-512; else counted one by one)
//   update    a leaky neuron in float, its threshold, its refractory time
//   poisson   a Poisson count, drawn by comparisons with a distribution of 32 bits, times a weight and added
//   learn     a plastic synapse: one affine map a target, as if it knew what has happened since; deliver; depress
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <vector>
#if defined(__AVX512BW__) && defined(__AVX512F__)
#include <immintrin.h>
#endif

namespace {

double processor_time() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

std::uint64_t draw() {  // xorshift64
  static std::uint64_t state = 88172645463325252ull;
  state ^= state << 13;
  state ^= state >> 7;
  return state ^= state << 17;
}

template <class Work>
double least(int rounds, double per, Work&& work) {
  double best = 1e300;
  for (int round = 0; round < rounds; ++round) {
    const double begin = processor_time();
    work();
    best = std::min(best, processor_time() - begin);
  }
  return best / per * 1e9;
}

// Each target with probability 0.1, ascending.
struct Rows {
  std::vector<std::uint32_t> begin;
  std::vector<std::uint16_t> target;
  Rows(int rows, int targets) {
    for (int row = 0; row < rows; ++row) {
      begin.push_back(static_cast<std::uint32_t>(target.size()));
      for (int t = 0; t < targets; ++t)
        if (draw() % 10 == 0) target.push_back(static_cast<std::uint16_t>(t));
    }
    begin.push_back(static_cast<std::uint32_t>(target.size()));
  }
};

constexpr int neurons = 12800, steps = 200, spikes = 45;

double deliver(int rounds) {
  const Rows rows(neurons, neurons);
  std::vector<int> fired(steps * spikes);
  for (int& row : fired) row = static_cast<int>(draw() % neurons);
  double events = 0.0;
  for (const int row : fired) events += rows.begin[row + 1] - rows.begin[row];
  std::vector<std::uint16_t> count(neurons);
#if defined(__AVX512BW__) && defined(__AVX512F__)
  constexpr int tiles = neurons / 512;
  struct alignas(64) Tile {
    std::uint64_t words[8];
  };
  std::vector<Tile> bits(std::size_t{neurons} * tiles);
  auto* words = bits.data()->words;
  for (int row = 0; row < neurons; ++row)
    for (std::uint32_t k = rows.begin[row]; k < rows.begin[row + 1]; ++k)
      words[std::size_t(row) * tiles * 8 + rows.target[k] / 64] |= std::uint64_t{1} << rows.target[k] % 64;
  return least(rounds, events, [&] {
    for (int step = 0; step < steps; ++step)
      for (int tile = 0; tile < tiles; ++tile) {
        __m512i plane[6] = {};
        const auto row = [&](int k) {
          return _mm512_load_si512(&bits[std::size_t(fired[step * spikes + k]) * tiles + tile]);
        };
        for (int k = 0; k < spikes; k += 3) {  // a full adder of three rows, then the carries
          const __m512i a = row(k), b = row(k + 1), c = row(k + 2);
          const __m512i one = _mm512_ternarylogic_epi64(a, b, c, 0x96), two = _mm512_ternarylogic_epi64(a, b, c, 0xE8);
          const __m512i carry = _mm512_and_si512(plane[0], one);
          plane[0] = _mm512_xor_si512(plane[0], one);
          __m512i up = _mm512_ternarylogic_epi64(plane[1], two, carry, 0xE8);
          plane[1] = _mm512_ternarylogic_epi64(plane[1], two, carry, 0x96);
          for (int p = 2; p < 6; ++p) {
            const __m512i next = _mm512_and_si512(plane[p], up);
            plane[p] = _mm512_xor_si512(plane[p], up);
            up = next;
          }
        }
        for (int part = 0; part < 16; ++part) {
          __m512i sum = _mm512_setzero_si512();
          for (int p = 0; p < 6; ++p)
            sum = _mm512_mask_add_epi16(sum, reinterpret_cast<const std::uint32_t*>(&plane[p])[part], sum,
                                        _mm512_set1_epi16(static_cast<short>(1 << p)));
          _mm512_storeu_si512(count.data() + tile * 512 + part * 32, sum);
        }
      }
  });
#else
  return least(rounds, events, [&] {
    for (const int row : fired)
      for (std::uint32_t k = rows.begin[row]; k < rows.begin[row + 1]; ++k) ++count[rows.target[k]];
  });
#endif
}

double update(int rounds) {
  std::vector<float> v(neurons), input(neurons, 0.1f);
  std::vector<std::int32_t> held(neurons);
  for (float& x : v) x = static_cast<float>(draw() % 20);
  std::vector<char> fired(neurons);
  return least(rounds, double(steps) * neurons, [&] {
    for (int step = 0; step < steps; ++step)
      for (int k = 0; k < neurons; ++k) {
        const float next = held[k] > 0 ? v[k] : v[k] * 0.995f + input[k];
        const bool fires = next >= 20.0f;
        fired[k] = fires;
        v[k] = fires ? 10.0f : next;
        held[k] = fires ? 20 : std::max(held[k] - 1, 0);
      }
  });
}

double poisson(int rounds) {
  constexpr int lanes = 16, most = 11;
  std::uint32_t below[most];
  double probability = std::exp(-2.0), sum = probability;
  for (int k = 0; k < most; ++k) {
    below[k] = static_cast<std::uint32_t>(std::min(4294967295.0, sum * 4294967296.0));
    sum += probability *= 2.0 / (k + 1);
  }
  std::uint32_t s[4][lanes];  // xoshiro128+ of Blackman and Vigna, so many at a time
  for (auto& words : s)
    for (std::uint32_t& word : words) word = static_cast<std::uint32_t>(draw() >> 20);
  std::vector<float> input(neurons);
  return least(rounds, double(steps) * neurons, [&] {
    for (int step = 0; step < steps; ++step)
      for (int k = 0; k < neurons; k += lanes)
        for (int l = 0; l < lanes; ++l) {
          const std::uint32_t u = s[0][l] + s[3][l], shifted = s[1][l] << 9;
          s[2][l] ^= s[0][l];
          s[3][l] ^= s[1][l];
          s[1][l] ^= s[2][l];
          s[0][l] ^= s[3][l];
          s[2][l] ^= shifted;
          s[3][l] = s[3][l] << 11 | s[3][l] >> 21;
          int count = 0;
          for (int c = 0; c < most; ++c) count += u >= below[c];
          input[k + l] += 0.1f * static_cast<float>(count);
        }
  });
}

double learn(int rounds) {
  constexpr int size = 10000;
  const Rows rows(size, size);
  std::vector<float> weight(rows.target.size(), 0.1f), kept(size, 0.995f), gained(size, 0.001f), seen(size, 0.5f),
      sum(size);
  std::vector<int> fired(10000);
  for (int& row : fired) row = static_cast<int>(draw() % size);
  double events = 0.0;
  for (const int row : fired) events += rows.begin[row + 1] - rows.begin[row];
  return least(rounds, events, [&] {
    for (const int row : fired) {
      const std::uint16_t* target = &rows.target[rows.begin[row]];
      float* w = &weight[rows.begin[row]];
      const std::uint32_t n = rows.begin[row + 1] - rows.begin[row];
      for (std::uint32_t k = 0; k < n; ++k) {
        const int j = target[k];
        const float now = w[k] * kept[j] + gained[j];
        sum[j] += now;
        w[k] = now - 0.0105f * now * seen[j];
      }
    }
  });
}

}  // namespace

int main(int argc, char** argv) {
  const int rounds = argc > 1 ? std::atoi(argv[1]) : 5;
  std::printf("{\"deliver\": %.4f, \"update\": %.4f, \"poisson\": %.4f, \"learn\": %.4f}\n", deliver(rounds),
              update(rounds), poisson(rounds), learn(rounds));
}
