// One question to the national system and its answer, without sockets.
#pragma once

#include "engine/gesy/wire.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace aorta::gesy {

struct question {
  operation what = operation::beneficiary;
  std::string method = "GET", path; ///< below the base URL
  std::string body;
  std::string once; ///< by which they know it again; empty: nothing
};

struct reply {
  unsigned status = 0; ///< 0: none came
  std::string body;
  std::optional<std::chrono::seconds> wait; ///< Retry-After
  bool perhaps = false;                     ///< of none: the question may have come through
  std::string code;                         ///< for people: `503`, `late`, `away`
};

inline bool taken(const reply& of) noexcept { return of.status >= 200 && of.status < 300; }

} // namespace aorta::gesy
