#include "core/team.hpp"

#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "core/error.hpp"
#include "core/thread_time.hpp"

namespace pysnn {

double Barrier::wait(bool timed) {
  if (size_ == 1) return 0.0;
  const std::uint32_t phase = phase_.load(std::memory_order_acquire);
  if (arrived_.fetch_add(1, std::memory_order_acq_rel) + 1 == size_) {
    arrived_.store(0, std::memory_order_relaxed);
    phase_.store(phase + 1, std::memory_order_release);
    phase_.notify_all();
    return 0.0;
  }
  using Clock = std::chrono::steady_clock;
  const auto begun = timed ? Clock::now() : Clock::time_point();
  const auto spun = [&] { return timed ? std::chrono::duration<double>(Clock::now() - begun).count() : 0.0; };
  // Some tens of microseconds, as long as a slice may differ between threads; a machine with more work than
  // cores is better served by sleeping.
  for (int spin = 0; spin < 2000; ++spin) {
    if (phase_.load(std::memory_order_acquire) != phase) return spun();
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
  }
  const double before_sleep = spun();
  while (phase_.load(std::memory_order_acquire) == phase) phase_.wait(phase, std::memory_order_acquire);
  return before_sleep;
}

struct Team::Crew {
  explicit Crew(std::uint32_t size) {
    threads.reserve(size - 1);
    try {
      for (std::uint32_t i = 1; i < size; ++i) threads.emplace_back([this, i] { work(i); });
    } catch (const std::system_error&) {
      const std::size_t got = threads.size() + 1;
      end();
      throw ThreadsError("threads: the system gives this process " + std::to_string(got) + " threads (asked for " +
                         std::to_string(size) + ")");
    }
  }
  ~Crew() { end(); }

  void end() {
    {
      const std::lock_guard lock(mutex);
      stop = true;
    }
    start.notify_all();
    for (auto& thread : threads) thread.join();
    threads.clear();
  }

  void work(std::uint32_t index) {
    std::uint64_t seen = 0;
    for (;;) {
      const std::function<void(std::uint32_t)>* mine = nullptr;
      {
        std::unique_lock lock(mutex);
        start.wait(lock, [&] { return stop || generation != seen; });
        if (stop) return;
        seen = generation;
        if (index >= wanted) continue;
        mine = job;
      }
      std::exception_ptr caught;
      try {
        (*mine)(index);
      } catch (...) {
        caught = std::current_exception();
      }
      const std::lock_guard lock(mutex);
      if (caught && !error) error = caught;
      if (--running == 0) done.notify_one();
    }
  }

  std::vector<std::thread> threads;
  std::mutex mutex;
  std::condition_variable start, done;
  const std::function<void(std::uint32_t)>* job = nullptr;
  std::uint64_t generation = 0;
  std::uint32_t wanted = 0, running = 0;
  bool stop = false;
  std::exception_ptr error;
};

Team::Team(std::uint32_t size) : size_(size), crew_(std::make_unique<Crew>(size)), process_(process_id()) {}

Team::~Team() {
  // What a fork has copied of a crew can be neither joined nor destroyed: its threads are in the other process.
  if (process_ != process_id()) static_cast<void>(crew_.release());
}

void Team::run(std::uint32_t n, const std::function<void(std::uint32_t)>& f) {
  if (n <= 1) return f(0);
  if (process_ != process_id()) {
    auto own = std::make_unique<Crew>(size_);
    static_cast<void>(crew_.release());
    crew_ = std::move(own);
    process_ = process_id();
  }
  Crew& crew = *crew_;
  {
    const std::lock_guard lock(crew.mutex);
    crew.job = &f;
    crew.error = nullptr;
    crew.wanted = n;
    crew.running = n - 1;
    ++crew.generation;
  }
  crew.start.notify_all();
  std::exception_ptr mine;
  try {
    f(0);
  } catch (...) {
    mine = std::current_exception();
  }
  std::unique_lock lock(crew.mutex);
  crew.done.wait(lock, [&crew] { return crew.running == 0; });
  crew.job = nullptr;
  if (mine) std::rethrow_exception(mine);
  if (crew.error) std::rethrow_exception(crew.error);
}

double Team::processor_seconds(std::uint32_t n) const {
  double sum = own_processor_seconds();
  for (std::uint32_t i = 1; i < n && process_ == process_id(); ++i)
    sum += pysnn::processor_seconds(crew_->threads[i - 1].native_handle());
  return sum;
}

}  // namespace pysnn
