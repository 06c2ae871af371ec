// Changes of weights put down for the host, as _opencl/change_log.py keeps them.
typedef struct {
  uint capacity;       // 0: none is kept
  global uint* count;  // and [1]: whether a weight is out of range
  global long* t;
  global uint* synapse;
  global double* weight;
} ChangeLog;

#define LOG_ARGUMENTS                                                                                              \
  uint log_capacity, global uint *log_count, global long *log_t, global uint *log_synapse, global double *log_weight
#define LOG {log_capacity, log_count, log_t, log_synapse, log_weight}

// Synapses of one work-item only ever append in their own order; the host sorts by time, keeping it.
static inline void put_down(const ChangeLog* log, long t, uint q, double weight) {
  const uint at = atomic_inc(log->count);
  if (at >= log->capacity) return;  // the host sees the count, makes room and repeats the steps
  log->t[at] = t;
  log->synapse[at] = q;
  log->weight[at] = weight;
}
