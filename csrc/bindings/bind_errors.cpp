// C++ errors as the classes of pysnn.errors, looked up when one is thrown.
#include "bindings/numpy.hpp"
#include "core/error.hpp"

namespace pysnn {
namespace {

void raise(const char* name, const char* what) { py::set_error(py::module_::import("pysnn.errors").attr(name), what); }

void out_of_memory() {
  py::set_error(PyExc_MemoryError, "the system has no more memory to give; what was under way was given up");
}

}  // namespace

void bind_errors(py::module_&) {
  py::register_exception_translator([](std::exception_ptr error) {
    try {
      if (error) std::rethrow_exception(error);
    } catch (const OffGridError& e) {
      raise("OffGridError", e.what());
    } catch (const ParameterError& e) {
      raise("ParameterError", e.what());
    } catch (const UnsupportedError& e) {
      raise("BackendUnsupported", e.what());
    } catch (const RunningError& e) {
      raise("RunningError", e.what());
    } catch (const BrokenError& e) {
      raise("BrokenError", e.what());
    } catch (const ThreadsError& e) {
      raise("ThreadsError", e.what());
    } catch (const RankError& e) {
      raise("RankError", e.what());
    } catch (const CheckpointError& e) {
      raise("CheckpointError", e.what());
    } catch (const MemoryNeededError& e) {
      py::set_error(PyExc_MemoryError, e.what());
    } catch (const std::bad_alloc&) {
      out_of_memory();
    } catch (const std::length_error&) {
      out_of_memory();
    }
  });
}

}  // namespace pysnn
