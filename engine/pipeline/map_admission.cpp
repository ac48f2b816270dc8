// MAPPER: what an ADT message says of a person and a visit.
#include "engine/pipeline/admission_payload.hpp"
#include "engine/pipeline/map_told.hpp"

namespace aorta::pipeline {

middle map_admission() { return map_told<admission_payload, &admission::read>("map-admission"); }

} // namespace aorta::pipeline
