// What FHIR asks of a database: clinical rows with what FHIR keeps beside them, versions, and people by keyed
// hashes. Every call blocks and belongs to one thread; failures come back as values (`store_unavailable` when
// the database is away).
#pragma once

#include "engine/base/clock.hpp"
#include "engine/base/ids.hpp"
#include "engine/base/result.hpp"
#include "engine/identity/identity.hpp"
#include "engine/model/kept.hpp"
#include "engine/model/patient.hpp"
#include "engine/model/record.hpp"
#include "engine/ports/access.hpp"
#include "engine/ports/erasure.hpp"
#include "engine/ports/claims.hpp"
#include "engine/ports/codes.hpp"
#include "engine/ports/jobs.hpp"
#include "engine/ports/merges.hpp"
#include "engine/ports/page.hpp"
#include "engine/ports/review.hpp"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aorta::ports {

struct critical_note; // critical.hpp

/// What FHIR keeps of a resource beside its row, or all of it when no table holds such things. One for
/// (clinic, type, id).
struct fhir_entry {
  std::string type, id;
  int64_t version = 1;
  timestamp last_updated{};
  bool deleted = false;
  std::optional<model::patient_id> patient;
  std::optional<model::table> home; ///< the table whose row holds its columns, and that row's key
  std::string home_key;
  std::string tag; ///< of the row as the last write through FHIR left it: tells whether somebody else changed
                   ///< it
  std::string content; ///< JSON as it was sent; empty: the row says all of it. Kept compressed and encrypted
  /// For searches. Codes: of an entry with a home those that its row does not tell. Identifiers
  /// (`system|value`) and keys (names and numbers of people that the row does not tell) are kept as keyed
  /// hashes and not read back.
  std::vector<std::string> codes, identifiers;
  std::vector<identity::lookup_key> keys;
  std::optional<timestamp> from, to;
  /// What search parameters find it by; of an entry with a home what its row does not tell. Not read back.
  std::vector<model::kept_word> words;
  std::vector<model::kept_span> spans;
};

struct fhir_version {
  std::string type, id;
  int64_t version = 1;
  timestamp last_updated{};
  std::string method;  ///< POST, PUT, DELETE
  std::string content; ///< the whole resource as JSON; empty for DELETE. Kept compressed and encrypted
  std::optional<model::patient_id> patient;
};

/// A row as it was when it was first seen so: `tag` is that of all its cells.
struct seen_row {
  model::table of = model::table::patients;
  std::string key, tag;
  timestamp at{};
};
/// Rows that the clinic's own system changes without saying when. Laboratories' results and reports have
/// times and versions of their own; contents of documents never change.
constexpr bool is_watched(model::table of) noexcept {
  return of != model::table::lab_results && of != model::table::lab_result_attachments &&
    of != model::table::lab_reports && of != model::table::document_contents;
}

struct found {
  model::record row;
  std::vector<fhir_entry> entries; ///< those whose home is this row, deleted ones too: one, or for vitals one
                                   ///< a part
  std::optional<seen_row> seen = std::nullopt; ///< of a watched table, asked with entries
};

/// A criterion of searches as rows may meet it: by what FHIR keeps beside them, by a column that has a value,
/// or by one of these times.
struct kept_rows {
  model::kept_criterion by;
  std::vector<std::pair<std::string, std::string>> told;
  std::vector<std::string> times;
  friend bool operator==(const kept_rows&, const kept_rows&) = default;
};

/// Conditions are joined by `and`; within a list by `or`. Empty ones do not narrow.
struct row_query {
  model::table of = model::table::patients;
  std::vector<std::string> keys;
  std::vector<model::patient_id> patients;
  /// In one of the table's columns of codes, or kept with an entry of `type` whose home is the row. So are
  /// identifiers (`system|value`, or `value`), beside which `numbers` are looked for in the table's columns
  /// of numbers.
  std::vector<std::string> codes, identifiers, numbers;
  std::vector<identity::lookup_key> patient_keys; ///< beside `patients`: such as an entry of `type` keeps,
                                                  ///< since several may take part
  std::string type;                               ///< empty: no entry is asked
  std::vector<kept_rows> kept;       ///< narrow where they find few, and neither keys nor patients do
  std::optional<timestamp> from, to; ///< of the table's date column, inclusive, rows without a date are found
                                     ///< too
  std::vector<std::pair<std::string, std::string>> equals; ///< plain columns: {"lab_order_id", "019..."}; a
                                                           ///< limit then takes any rows
  std::vector<std::string> without;                        ///< plain columns that are empty
  std::string after; ///< keys past this one, in the key's order (integers as numbers)
  int limit = 0;     ///< in the key's order; 0: all
  bool with_entries = true;
  bool with_content = false; ///< of attachments and notes: their content too
  friend bool operator==(const row_query&, const row_query&) = default;
};

struct entry_query {
  std::string type;
  std::vector<std::string> ids;
  std::vector<model::patient_id> patients;
  std::vector<identity::lookup_key> patient_keys; ///< beside `patients`: of all whom a resource names
  std::vector<std::string> codes;
  std::vector<std::string> identifiers;    ///< `system|value`, or `value` under any system
  std::optional<timestamp> from, to;       ///< spans that touch [from, to]; entries without a time are found
                                           ///< too. Only beside ids, patients, codes or identifiers
  std::vector<model::kept_criterion> kept; ///< entries whose terms are not kept yet are found too
  bool homeless_only = true;               ///< not those whose columns a row holds
  bool with_deleted = false;
  std::string after; ///< ids past this one
  int limit = 0;
  friend bool operator==(const entry_query&, const entry_query&) = default;
};

struct history_query {
  std::string type, id; ///< id empty: of the whole type
  std::optional<timestamp> since;
  std::optional<model::patient_id> patient; ///< only versions that were this patient's
  std::string after; ///< cursor: (last_updated, id, version) as `next` returned it; newest first
  int limit = 50;
};

/// When rows became what they are, newest first, by one of the things that tell it.
enum class dated_by : uint8_t {
  created,
  updated,
  verified,   ///< a column of the table (`created_at`, `updated_at`, `verified_at`)
  sight,      ///< when somebody saw it first, of watched tables (`seen_row`)
  superseded, ///< `created_at` of predecessors of lab results
};
struct dated_row {
  timestamp at{};
  std::string key;
  int64_t version = 0; ///< of a superseded result
};
struct dated_query {
  model::table of = model::table::patients;
  dated_by by = dated_by::created;
  std::optional<timestamp> since, until;    ///< inclusive
  std::optional<model::patient_id> patient; ///< only rows of this patient
  std::optional<dated_row> after;           ///< past this one
  int limit = 50;
};

/// One resource to be written, or a row alone.
struct change {
  fhir_entry entry;                 ///< without a type: nothing is kept beside the row
  std::optional<model::record> row; ///< with its key; inserted, or the row of this key updated (`update_row`)
  bool update_row = false; ///< cells that are nothing become NULL; engine-owned columns that the record does
                           ///< not know stay
  fhir_version version;    ///< goes into the history as it is
  std::optional<fhir_version> before; ///< goes into the history in front of it: what the clinic's own system
                                      ///< had made of the row
};

/// What messages have said of a row, field by field (`records::row_story` as JSON). Kept compressed and
/// encrypted.
struct told_row {
  model::table of = model::table::patients;
  std::string key, json;
};

/// Names for `lock`. Whoever changes who somebody is holds `people_lock`; whoever writes for a patient the
/// patient's.
inline constexpr std::string_view people_lock = "patient-identity";
inline std::string patient_lock(model::patient_id who) { return "Patient/" + std::to_string(who); }

/// Under which a resource that names several patients is kept for each of them.
inline identity::lookup_key participant_key(std::string_view patient) {
  return {"participant", std::string(patient)};
}

/// One connection. Reads and writes stand between `begin` and `commit` or `rollback`.
class record_session {
public:
  virtual ~record_session() = default;

  virtual ports::access& access() noexcept = 0; ///< over the same connection; lives as long as this

  /// `writes`: the only writer of its clinic's row set on SQLite (BEGIN IMMEDIATE); on PostgreSQL it takes
  /// locks with `lock`.
  virtual status begin(model::clinic_id clinic, bool writes) = 0;
  virtual status commit() = 0;
  virtual void rollback() noexcept = 0;
  /// A savepoint for the entries of a batch, each of which stands alone.
  virtual status mark() = 0;
  virtual status back_to_mark() = 0;

  /// Types of which FHIR alone keeps something that is this patient's or names this patient, sorted.
  virtual result<std::vector<std::string>> kept_types(model::patient_id who) = 0;
  /// What will be asked soon: PostgreSQL sends all of it in one round trip with the next question, which then
  /// finds its answer here.
  virtual void expect(const row_query& what) = 0;
  virtual void expect(const entry_query& what) = 0;
  virtual result<std::vector<found>> rows(const row_query& what) = 0;
  virtual result<std::vector<fhir_entry>> entries(const entry_query& what) = 0;
  /// Kept once the transaction is over, unless the row is known with this tag already: whoever sees a change
  /// first says when it was. A loss does no harm; the change is seen again.
  virtual void notice(seen_row what) = 0;
  /// Superseded versions of a lab result, oldest first, as rows of `lab_results`.
  virtual result<std::vector<model::record>> result_versions(const std::string& result_id) = 0;
  virtual result<page<fhir_version>> history(const history_query& what) = 0;
  /// How many versions there are in all, whatever `after` and `limit` say; nothing when they are more than
  /// `most`.
  virtual result<std::optional<int64_t>> count_history(const history_query& what, int64_t most) = 0;
  virtual result<std::vector<dated_row>> dated(const dated_query& what) = 0;
  virtual result<std::optional<fhir_version>> version(const std::string& type, const std::string& id,
                                                      int64_t number) = 0;

  /// Patients that any of these keys finds (deleted ones not), sorted.
  virtual result<std::vector<model::patient_id>> patients_by(std::span<const identity::lookup_key> keys) = 0;
  /// Ids of Patients that any of these keys finds by their row or by what their entry keeps, sorted.
  /// Identifiers that an entry keeps have the kinds "identifier" (`system|value`) and "identifier-value".
  virtual result<std::vector<std::string>> people_by(std::span<const identity::lookup_key> keys) = 0;
  /// Lab orders of this clinic under these numbers.
  virtual result<std::vector<model::record>> orders_by_number(
    const std::vector<std::string>& placer_or_filler) = 0;

  /// Until the transaction's end; in a fixed order, so that two nodes never wait for each other crosswise.
  /// Names like `Patient/7`.
  virtual status lock(std::vector<std::string> names) = 0;
  /// New keys for rows with integer keys. PostgreSQL: from the table's sequence.
  virtual result<std::vector<int64_t>> reserve(model::table of, int count) = 0;
  /// All of them, with blind indexes of patients; rows in the order given, in as few statements as the
  /// database allows.
  virtual status write(std::span<const change> all) = 0;
  /// Of those rows of which anything was told.
  virtual result<std::vector<told_row>> told(model::table of, const std::vector<std::string>& keys) = 0;
  virtual status tell(std::span<const told_row> all) = 0;
  /// Entries whose words and spans are not kept yet, at most so many: in a transaction that writes, those
  /// that no other one has.
  virtual result<std::vector<fhir_entry>> unkept(int limit) = 0;
  /// Keeps the words and spans of those that nobody has changed since they were read.
  virtual status keep_terms(std::span<const fhir_entry> all) = 0;
  /// For the review queue: what a person must look at. `about` is the message or resource.
  virtual status review(const uuid& about, const review_item& what) = 0;
  virtual status event(const std::string& type, std::optional<model::patient_id> patient,
                       const std::string& resource_id, const std::string& payload_json) = 0;
  /// Opens an alert of a critical value, or ends those of its result.
  virtual status alert(const critical_note& what) = 0;

  /// Patients who became one: as long as the session lives.
  virtual patient_merges& merges() = 0;
  virtual patient_erasure& erasure() = 0;
  virtual job_store& jobs() = 0;
  virtual claim_store& claims() = 0;
  virtual code_tables& codes() = 0;
};

/// Whoever it is lent to ends its transaction, in whatever way; the session stays.
struct ends_transaction {
  void operator()(record_session* lent) const noexcept { lent->rollback(); }
};
using lent_session = std::unique_ptr<record_session, ends_transaction>;

} // namespace aorta::ports
