// How often each source of a group fires in a step, as csrc/sources/poisson.cpp draws it: a pure function of the key,
// the step and the source. Sixteen bits decide nearly all draws; at a cut of the table sixteen more are drawn.
#include "philox.cl"

// table: [0] of the 32 columns where their own value ends, [1] the value from there on (math/poisson_table.hpp).
// A work-item takes the eight sources of one block of Philox in one step.
kernel void draw_counts(long from, uint steps, uint ring, uint n, global uint* counts, ulong key, ulong tie_key,
                        uint parts, global const uint* table) {
  const uint blocks = (n + 255) / 256 * 32, block = get_global_id(0) % blocks, k = get_global_id(0) / blocks;
  if (k >= steps) return;
  const ulong step = (ulong)(from + k + 1);
  uint sum[8] = {0, 0, 0, 0, 0, 0, 0, 0};
  for (uint part = 0; part < parts; ++part) {
    const uint4 w = philox_rounds(key, (uint)step, (uint)(step >> 32), block, part, 7);
    const uint words[4] = {w.x, w.y, w.z, w.w};
    for (uint u = 0; u < 8; ++u) {
      const uint upper = u % 2 == 0 ? words[u / 2] & 0xFFFF : words[u / 2] >> 16, column = upper % 32;
      const uint cut = table[column], place = upper >> 5;
      uint drawn = place < cut >> 16 ? column : table[32 + column];
      if (place == cut >> 16) {
        const uint index = block / 32 * 256 + (u / 2 * 32 + block % 32) * 2 + u % 2;
        const uint lower = philox_rounds(tie_key, (uint)step, (uint)(step >> 32), index, part, 7).x & 0xFFFF;
        drawn = (place << 16 | lower) < cut ? column : table[32 + column];
      }
      sum[u] += drawn;
    }
  }
  global uint* mine = counts + (ulong)slot_of((long)step, ring) * n;
  for (uint u = 0; u < 8; ++u) {
    const uint index = block / 32 * 256 + (u / 2 * 32 + block % 32) * 2 + u % 2;
    if (index < n) mine[index] = sum[u];
  }
}
