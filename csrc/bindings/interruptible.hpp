// Ctrl-C while the core works.
#pragma once
#include <pybind11/pybind11.h>

#include <atomic>
#include <chrono>
#include <future>
#include <system_error>
#include <utility>

namespace pysnn {
namespace py = pybind11;

// work(stop), done by a thread of its own while this one, which alone may, looks for signals. Where one of them raises
// an exception (KeyboardInterrupt), `stop` is set, and the exception goes on once the work has ended.
template <class Work>
auto interruptible(Work&& work) {
  constexpr auto between_looks = std::chrono::milliseconds(50);
  std::atomic<bool> stop{false};
  const py::gil_scoped_release release;
  using Result = decltype(work(stop));
  std::future<Result> done;
  try {
    done = std::async(std::launch::async, [&] { return work(stop); });
  } catch (const std::system_error&) {  // no thread to be had: then without looking
    return work(stop);
  }
  while (done.wait_for(between_looks) != std::future_status::ready) {
    const py::gil_scoped_acquire acquire;
    if (PyErr_CheckSignals() == 0) continue;
    const py::error_already_set raised;
    stop = true;
    {
      const py::gil_scoped_release again;
      done.wait();
    }
    throw raised;
  }
  return done.get();
}

}  // namespace pysnn
