// Models by name; a static Registration in a model's own file is all that adding one takes. Those that are made at run
// time are added while engines look others up, and stay where they are.
#pragma once
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "core/error.hpp"

namespace pysnn {

template <class Entry>
class Registry {
 public:
  static std::map<std::string, Entry>& all() {
    static std::map<std::string, Entry> entries;
    return entries;
  }

  // A second one of the same name leaves the first.
  static void add(const std::string& name, Entry entry) {
    const std::lock_guard lock(mutex());
    all().emplace(name, std::move(entry));
  }

  static const Entry& get(const std::string& kind, const std::string& name) {
    const std::lock_guard lock(mutex());
    const auto found = all().find(name);
    if (found != all().end()) return found->second;
    std::string valid;
    for (const auto& [known, entry] : all()) valid += (valid.empty() ? "" : ", ") + known;
    throw ParameterError("unknown " + kind + " '" + name + "' (valid: " + valid + ")");
  }

 private:
  static std::mutex& mutex() {
    static std::mutex one;
    return one;
  }
};

template <class Entry>
struct Registration {
  Registration(const std::string& name, Entry entry) { Registry<Entry>::add(name, std::move(entry)); }
};

}  // namespace pysnn
