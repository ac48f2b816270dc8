// Many stored messages run again by today's rules: what is kept of it with its job. Its files are the
// messages in pieces, then verdicts, a message a line of JSON. Neither holds anything of a patient.
#pragma once

#include "engine/ports/jobs.hpp"
#include "engine/ports/message_log.hpp"
#include "engine/ports/records.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::api {

inline constexpr std::string_view reissue_kind = "reprocess";
inline constexpr std::chrono::hours reissue_lives{24 * 30}; ///< its verdicts, once it is done
inline constexpr int most_reissued = 500'000;               ///< messages of one
inline constexpr int most_waiting_reissues = 20;            ///< of a clinic: one goes after another

struct reissue_order {
  std::string lab;           ///< its profile's file; empty: messages of any sender
  ports::affected_filter of; ///< without its clinic, and `most`
  bool rehearsal = false;
  ports::person by;
  std::string loinc, ucum; ///< by which the profile of `lab` reads the code, or the unit; empty: as it does
};
std::string to_json(const reissue_order& what);
std::optional<reissue_order> reissue_order_from(std::string_view json);

struct reissue_place {
  int pieces = -1; ///< files that hold the messages; -1: they were not looked for yet
  int64_t found = 0;
  int files = 0;                         ///< of the job, the next one's number
  int64_t versions = 0;                  ///< results with a new version, or that would get one
  std::map<std::string, int64_t> counts; ///< messages by their verdict
};
std::string to_json(const reissue_place& of);
std::optional<reissue_place> reissue_place_from(std::string_view json);

/// Messages as a job's file holds them.
std::string to_text(const std::vector<uuid>& messages);
std::vector<uuid> ids_from(std::string_view text);
inline constexpr size_t ids_in_piece = 10'000;

result<bool> has_room_for_reissue(ports::record_session& in, model::clinic_id clinic);
/// Adds one, in a transaction of its own. `conflict`: too many wait already.
status begin_reissue(ports::record_session& in, model::clinic_id clinic, const uuid& id, timestamp now,
                     const std::string& actor, const reissue_order& what);

/// What became of one message.
struct reissue_verdict {
  std::string word; ///< changed, unchanged, failed, left-out
  std::string code; ///< of a failure, or why it was left out
  int versions = 0;
  bool passes = false; ///< the store or its route was away: to be tried again
};
void add_line(std::string& to, const uuid& message, const reissue_verdict& what);

} // namespace aorta::api
