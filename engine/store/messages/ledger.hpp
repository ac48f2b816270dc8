// One database connection as a lane needs it: look up, write, commit, with as few round trips as the database
// allows. `filing.hpp` decides what is written; each database has its own ledger.
#pragma once

#include "engine/model/lab.hpp"
#include "engine/model/patient.hpp"
#include "engine/ports/lane.hpp"
#include "engine/ports/message_log.hpp"
#include "engine/store/messages/rows.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace aorta::store {

template <class T>
void sort_each_once(std::vector<T>& list) {
  std::sort(list.begin(), list.end());
  list.erase(std::unique(list.begin(), list.end()), list.end());
}

struct key_row {
  half_digest key{};
  uuid message;
  timestamp received_at{};
};

/// Results of one order of one patient stand side by side in the index.
struct place {
  model::patient_id patient = 0;
  int64_t order_key = 0;
  friend auto operator<=>(const place&, const place&) = default;
};

/// All results of one patient under a placer's number, whatever their laboratory's.
struct placer_place {
  model::patient_id patient = 0;
  std::string placer;
  friend auto operator<=>(const placer_place&, const placer_place&) = default;
};

/// What must be known before anything is written.
struct questions {
  model::clinic_id clinic = 0;
  std::vector<key_row> keys;                 ///< sorted by key, each once; written now
  std::vector<model::patient_id> patients;   ///< sorted, each once; locked until the end
  std::vector<place> places;                 ///< sorted, each once
  std::vector<placer_place> lone_placers;    ///< sorted, each once: orders that came without the laboratory's
                                             ///< number; rare
  std::vector<std::string> placers, fillers; ///< order numbers
  std::vector<uuid> reports;                 ///< sorted, each once: rows of `lab_reports`
  std::vector<uuid> accepted; ///< messages that are filed now since they were accepted; taken under a lock
};

/// A row of `lab_results` as far as versions are concerned.
struct standing_result {
  uuid id;
  place where;
  std::string lab_code, test_code, sub_id;
  int64_t ordinal = 1, version = 1;
  std::string placer, filler;
  std::optional<timestamp> collected_at;
  uuid message; ///< that brought the current version
  /// What versions ask of each other (states, times, value, unit, flag, codes, `sent.value_type`), and what a
  /// cancellation keeps (names).
  model::lab_result value;
};

struct known_order {
  uuid id;
  model::patient_id patient = 0;
  std::string placer, filler, status, panel;
};

/// An order that was cancelled or withdrawn as a whole (OBR-25), by one message: a row of `lab_endings`.
struct ended_order {
  uuid report;
  char letter = 'X'; ///< X, W or D
  timestamp at{};    ///< OBR-22, else MSH-7
  uuid message;
  bool silent = true;             ///< no message had brought a result of it by then
  std::optional<uuid> order = {}; ///< the clinic's
  std::string order_status = {};  ///< which its status was before; empty without one
};

struct answers {
  std::map<half_digest, uuid> taken;     ///< keys that were there before, with their messages
  std::set<model::patient_id> patients;  ///< those of the questions that the clinic has
  std::vector<standing_result> standing; ///< one that was found in two ways may be there twice
  std::vector<known_order> orders;
  std::vector<ended_order> ended;  ///< those of the asked reports
  std::set<uuid> taken_up;         ///< accepted messages that nobody had filed before
  std::map<uuid, int64_t> results; ///< of the asked reports, how many results each has had
};

/// A patient as the blind index found it; names and numbers still encrypted.
struct found_patient {
  model::patient_id id = 0;
  std::vector<half_digest> hashes;
  std::string mrn, birth_date, gender, gesy, first_name, last_name, cyprus_id, arc_number;
  std::vector<half_digest> aliases = {}; ///< those of `hashes` that are of aliases
};

/// An order of a message of whose patient a person has spoken.
struct linked_row {
  int64_t order_key = 0, minute = -1;
  half_digest claims{}; ///< what the message said of its patient
  std::optional<model::patient_id> patient, taken_from;
};

struct found_people {
  std::vector<found_patient> patients;
  std::vector<linked_row> linked;
};

using result_cells = std::vector<std::optional<std::string>>; ///< of `result_columns()`, as texts

/// What a stored message led to the last time.
struct earlier_filing {
  uuid message;
  std::optional<model::patient_id> patient;
  std::vector<uuid> results; ///< current ones that it filed
  /// What other messages of the same patient left in the history of the results of which it filed a version,
  /// in the order of their numbers.
  std::vector<standing_result> past = {};
  std::vector<ports::stored_result> current = {}; ///< `results` as they stand, where the message leaves the
                                                  ///< patient
  /// What it filed itself, current ones and those in the history, where it stays with its patient.
  std::vector<result_cells> own_current = {}, own_past = {};
};

/// What waits, or waited, for a person because of a message.
struct standing_review {
  uuid id, message;
  std::string kind, reasons, action;
  bool open = false;
};

/// Whom a person named for a message, or nobody since a person took it away.
struct standing_link {
  uuid id, message;
  std::optional<model::patient_id> patient;
};

/// A decision that teaches.
struct standing_decision {
  uuid id, message;
  half_digest claims{}, patient_state{};
  model::patient_id patient = 0;
  std::string seen;
  timestamp made_at{};
  std::vector<uuid> uses = {}; ///< messages that stand where it put them
};

/// What persons have said of messages that are run again.
struct standing_acts {
  std::vector<standing_review> reviews;
  std::vector<standing_link> links;
  std::vector<standing_decision> decisions; ///< learned from these messages
};

/// Throws `failure`. After a failure the transaction is rolled back and the next call may be made; a lost
/// connection is made anew by it.
class ledger {
public:
  virtual ~ledger() = default;

  /// Patients by their blind hashes, and what persons said of these orders (`order_key`); one round trip.
  virtual found_people find(model::clinic_id clinic, const std::vector<half_digest>& hashes,
                            const std::vector<int64_t>& orders) = 0;
  /// Into whom those of these patients were merged who were.
  virtual std::map<model::patient_id, model::patient_id> merged(
    model::clinic_id clinic, const std::vector<model::patient_id>& patients) = 0;
  virtual std::vector<earlier_filing> earlier(model::clinic_id clinic, const std::vector<uuid>& messages) = 0;

  /// `past` of one message.
  virtual std::vector<standing_result> past(model::clinic_id clinic, const earlier_filing& of) = 0;
  virtual standing_acts acts(model::clinic_id clinic, const std::vector<uuid>& messages) = 0;
  /// Decisions that teach, by the claims for which they were made; without their uses.
  virtual std::vector<standing_decision> decisions(model::clinic_id clinic,
                                                   const std::vector<half_digest>& claims) = 0;
  virtual std::vector<result_cells> results(model::clinic_id clinic,
                                            const std::vector<uuid>& ids) = 0; ///< now
  /// Versions of a message's results, as it filed them, that are in the history.
  virtual std::vector<result_cells> own_history(model::clinic_id clinic, const earlier_filing& of) = 0;

  /// Starts the transaction, writes the keys, locks the patients and looks up the rest.
  virtual answers begin(const questions& ask) = 0;
  /// Log rows of these messages, inside the transaction.
  virtual std::vector<ports::message_record> logged(model::clinic_id clinic,
                                                    const std::vector<uuid>& messages) = 0;
  /// Where the rows of one kind go. Rows of a kind may be written only after those of the kinds before it.
  virtual row_sink& into(write which) = 0;
  virtual void flush() = 0; ///< what was put into the sinks is written, and the transaction stays open
  virtual void commit() = 0;
  virtual void rollback() noexcept = 0;
};

} // namespace aorta::store
