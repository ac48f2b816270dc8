// What waits for a person, what persons do about it, and what is kept of it.
#pragma once

#include "engine/base/clock.hpp"
#include "engine/base/ids.hpp"
#include "engine/model/patient.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::ports {

/// A person as the table `users` has them.
struct person {
  int64_t id = 0;
  std::string email;
};

/// The patient whom a person named for a message.
struct message_link {
  uuid id; ///< of the act: whoever wants to change it says which one they saw
  std::optional<model::patient_id> patient; ///< none: taken away, for whoever it is next
  std::optional<model::patient_id> taken_from;
  person by;
  timestamp at{};
  std::optional<timestamp> until; ///< a later act has replaced it
};

/// What a person said of one OBX of a message: what should have stood there, or that it must not count. Holds
/// whenever the message is filed.
struct result_word {
  enum class kind : uint8_t { corrected, rejected } is = kind::corrected;
  uint16_t position = 0;                  ///< of the OBX, from 1
  std::optional<std::string> value, unit; ///< OBX-5 and OBX-6 as they should have been written, UTF-8;
                                          ///< nothing: as sent
  std::string reason;
  person by;
  timestamp at{};
};

/// Why a stored message is run again. What it changes in the store is committed together with the message's
/// rows, or not at all.
struct act {
  enum class kind : uint8_t {
    reprocess,
    serve, ///< it waits for its patient, and somebody whom it may mean was created or changed
    link,
    unlink,
    correct,
    reject
  } is = kind::reprocess;
  std::optional<person> by;   ///< none: a tool
  std::optional<uuid> review; ///< the item that this resolves; `conflict` if somebody else has meanwhile
  std::string word;           ///< the item's `action`: link, create-patient, correct, ...
  std::string reason;
  std::optional<model::patient> patient; ///< whom the message is to be filed under: named now, or by the link
                                         ///< that stands
  std::optional<uuid> link_seen; ///< the link that stood when this was asked for; `conflict` if another one
                                 ///< stands
  std::optional<model::patient_id> patient_seen; ///< and the patient under whom the message stood
  std::optional<model::patient_id> taken_from;   ///< not this one, as a person has said before or says now
  std::vector<result_word> words;                ///< all that hold, the new ones too
  size_t new_words = 0;                          ///< how many at the end of `words` are said now
  bool rehearsal = false; ///< everything is done and undone; the receipt tells the difference
};

struct review_filter {
  model::clinic_id clinic = 0;
  std::string kind, state; ///< empty: any
  std::string cursor;
  int limit = 50;
};

struct review_item {
  std::string kind; ///< "unmatched", "unknown-unit", ...
  std::string reasons_json, candidates_json, state;
  uuid id{}, message{};
  std::vector<uuid> results; ///< that it concerns
  std::string claims_json;   ///< what the message says of its patient, in clear; of one item alone
  timestamp created_at{};
  std::optional<timestamp> resolved_at;
  std::optional<person> resolved_by; ///< none and not open: it settled itself
  std::string action, reason;
};

/// A person's decision that the engine follows (`patient_decisions`).
struct learned {
  uuid id, message;
  model::patient_id patient = 0;
  std::string sender;
  std::string seen_json; ///< what agreed and what differed
  person by;
  timestamp made_at{};
  std::optional<timestamp> withdrawn_at;
  std::optional<person> withdrawn_by;
  int64_t uses = 0; ///< messages that were filed because of it
};

/// What the matcher needs of a decision.
struct taught {
  uuid id;
  model::patient_id patient = 0;
  bool patient_changed = false; ///< what the clinic holds of the patient is no longer what the person saw
  std::string seen_json;
  timestamp made_at{};
};

struct unmapped_unit {
  std::string unit;
  int64_t count = 0;
};
struct unmapped_code {
  std::string lab, code, name;
  int64_t count = 0;
  timestamp first_seen{}, last_seen{};
  std::vector<unmapped_unit> units;
};

struct event_row {
  uuid id;
  std::string type, payload_json;
  std::optional<model::patient_id> patient;
  std::optional<uuid> message, result;
  timestamp created_at{};
  std::optional<timestamp> delivered_at;
};

/// What is open, by what metrics tell of it.
struct open_work {
  std::vector<std::pair<std::string, int64_t>> reviews;  ///< kind
  std::vector<std::pair<std::string, int64_t>> unmapped; ///< laboratory
  std::vector<std::pair<std::string, int64_t>> critical; ///< alerts of critical values by their states
};

} // namespace aorta::ports
