// What every kernel shares. `Real` (float or double) is defined when a program is built.
//
// Engines must give the same bits: no contraction to fused multiply-adds, no float atomics, and every sum
// in the order (projection, spike time, source, synapse), by one work-item a target.
#pragma OPENCL EXTENSION cl_khr_fp64 : enable
#pragma OPENCL FP_CONTRACT OFF

// The time of a spike that has not been.
#define LONG_AGO (-(1L << 61))

// The first position in [begin, end) of an ascending array whose entry is not below `value`.
static inline uint lower_bound(global const uint* array, uint begin, uint end, uint value) {
  while (begin < end) {
    const uint middle = begin + (end - begin) / 2;
    if (array[middle] < value) begin = middle + 1;
    else end = middle;
  }
  return begin;
}

// The run of delay `delay` among the runs [begin, end) of a row, which ascend by delay; `end` if there is none.
static inline uint run_of(global const uint* run_delay, uint begin, uint end, uint delay) {
  const uint run = lower_bound(run_delay, begin, end, delay);
  return run < end && run_delay[run] == delay ? run : end;
}

// Spikes are kept in a ring of the last `ring` steps: those of step s, ascending, are
// history[slot * width + 0 ... history_count[slot] - 1] with slot = s % ring.
static inline uint slot_of(long step, uint ring) { return (uint)(step % (long)ring); }
