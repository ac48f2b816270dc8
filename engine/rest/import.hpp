// Bundles of another system become resources here: documents and collections that were posted to /Bundle.
//
// Rules
//   A patient is who their numbers, or name and birth date, say (identity::decide). When that is not clear,
//   nothing about them is filed: review. Any other resource is recognised by where it came from (fullUrl),
//   else by an identifier, of the same patient. Recognised and the same: nothing happens. Newer
//   (meta.lastUpdated of the sender, else its own date): an update. Else: review, nothing changes. A relative
//   reference means an entry of the bundle, or that server; never a resource of ours that has the same id by
//   chance. What means nothing here is kept as an absolute or a logical reference, and the sender is told. An
//   entry that is not filed (its type is not served, it waits for a person) goes along with what refers to
//   it, as a contained resource; a Binary goes into the attachment that names it. What is marked SUBSETTED
//   updates and makes nothing. meta.source tells where a resource came from and, behind `#`, the message that
//   brought it; an extension of meta keeps the sender's lastUpdated.
#pragma once

#include "engine/rest/repository.hpp"

namespace aorta::rest {

inline constexpr std::string_view import_type = "Bundle"; ///< the resource type that an import takes

/// What a prescription or a result is not told without: its drug, its specimen, the bytes of a document. It
/// is filed inside what refers to it, never by itself.
bool goes_along(std::string_view type);

struct import_entry {
  enum class fate : uint8_t { created, updated, unchanged, conflict, not_served, refused } is = fate::refused;
  size_t number = 0;
  std::string type, id; ///< id: ours; empty when nothing was filed
  std::string version_id;
  std::vector<fhir::issue> issues; ///< paths begin with `Bundle.entry[3]`; no data of patients
};
std::string_view name(import_entry::fate) noexcept;

struct import_outcome {
  std::vector<import_entry> entries;
  std::optional<model::patient_id> patient; ///< when all that was filed is of one
  int critical = 0;                         ///< values that caused an event

  int count(import_entry::fate) const noexcept;
  std::vector<fhir::issue> issues() const;
  /// A Bundle of type batch-response: a response an entry.
  fhir::node* as_bundle(fhir::document& into, const surroundings& around) const;
  /// For a trace:
  /// `[{"entry":3,"type":"Observation","fate":"created","id":"...","version":"1","issues":[...]}]`.
  std::string as_json() const;
  /// What a trace (its member `entries`) tells of an import that was done before; nothing when it tells none.
  static std::optional<import_outcome> from_trace(std::string_view json);
};

/// In a transaction that the caller began to write, and ends: with an error nothing of it may be kept.
/// `message` is the id of the log row that keeps the bundle itself; review items name it.
result<import_outcome> import_bundle(repository& in, fhir::document& bundle, const uuid& message);

} // namespace aorta::rest
