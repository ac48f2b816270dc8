// Whom people had erased and a restore brought back.
#pragma once

#include "engine/ports/message_log.hpp"

#include <string>
#include <vector>

namespace aorta::api {

struct again_in {
  std::string clinic;                  ///< its code
  int people = 0;                      ///< who were erased now
  std::vector<model::patient_id> left; ///< records::erased_again
};

/// In all clinics; and who was erased is noted outside of the store, where there is such a list.
result<std::vector<again_in>> erase_again(ports::message_log& admin);

} // namespace aorta::api
