// Alerts of critical values: how they are opened with what is filed, what persons do about them, and what a
// node asks that lets them climb their ladders.
#pragma once

#include "engine/base/clock.hpp"
#include "engine/base/ids.hpp"
#include "engine/base/result.hpp"
#include "engine/critical/ladder.hpp"
#include "engine/critical/read_back.hpp"
#include "engine/ports/deliveries.hpp"
#include "engine/ports/page.hpp"
#include "engine/ports/review.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace aorta::ports {

/// Kind of the review that stays open when a ladder has ended and nobody has acknowledged.
inline constexpr std::string_view call_by_hand = "critical-unreached";

/// A value as a person is shown it. Kept sealed.
struct critical_content {
  std::string test_name, status;
  std::string where; ///< FHIRPath of a value that no OBX brought: `Bundle.entry[3].resource`
  critical::shown value;
  std::optional<critical::shown> before; ///< what a correction has replaced
};

/// What a write of the clinic's records makes of a critical value that is no message's.
struct critical_note {
  enum class kind : uint8_t { told, changed, withdrawn } is = kind::told;
  std::optional<model::patient_id> patient;
  std::optional<uuid> message; ///< a bundle that brought it
  std::string result;          ///< id of the result, or of the resource that has no row
  std::string place;           ///< which value of it; empty: its own
  std::string test_code, loinc, flag;
  std::optional<timestamp> observed;
  critical_content content;
  bool repeats = false; ///< the same value stood there, and was critical
  bool waits = false;   ///< it is not filed: what stands here goes on to stand
};

struct critical_step {
  timestamp at{};
  std::string kind; ///< notified, delivered, failed, acknowledged, read_back, ...
  std::optional<person> who;
  std::string key;                   ///< the name of the key that they used
  std::string role, channel, target; ///< whom a rung means; by which kind of destination; its name, or whom
  std::string detail;                ///< opened: it may hold what a person typed
};

struct critical_alert {
  uuid id;
  critical::state is = critical::state::open;
  critical::band how = critical::band::risk;
  std::string why; ///< told, corrected, changed, returned
  std::optional<uuid> message, result, review, same_as;
  int position = 0; ///< of the OBX in its message, from 1; 0: it has none
  std::optional<model::patient_id> patient;
  std::string test_code, loinc, flag;
  critical_content content;
  std::optional<timestamp> observed;
  timestamp detected{};
  bool repeats = false; ///< the value that stood was the same
  bool admitted = false;
  size_t level = 0;
  std::optional<timestamp> next_at, due_at, notified_at, delivered_at, acknowledged_at, read_at, closed_at;
  std::optional<person> acknowledged_by, closed_by;
  std::string outcome, reason;
  std::vector<critical_step> steps; ///< of one alert alone, the oldest first
};

struct critical_filter {
  model::clinic_id clinic = 0;
  std::vector<critical::state> states; ///< empty: all
  std::optional<uuid> message;
  std::string cursor;
  int limit = 50;
};

/// What a person does; `who` is theirs.
struct critical_act {
  critical::act what = critical::act::acknowledge;
  person who;
  std::string key, role;       ///< role: in which they do it, as they say
  std::string value, unit;     ///< read_back: what was typed
  std::optional<person> to;    ///< hand_over: who is to have it
  critical::pause within{};    ///< hand_over: then nobody has acknowledged it
  std::string outcome, reason; ///< close; reason: hand_over too
};

/// One alert in a report.
struct critical_times {
  critical::band how = critical::band::risk;
  critical::state is = critical::state::open;
  timestamp detected{};
  bool came_late = false; ///< whatever became of it since
  std::optional<timestamp> due_at, notified_at, acknowledged_at, read_at;
  std::optional<timestamp> ended_at; ///< superseded or withdrawn
};

/// For persons.
class critical_log {
public:
  virtual ~critical_log() = default;
  virtual result<page<critical_alert>> alerts(const critical_filter& filter) = 0; ///< newest first
  virtual result<std::optional<critical_alert>> alert(model::clinic_id clinic, const uuid& id) = 0;

  struct outcome {
    critical_alert now;
    enum class kind : uint8_t {
      done,
      not_now, ///< `why`: as it stands it cannot be done, or somebody was faster
      differs  ///< what was read back is another value; it is kept as a step
    } is = kind::done;
    std::string why;
  };
  /// In one transaction: the first of two counts. Nothing: there is no such alert.
  virtual result<std::optional<outcome>> act(model::clinic_id clinic, const uuid& id,
                                             const critical_act& what) = 0;
  /// Those that were detected from `from` to before `to` and told of something of their own.
  virtual result<std::vector<critical_times>> times(model::clinic_id clinic, timestamp from,
                                                    timestamp to) = 0;
};

/// What became of what a rung sent.
struct critical_notice {
  uuid alert, delivery;
  std::string destination;
  std::optional<int64_t> level; ///< the rung that was told; nothing: nobody wrote it down
  bool delivered = false;       ///< else nobody will have it by this way
};

/// One alert's next step, as one node has decided it.
struct critical_move {
  const critical_alert* of = nullptr; ///< as it was read: nothing is done where it stands otherwise now
  critical::state to = critical::state::open;
  size_t level = 0;
  std::optional<timestamp> next_at, due_at;
  std::optional<uuid> same_as;
  critical_step step;            ///< without a kind: none is written
  std::optional<forward> notice; ///< with its body
  std::optional<critical_notice> settles;
  std::string last_word;      ///< a body for each destination that was told of it; empty: none
  bool asks_person = false;   ///< opens the review `call_by_hand`
  bool closes_review = false; ///< that of an alert of which nothing more comes
};

struct critical_due {
  timestamp now{};    ///< by the store's clock, which all nodes share
  bool waits = false; ///< some alert waits for its time
  std::vector<critical_alert> alerts;
};

/// A node's, for the clinics whose lease it has.
class critical_session {
public:
  virtual ~critical_session() = default;
  /// Whose time has come, the earliest first; `same_as` of those that repeat: the alert which tells the same.
  virtual result<critical_due> due(model::clinic_id clinic, int most) = 0;
  /// Deliveries of rungs that have an outcome which nobody has noted, with their alerts.
  virtual result<std::vector<std::pair<critical_notice, critical_alert>>> settled(model::clinic_id clinic,
                                                                                  int most) = 0;
  /// All moves in one transaction with the lease's extension. False: the lease is somebody else's now, and
  /// nothing was written.
  virtual result<bool> write(const lease& mine, const std::string& owner, std::chrono::seconds length,
                             std::span<const critical_move> all) = 0;
  /// The clock jumped by this much: what waits since before `until` waits as long as it would have.
  virtual result<bool> shift(const lease& mine, const std::string& owner, std::chrono::seconds length,
                             std::chrono::milliseconds by, timestamp until) = 0;
};

} // namespace aorta::ports
