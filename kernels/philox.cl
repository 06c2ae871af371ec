// Philox4x32-10, as csrc/math/philox.hpp: a draw is a pure function of (key, counters).
static inline uint4 philox_rounds(ulong key, uint c0, uint c1, uint c2, uint c3, int rounds) {
  uint k0 = (uint)key, k1 = (uint)(key >> 32);
  __attribute__((opencl_unroll_hint))
  for (int round = 0; round < rounds; ++round) {
    const ulong a = 0xD2511F53UL * c0, b = 0xCD9E8D57UL * c2;
    c0 = (uint)(b >> 32) ^ c1 ^ k0;
    c1 = (uint)b;
    c2 = (uint)(a >> 32) ^ c3 ^ k1;
    c3 = (uint)a;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  return (uint4)(c0, c1, c2, c3);
}

static inline uint4 philox(ulong key, uint c0, uint c1, uint c2, uint c3) {
  return philox_rounds(key, c0, c1, c2, c3, 10);
}

static inline double unit_interval(uint high, uint low) {
  const ulong bits = ((ulong)high << 20) ^ (low >> 12);
  return as_double(0x3FFUL << 52 | bits) - (1.0 - 0x1p-53);
}

// Uniform in (0, 1), for neuron i in a step: the words of a block serve two neighbours.
static inline double uniform_of(ulong key, long now, uint i) {
  const uint4 w = philox(key, (uint)now, (uint)((ulong)now >> 32), i / 2, 0);
  return i % 2 == 0 ? unit_interval(w.x, w.y) : unit_interval(w.z, w.w);
}
