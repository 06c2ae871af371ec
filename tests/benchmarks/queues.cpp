// What carries spikes from their emission to their targets: one workload through several queues (docs/queue.md).
//
// 100,000 neurons with 100 synapses each, weights and delays of their own (up to 20 ms, in ticks of 1e-12 ms), emit
// given Poisson spikes. Every arrival is put into the queue when its spike is emitted and meets its target in order of
// time, where a leaky membrane decays and adds it. The membranes must end with the same bits whatever the queue.
//
//   queues RATE_HZ DURATION_MS SHORTEST_DELAY_MS REPETITIONS [NAME...]
//
// prints a line of JSON for each queue: processor time in ns per arrival (after a first part that is not measured), of
// every repetition, and bytes allocated by it at peak.
#include <malloc.h>
#include <time.h>

#include <cstdio>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "queues_study/by_window.hpp"
#include "queues_study/in_order_of_time.hpp"
#include "queues_study/workload.hpp"

using namespace pysnn;
using namespace pysnn::study;

namespace {

double processor_seconds() {
  timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

std::size_t allocated() {
  const struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

// From the first spike to the last arrival, in windows of the shortest delay. The time is that after `unmeasured`; the
// peak is looked at after every window where it is asked for.
template <class Queue>
double run(const Workload& work, Queue& queue, Membranes& membranes, std::size_t* peak) {
  std::size_t first = 0;
  double start = processor_seconds();
  std::uint64_t before = 0;
  for (Tick now = 0; now < work.duration + longest; now += shortest) {
    if (now == unmeasured) {
      start = processor_seconds();
      before = membranes.arrivals();
    }
    std::size_t last = first;
    while (last < work.spikes.size() && work.spikes[last].time <= now + shortest) ++last;
    queue.advance(work, now, now + shortest, first, last, membranes);
    first = last;
    if (peak) *peak = std::max(*peak, allocated());
  }
  return 1e9 * (processor_seconds() - start) / static_cast<double>(membranes.arrivals() - before);
}

class Study {
 public:
  Study(double rate_hz, double duration_ms, int repetitions, std::vector<std::string> names)
      : work_(rate_hz, duration_ms), repetitions_(repetitions), names_(std::move(names)) {}

  template <class Make>
  void measure(const std::string& name, Make&& make) {
    if (!names_.empty() && std::find(names_.begin(), names_.end(), name) == names_.end()) return;
    std::string all;
    double least = 1e300;
    std::size_t peak = 0, before = 0;
    for (int k = -1; k < repetitions_; ++k) {
      auto membranes = std::make_unique<Membranes>();
      before = allocated();
      auto queue = make();
      const double ns = run(work_, *queue, *membranes, k < 0 ? &peak : nullptr);
      if (k < 0) peak -= before;
      if (!expected_) {
        expected_ = std::move(membranes);
      } else if (membranes->arrivals() != expected_->arrivals() || !membranes->same_bits(*expected_)) {
        std::fprintf(stderr, "%s: other sums than the first queue\n", name.c_str());
        std::exit(1);
      }
      if (k < 0) continue;
      least = std::min(least, ns);
      all += (k ? ", " : "") + std::to_string(ns);
    }
    std::printf(
        "{\"queue\": \"%s\", \"ns\": %.2f, \"all_ns\": [%s], \"peak_bytes\": %zu, "
        "\"arrivals\": %llu}\n",
        name.c_str(), least, all.c_str(), peak, static_cast<unsigned long long>(expected_->arrivals()));
    std::fflush(stdout);
  }
  template <class Queue>
  void measure() {
    measure(Queue::name(), [] { return std::make_unique<Queue>(); });
  }
  const Workload& work() const { return work_; }

 private:
  Workload work_;
  int repetitions_;
  std::vector<std::string> names_;
  std::unique_ptr<Membranes> expected_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) {
    std::fprintf(stderr, "queues RATE_HZ DURATION_MS SHORTEST_DELAY_MS REPETITIONS [NAME...]\n");
    return 2;
  }
  shortest = static_cast<Tick>(std::stod(argv[3]) * static_cast<double>(ms));
  Study study(std::stod(argv[1]), std::stod(argv[2]), std::stoi(argv[4]), {argv + 5, argv + argc});
  study.measure<InOrderOfTime<BinaryHeap>>();
  study.measure<InOrderOfTime<FourHeap>>();
  study.measure<InOrderOfTime<BucketRing<4>>>();
  study.measure<InOrderOfTime<BucketRing<32>>>();
  study.measure<InOrderOfTime<BucketRing<256>>>();
  study.measure<InOrderOfTime<Ladder>>();
  if (shortest == ms) study.measure<PerNeuron>();  // its lists are of whole ms
  study.measure<CalendarOfRuns>();
  study.measure<Rows<false>>();
  study.measure<Rows<true>>();
  study.measure("none, in order of time", [&] { return std::make_unique<Ready>(study.work(), false); });
  study.measure("none, by target", [&] { return std::make_unique<Ready>(study.work(), true); });
}
