// Which process this is, and how long threads have had a processor: each system has its own words for it.
#pragma once
#include <thread>

namespace pysnn {

// Seconds that the calling thread, or that one, has worked; 0 where the system does not say.
double own_processor_seconds();
double processor_seconds(std::thread::native_handle_type thread);

// A number that a forked process has not in common with its parent (0 where nothing forks).
int process_id();

}  // namespace pysnn
