// Claims to the national system, from their acceptance to their payment. Part of a `record_session`: every
// call stands inside its transaction and its clinic.
#pragma once

#include "engine/base/clock.hpp"
#include "engine/base/ids.hpp"
#include "engine/base/result.hpp"
#include "engine/ports/deliveries.hpp"
#include "engine/ports/page.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::ports {

struct claim_row {
  uuid id{};
  std::optional<model::patient_id> patient;
  std::optional<int64_t> encounter;
  /// `draft` until they have it, then theirs in OpenHeart's words; `withdrawn`: a person kept it from being
  /// sent.
  std::string status = "draft";
  std::string number;  ///< theirs; empty: not known yet
  std::string content; ///< our JSON, as it is sent; kept sealed, as is `answer`
  std::string answer;  ///< our JSON, as they told it last; empty: not yet
  std::string actor;   ///< name of the key that brought it
  int looks = 0;       ///< at what became of it
  std::optional<timestamp> next_look;
  timestamp created{}, changed{};
  uuid delivery{};
  /// Of the delivery; nothing: it was sent, and forgotten in its time.
  std::optional<delivery::state> sending;
  std::optional<timestamp> sending_changed;
  bool perhaps = false;
  uint32_t attempts = 0;
  std::string last_code;
};

struct claim_answer {
  timestamp at{};
  std::string status, answer;
};

struct claims_standing {
  int64_t waiting = 0, perhaps = 0, parked = 0, open = 0; ///< open: sent, and not decided
  std::optional<timestamp> oldest_waiting;
};

/// How a claim leaves. What names somebody is kept as keyed hashes.
struct claim_sending {
  std::string likeness;    ///< tells what it is for
  std::string beneficiary; ///< whose claims keep their order
  std::string body;        ///< what its delivery takes
  std::string system;      ///< the one it is meant for: its URL
  std::string destination; ///< and how many partitions it has
  uint32_t partitions = 1;
};

class claim_store {
public:
  virtual ~claim_store() = default;

  /// With its delivery. False: one for the same stands there already, and nothing was written.
  virtual result<bool> add(const claim_row& what, const claim_sending& how) = 0;
  virtual result<std::optional<claim_row>> find(const uuid& id) = 0;
  virtual result<std::optional<claim_row>> find_number(const std::string& theirs) = 0;
  virtual result<std::vector<claim_row>> alike(const std::string& likeness) = 0; ///< newest first
  /// The newest first; `status` empty: any.
  virtual result<page<claim_row>> list(const std::string& status, const std::string& cursor, int limit) = 0;
  virtual result<std::vector<claim_answer>> answers(const uuid& of) = 0; ///< oldest first
  /// Of which it is time to ask at this system what became, or whose delivery a person skipped. What cannot
  /// be read with the configured key is left out.
  virtual result<std::vector<claim_row>> due(const std::string& system, int most) = 0;
  /// What they told since the claim was `was`: status, number, answer and the next look; an answer that is
  /// another is kept beside those before. False, and nothing is written: it is not what it was (a person has
  /// erased whose it is), another claim has this number, or it is to be withdrawn and was not skipped any
  /// more. What is withdrawn no retry takes back.
  virtual result<bool> told(const claim_row& was, const claim_row& now) = 0;
  virtual result<claims_standing> standing() = 0;
};

} // namespace aorta::ports
