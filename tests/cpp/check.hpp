// A test framework of one page, so that the C++ tests need nothing that Debian may not have.
//
//   TEST(philox_matches_the_published_vector) { CHECK_EQ(draw(0, 0), 0x6627e8d5u); }
//
// CHECK counts a failure and goes on; a program's exit status is 1 if any check failed, or if it held no
// test or no check at all.
#pragma once

#include <cmath>
#include <exception>
#include <sstream>
#include <string>
#include <string_view>
#include <type_traits>

namespace check {

struct Case {
  Case(const char* name, void (*body)());
};

// Counts one check; reports it where it failed.
void record(bool good, const char* file, int line, const std::string& text);

template <class T>
std::string show(const T& value) {
  std::ostringstream out;
  out.precision(17);
  if constexpr (sizeof(T) == 1 && std::is_integral_v<T>) {
    out << static_cast<int>(value);
  } else {
    out << value;
  }
  return out.str();
}

template <class A, class B>
void equal(const A& got, const B& expected, const char* text, const char* file, int line) {
  record(got == expected, file, line, std::string(text) + ": got " + show(got) + ", expected " + show(expected));
}

inline void near(double got, double expected, double tolerance, const char* text, const char* file, int line) {
  record(std::abs(got - expected) <= tolerance, file, line,
         std::string(text) + ": got " + show(got) + ", expected " + show(expected) + " within " + show(tolerance));
}

template <class Error, class Body>
void throws(Body&& body, std::string_view part, const char* text, const char* file, int line) {
  try {
    body();
  } catch (const Error& error) {
    const std::string_view what = error.what();
    record(what.find(part) != std::string_view::npos, file, line,
           std::string(text) + ": the message is \"" + std::string(what) + "\", expected in it \"" + std::string(part) +
               "\"");
    return;
  } catch (const std::exception& error) {
    record(false, file, line, std::string(text) + ": threw another type: " + error.what());
    return;
  }
  record(false, file, line, std::string(text) + ": did not throw");
}

}  // namespace check

#define CHECK_JOIN2(a, b) a##b
#define CHECK_JOIN(a, b) CHECK_JOIN2(a, b)
#define TEST(name)                                                         \
  static void name();                                                      \
  static const check::Case CHECK_JOIN(check_case_, __LINE__)(#name, name); \
  static void name()
#define CHECK(condition) check::record(static_cast<bool>(condition), __FILE__, __LINE__, #condition)
#define CHECK_EQ(got, expected) check::equal((got), (expected), #got, __FILE__, __LINE__)
#define CHECK_NEAR(got, expected, tolerance) check::near((got), (expected), (tolerance), #got, __FILE__, __LINE__)
#define CHECK_THROWS(expression, Error, part) \
  check::throws<Error>([&] { (void)(expression); }, (part), #expression, __FILE__, __LINE__)
