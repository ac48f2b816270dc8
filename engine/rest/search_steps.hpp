// The steps of a search, between its parts.
#pragma once

#include "engine/rest/repository.hpp"

namespace aorta::rest {

/// A question that would look at too much; told to clients as 422 `too-costly`.
error too_costly(std::string text);
reply search_refusal(const error& why);

/// Criteria without chains and `_has`: these have become references and ids.
struct resolved {
  std::vector<fhir::criterion> all;
  bool nothing = false; ///< no resource can match
};
result<resolved> resolve(repository& in, std::string_view type,
                         const std::vector<fhir::criterion>& criteria); // search_chain.cpp

/// What a resource must be found by beside its row. Patient: keys of names, numbers and a birth date that the
/// row does not tell; without a row, of all. Appointment, and types without a table: keys of the patients
/// whom it names.
std::vector<identity::lookup_key> further_keys(const fhir::node& resource,
                                               const model::record* row); // search_people.cpp
/// Patients whom keyed hashes find, as ids to narrow by; what cannot be looked up does not narrow.
status narrow_patients(repository& in, const std::vector<fhir::criterion>& criteria,
                       fhir::narrowing& by); // search_people.cpp

/// What `_include` and `_revinclude` add, each once.
struct inclusion {
  std::vector<standing> found;
  bool cut_short = false;
};
result<inclusion> included(repository& in, fhir::document& into, const fhir::query& what,
                           const std::vector<standing>& matches); // search_include.cpp

/// Type and id of a reference to a resource of ours, else nothing.
std::optional<std::pair<std::string, std::string>> own_reference(std::string_view reference,
                                                                 std::string_view base);

/// The patient whom all of these are about, if it is one.
std::optional<model::patient_id> only_patient(const std::vector<standing>& all);

std::string url_of(const surroundings& around, const standing& what);

} // namespace aorta::rest
