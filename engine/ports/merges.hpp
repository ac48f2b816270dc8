// What the joining of two patients, and a change of one's number, need of a database. Part of a
// `record_session`: every call stands inside its transaction, and whoever calls holds `people_lock` and the
// patients' own locks.
#pragma once

#include "engine/base/clock.hpp"
#include "engine/base/ids.hpp"
#include "engine/base/result.hpp"
#include "engine/identity/identity.hpp"
#include "engine/model/patient.hpp"
#include "engine/ports/review.hpp"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace aorta::ports {

/// One number of a patient that another row, or an earlier state of the row, told.
struct patient_alias {
  model::patient_id patient = 0;
  std::string kind, value; ///< `identity::lookup_kind`; as it stood in the row, kept sealed
  friend bool operator==(const patient_alias&, const patient_alias&) = default;
};

/// A row of `patient_merges`: two patients became one, or a number of one was changed. It stands until it is
/// undone.
struct patient_merge {
  uuid id{};
  model::patient_id survivor = 0;
  std::optional<model::patient_id> merged; ///< nothing: a number of `survivor` was changed
  std::string number_kind;                 ///< then which one, as `identity::lookup_kind` says it, ...
  std::string old_number, new_number;      ///< ... and what stood in the row before and since; kept sealed
  std::optional<uuid> message;             ///< that said it
  std::optional<person> by;                ///< who did it, when no message said it
  timestamp made_at{};
};

/// The table that keeps two patients from being one, or from being two again.
struct immovable {
  std::string table;  ///< as the database names it
  bool twice = false; ///< a row of both would be one and the same by a unique index; else it may not be
                      ///< written
  std::string why;    ///< the database's reason, without values
};

class patient_merges {
public:
  virtual ~patient_merges() = default;

  /// Those in which any of these patients takes part, on either side, newest first; undone ones not.
  virtual result<std::vector<patient_merge>> standing(std::span<const model::patient_id> of) = 0;
  /// Patients, on either side, of whom a merge was made or undone at this moment or later.
  virtual result<std::vector<model::patient_id>> touched_since(timestamp at) = 0;
  /// The other numbers of these patients.
  virtual result<std::vector<patient_alias>> aliases(std::span<const model::patient_id> of) = 0;

  /// Writes the merge down, moves every row of every table that refers to the merged patient to the survivor,
  /// gives the survivor these numbers as aliases, and takes the merged patient out of the clinic's list. All
  /// of it, or nothing and the reason; the transaction can go on either way. `id` and `made_at` are made
  /// here.
  virtual result<std::optional<immovable>> join(patient_merge& what,
                                                std::span<const patient_alias> numbers) = 0;
  /// Takes back `join`: rows that moved go back, whatever was changed in them since; what came for the
  /// survivor since stays.
  virtual result<std::optional<immovable>> part(const patient_merge& what, const person& by) = 0;

  /// Writes the change of a number down and makes it: the new one stands in the row, and these are aliases.
  /// `conflict` when another row of the clinic has the new one; nothing is changed then.
  virtual status renumber(patient_merge& what, std::span<const patient_alias> numbers) = 0;
  /// Takes back `renumber`; `conflict` when the row has another number by now.
  virtual status number_back(const patient_merge& what, const person& by) = 0;
};

} // namespace aorta::ports
