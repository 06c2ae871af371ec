#include "core/thread_time.hpp"

#if defined(_WIN32)
#include <windows.h>
#elif defined(__APPLE__)
#include <mach/mach.h>
#include <pthread.h>
#include <unistd.h>
#else
#include <pthread.h>
#include <time.h>
#include <unistd.h>
#endif

namespace pysnn {

#if defined(_WIN32)

namespace {
double seconds_of(HANDLE thread) {
  FILETIME begun, ended, system, user;
  if (GetThreadTimes(thread, &begun, &ended, &system, &user) == 0) return 0.0;
  const auto seconds = [](FILETIME t) { return 1e-7 * (4294967296.0 * t.dwHighDateTime + t.dwLowDateTime); };
  return seconds(system) + seconds(user);
}
}  // namespace

double own_processor_seconds() { return seconds_of(GetCurrentThread()); }
double processor_seconds(std::thread::native_handle_type thread) {
  return seconds_of(reinterpret_cast<HANDLE>(thread));
}
int process_id() { return 0; }

#elif defined(__APPLE__)

double processor_seconds(std::thread::native_handle_type thread) {
  thread_basic_info_data_t info;
  mach_msg_type_number_t size = THREAD_BASIC_INFO_COUNT;
  const auto port = pthread_mach_thread_np(thread);
  if (thread_info(port, THREAD_BASIC_INFO, reinterpret_cast<thread_info_t>(&info), &size) != KERN_SUCCESS) return 0.0;
  const auto seconds = [](time_value_t t) { return t.seconds + 1e-6 * t.microseconds; };
  return seconds(info.user_time) + seconds(info.system_time);
}
double own_processor_seconds() { return processor_seconds(pthread_self()); }
int process_id() { return getpid(); }

#else

namespace {
double seconds_of(clockid_t clock) {
  timespec t{};
  clock_gettime(clock, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}
}  // namespace

double own_processor_seconds() { return seconds_of(CLOCK_THREAD_CPUTIME_ID); }
double processor_seconds(std::thread::native_handle_type thread) {
  clockid_t clock{};
  return pthread_getcpuclockid(thread, &clock) == 0 ? seconds_of(clock) : 0.0;
}
int process_id() { return getpid(); }

#endif

}  // namespace pysnn
