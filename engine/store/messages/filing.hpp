// What a batch of messages changes in the store, decided without a database: repeats, versions, orders,
// reviews, events.
#pragma once

#include "engine/store/sql/failure.hpp"
#include "engine/store/messages/ledger.hpp"
#include "engine/lab/report.hpp"
#include "engine/lab/version.hpp"
#include "engine/store/messages/standing.hpp"

#include <deque>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

namespace aorta::store {

/// Only results that agree in all of this can be versions of each other; `match_results` says which of them
/// are.
struct version_key {
  model::patient_id patient = 0;
  std::string_view test_code, sub_id, lab_code; ///< compared in this order: the test tells most of them apart
  friend auto operator<=>(const version_key&, const version_key&) = default;
};

/// When the laboratory said it; before all times where it did not tell.
inline timestamp reported(const model::lab_result& r) noexcept {
  return r.reported_at ? r.reported_at->at : timestamp::min();
}

/// A version of a result on its way into `lab_results` or its history.
struct result_version {
  const ports::filing* from = nullptr;
  const model::lab_result* value = nullptr;
  const model::lab_order_ref* order = nullptr;
  uuid id;
  int64_t order_key = 0;
  std::optional<uuid> lab_order;
  int64_t version = 1;
  int64_t ordinal = 1;
  std::optional<timestamp> collected = {};   ///< OBR-7
  std::string_view placer = {}, filler = {}; ///< the order's; empty: as `order` has them
  bool doubtful = false;                     ///< may be a version of another result: a person must look at it
  bool corrects = false;                     ///< a correction by its effect, not by its letter
  bool vouched = false;                      ///< a person has looked at all that was doubtful
  bool keeps = false; ///< no OBX brought it: beside value and state the row stays as the store has it
  std::optional<uuid> report = {};   ///< the row of `lab_reports`; nothing when it came without an OBR
  std::optional<uuid> ended_by = {}; ///< the earlier message that ended its order: this version is that one's
  uuid message() const noexcept { return ended_by ? *ended_by : from->log.id; }
};

/// An order of one patient at one laboratory. Views as in `order_name`.
struct order_place {
  model::patient_id patient = 0;
  std::string_view lab_code;
  order_mark mark;
  friend auto operator<=>(const order_place&, const order_place&) = default;
};

/// What may be learned of a link: the claims, what the clinic holds of the patient, and what is learned of
/// the same claims already.
struct lesson {
  size_t index = 0; ///< in the batch
  half_digest claims{}, patient_state{};
  std::vector<standing_decision> rivals;
};

/// How each filing of a batch is treated.
struct treatment {
  enum class kind : uint8_t {
    filed,
    repeat,
    done_before
  } is = kind::filed; ///< done_before: this very message; its commit's answer was lost
  uuid first;         ///< whose repeat it is
  int results = 0, critical = 0;
};

/// The batch's questions, its decisions, and its rows. Filings must outlive it.
class filing_plan {
public:
  filing_plan(std::span<const ports::filing> batch, id_source& ids, timestamp now);

  const questions& asks() const noexcept { return asks_; }
  /// Messages that are run again, and the patients to whom they led before.
  const std::vector<uuid>& again() const noexcept { return again_; }
  void lock_also(const std::vector<earlier_filing>& earlier);
  void teach(lesson what) { lessons_.push_back(std::move(what)); }
  /// Error when a message is to be filed for a patient that the clinic does not have, or somebody else was
  /// first: nothing may be written then.
  status decide(const answers& known, const std::vector<earlier_filing>& earlier, const standing_acts& acts);
  const std::vector<treatment>& treatments() const noexcept { return treatments_; }
  /// Deliveries that are written with it.
  std::vector<const ports::forward*> forwards(size_t index) const;
  /// Ids of the messages whose repeats or own earlier commits are in the batch, as far as they are not in it
  /// themselves.
  std::vector<uuid> wanted_records() const;

  /// For a rehearsal: results that stand and would change, new ones, and reviews that would be opened and
  /// closed.
  std::vector<uuid> standing_ids() const;
  std::vector<uuid> new_ids() const;
  int versions(size_t index) const; ///< see `ports::receipt`
  std::vector<ports::review_item> opened() const;
  std::vector<ports::review_item> closed() const;

  /// Writes all rows in the order of `write`. `first_of` gives the log row of the first message for a repeat.
  void write_rows(ledger& to, cipher& locks,
                  const std::function<const ports::message_record&(size_t)>& first_of) const;

private:
  struct slot {
    uuid id{};
    version_key key;
    order_name order;                   ///< with what later versions knew
    std::optional<timestamp> collected; ///< too
    int64_t ordinal = 1;
    uuid message{};     ///< that brought the current version
    size_t brought = 0; ///< 1 + place in the batch of the last message that has a version here
    int64_t version = 1;
    const model::lab_result* value = nullptr;
    bool stored = false; ///< there is a row in lab_results
    bool touched = false;
    int64_t stored_version = 1, kept_version = 1; ///< its number there, and the one under which it stays or
                                                  ///< goes into the history
    std::optional<result_version> next;           ///< what will be current after this batch
  };
  /// A result of a message on its way to its slot.
  struct arrival {
    version_key key;
    arriving_place at;
    result_version row;
    slot* to = nullptr;
    bool unclear = false;
  };
  struct known_orders {
    std::map<std::pair<model::patient_id, std::string_view>, std::vector<const known_order*>> by_placer,
      by_filler;
  };
  struct critical_value {
    size_t index, position; ///< in the batch, in its message
    const slot* at;
    const model::lab_result* value;
    std::string_view event = model::critical_event::told; ///< or another of them
    const model::lab_result* before = nullptr;            ///< what stood in its place
    bool current() const noexcept { return (at->next ? at->next->value : at->value) == value; }
  };
  /// What leaves with a message, or stands again without it.
  struct returned_value {
    uuid message;
    model::patient_id patient; ///< whom it leaves
    uuid result;
    int64_t version; ///< until then
    model::lab_result value;
    std::string_view event;
  };
  /// An OBR on its way into `lab_reports`.
  struct filed_report {
    const ports::filing* from = nullptr;
    const model::lab_order_ref* order = nullptr;
    std::optional<uuid> lab_order; ///< the clinic's
    int64_t results = 0;
    bool late = false; ///< the order ended, as had been said before: how it stands stays as it was
    timestamp told_at() const noexcept;
  };
  void ask(size_t index);
  void note_reports(size_t index); // filing_reports.cpp
  /// filing_endings.cpp: orders that end as a whole, and what comes of them late.
  void take_endings(const answers& known);
  void note_ended(size_t index, uint32_t order);
  void forget_endings(const ports::filing& again);
  bool ended_after(const uuid& report, timestamp told) const;
  void end_late_result(size_t index, slot& at, const result_version& brought);
  void write_endings(ledger& to) const;
  void write_reports(ledger& to) const;
  void treat_keys(const answers& known);
  void take_standing(const answers& known);
  void take_orders(const answers& known);
  void take_past(const std::vector<earlier_filing>& earlier);
  const known_order* find_order(model::patient_id patient, const model::lab_order_ref& order) const;
  std::string_view as_stored(std::string_view text);
  void file_results(size_t index);
  std::vector<arrival> arrivals(size_t index);
  order_name stored_name(const model::lab_order_ref* order, int64_t key);
  /// What all results say that an order brings.
  struct order_results {
    bool settled = true, cancelled = true;
  };
  void note_order(const ports::filing& f, uint32_t order, const known_order& found, order_results brought);
  void match_arrivals(size_t index, std::vector<arrival>& all);
  void match_group(size_t index, std::span<arrival* const> group);
  void match_lines(size_t index, std::span<arrival* const> group, std::span<slot* const> standing);
  void match_own(size_t index, std::span<arrival* const> group, std::span<slot* const> standing);
  slot& new_slot(const arrival& of);
  size_t position_of(size_t index, const model::lab_result& r) const noexcept;
  void place_version(size_t index, slot& at, result_version incoming);
  void replace(size_t index, slot& at, result_version incoming);
  void learn(slot& at, const arrival& from);
  void note_critical_change(size_t index, const slot& at,
                            const model::lab_result& incoming); // filing_critical.cpp
  void note_critical_return(const earlier_filing& left);
  void write_critical(ledger& to) const;
  struct alert;
  size_t obx_of(size_t index, const model::lab_result& r) const noexcept;
  alert alert_of(const critical_value& c) const;
  std::vector<alert> alerts() const;
  half_digest subject_of(const alert& a, cipher& locks) const;
  void write_alerts(ledger& to, cipher& locks) const;
  void write_alert(row_sink& row, const alert& a, const half_digest& subject, cipher& locks) const;
  void write_told(ledger& to) const;
  void enlist(slot& at);
  void note_filler(const slot& at);
  static order_place place_of(const slot& at) noexcept;
  /// filing_orders.cpp: what a message says of the other results of its orders.
  void shorten_texts(size_t index, const std::vector<arrival>& all);
  void shorten_text(size_t index, std::span<slot* const> lines, const result_version& like);
  void doubt_second_results(size_t index, const std::vector<arrival>& all, const std::vector<slot*>& fresh);
  /// An OBR whose OBR-25 says what becomes of the order's results: X, W or D.
  struct order_end {
    uint32_t order = 0; ///< in its message
    order_name name;
    std::optional<model::moment> when;
    bool withdraws = false, silent = false; ///< silent: it brings no result of its own
    order_place at;                         ///< where the results that it ends are
    bool placed = false;                    ///< false: its numbers do not tell which they are
  };
  struct order_ends {
    std::vector<order_end> all; ///< in the order of their first OBR
    std::map<std::tuple<order_place, bool, bool, bool>, size_t> places;
    void add(const order_end& end);
  };
  bool only_comments(size_t index, const slot& at, const model::lab_result& r) const;
  void settle_ended_orders(size_t index, const std::vector<bool>& speaks);
  void place_end(order_end& end) const;
  std::vector<order_place> orders_beside(const order_end& end) const;
  bool brought_by_end(size_t index, const slot& at) const noexcept;
  bool any_concerned(size_t index, const order_place& at, const order_end& end) const;
  void settle_order(size_t index, const order_end& end, std::set<std::pair<order_place, bool>>& quiet);
  bool settle_results(size_t index, const order_end& end);
  void cancel(size_t index, slot& at, char letter, const result_version& like,
              const std::optional<model::moment>& reported);
  void review_version(size_t index, const slot& at, const model::lab_result& incoming,
                      lab::version_action action);
  void doubt_version(size_t index, const model::lab_result& standing, size_t versions,
                     const model::lab_result& incoming, lab::version_action action);
  /// filing_past.cpp: for a message that is run again, or moved to another patient.
  struct past_of_slot {
    std::vector<const standing_result*> all; ///< the newest of each other message, by their numbers; but what
                                             ///< is current now
    std::vector<const standing_result*> before; ///< those of messages that came before it
  };
  past_of_slot past_of(size_t index, const uuid& result) const;
  bool stood_alone(size_t index, const slot& at) const;
  void review_again(size_t index, const slot& at, const model::lab_result& incoming,
                    lab::version_action action);
  void restore(const ports::filing& what, const earlier_filing& earlier);
  bool shortened_before(size_t index, const slot& at) const;
  void doubt_shortened(size_t index, const model::lab_result& about);
  void doubt(size_t index, const model::lab_result& about, std::string_view kind, std::string_view why);
  void doubt_order(size_t index, uint32_t order, std::string_view kind, std::string_view why);
  struct review_row {
    size_t index; ///< of the message in the batch
    uuid message;
    std::string kind, reasons, candidates;
    std::vector<uuid> results;
    std::vector<size_t> positions; ///< of the results in their message
    bool with_claims = false, with_subject = false;
    std::optional<uuid> stands = {}; ///< the open item that asks the same already, with other reasons
  };
  struct settlement {
    const standing_review* what;
    std::optional<int64_t> by;
    std::string action, reason;
  };
  status check_again(size_t index, const std::vector<earlier_filing>& earlier,
                     const standing_acts& acts) const;
  std::vector<review_row> asked_of_person(size_t index) const;
  void ask_by_kind(size_t index, const std::vector<lab::rule_note>& notes,
                   std::vector<review_row>& out) const;
  void decide_reviews(size_t index, const standing_acts& acts);
  void keep_answers(size_t index, std::vector<review_row> asked, const standing_acts& acts);
  void vouch(size_t index, const std::vector<review_row>& answered, const std::vector<review_row>& open);
  void take_acts(size_t index, const standing_acts& acts);
  void unteach(const standing_decision& what, const ports::act& by, const uuid& but);
  void write_acts(ledger& to, cipher& locks) const;
  void write_found_by(ledger& to, cipher& locks) const;
  static void write_linked_orders(const ports::filing& of, ledger& to, cipher& locks);
  /// filing_unchanged.cpp: what a message that is run again says as it did before is no new version.
  void keep_unchanged(const std::vector<earlier_filing>& earlier);
  void withdraw(const ports::filing& what, const std::vector<earlier_filing>& earlier);
  static result_version current_row(const slot& at);
  void write_versions(ledger& to) const;
  void write_attachments(ledger& to, cipher& locks) const;
  void write_logs(ledger& to, cipher& locks,
                  const std::function<const ports::message_record&(size_t)>& first_of) const;
  void write_accepted(ledger& to, cipher& locks) const;
  void write_reviews(ledger& to, cipher& locks) const;
  void write_wait(const ports::filing& of, ledger& to, cipher& locks) const;
  void write_events(ledger& to, cipher& locks) const;
  void write_unmapped(ledger& to) const;
  void write_forwards(ledger& to, cipher& locks) const;
  void write_audits(ledger& to, cipher& locks) const;

  std::span<const ports::filing> batch_;
  id_source& ids_;
  timestamp now_;
  questions asks_;
  std::vector<std::optional<half_digest>> keys_;
  std::vector<digest> hashes_; ///< of the raw bytes
  std::vector<treatment> treatments_;
  std::vector<uuid> again_;
  std::deque<slot> slots_;
  std::map<version_key, std::vector<slot*>> standing_; ///< by what they agree in
  std::map<order_place, std::vector<slot*>> by_order_;
  std::map<order_place, std::set<std::string_view>> fillers_; ///< that stand under a placer's number
  /// the highest of each specimen
  std::map<std::tuple<version_key, order_mark, std::optional<timestamp>>, int64_t> ordinals_;
  known_orders orders_;
  std::deque<model::lab_result> made_;   ///< cancellations that follow from what a message says of an order
  std::vector<critical_value> critical_; ///< in the order of the messages
  std::vector<std::vector<lab::rule_note>> doubts_; ///< a list a message; `rule` is the kind of review
  std::deque<std::string> escaped_;                 ///< texts of keys that the store holds escaped
  std::vector<slot*> touched_;                      ///< in the order of the messages, each once
  std::vector<result_version> history_;
  std::vector<uuid> withdrawn_;
  std::map<uuid, const standing_result*> restored_; ///< the earlier version that those of them show again
                                                    ///< which have one
  std::vector<returned_value> returned_;
  std::map<uuid, std::map<uuid, std::vector<standing_result>>> past_; ///< by message and result
  std::map<uuid, std::vector<ended_order>> ended_;                    ///< by report
  std::vector<ended_order> endings_;                                  ///< those that this batch writes
  std::vector<ended_order> forgotten_; ///< those that a message said which is run again
  std::vector<uuid> unsaid_, moved_; ///< messages whose endings are written anew; those that went to another
                                     ///< patient
  std::map<uuid, int64_t> reported_; ///< results that each report has had in the store
  std::vector<std::vector<const slot*>> placed_; ///< a list a message: where each of its results went
  std::vector<review_row> reviews_;
  std::vector<settlement> settlements_;
  std::vector<lesson> lessons_, taught_;
  std::vector<std::pair<const standing_decision*, int64_t>> untaught_; ///< with the person who withdrew it
  struct order_state {
    bool complete = false, cancelled = false;
    bool stands = false; ///< another OBR of it is not cancelled
    timestamp at{};
  };
  std::map<uuid, order_state> order_states_;
  std::map<uuid, filed_report> reports_;
};

/// What each sender hears. `known`: the log rows of `plan.wanted_records()`.
std::vector<ports::receipt> receipts_of(std::span<const ports::filing> batch, const filing_plan& plan,
                                        const std::vector<ports::message_record>& known);

/// Under which a message is known when it comes again: of clinic, sender, MSH-10 and content.
half_digest message_key(const ports::filing& f, const digest& content);
/// First 8 bytes of SHA-256 over clinic, laboratory and the order's number (filler, else placer, else the
/// specimen's time, else the time of the observation; a result with none of them stands alone under its
/// message).
int64_t order_key(const ports::filing& from, const model::lab_result& value,
                  const model::lab_order_ref* order);
/// The key under which the order stands if it came without its filler number; nothing when it has no placer
/// number.
std::optional<int64_t> placer_key(const ports::filing& from, const model::lab_result& value,
                                  const model::lab_order_ref* order);
/// OBR-7 in minutes since 1970, so that seconds that one message tells and another does not make no
/// difference; -1: not told.
int64_t minute_of(const model::lab_order_ref& order) noexcept;
/// Both of an order with two numbers; none of one without.
std::vector<int64_t> number_keys(model::clinic_id clinic, std::string_view laboratory,
                                 const model::lab_order_ref& order);
uuid report_id(const ports::filing& from, const model::lab_order_ref& order); ///< of the row of `lab_reports`
/// When it was said how the order stands: OBR-22, else MSH-7.
std::optional<timestamp> told_at(const ports::filing& from, const model::lab_order_ref& order) noexcept;
const model::lab_order_ref* order_of(const lab::report& report, const model::lab_result& value) noexcept;
/// OBR-25 X, W or D (HL70123 and its use for whole orders): cancelled, or withdrawn.
bool ends_order(const model::lab_order_ref& order) noexcept;

/// One row of `result_columns()`; a retracted result keeps no value.
void write_result(row_sink& to, const result_version& row, timestamp now);

} // namespace aorta::store
