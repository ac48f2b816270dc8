// MAPPER: what a message says of an appointment.
#include "engine/pipeline/appointment_payload.hpp"
#include "engine/pipeline/map_told.hpp"

namespace aorta::pipeline {

middle map_appointment() { return map_told<appointment_payload, &appointment::read>("map-appointment"); }

} // namespace aorta::pipeline
