// The ways to receivers: deliveries go out on the loop's sockets, one partition's on connections of their
// own.
#pragma once

#include "actors/dispatch.hpp"
#include "engine/gateway/gesy_line.hpp"
#include "engine/net/loop/loop.hpp"

namespace aorta::gateway {

/// Loop and clock outlive them. A destination whose files cannot be used answers each delivery with
/// `settings`.
std::shared_ptr<actors::courier> make_courier(net::loop& on, const clock_source& clock,
                                              const config::destination& how, const ports::partition& of,
                                              std::shared_ptr<actors::dispatch_inbox> tell,
                                              std::shared_ptr<gesy_line> gesy);

} // namespace aorta::gateway
