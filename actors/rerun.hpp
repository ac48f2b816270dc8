// Sends a stored message through its route again: reprocess, and the link that a person made.
#pragma once

#include "actors/connection.hpp"

#include <functional>
#include <optional>

namespace aorta::actors {

/// Sends an envelope into its route; `settled` is called once, on an actor's thread, when it has been answered.
void run(caf::actor_system& sys, destination to, envelope_ptr mail, std::function<void(envelope&)> settled);

/// `settled` is called once, on an actor's thread, with the fault or none.
void run_again(caf::actor_system& sys, const route_finder& find, const ports::message_record& log, std::string raw,
               std::optional<model::patient_id> patient, timestamp now, std::function<void(std::optional<error>)> settled);

} // namespace aorta::actors
