// Models by name; a static Registration in a model's own file is all that adding one takes.
#pragma once
#include <map>
#include <string>

#include "core/error.hpp"

namespace pysnn {

template <class Entry>
class Registry {
 public:
  static std::map<std::string, Entry>& all() {
    static std::map<std::string, Entry> entries;
    return entries;
  }

  static const Entry& get(const std::string& kind, const std::string& name) {
    const auto found = all().find(name);
    if (found != all().end()) return found->second;
    std::string valid;
    for (const auto& [known, entry] : all()) valid += (valid.empty() ? "" : ", ") + known;
    throw ParameterError("unknown " + kind + " '" + name + "' (valid: " + valid + ")");
  }
};

template <class Entry>
struct Registration {
  Registration(const std::string& name, Entry entry) { Registry<Entry>::all().emplace(name, std::move(entry)); }
};

}  // namespace pysnn
