// What the erasure of a person (GDPR article 17) needs of a database. Part of a `record_session`: every call
// stands inside its transaction.
//
// Afterwards the clinic's rows of the person stay under a number that tells nobody's name: raw messages,
// attachments, documents' contents, what was to be sent, names, numbers, aliases, blind indexes, FHIR's copy
// of the patient and the search criteria of the audit are unreadable, and free text has lost the words that
// tell who it was. The audit itself stays.
#pragma once

#include "engine/base/clock.hpp"
#include "engine/base/ids.hpp"
#include "engine/base/result.hpp"
#include "engine/model/patient.hpp"
#include "engine/ports/review.hpp"

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace aorta::ports {

/// A row of `erasures`: asked for by one person, done by another.
struct erasure {
  uuid id{};
  model::patient_id patient = 0;
  std::string reason;                ///< kept sealed
  int64_t asked_by = 0, done_by = 0; ///< of `users`; done_by 0: nobody has agreed
  timestamp asked_at{};
  std::optional<timestamp> done_at;
  bool lapsed = false; ///< asked for more than a week ago, and nobody agreed
};

/// What names the person without belonging to them by a number of the store's: found by reading, and so
/// before the transaction that erases.
struct traces {
  std::vector<uuid> messages; ///< refused or repeated: of nobody, and their patient has this person's number
  std::vector<uuid> waiting;  ///< the same, but a person is still to decide whose they are
  std::vector<uuid> others;   ///< of several people, or a question about one: the words alone go
  std::vector<uuid> audit;    ///< accesses whose criteria name them
  std::optional<uuid> to_message, to_audit; ///< so far was read
};

struct erased {
  struct destination {
    std::string name;
    int64_t sent = 0;        ///< messages and events that left, perhaps sent ones too
    std::string first, last; ///< when
  };
  std::vector<model::patient_id> people; ///< the patient, and whoever was merged into them
  std::map<std::string, int64_t> rows;   ///< that changed, by table
  std::vector<destination> left;         ///< what no erasure here reaches
  bool under_way = false; ///< something is being sent or filed at this moment: nothing of this may stand
};

class patient_erasure {
public:
  virtual ~patient_erasure() = default;

  /// The last one of this patient, asked for or done.
  virtual result<std::optional<erasure>> last(model::patient_id who) = 0;
  /// Writes down that it is asked for; `id` and `asked_at` are made here.
  virtual status ask(erasure& what) = 0;

  /// Reads messages and accesses past those of `before`, and those that it named once more.
  virtual result<traces> search(std::span<const model::patient_id> people, const traces& before) = 0;
  /// `what` none: to see what it would do, in a transaction that is rolled back.
  virtual result<erased> erase(std::span<const model::patient_id> people, const traces& found,
                               const erasure* what, int64_t by) = 0;
  /// Those of the clinic that a restore brought back: `done_by` is known, `done_at` is not.
  virtual result<std::vector<erasure>> to_repeat() = 0;
  /// Who was erased stands in a list outside of the store too, where there is one (SQLite: `STORE.erasures`),
  /// so that a restore knows. Outside of a transaction.
  virtual status note() = 0;
  /// What was erased goes out of the database's file too, as far as this database can: SQLite's journal is
  /// emptied, unless somebody reads in it all the time (false); PostgreSQL's own clean-up does it in its
  /// time. Outside of a transaction.
  virtual result<bool> settle() = 0;
};

} // namespace aorta::ports
