// What no route of a listener takes, and bytes that are no message: kept, and answered with AR.
#include "routes/kinds.hpp"

namespace aorta::routes {

using namespace pipeline;

kind refused() { return {.accepts = {}, .how = parse() | persist() | ack()}; }

} // namespace aorta::routes
