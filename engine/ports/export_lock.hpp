// The name for `lock` of whoever begins an export, and of whoever erases a person: no export begins while one
// is being erased, since its pages would still tell of them.
#pragma once

#include "engine/model/patient.hpp"

#include <string>

namespace aorta::ports {

inline std::string export_lock(model::clinic_id clinic) { return "export/" + std::to_string(clinic); }

} // namespace aorta::ports
