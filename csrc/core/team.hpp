// A team of threads that run one function each, and a barrier that spins before it sleeps.
#pragma once
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace pysnn {

// A reusable barrier: waiting is short as a rule (a slice of a step), so it spins first.
class Barrier {
 public:
  explicit Barrier(std::uint32_t size) : size_(size) {}
  void wait();

 private:
  const std::uint32_t size_;
  std::atomic<std::uint32_t> arrived_{0};
  std::atomic<std::uint32_t> phase_{0};
};

// Threads live as long as the team; thread 0 of a run is the caller.
class Team {
 public:
  explicit Team(std::uint32_t size);
  ~Team();
  Team(const Team&) = delete;
  Team& operator=(const Team&) = delete;

  std::uint32_t size() const { return size_; }
  // Call f(0) ... f(size - 1), each on its thread; return when all have, rethrow the first exception.
  void run(const std::function<void(std::uint32_t)>& f);

 private:
  void work(std::uint32_t index);

  const std::uint32_t size_;
  std::vector<std::thread> threads_;
  std::mutex mutex_;
  std::condition_variable start_, done_;
  const std::function<void(std::uint32_t)>* job_ = nullptr;
  std::uint64_t generation_ = 0;
  std::uint32_t running_ = 0;
  bool stop_ = false;
  std::exception_ptr error_;
};

}  // namespace pysnn
