// A team of threads that run one function each, and a barrier that spins before it sleeps.
#pragma once
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>

namespace pysnn {

// A reusable barrier: waiting is short as a rule (a slice of a step), so it spins first.
class Barrier {
 public:
  explicit Barrier(std::uint32_t size) : size_(size) {}
  // If `timed`, the seconds that the caller spun, which is processor time without work; it sleeps when that is long.
  double wait(bool timed = false);

 private:
  const std::uint32_t size_;
  std::atomic<std::uint32_t> arrived_{0};
  std::atomic<std::uint32_t> phase_{0};
};

// Threads live as long as the team; thread 0 of a run is the caller. They do not survive a fork: a process that was
// forked off makes its own when it first runs.
class Team {
 public:
  // ThreadsError where the system refuses that many.
  explicit Team(std::uint32_t size);
  ~Team();
  Team(const Team&) = delete;
  Team& operator=(const Team&) = delete;

  std::uint32_t size() const { return size_; }
  // Call f(0) ... f(n - 1), n <= size, each on its thread; return when all have, rethrow the first exception.
  void run(std::uint32_t n, const std::function<void(std::uint32_t)>& f);
  void run(const std::function<void(std::uint32_t)>& f) { run(size_, f); }
  // Processor seconds so far of the caller and of the threads 1 ... n - 1 together.
  double processor_seconds(std::uint32_t n) const;

 private:
  struct Crew;

  const std::uint32_t size_;
  std::unique_ptr<Crew> crew_;
  int process_;  // that the crew belongs to
};

}  // namespace pysnn
