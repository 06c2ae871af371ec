#include "core/error.hpp"

#include <charconv>

namespace pysnn {

std::string show(double value) {
  char buffer[32];
  const auto result = std::to_chars(buffer, buffer + sizeof buffer, value);
  return {buffer, result.ptr};
}

}  // namespace pysnn
