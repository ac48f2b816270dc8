// What a key or a token may, read once from the words that it holds (SMART App Launch 2.0, "Scopes for
// requesting FHIR resources", versions 1 and 2).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::http {

/// `read` is get and search together, `write` is create, update and remove: what is asked for where an answer
/// may be of either.
enum class access : uint8_t { read, write, create, get, update, remove, search };

/// `system/Patient.read`, `patient/*.cruds`
struct resource_scope {
  bool of_patient = false; ///< `patient/`: only the records of the patient to whom its holder is bound
  std::string type;        ///< "*": every type
  std::string letters;     ///< of version 2: those of `cruds` that it allows

  bool covers(std::string_view wanted) const noexcept { return type == "*" || type == wanted; }
};

struct scopes {
  bool admin = false, read = false, write = false, metrics = false;
  std::vector<resource_scope> resources;

  /// Of a resource's type. `bound`: its holder is bound to one patient; then `admin` is nothing, and
  /// `patient/` scopes count.
  bool may(access how, std::string_view type, bool bound) const noexcept;
};

/// One of our own words, or a SMART scope: `system/Patient.read`, `patient/*.cruds`, `system/Observation.rs`
/// (version 1: read, write, *; version 2: letters of cruds in this order).
bool is_scope(const std::string& word);

/// Words that nobody knows allow nothing.
scopes read_scopes(std::span<const std::string> words);

} // namespace aorta::http
