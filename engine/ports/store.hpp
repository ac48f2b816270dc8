// What the engine asks of a database. Behind it stand SQLite and PostgreSQL (engine/store).
// Every call blocks and belongs to one thread; every failure comes back as a value: `store_unavailable` when
// the database is away (try again later, nothing was acknowledged), anything else when it refused the data.
#pragma once

#include "engine/base/clock.hpp"
#include "engine/base/ids.hpp"
#include "engine/base/result.hpp"
#include "engine/identity/identity.hpp"
#include "engine/model/lab.hpp"
#include "engine/model/patient.hpp"
#include "engine/ports/review.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::lab {
struct report; // engine/lab/report.hpp
}

namespace aorta::ports {

enum class message_status : uint8_t { received, processed, failed, unmatched, duplicate };
std::string_view name(message_status) noexcept;
std::optional<message_status> message_status_from(std::string_view) noexcept;

/// One row of `hl7_message_log`.
struct message_record {
  uuid id;
  model::clinic_id clinic = 0;
  std::string control_id, message_type; ///< MSH-10; "ORU^R01"
  std::string sending_application, sending_facility, receiving_facility;
  std::optional<timestamp> message_datetime; ///< MSH-7
  std::optional<model::patient_id> patient;
  message_status status = message_status::received;
  std::optional<error> fault;
  std::string ack_code; ///< AA, AE, AR
  int results_created = 0;
  std::string listener, route, config_version, peer;
  std::string trace; ///< JSON; kept compressed and encrypted
  timestamp received_at{};
};

class record_session; // records.hpp

/// What a message changes in the clinic's records beside results: patients, encounters, resources. It reads
/// and writes inside the transaction that files the message, behind its key and its log row.
class record_work {
public:
  virtual ~record_work() = default;
  /// Completes the message's row of the log, whose outcome is known now. With an error nothing of it is kept,
  /// and it may be asked once more, from the beginning.
  virtual status make(record_session& in, message_record& log) = 0;
};

/// One message, ready to be committed: its row of the log, its bytes, its key, and its effects.
struct filing {
  enum class mode : uint8_t {
    first,    ///< a new message: its key decides whether it was here before
    again,    ///< reprocess or link of the stored message `log.id`: its row is updated, no key is asked
    complete, ///< the row of `log.id`, written before in this transaction, gets its outcome
  } how = mode::first;
  bool keyed = true;                   ///< false for transient failures, whose repeat must be processed anew
  message_record log;                  ///< `results_created` is filled in by the store
  std::string_view raw;                ///< the frame's bytes as received; kept compressed and encrypted
  const lab::report* report = nullptr; ///< results are filed when `log.status` is processed; unmatched ones
                                       ///< wait in the review queue
  record_work* records = nullptr;      ///< such a message is committed by itself
  const identity::decision* decision = nullptr;
  const ports::act* act = nullptr; ///< why it is run again (`mode::again`)
  bool for_person = false; ///< failed, but it names a patient and carries results: a person must see it
};

struct difference; // below

struct receipt {
  bool done_before = false; ///< this very message was committed, and the answer was lost; `first` is it
  bool duplicate = false;   ///< it was here before; nothing was filed now
  message_record first; ///< for a duplicate, and `done_before`: id, status, ack_code and fault of the first
                        ///< one; where records were changed its trace too
  int results_created = 0;
  int critical = 0;
  std::shared_ptr<const difference> would_change; ///< of a rehearsal
};

/// For whom a lane looks: what a message says of its patient and, for a report, the orders that it names.
struct wanted {
  const identity::claims* who = nullptr;
  const lab::report* report = nullptr; ///< may be null
};

/// A person has spoken of the patient of an earlier message with this order.
struct linked_order {
  size_t order = 0;                            ///< in the report's orders
  std::optional<model::patient_id> patient;    ///< to whom it was put; nothing: nobody knows whose it is
  std::optional<model::patient_id> taken_from; ///< under whom it had stood
  bool certain = false; ///< the specimen's time, or what is said of the patient, is the same; else the number
                        ///< alone
  friend auto operator<=>(const linked_order&, const linked_order&) = default;
};

struct people {
  std::vector<model::patient> candidates; ///< all patients of the clinic that one of the claims' lookup keys
                                          ///< finds
  std::vector<linked_order> linked;       ///< sorted, each once
};

/// A lane's own session.
class store_session {
public:
  virtual ~store_session() = default;

  /// In the order of `of`. One round trip for the whole batch.
  virtual result<std::vector<people>> candidates(model::clinic_id clinic, std::span<const wanted> of) = 0;

  /// All of it in one transaction with a synced commit, or none of it. Receipts in the order of the filings.
  /// All of one clinic. Key rows first: what was there before is a duplicate and is only logged. Results
  /// under a lock on their patient. A filing with `records` comes alone.
  virtual result<std::vector<receipt>> commit(std::span<const filing> batch) = 0;

  /// What persons decided for the same claims of the same sender (`identity::decision_key`); nothing where
  /// nobody did. `known`: the patients that `candidates` found for them.
  virtual result<std::vector<std::optional<taught>>> decided(model::clinic_id clinic,
                                                             std::span<const identity::claims* const> who,
                                                             std::span<const people* const> known) = 0;

  /// Of the last failure with `store_unavailable`: the connection broke, or a limit of time or memory struck,
  /// while this session worked. What it was given may be the reason, and deserves to be tried by itself.
  /// False when a lock, a full disk or an absent server is.
  virtual bool perhaps_batch() const noexcept = 0;
};

struct message_filter {
  model::clinic_id clinic = 0;
  std::string status, type, control_id, facility;
  std::optional<model::patient_id> patient;
  std::optional<timestamp> from, to; ///< of received_at; from inclusive, to exclusive
  std::string cursor;                ///< as a list returned it; empty: the newest
  int limit = 50;
};

struct message_detail {
  message_record log;
  std::string raw; ///< decrypted bytes as received
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

struct result_filter {
  model::clinic_id clinic = 0;
  model::patient_id patient = 0;
  std::string loinc;
  std::optional<timestamp> from, to; ///< of result_datetime
  bool all_versions = false;
};

template <class T>
struct page {
  std::vector<T> items;
  std::string next; ///< cursor; empty at the end
};

struct clinic {
  model::clinic_id id = 0;
  std::string code, name;
};

struct api_key {
  uuid id;
  std::string name;
  std::vector<std::string> scopes;
  std::optional<model::clinic_id> clinic;   ///< none: every clinic
  std::optional<model::patient_id> patient; ///< the only patient whose records it may see
  std::string jwks;                         ///< public keys of a SMART client as JSON; empty: it has none
  std::optional<person> user;               ///< whose key it is: acts of persons need one
  timestamp created_at{};
  std::optional<timestamp> revoked_at;
};

/// Given to a client of SMART Backend Services.
struct access_token {
  std::string client; ///< name of the key for which it was issued
  std::vector<std::string> scopes;
  std::optional<model::clinic_id> clinic;
  std::optional<model::patient_id> patient;
  timestamp expires_at{};
};

struct audit_entry {
  std::string actor, peer, method, resource, outcome; ///< resource: path without query values; outcome:
                                                      ///< status code
  std::optional<model::patient_id> patient;
  std::optional<model::clinic_id> clinic;
  timestamp at{};
  std::string id; ///< of a row that was read; nothing asks it of one to be written
  /// What was searched for, as it was sent (query string, form of a POST _search), and the text of a refusal.
  /// Kept sealed: both may name a person.
  std::string criteria = {}, fault = {};
};

enum class roster_outcome : uint8_t { added, updated, unchanged };

/// For HTTP and the command line: reads, and the small writes that are no messages.
class admin_store {
public:
  virtual ~admin_store() = default;

  virtual status ping() = 0;
  virtual result<std::vector<clinic>> clinics() = 0;
  virtual result<clinic> ensure_clinic(const std::string& code, const std::string& name) = 0;

  virtual result<page<message_record>> messages(const message_filter& filter) = 0;
  virtual result<std::optional<message_detail>> message(model::clinic_id clinic, const uuid& id) = 0;
  virtual result<std::vector<stored_result>> message_results(model::clinic_id clinic,
                                                             const uuid& message_id) = 0;
  virtual result<std::vector<stored_result>> patient_results(const result_filter& filter) = 0;
  virtual result<std::optional<model::patient>> patient(model::clinic_id clinic, model::patient_id id) = 0;

  /// Adds the patient or updates the one with this mrn, with PII and blind indexes, in one transaction a
  /// call.
  virtual result<std::vector<roster_outcome>> put_patients(model::clinic_id clinic,
                                                           std::span<const model::patient> rows) = 0;

  /// only a SHA-256 of the secret is stored
  virtual result<uuid> create_api_key(const api_key& key, std::string_view secret) = 0;
  virtual result<std::vector<api_key>> api_keys() = 0;
  virtual result<bool> revoke_api_key(const std::string& name_or_id) = 0;
  virtual result<std::optional<api_key>> find_api_key(std::string_view secret) = 0; ///< not revoked ones only
  virtual result<std::optional<access_token>> find_token(std::string_view secret) = 0; ///< not of a revoked
                                                                                       ///< key

  virtual status audit(std::span<const audit_entry> entries) = 0;

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
  virtual result<page<event_row>> events(model::clinic_id clinic, std::optional<bool> delivered,
                                         const std::string& cursor, int limit) = 0; ///< oldest first
  virtual result<page<learned>> decisions(model::clinic_id clinic, const std::string& cursor,
                                          int limit) = 0; ///< newest first, withdrawn ones too
  /// From now on it teaches nothing; messages that were filed because of it are shown to a person. Nothing:
  /// there is none. False: it was withdrawn before.
  virtual result<std::optional<bool>> withdraw_decision(model::clinic_id clinic, const uuid& id,
                                                        const person& by) = 0;
  virtual result<open_work> open_work_of(const std::vector<clinic>& clinics) = 0;

  /// Adds a patient; `conflict` when the clinic has one under this mrn or one of these numbers already.
  virtual result<model::patient_id> add_patient(model::clinic_id clinic, const model::patient& who) = 0;
  /// The user of this address. On the engine's own table of users one is made where there is none
  /// (`may_add`).
  virtual result<std::optional<person>> user(const std::string& email, bool may_add) = 0;
};

/// Something that whoever runs the store should know: a sentence with its remedy.
struct finding {
  enum class weight : uint8_t {
    warning,
    fault, ///< what comes will not be filed
  } is = weight::warning;
  std::string text;
};

/// One database. Sessions may be opened from any thread.
class store {
public:
  virtual ~store() = default;
  /// Brings the schema up to date. Another engine doing the same at the same time is waited for.
  virtual status migrate() = 0;
  /// Schema present and not newer than this binary; personal data readable with the configured key. A missing
  /// or wrong key is told here.
  virtual status check() = 0;
  /// Partitions of the months to come (PostgreSQL), as far as they are missing. For migrate and a timer: it
  /// never waits long for a lock.
  virtual status make_ahead() = 0;
  /// Rights, partitions, settings of the server, rows that contradict each other. Changes nothing.
  virtual result<std::vector<finding>> examine() = 0;
  /// For the end of the engine, from a thread of its own: what the sessions are doing is broken off, and from
  /// now on they answer `store_unavailable`. Takes as long as the server does; what just begins may slip
  /// through, so it is repeated until all has ended.
  virtual void interrupt() = 0;
  virtual result<std::unique_ptr<store_session>> session() = 0;
  virtual result<std::unique_ptr<admin_store>> admin() = 0;
  virtual result<std::unique_ptr<record_session>> records() = 0;
};

} // namespace aorta::ports
