// How often each source of a group fires in a step, as csrc/sources/poisson.cpp draws it: a pure function of the key,
// the step and the source. Sixteen bits decide nearly all draws; at a cut of the table sixteen more are drawn.
#include "philox.cl"

// table: [0] of the 32 columns where their own value ends, [1] the value from there on (math/poisson_table.hpp).
// A work-item takes a tile of 256 sources, which 32 blocks of Philox serve, in one step, in loops that vectorise.
enum { TILE = 256, BLOCKS = 32, WORDS = 4 * BLOCKS };

kernel void draw_counts(long from, uint steps, uint ring, uint n, global uint* restrict counts, ulong key,
                        ulong tie_key, uint parts, global const uint* restrict table) {
  const uint tiles = (n + TILE - 1) / TILE, tile = get_global_id(0) % tiles, k = get_global_id(0) / tiles;
  if (k >= steps) return;
  const ulong step = (ulong)(from + k + 1);
  const uint low = (uint)step, high = (uint)(step >> 32);
  // The halves of a word serve two neighbours: word w those of 2 w and 2 w + 1.
  uint word[WORDS], sum[2][WORDS];
  for (uint w = 0; w < WORDS; ++w) sum[0][w] = sum[1][w] = 0;
  for (uint part = 0; part < parts; ++part) {
    for (uint b = 0; b < BLOCKS; b += 8) {  // philox_rounds() of eight blocks side by side
      uint8 c0 = low, c1 = high, c2 = tile * BLOCKS + b + (uint8)(0, 1, 2, 3, 4, 5, 6, 7), c3 = part;
      uint k0 = (uint)key, k1 = (uint)(key >> 32);
      __attribute__((opencl_unroll_hint))
      for (uint round = 0; round < 7; ++round) {
        const ulong8 x = 0xD2511F53UL * convert_ulong8(c0), y = 0xCD9E8D57UL * convert_ulong8(c2);
        c0 = convert_uint8(y >> 32) ^ c1 ^ k0;
        c1 = convert_uint8(y);
        c2 = convert_uint8(x >> 32) ^ c3 ^ k1;
        c3 = convert_uint8(x);
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
      }
      vstore8(c0, 0, word + b);
      vstore8(c1, 0, word + BLOCKS + b);
      vstore8(c2, 0, word + 2 * BLOCKS + b);
      vstore8(c3, 0, word + 3 * BLOCKS + b);
    }
    uint ties = 0;
    for (uint side = 0; side < 2; ++side) {
      for (uint w = 0; w < WORDS; ++w) {
        const uint bits = word[w] >> (16 * side) & 0xFFFF, column = bits % 32, place = bits >> 5;
        const uint end = table[column] >> 16;
        sum[side][w] += place < end ? column : table[32 + column];
        ties += place == end;
      }
    }
    for (uint s = 0; s < TILE && ties > 0; ++s) {
      const uint bits = word[s / 2] >> (16 * (s % 2)) & 0xFFFF, column = bits % 32, place = bits >> 5;
      if (place != table[column] >> 16) continue;
      const uint lower = philox_rounds(tie_key, low, high, tile * TILE + s, part, 7).x & 0xFFFF;
      if ((place << 16 | lower) < table[column]) sum[s % 2][s / 2] += column - table[32 + column];
    }
  }
  const uint begin = tile * TILE, here = min(n - begin, (uint)TILE);
  global uint* mine = counts + (ulong)slot_of((long)step, ring) * n + begin;
  for (uint s = 0; s < here; ++s) mine[s] = sum[s % 2][s / 2];
}
