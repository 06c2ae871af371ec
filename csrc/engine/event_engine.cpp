#include "engine/engine.hpp"

namespace pysnn {

std::unique_ptr<Engine> make_event_engine(std::shared_ptr<CompiledNetwork>) {
  throw UnsupportedError("the event engine is not built in");
}

}  // namespace pysnn
