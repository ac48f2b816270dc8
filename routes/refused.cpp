// What no route of a listener takes, and bytes that are no message: kept, and answered with AR.
#include "routes/chain.hpp"

namespace aorta::routes {

kind refused() { return {.accepts = {}, .how = parse() | persist() | ack()}; }

} // namespace aorta::routes
