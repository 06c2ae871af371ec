#include "currents/current.hpp"

namespace pysnn {

std::unique_ptr<const Current> make_current(const NetworkDescription& description, const InjectedCurrent& described) {
  const std::string owner = "current into '" + description.populations[described.population].name + "'";
  return CurrentModels::get("current", described.model)
      .make({owner, described.neurons, described.list, described.params, description.time, described.noise_key});
}

Currents make_currents(const NetworkDescription& description) {
  Currents made;
  for (const InjectedCurrent& described : description.currents) made.push_back(make_current(description, described));
  return made;
}

}  // namespace pysnn
