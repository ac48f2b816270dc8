// What a lane asks of the store: whose a message may be, and its filing.
// Every call blocks and belongs to one thread; failures come back as values (`store_unavailable` when the
// database is away: try again later, nothing was acknowledged).
#pragma once

#include "engine/base/result.hpp"
#include "engine/identity/identity.hpp"
#include "engine/model/patient.hpp"
#include "engine/ports/deliveries.hpp"
#include "engine/ports/message_record.hpp"
#include "engine/ports/review.hpp"

#include <compare>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace aorta::lab {
struct report; // engine/lab/report.hpp
}

namespace aorta::ports {

class record_session; // records.hpp
struct audit_entry;   // access.hpp

/// What a message changes in the clinic's records beside results: patients, encounters, resources. It reads
/// and writes inside the transaction that files the message, behind its key and its log row.
class record_work {
public:
  virtual ~record_work() = default;
  /// Completes the message's row of the log, whose outcome is known now. With an error nothing of it is kept,
  /// and it may be asked once more, from the beginning.
  virtual status make(record_session& in, message_record& log) = 0;
};

/// Its receipt alone is acknowledged now; it is filed later (`filing::mode::resume`).
/// `acceptance::key` of what names two people: it waits for all that came before, and all that comes after
/// waits for it.
inline constexpr int64_t everybody = std::numeric_limits<int64_t>::max();

struct acceptance {
  int64_t key = 0;         ///< whose messages are filed in the order of receipt; 0: nobody's
  std::string destination; ///< of its application acknowledgement; empty: the connection on which it came
};

/// One message, ready to be committed: its row of the log, its bytes, its key, and its effects.
struct filing {
  enum class mode : uint8_t {
    first,    ///< a new message: its key decides whether it was here before
    again,    ///< reprocess or link of the stored message `log.id`: its row is updated, no key is asked
    complete, ///< the row of `log.id`, written before in this transaction, gets its outcome
    resume,   ///< the message of `log.id`, of which only the receipt was acknowledged: filed as a new one is,
              ///< once
  } how = mode::first;
  bool keyed = true;                   ///< false for transient failures, whose repeat must be processed anew
  message_record log;                  ///< `results_created` is filled in by the store
  std::string_view raw;                ///< the frame's bytes as received; kept compressed and encrypted
  const lab::report* report = nullptr; ///< results are filed when `log.status` is processed; unmatched ones
                                       ///< wait in the review queue
  const lab::report* held_report = nullptr; ///< what a message that an edit holds would say: none of it is
                                            ///< filed, but a critical value is told
  record_work* records = nullptr;           ///< such messages are committed beside their like alone
  const identity::claims* claims = nullptr; ///< whose it says it is, for whoever has to decide
  const identity::decision* decision = nullptr;
  const std::vector<model::patient_id>* considered = nullptr; ///< whom the matcher saw of a new message
  const ports::act* act = nullptr;                            ///< why it is run again (`mode::again`)
  std::span<const forward> forwards; ///< written when it is filed for the first time and did not fail
  std::span<const identity::lookup_key> found_by; ///< beside its control id, orders and patient
  const error* held = nullptr; ///< an edit of its route keeps it for a person; nothing of it is filed
  const acceptance* accepted = nullptr; ///< `log.status` is received: nothing else of it is filed now
  std::span<const audit_entry> audits;  ///< who is told of whom; written when it is a new message
  bool for_person = false; ///< failed, but it names a patient and carries results: a person must see it
};

struct difference; // message_log.hpp

struct receipt {
  bool done_before = false; ///< this very message was committed, and the answer was lost; `first` is it
  bool duplicate = false;   ///< it was here before; nothing was filed now
  message_record first; ///< for a duplicate, and `done_before`: id, status, ack_code and fault of the first
                        ///< one; where records were changed its trace too
  int results_created = 0;
  int versions = 0; ///< results that are new or have a new version by it, and results that it withdrew
  int critical = 0;
  int forwards = 0;                               ///< deliveries that were written with it
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
class lane {
public:
  virtual ~lane() = default;

  /// In the order of `of`. One round trip for the whole batch.
  virtual result<std::vector<people>> candidates(model::clinic_id clinic, std::span<const wanted> of) = 0;

  /// All of it in one transaction with a synced commit, or none of it. Receipts in the order of the filings.
  /// All of one clinic. Key rows first: what was there before is a duplicate and is only logged. Results
  /// under a lock on their patient. Either each filing
  /// has `records` or none; of several that have, each touches the patient of its row alone, and where one is
  /// refused none is filed: the caller tries them one by one.
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

} // namespace aorta::ports
