// How often each source of a group fires in a step, as csrc/sources/poisson.cpp draws it: a pure function of the key,
// the step and the source. Sixteen bits decide nearly all draws; at a cut of the table sixteen more are drawn.
#include "philox.cl"

// table: [0] of the 32 columns where their own value ends, [1] the value from there on (math/poisson_table.hpp).
// A work-item takes a tile of 256 sources, which 32 blocks of Philox serve, in one step, in loops that vectorise.
enum { TILE = 256, BLOCKS = 32 };

kernel void draw_counts(long from, uint steps, uint ring, uint n, global uint* restrict counts, ulong key,
                        ulong tie_key, uint parts, global const uint* restrict table) {
  const uint tiles = (n + TILE - 1) / TILE, tile = get_global_id(0) % tiles, k = get_global_id(0) / tiles;
  if (k >= steps) return;
  const ulong step = (ulong)(from + k + 1);
  const uint low = (uint)step, high = (uint)(step >> 32);
  uint sum[TILE], word[4][BLOCKS];
  for (uint s = 0; s < TILE; ++s) sum[s] = 0;
  for (uint part = 0; part < parts; ++part) {
    for (uint b = 0; b < BLOCKS; ++b) {
      const uint4 w = philox_rounds(key, low, high, tile * BLOCKS + b, part, 7);
      word[0][b] = w.x;
      word[1][b] = w.y;
      word[2][b] = w.z;
      word[3][b] = w.w;
    }
    uint ties = 0;
    for (uint s = 0; s < TILE; ++s) {
      const uint bits = word[s / 64][s / 2 % BLOCKS] >> (16 * (s % 2)) & 0xFFFF, column = bits % 32, place = bits >> 5;
      const uint end = table[column] >> 16;
      sum[s] += place < end ? column : table[32 + column];
      ties += place == end;
    }
    for (uint s = 0; s < TILE && ties > 0; ++s) {
      const uint bits = word[s / 64][s / 2 % BLOCKS] >> (16 * (s % 2)) & 0xFFFF, column = bits % 32, place = bits >> 5;
      if (place != table[column] >> 16) continue;
      const uint lower = philox_rounds(tie_key, low, high, tile * TILE + s, part, 7).x & 0xFFFF;
      if ((place << 16 | lower) < table[column]) sum[s] += column - table[32 + column];
    }
  }
  const uint begin = tile * TILE, here = min(n - begin, (uint)TILE);
  global uint* mine = counts + (ulong)slot_of((long)step, ring) * n + begin;
  for (uint s = 0; s < here; ++s) mine[s] = sum[s];
}
