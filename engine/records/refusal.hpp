// Why a change of the clinic's records is not made, as a value. HTTP's status codes and OperationOutcomes are
// made of it at the edge alone.
#pragma once

#include "engine/base/error.hpp"
#include "engine/fhir/issue.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::records {

enum class cause : uint8_t {
  malformed,     ///< what is asked cannot be understood
  forbidden,     ///< whoever asks may not
  unknown,       ///< there is no such thing
  not_done_here, ///< nobody may do it here
  conflict,      ///< what stands, or somebody else who was faster, speaks against it
  precondition,  ///< the condition under which it was asked does not hold
  against_rules, ///< it is understood, and a rule speaks against it
  fault,         ///< the engine could not do it
  store_away,
  undone, ///< the store took it back to end a deadlock, or since tables changed: the same may be asked again
          ///< at once
};

struct refusal {
  cause why = cause::fault;
  std::vector<fhir::issue> issues; ///< each with the place it is about (`Bundle.entry[3].resource.subject`);
                                   ///< at least one

  refusal(cause for_what, std::string_view issue_code, std::string_view text, std::string path = {});
  refusal(cause for_what, std::vector<fhir::issue> all) : why(for_what), issues(std::move(all)) {}
  refusal(const error& of); ///< of a port

  /// Not what was asked is at fault: everything else that is asked now would be refused as well.
  bool is_of_engine() const noexcept { return why >= cause::fault; }
};

} // namespace aorta::records
