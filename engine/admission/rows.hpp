// One row of the clinic with what messages have told of it.
#pragma once

#include "engine/admission/file.hpp"
#include "engine/model/record.hpp"
#include "engine/records/timeline.hpp"

namespace aorta::admission {

struct known_row {
  model::record row;
  records::row_story story;
  bool fresh = false;                    ///< not in the store yet
  std::optional<timestamp> seen;         ///< when others changed it last, as far as that is known
  std::vector<std::string> changed = {}; ///< columns
};

/// Rows with what was told of them, by their keys.
result<std::vector<known_row>> read_rows(ports::record_session& in, const ports::row_query& ask);

/// Lays one statement over the row; what counts of all that was said is what stands then.
void say(known_row& at, std::string_view column, records::statement what);
/// Whether any message's word stands in it.
bool told_by_messages(const known_row& at);
/// Takes away what a message said. True if there was anything.
bool forget(known_row& at, const std::string& message);

/// Writes rows that changed, and what was told of all of them. `clinic`, `now`: of rows that are new.
status write(const filing_room& room, std::vector<known_row*> all);

} // namespace aorta::admission
