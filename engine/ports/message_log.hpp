// What the engine has filed, for persons and the command line: messages, results, reviews, events, decisions,
// patients; and the small writes that are no messages.
// Every call blocks and belongs to one thread; failures come back as values (`store_unavailable` when the
// database is away: try again later, nothing was acknowledged).
#pragma once

#include "engine/identity/identity.hpp"
#include "engine/base/clock.hpp"
#include "engine/base/ids.hpp"
#include "engine/base/result.hpp"
#include "engine/model/lab.hpp"
#include "engine/model/patient.hpp"
#include "engine/ports/access.hpp"
#include "engine/ports/deliveries.hpp"
#include "engine/ports/delivery_log.hpp"
#include "engine/ports/message_record.hpp"
#include "engine/ports/page.hpp"
#include "engine/ports/records.hpp"
#include "engine/ports/review.hpp"
#include "engine/ports/webhooks.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace aorta::ports {

struct message_filter {
  model::clinic_id clinic = 0;
  std::string status, type, control_id, facility;
  std::string route, listener, sender; ///< sender: MSH-3 or MSH-4
  std::string error;                   ///< code of its fault
  bool has_open_review = false;
  /// A control id, the number of an order, or one of these patients.
  struct search {
    std::string text;
    std::vector<model::patient_id> people;
    std::vector<identity::lookup_key> keys; ///< identity::message_search_key, of each index that may hold it
  };
  std::optional<search> sought;
  std::string frame; ///< the id that the parts of one frame share
  std::optional<model::patient_id> patient;
  std::optional<timestamp> from, to; ///< of received_at; from inclusive, to exclusive
  std::string cursor;                ///< as a list returned it; empty: the newest
  int limit = 50;
};

struct message_detail {
  message_record log;
  std::string raw;   ///< decrypted bytes as received
  bool gone = false; ///< by retention: `raw` is empty
  std::vector<review_item> reviews;
  std::vector<message_link> links; ///< newest first; the first one counts if it has no end
  std::vector<result_word> words;  ///< those that hold, in the order of the message's OBX
};

/// A row of `lab_results` or of its history, with what the laboratory sent.
struct stored_result {
  uuid id;
  uuid message_id;
  model::clinic_id clinic = 0;
  model::patient_id patient = 0;
  std::optional<uuid> lab_order_id;
  std::string placer_number, filler_number;
  std::optional<model::moment> collected_at; ///< OBR-7
  model::parent_result parent;
  model::lab_result value;
  int version = 1;
  bool current = true;
  std::string entry_method;
  std::vector<uuid> attachment_ids;
  timestamp created_at{};
};

/// What a rehearsal would have changed.
struct difference {
  message_record before, after;
  struct row {
    std::optional<stored_result> before, after; ///< no `before`: added
  };
  std::vector<row> results; ///< those that differ
  std::vector<review_item> opened, closed;
};

/// Messages that wait for their patient, and may find one now.
struct found_waiting {
  std::vector<uuid> messages; ///< in the order of receipt
  std::vector<int64_t> news;  ///< the notes of what has changed for which they were found
};

/// A message whose receipt alone was acknowledged, or whose application acknowledgement is still to be passed
/// on.
struct accepted_message {
  uuid id;
  int64_t key = 0;         ///< see `acceptance`
  std::string destination; ///< likewise
};

/// A stored message as far as its route needs it again: id, clinic, listener, peer and time of its row.
struct stored_message {
  message_record log;
  std::string raw;   ///< decrypted bytes as received
  bool gone = false; ///< by retention: `raw` is empty
};

/// What goes of a clinic's messages that are done with and were received before a time: a page of them, in
/// the order of their ids. Nothing goes of what waits: not filed yet, without its patient, before a person,
/// with a delivery or an alert that is open; nothing at all while persons have messages run again. Rows of
/// what was refused stay, and keys always do.
struct forgetting {
  enum class part : uint8_t {
    bytes,
    rows ///< with what they are found by
  };
  model::clinic_id clinic = 0;
  part what = part::bytes;
  timestamp before{};
  uuid after{}; ///< those behind this one
  int most = 0; ///< that are looked at
};

struct forgotten {
  int64_t gone = 0;
  uuid reached{};    ///< up to here they were looked at
  bool more = false; ///< there may be others behind
};

/// Accepted messages of a clinic that are not filed yet.
struct accepted_backlog {
  clinic of;
  int64_t count = 0;
  timestamp oldest{}; ///< when that was received
};

struct result_filter {
  model::clinic_id clinic = 0;
  model::patient_id patient = 0;
  std::string loinc;
  std::optional<timestamp> from, to; ///< of result_datetime
  bool all_versions = false;
};

/// Which messages a person wants to have run again. What is empty does not narrow. Repeats, what is not filed
/// yet and bundles are never among them.
struct affected_filter {
  model::clinic_id clinic = 0;
  std::string status, route;
  std::vector<std::string> senders; ///< MSH-3 or MSH-4
  std::string lab, code; ///< those with a result of this test, as the laboratory calls it, that stands;
                         ///< `lab`: its performing_lab_code
  bool unmapped = false; ///< of those, results without a LOINC code alone
  std::string unit;      ///< those that wait since nobody knows this unit, with results of `lab`
  std::optional<timestamp> from, to; ///< of received_at; from inclusive, to exclusive
  std::optional<uuid> after;         ///< only those behind this one, in the order of their ids
  int most = 0;
};

/// What a laboratory sent under one code, as it was sent.
struct sent_example {
  uuid message;
  std::string name, value, unit, range, flag;
  timestamp filed_at{};
};

enum class roster_outcome : uint8_t { added, updated, unchanged };

/// Who enters it waits, or is told so.
struct paused_route {
  model::clinic_id clinic = 0;
  std::string route;
};

/// A laboratory order without results.
struct waiting_order {
  uuid id;
  model::patient_id patient = 0;
  std::string order_number, placer_number, filler_number, panel_code, panel_name, priority, status,
    laboratory, laboratory_code;
  std::optional<timestamp> ordered_at, collected_at;
};

struct overdue_filter {
  model::clinic_id clinic = 0;
  timestamp before{}; ///< collected, or where nobody says when, ordered by then
  std::string cursor;
  int limit = 50;
};

class critical_log;    // critical.hpp
class silence_log;     // silence.hpp
class publication_log; // publications.hpp

/// For HTTP and the command line: reads, and the small writes that are no messages.
class message_log {
public:
  virtual ~message_log() = default;

  virtual ports::access& access() noexcept = 0;         ///< over the same connection; lives as long as this
  virtual delivery_log& deliveries() noexcept = 0;      ///< likewise
  virtual critical_log& critical() noexcept = 0;        ///< likewise
  virtual webhook_log& webhooks() noexcept = 0;         ///< likewise
  virtual silence_log& silence() noexcept = 0;          ///< likewise
  virtual publication_log& publications() noexcept = 0; ///< likewise
  virtual status ping() = 0;

  virtual result<page<message_record>> messages(const message_filter& filter) = 0;
  virtual result<std::optional<message_detail>> message(model::clinic_id clinic, const uuid& id) = 0;
  virtual result<std::vector<stored_result>> message_results(model::clinic_id clinic,
                                                             const uuid& message_id) = 0;
  virtual result<std::vector<stored_result>> patient_results(const result_filter& filter) = 0;
  virtual result<std::optional<model::patient>> patient(model::clinic_id clinic, model::patient_id id) = 0;

  /// Those that wait the longest first.
  virtual result<page<waiting_order>> overdue_orders(const overdue_filter& filter) = 0;

  /// Adds the patient or updates the one with this mrn, with PII and blind indexes, in one transaction a
  /// call.
  virtual result<std::vector<roster_outcome>> put_patients(model::clinic_id clinic,
                                                           std::span<const model::patient> rows) = 0;

  virtual result<page<review_item>> reviews(const review_filter& filter) = 0; ///< newest first
  virtual result<std::optional<review_item>> review(model::clinic_id clinic, const uuid& id) = 0;
  /// Results by their ids, as they stand now.
  virtual result<std::vector<stored_result>> results(model::clinic_id clinic,
                                                     const std::vector<uuid>& ids) = 0;
  /// Closes an open item without running its message again; `action` accept clears `needs_review` of the
  /// results that nothing else open concerns. False: it was closed before.
  virtual result<bool> resolve(model::clinic_id clinic, const uuid& id, const std::string& action,
                               const std::string& reason, const person& by) = 0;
  /// Those that came most often first, each with its units.
  virtual result<page<unmapped_code>> unmapped(model::clinic_id clinic, const std::string& cursor,
                                               int limit) = 0;
  /// Of results without a LOINC code that stand, the newest first.
  virtual result<std::vector<sent_example>> unmapped_examples(model::clinic_id clinic, const std::string& lab,
                                                              const std::string& code, int most) = 0;
  /// A profile has it now: it is counted no more.
  virtual status forget_unmapped(model::clinic_id clinic, const std::string& lab,
                                 const std::string& code) = 0;
  /// In the order of receipt, at most `most` of them.
  virtual result<std::vector<uuid>> affected(const affected_filter& by) = 0;
  virtual result<page<event_row>> events(model::clinic_id clinic, std::optional<bool> delivered,
                                         const std::string& cursor, int limit) = 0; ///< oldest first
  virtual result<page<learned>> decisions(model::clinic_id clinic, const std::string& cursor,
                                          int limit) = 0; ///< newest first, withdrawn ones too
  /// From now on it teaches nothing; messages that were filed because of it are shown to a person. Nothing:
  /// there is none. False: it was withdrawn before.
  virtual result<std::optional<bool>> withdraw_decision(model::clinic_id clinic, const uuid& id,
                                                        const person& by) = 0;

  /// Who may be served: for at most so many notes of what has changed since, the oldest first. They are found
  /// again until they were looked at.
  virtual result<found_waiting> find_waiting(model::clinic_id clinic, int most) = 0;
  virtual status note_looked(model::clinic_id clinic, std::span<const int64_t> news) = 0;

  /// Those behind `after`, in the order of receipt.
  virtual result<std::vector<accepted_message>> accepted(model::clinic_id clinic, const uuid& after,
                                                         int most) = 0;
  /// Those of these messages that the log still holds, in any order.
  virtual result<std::vector<stored_message>> stored(model::clinic_id clinic,
                                                     const std::vector<uuid>& messages) = 0;
  /// Of those of these clinics that have any.
  virtual result<std::vector<accepted_backlog>> accepted_backlogs(const std::vector<clinic>& clinics) = 0;
  /// Those of these accepted messages that are filed.
  virtual result<std::vector<uuid>> filed_of(model::clinic_id clinic, const std::vector<uuid>& messages) = 0;
  /// Nothing more is to be done for this message; its application acknowledgement goes out as a delivery, if
  /// there is one, once.
  virtual status end_acceptance(const message_record& of, const forward* acknowledgement) = 0;

  /// When `aorta backup` was made last; the epoch: never. Nothing: this store is backed up by other tools.
  virtual result<std::optional<timestamp>> last_backup() = 0;
  /// In one transaction; see `forgetting`.
  virtual result<forgotten> forget_messages(const forgetting& what) = 0;

  virtual result<open_work> open_work_of(const std::vector<clinic>& clinics) = 0;

  virtual result<std::vector<paused_route>> paused_routes(const std::vector<clinic>& clinics) = 0;
  /// Pauses it, or lets it go on: it holds for all nodes, and after a restart. `by`: whose key.
  virtual status pause_route(const paused_route& what, bool paused, const std::string& by) = 0;

  /// Adds a patient; `conflict` when the clinic has one under this mrn or one of these numbers already.
  virtual result<model::patient_id> add_patient(model::clinic_id clinic, const model::patient& who) = 0;
  /// A session of the same database, for acts that change the clinic's records; one at a time. It stays this
  /// log's, so that no call waits for a new connection.
  virtual result<lent_session> records() = 0;
};

} // namespace aorta::ports
