#include "core/team.hpp"

namespace pysnn {

void Barrier::wait() {
  if (size_ == 1) return;
  const std::uint32_t phase = phase_.load(std::memory_order_acquire);
  if (arrived_.fetch_add(1, std::memory_order_acq_rel) + 1 == size_) {
    arrived_.store(0, std::memory_order_relaxed);
    phase_.store(phase + 1, std::memory_order_release);
    phase_.notify_all();
    return;
  }
  // Some tens of microseconds, as long as a slice may differ between threads; a machine with more work than
  // cores is better served by sleeping.
  for (int spin = 0; spin < 2000; ++spin) {
    if (phase_.load(std::memory_order_acquire) != phase) return;
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
  }
  while (phase_.load(std::memory_order_acquire) == phase) phase_.wait(phase, std::memory_order_acquire);
}

Team::Team(std::uint32_t size) : size_(size) {
  for (std::uint32_t i = 1; i < size; ++i) threads_.emplace_back([this, i] { work(i); });
}

Team::~Team() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  start_.notify_all();
  for (auto& thread : threads_) thread.join();
}

void Team::run(const std::function<void(std::uint32_t)>& f) {
  {
    const std::lock_guard lock(mutex_);
    job_ = &f;
    error_ = nullptr;
    running_ = size_ - 1;
    ++generation_;
  }
  start_.notify_all();
  std::exception_ptr mine;
  try {
    f(0);
  } catch (...) {
    mine = std::current_exception();
  }
  std::unique_lock lock(mutex_);
  done_.wait(lock, [this] { return running_ == 0; });
  job_ = nullptr;
  if (mine) std::rethrow_exception(mine);
  if (error_) std::rethrow_exception(error_);
}

void Team::work(std::uint32_t index) {
  std::uint64_t seen = 0;
  for (;;) {
    const std::function<void(std::uint32_t)>* job;
    {
      std::unique_lock lock(mutex_);
      start_.wait(lock, [&] { return stop_ || generation_ != seen; });
      if (stop_) return;
      seen = generation_;
      job = job_;
    }
    std::exception_ptr error;
    try {
      (*job)(index);
    } catch (...) {
      error = std::current_exception();
    }
    const std::lock_guard lock(mutex_);
    if (error && !error_) error_ = error;
    if (--running_ == 0) done_.notify_one();
  }
}

}  // namespace pysnn
