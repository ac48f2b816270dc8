// Enhanced acknowledgement in a route: who asked for it.
#pragma once

#include "engine/config/route.hpp"
#include "engine/pipeline/envelope.hpp"

namespace aorta::pipeline {

/// What the sender of this message is to hear, by the route's `ack` or else by MSH-15 and MSH-16. Nothing:
/// original mode. So are the parts of one frame, which has one answer.
std::optional<hl7::acks_asked> acks_for(const envelope& mail, const hl7::message* sent,
                                        const config::route& how);

} // namespace aorta::pipeline
