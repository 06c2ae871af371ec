#include "check.hpp"

#include <cstdio>
#include <vector>

namespace check {
namespace {

struct Entry {
  const char* name;
  void (*body)();
};

std::vector<Entry>& cases() {
  static std::vector<Entry> list;
  return list;
}

int checks = 0;
int failures = 0;

}  // namespace

Case::Case(const char* name, void (*body)()) { cases().push_back({name, body}); }

void record(bool good, const char* file, int line, const std::string& text) {
  ++checks;
  if (!good) {
    ++failures;
    std::printf("%s:%d: %s\n", file, line, text.c_str());
  }
}

}  // namespace check

int main() {
  for (const auto& test : check::cases()) {
    const int before = check::failures;
    const int checked = check::checks;
    try {
      test.body();
    } catch (const std::exception& error) {
      check::record(false, test.name, 0, std::string("uncaught: ") + error.what());
    }
    if (check::checks == checked) check::record(false, test.name, 0, "holds no check");
    std::printf("%s %s\n", check::failures == before ? "ok    " : "FAILED", test.name);
  }
  std::printf("%zu tests, %d checks, %d failures\n", check::cases().size(), check::checks, check::failures);
  return check::failures > 0 || check::cases().empty() ? 1 : 0;
}
